"""Number format, memory layout and speedup of a training, chosen by trial on the device that it will run on.

Float32, channels_last and eager is what every device can do. Something else is taken only where it was clearly faster
in a trial, and only for a training that is long against the trial. On a processor a candidate has to win twice: alone,
and beside a program that keeps a core busy, because some kernels (bfloat16 gradients among them) let their threads wait
for one another by spinning, and then a browser in the foreground makes them several times slower.
"""

import contextlib
import dataclasses
import json
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import torch

from core.files import read_json, write_json
from core.training.base_settings import TrainingSettings
from core.training.device import device_identity, has_native_bfloat16
from core.training.measured import recall, remember
from core.training.trial import Trial, decisive

_CLEARLY = 1.05  # how many times as fast a candidate must be
_ROUNDS = 4  # every candidate takes so many turns
_WORTH = 20  # a training has to take so many times as long as the trial
_TRIAL_BATCH = 16  # pictures, on a processor: it is as fast with few; a GPU is not
_LEAST_TRIAL_SECONDS = 1.0  # starting and checking the candidates, whatever their steps take
_LONG_STEP_SECONDS = 1.0  # beyond it fewer turns are taken
_COMPILE_SECONDS = 120.0  # about what torch.compile takes before the first step, for both networks
_BESIDE = "beside a program that keeps a core busy"
_TOLERANCES = {"float32": 0.02, "bfloat16": 0.15}  # of a loss against the plain one; TF32 rounds to three digits

Settings = TypeVar("Settings", bound=TrainingSettings)
Log = Callable[[str], None]


@dataclass(frozen=True)
class Candidate:
    """A way to compute."""

    precision: str
    memory_layout: str
    speedup: str

    def __str__(self) -> str:
        return f"{self.precision}, {self.memory_layout}, {self.speedup}"


@dataclass(frozen=True)
class Choice:
    """The way in which a run computes, and what it was chosen from."""

    precision: str  # "float32" or "bfloat16"
    channels_last: bool
    speedup: str  # "eager", "compile" or "graphs"
    seconds_per_step: dict[str, float] = field(default_factory=dict)  # by candidate, of those that were timed
    remark: str = ""  # why, in words

    @property
    def memory_layout(self) -> str:
        return "channels_last" if self.channels_last else "contiguous"


def resolve(settings: Settings, choice: "Choice | Candidate") -> Settings:
    """The settings with concrete values in place of every "auto"."""
    return dataclasses.replace(
        settings, precision=choice.precision, memory_layout=choice.memory_layout, speedup=choice.speedup
    )


def untried(settings: Settings, device: torch.device) -> Settings:
    """The settings with the plain way in place of every "auto", and of a speedup that the device does not have."""
    speedup = settings.speedup if _can_speed_up(settings.speedup, device) else "eager"
    return resolve(settings, _plain(settings, speedup))


def engine(
    folder: Path,
    settings: dict[str, Any],
    training: TrainingSettings,
    device: torch.device,
    cache_path: Path,
    log: Log,
    *,
    processes: int = 1,
) -> Choice:
    """The choice of the run in `folder`: the one that it began with, so that it goes on exactly; else made now.

    Kept in engine.json. Where the run goes on on another kind of device, the number format and layout stay as far as
    that device has them. Of several processes, one calls this before the others do.

    Args:
        settings, training: those of its run.json, as they stand there and as an object.
        processes: that train together; with more than one every step is eager, for their exchange cannot be captured.
    """
    path = folder / "engine.json"
    known = read_json(path)
    if known is not None:
        choice = Choice(**{f.name: known[f.name] for f in dataclasses.fields(Choice) if f.name in known})
        speedup = choice.speedup if _can_speed_up(choice.speedup, device) and processes == 1 else "eager"
        if speedup != choice.speedup:
            lacks = f"{device.type} does not have here" if processes == 1 else "several processes cannot use together"
            log(f"This run began with {choice.speedup}, which {lacks}: going on eagerly.")
        return dataclasses.replace(choice, speedup=speedup)
    choice = choose(settings, training, device, cache_path, log=log, processes=processes)
    facts = {"device": device.type, "measured_on": device_identity(device)}
    write_json(path, dataclasses.asdict(choice) | facts)
    return choice


def choose(
    settings: dict[str, Any],
    training: TrainingSettings,
    device: torch.device,
    cache_path: Path,
    *,
    log: Log,
    processes: int = 1,
) -> Choice:
    """The fastest way to take the run's steps here, by a trial of some seconds that is remembered in `cache_path`.

    What a setting says stays; only what is "auto" is chosen. A candidate that fails, or whose losses are not those of
    the plain way, is dropped, and the log says why. A speedup that was asked for is tried too, so that a run never
    fails by it.
    """
    candidates = _candidates(training, device, processes)
    plain = candidates[0]
    if training.speedup not in ("auto", *(candidate.speedup for candidate in candidates)):
        log(_has_not(training.speedup, device, processes))
    if len(candidates) == 1:
        return _choice(plain, {}, "nothing to choose from")
    key = _key(settings, training, device, candidates)
    if (kept := recall(cache_path, "choices", key)) is not None:
        return Choice(**kept)
    choice = _Tuning(settings, training, device, log).run(candidates)
    if choice.seconds_per_step:
        remember(cache_path, "choices", key, dataclasses.asdict(choice))
    return choice


class _Tuning:
    """One trial: candidates are built, checked against the plain one, and timed."""

    def __init__(self, settings: dict[str, Any], training: TrainingSettings, device: torch.device, log: Log) -> None:
        self.settings, self.training, self.device, self.log = settings, training, device, log
        self.batch_size = min(training.batch_size, _TRIAL_BATCH) if device.type == "cpu" else training.batch_size
        self.seconds: dict[Candidate, float] = {}
        self.losses: dict[str, float] = {}  # of the plain way

    def run(self, candidates: list[Candidate]) -> Choice:
        """candidates: the plain way first."""
        plain, trial = candidates[0], self._trial(candidates[0])
        self.losses = self._losses(trial)
        asked = [c for c in candidates if c.speedup == self.training.speedup != "eager"]
        if asked:  # a wish: not weighed against the plain way, only tried
            wished = self._sound(asked[0])
            if wished is None:
                return _choice(plain, {}, f"{self.training.speedup} was asked for, but it failed: see the log")
            trial, plain, candidates = wished, asked[0], asked
        first = trial.step_seconds()
        run_seconds = self._total_images() / self.batch_size * first
        trial_seconds = first * 2 * (len(candidates) + 1) * _ROUNDS
        if len(candidates) == 1 or run_seconds < _WORTH * max(trial_seconds, _LEAST_TRIAL_SECONDS):
            return _choice(plain, {}, f"the run takes about {run_seconds:.0f} seconds: too short to try others")
        if self.device.type == "cpu":
            rounds = _ROUNDS if first < _LONG_STEP_SECONDS else _ROUNDS // 2
            return self._on_processor(candidates, trial, rounds)
        return self._on_gpu(candidates, trial, run_seconds)

    def _on_processor(self, candidates: list[Candidate], first: Trial, rounds: int) -> Choice:
        """Candidates take turns, so that whatever else runs slows all of them alike; ratios are of one round."""
        plain = candidates[0]
        trials = {plain: first}
        for candidate in candidates[1:]:
            if (trial := self._sound(candidate)) is not None:
                trials[candidate] = trial
        alone = self._ratios(trials, plain, rounds)
        best = max(alone, key=lambda candidate: alone[candidate])
        if alone[best] < _CLEARLY:
            return self._plain_stays(plain, best, alone[best], "alone")
        with _busy_program():
            beside = self._ratios({plain: trials[plain], best: trials[best]}, plain, rounds)[best]
        if beside < _CLEARLY:
            return self._plain_stays(plain, best, beside, _BESIDE)
        return _choice(
            best, self.seconds, f"{alone[best]:.2f} times as fast as {plain} alone, {beside:.2f} times {_BESIDE}"
        )

    def _on_gpu(self, candidates: list[Candidate], first: Trial, run_seconds: float) -> Choice:
        """One after the other, so that only one takes memory; a GPU's times hardly vary. torch.compile comes last."""
        plain = candidates[0]
        self._time(plain, first)
        del first
        for candidate in candidates[1:]:
            if candidate.speedup != "compile" or self.training.speedup == "compile":
                self._try(candidate)
        best = min(self.seconds, key=lambda c: self.seconds[c])
        compiled = Candidate(best.precision, best.memory_layout, "compile")
        if compiled in candidates and compiled not in self.seconds and run_seconds > _WORTH * _COMPILE_SECONDS:
            self._try(compiled)
            best = min(self.seconds, key=lambda c: self.seconds[c])
        faster = self.seconds[plain] / self.seconds[best]
        if faster < _CLEARLY:
            return self._plain_stays(plain, best, faster, "alone")
        return _choice(best, self.seconds, f"{faster:.2f} times as fast as {plain}")

    def _try(self, candidate: Candidate) -> None:
        trial = self._sound(candidate)
        if trial is not None:
            self._time(candidate, trial)
        del trial
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    def _trial(self, candidate: Candidate) -> Trial:
        training = dataclasses.replace(self.training, **dataclasses.asdict(candidate))
        return Trial(self.settings, training, self.device, self.batch_size, self.log)

    def _sound(self, candidate: Candidate) -> Trial | None:
        """A trial of the candidate, or None, with a line in the log, where it fails or computes something else."""
        try:
            trial = self._trial(candidate)
            found = self._losses(trial)
            trial.step_seconds()
        except (RuntimeError, NotImplementedError, TypeError) as error:  # of a compiler, a capture or a missing kernel
            reason = str(error).strip().partition("\n")[0] or type(error).__name__
            self.log(f"{candidate} was dropped: it failed here ({reason}).")
            return None
        if getattr(trial.trainer, "refused", ""):  # its log says why: these are eager steps under another name
            return None
        problem = differing(self.losses, found, _TOLERANCES[candidate.precision])
        if problem:
            self.log(f"{candidate} was dropped: {problem}.")
            return None
        return trial

    def _losses(self, trial: Trial) -> dict[str, float]:
        """Those of its first step: from the same weights, pictures and random numbers for every candidate."""
        trial.step()
        return trial.losses

    def _ratios(self, trials: dict[Candidate, Trial], plain: Candidate, rounds: int) -> dict[Candidate, float]:
        """How many times as fast as the plain way each is, in the median of rounds in which all take their turn."""
        seconds: dict[Candidate, list[float]] = {candidate: [] for candidate in trials}
        for _ in range(rounds):
            for candidate, trial in trials.items():
                seconds[candidate].append(trial.step_seconds())
        for candidate, values in seconds.items():
            self.seconds.setdefault(candidate, min(values))  # those of the first condition: alone
        return {
            candidate: statistics.median(a / b for a, b in zip(seconds[plain], values, strict=True))
            for candidate, values in seconds.items()
        }

    def _time(self, candidate: Candidate, trial: Trial) -> None:
        for _ in range(3):
            trial.step_seconds()
        times: list[float] = []
        began = time.perf_counter()
        while len(times) < _ROUNDS or (len(times) < 20 and time.perf_counter() - began < 1.0):
            times.append(trial.step_seconds())
        self.seconds[candidate] = statistics.median(times)

    def _plain_stays(self, plain: Candidate, best: Candidate, faster: float, where: str) -> Choice:
        remark = "nothing else was faster"
        if best != plain:
            remark = f"{best} was {faster:.2f} times as fast {where}: not clearly faster"
        return _choice(plain, self.seconds, remark)

    def _total_images(self) -> int:
        return int(self.settings.get("images") or self.settings["epochs"] * self.settings["train_count"])


def differing(expected: dict[str, float], found: dict[str, float], tolerance: float) -> str:
    """What is wrong with measurements that should agree; "" if nothing is.

    A difference counts against 1 plus the size of the number, so that losses near zero may differ by the tolerance.
    """
    for name, value in expected.items():
        other = found.get(name, math.nan)
        if not math.isfinite(other):
            return f"its {name} is {other}"
        if abs(other - value) > tolerance * (1 + abs(value)):
            return f"its {name} is {other:.4g}, that of the plain way {value:.4g}"
    return ""


def _candidates(training: TrainingSettings, device: torch.device, processes: int) -> list[Candidate]:
    """Those that the device can run and the settings allow; the plain one first."""
    plain = _plain(training)
    precisions = [plain.precision]
    if training.precision == "auto" and device.type in ("cpu", "cuda") and has_native_bfloat16(device):
        precisions.append("bfloat16")
    layouts = [plain.memory_layout]
    if training.memory_layout == "auto":
        layouts.append("contiguous")
    speedups = ["eager"]
    if processes == 1:
        wanted = ("graphs", "compile") if training.speedup == "auto" else (training.speedup,)
        asked = training.speedup == "compile"
        speedups += [s for s in wanted if _can_speed_up(s, device) and (asked or device.type == "cuda")]
    speedups = list(dict.fromkeys(speedups))
    return [Candidate(p, layout, s) for s in speedups for p in precisions for layout in layouts]


def _plain(training: TrainingSettings, speedup: str = "eager") -> Candidate:
    """The plain way within what the settings say."""
    precision = "float32" if training.precision == "auto" else training.precision
    layout = "channels_last" if training.memory_layout == "auto" else training.memory_layout
    return Candidate(precision, layout, speedup)


def _can_speed_up(speedup: str, device: torch.device) -> bool:
    return speedup in ("eager", "compile") or (speedup == "graphs" and device.type == "cuda")


def _has_not(speedup: str, device: torch.device, processes: int) -> str:
    if processes > 1:
        return f"{speedup} is not for several processes, which exchange gradients within a step: training eagerly."
    return f"{speedup} is for NVIDIA GPUs, and this run is on {device.type}: training eagerly."


def _choice(candidate: Candidate, seconds: dict[Candidate, float], remark: str) -> Choice:
    timed = {str(c): float(f"{value:.4g}") for c, value in seconds.items()}
    return Choice(candidate.precision, candidate.memory_layout == "channels_last", candidate.speedup, timed, remark)


def _key(
    settings: dict[str, Any], training: TrainingSettings, device: torch.device, candidates: list[Candidate]
) -> str:
    parts = [device_identity(device), decisive(settings), [str(candidate) for candidate in candidates]]
    return json.dumps(parts, sort_keys=True)


@contextlib.contextmanager
def _busy_program() -> Iterator[None]:
    """While the block runs, another process wants a core all the time. It ends by itself should this one be killed."""
    spin = "import time\nend = time.monotonic() + 60\nwhile time.monotonic() < end: pass"
    program = subprocess.Popen([sys.executable, "-c", spin])
    try:
        time.sleep(0.2)  # until it has started
        yield
    finally:
        program.kill()
        program.wait()
