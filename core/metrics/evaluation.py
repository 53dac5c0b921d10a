"""The job that measures epochs of runs: kind "evaluate".

Each number is a row of its run's scores.jsonl at once, so that a job that was stopped goes on where it was, and what
was measured before in the same way is not measured again.
"""

import hashlib
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import AtelierError, NotFoundError
from core.files import read_json, write_json
from core.jobs import control
from core.jobs.folder import JobFolder
from core.metrics.errors import MetricError
from core.metrics.plan import PACK_METRICS, plan_evaluation, seconds_a_picture, speed_file, speed_key
from core.metrics.registry import METRICS
from core.training.measured import recall, remember
from core.training.run_folder import RunFolder
from core.training.score_sheet import BY_EVALUATION, ScoreSheet
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.jobs.running import RunningJob
    from core.metrics.bench import Baselines, Bench
    from core.metrics.measured import Measured

KIND = "evaluate"
_SAME = ("metric", "epoch", "against", "against_hash", "count", "seed", "weights")  # of rows that need no second one


def create_evaluation(workspace: Workspace, run_ids: list[str] | tuple[str, ...], **wishes: Any) -> JobFolder:
    """A job folder; nothing is started. Arguments and errors: those of `plan_evaluation`."""
    plan = plan_evaluation(workspace, run_ids, **wishes)
    return create_planned(workspace, plan)


def create_planned(workspace: Workspace, plan: dict[str, Any]) -> JobFolder:
    """The same from a plan that was shown."""
    runs = plan["runs"]
    what = METRICS[plan["settings"]["metrics"][0]].title if len(plan["settings"]["metrics"]) == 1 else "Evaluation"
    named = runs[0]["title"] if len(runs) == 1 else f"{len(runs)} runs"
    return control.create(workspace, KIND, plan["settings"], title=f"{what} of {named}")


def results(workspace: Workspace, job: JobFolder) -> list[dict[str, Any]]:
    """The rows that a job was asked for and that are there, each with its "run"; those measured before included."""
    settings = job.settings
    rows = []
    for run_id, metrics in settings["measurements"].items():
        wanted = {(metric, epoch) for metric, epochs in metrics.items() for epoch in epochs}
        newest = {
            (row["metric"], row["epoch"]): row
            for row in ScoreSheet(RunFolder(workspace.run(run_id)).scores_file).rows()
            if row.get("by") == BY_EVALUATION
            and (row["metric"], row["epoch"]) in wanted
            and row["seed"] == settings["seed"]
            and (row["metric"] in PACK_METRICS or row["against"] == settings["against"])
        }
        rows += [
            {"run": run_id, **newest[key]}
            for key in sorted(newest, key=lambda key: (key[1], list(METRICS).index(key[0])))
        ]
    return rows


def run(job: "RunningJob") -> str:
    """The work itself; returns the closing message. Raises MetricError if nothing at all could be measured."""
    work = _Work(job)
    work.do()
    return work.closing_message()


class _Work:
    def __init__(self, job: "RunningJob") -> None:
        self._job, self._settings = job, job.settings
        self._measurements: dict[str, dict[str, list[int]]] = job.settings["measurements"]
        self._total = sum(len(epochs) for metrics in self._measurements.values() for epochs in metrics.values())
        self._done = self._before = 0
        self._problems: list[str] = []
        self._inception: Any = None

    def do(self) -> None:
        from core.metrics.bench import StoppedError

        self._job.progress(0, self._total, unit="measurements")
        for run_id in self._measurements:
            try:
                self._evaluate(run_id)
            except StoppedError:
                return
            except (MetricError, NotFoundError) as error:  # one run of several is not worth the others
                self._leave(f"{run_id}: {error}", sum(len(of) for of in self._measurements[run_id].values()))

    def closing_message(self) -> str:
        done, total = self._done, self._total
        if self._problems and not done:
            raise MetricError(self._problems[0])
        before = f" {self._before} of them were there already." if self._before else ""
        if self._job.stop_seen and done < total:
            return f"Stopped after {done} of {total} measurements. It can go on where it was."
        lost = f" {len(self._problems)} could not be taken: {self._problems[0]}" if self._problems else ""
        return f"{done} measurement{'' if done == 1 else 's'}.{before}{lost}"

    def _evaluate(self, run_id: str) -> None:
        from core.metrics.bench import StoppedError

        bench = self._bench(run_id)
        sheet = ScoreSheet(bench.run.scores_file)
        known = {
            _identity(row)
            for row in sheet.rows()
            if row.get("by") == BY_EVALUATION and _is_current(row, self._settings)
        }
        metrics = self._measurements[run_id]
        for epoch in sorted({epoch for epochs in metrics.values() for epoch in epochs}):
            of_epoch = [metric for metric, epochs in metrics.items() if epoch in epochs]
            try:
                frame = self._frame(bench, epoch)
            except (AtelierError, FileNotFoundError) as error:  # tidied away by a training that goes on meanwhile
                self._leave(f"{run_id}, epoch {epoch}: {error}", len(of_epoch))
                continue
            for metric in of_epoch:
                if self._job.stop_requested():
                    raise StoppedError
                self._say(bench.run, metric, epoch)
                row = frame | self._compared(bench, metric)
                if _identity(row) in known:
                    self._before += 1
                else:
                    try:
                        row |= self._measured(bench, metric, epoch)
                    except (AtelierError, FileNotFoundError) as error:
                        self._leave(f"{run_id}, epoch {epoch}: {error}", 1)
                        continue
                    sheet.append(row)
                self._done += 1
                self._say(bench.run, metric, epoch)

    def _bench(self, run_id: str) -> "Bench":
        from core.metrics.bench import Bench, needs_reference
        from core.metrics.references import fit_folder, open_run_pack, real_pictures

        settings, run = self._settings, RunFolder(self._job.workspace.run(run_id))
        pack = open_run_pack(self._job.workspace, run)
        metrics = list(self._measurements[run_id])
        reference = None
        if any(needs_reference(metric) for metric in metrics):
            fitted, name = None, ""
            if settings["against"] == "folder":
                folder = Path(settings["folder"])
                name = folder.name
                self._job.progress(self._done, self._total, unit="measurements", message=f"Reading {name}")
                fitted, problems = fit_folder(folder, pack, self._job.folder / f"fitted-{pack.id}.npy")
                for problem in problems:
                    self._job.log(f"Left out of {name}: {problem}")
            reference = real_pictures(
                pack, settings["against"], settings["count"], settings["seed"], fitted=fitted, name=name
            )
        return Bench(
            run,
            pack,
            reference,
            settings["seed"],
            device=self._job.torch_device,
            wanted=metrics,
            inception=self._network(metrics),
            resize=settings["resize"],
            stop_requested=self._job.stop_requested,
        )

    def _network(self, metrics: list[str]) -> Any:
        if self._inception is None and any(METRICS[metric].needs == "inception" for metric in metrics):
            from core.metrics.inception import open_inception

            self._inception = open_inception(self._job.workspace, self._job.torch_device)
        return self._inception

    def _frame(self, bench: "Bench", epoch: int) -> dict[str, Any]:
        """What all rows of an epoch say."""
        from core.training.weights import read_facts

        return {
            "by": BY_EVALUATION,
            "epoch": epoch,
            "images_seen": int(read_facts(bench.run.weights(epoch))["images_seen"]),
            "weights": bench.weights_hash(epoch),
            "seed": self._settings["seed"],
            "job": self._job.folder.name,
        }

    def _compared(self, bench: "Bench", metric: str) -> dict[str, Any]:
        against, name, digest = bench.against(metric)
        return {
            "metric": metric,
            "count": bench.count(metric),
            "against": against,
            "against_name": name,
            "against_hash": digest,
        }

    def _measured(self, bench: "Bench", metric: str, epoch: int) -> dict[str, Any]:
        from core.metrics.bench import METHOD

        baselines = self._baselines(bench, metric)
        began = time.perf_counter()
        measured: Measured = bench.measure(metric, epoch)
        seconds = time.perf_counter() - began
        self._remember_speed(bench, metric, seconds)
        return {
            "value": _short(measured.value),
            "low": _short(measured.low),
            "high": _short(measured.high),
            "floor": _short(baselines.floor),
            "ceiling": _short(baselines.ceiling),
            "at": round(time.time(), 1),
            "details": {
                **measured.details,
                "method": METHOD,
                "device": self._job.torch_device,
                "seconds": round(seconds, 2),
            },
        }

    def _baselines(self, bench: "Bench", metric: str) -> "Baselines":
        """Found once for the same real pictures, count and seed, whatever the run: kept under data/metrics."""
        from core.metrics.bench import METHOD, Baselines

        key = [metric, METHOD, *bench.against(metric), bench.count(metric), self._settings["seed"], *bench.run.shape]
        if METRICS[metric].needs == "inception":
            key.append(self._settings["resize"])
        if metric == "active_units":
            key.append(bench.run.settings["network"]["latent_dim"])
        digest = hashlib.sha256(json.dumps(key).encode()).hexdigest()[:24]
        path = self._job.workspace.data / "metrics" / f"{digest}.json"
        known = _read(path)
        if known is None:
            self._say(bench.run, metric, None)
            found = bench.baselines(metric)
            known = {"of": key, "floor": found.floor, "ceiling": found.ceiling}
            write_json(path, known, durable=False)
        return Baselines(known["floor"], known["ceiling"])

    def _remember_speed(self, bench: "Bench", metric: str, seconds: float) -> None:
        """The mean of what was known and what it took now: the first measurement of an epoch also draws its samples."""
        path, key = speed_file(self._job.workspace), speed_key(metric, self._job.torch_device)
        now = seconds_a_picture(metric, seconds, bench.count(metric), bench.run.shape)
        before = recall(path, "evaluation", key)
        remember(path, "evaluation", key, now if before is None else (float(before) + now) / 2)

    def _say(self, run: RunFolder, metric: str, epoch: int | None) -> None:
        of = f"epoch {epoch}" if epoch is not None else "baselines"
        self._job.progress(
            self._done, self._total, unit="measurements", message=f"{METRICS[metric].title}, {of} of {run.id}"
        )

    def _leave(self, problem: str, measurements: int) -> None:
        """Tell why so many measurements are not taken, and go on without them."""
        self._problems.append(problem)
        self._job.log(f"Not measured: {problem}")
        self._total -= measurements


def _identity(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row.get(name) for name in _SAME)


def _is_current(row: dict[str, Any], settings: dict[str, Any]) -> bool:
    """Whether a row was measured as it would be now."""
    from core.metrics.bench import METHOD

    details = row.get("details", {})
    if METRICS.get(row["metric"]) is None or details.get("method") != METHOD:
        return False
    return METRICS[row["metric"]].needs != "inception" or details.get("resize") == settings["resize"]


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")


def _read(path: Path) -> dict[str, Any] | None:
    try:
        known = read_json(path)
    except ValueError:
        return None  # cut short by a power cut: it is found again
    return known if isinstance(known, dict) and {"floor", "ceiling"} <= set(known) else None
