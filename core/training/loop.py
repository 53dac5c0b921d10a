"""The training loop of every family: resumable, stoppable, reporting only through the run folder."""

import math
import time
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from core.models.zoo import find_architecture
from core.training.device import memory_bytes
from core.training.following import Word
from core.training.health import Finding, Health, TrainingDivergedError, variety
from core.training.keeping import tidy
from core.training.order import DataOrder
from core.training.pictures import Pictures, to_pixels
from core.training.recorder import Recorder
from core.training.resume import Position, load_resume, restore, save_resume, save_state
from core.training.schedule import PREVIEWS
from core.training.scoring import Scorer
from core.training.steps import Steps
from core.training.stopwatch import Stopwatch
from core.training.trainer import Measurements, all_finite

_PROBE = 32  # pictures, trained on and held out, that are measured at each log point


class Host(Protocol):
    """Whoever runs a training: a worker process, a script, a test. core.jobs.RunningJob is one."""

    def stop_requested(self) -> bool: ...

    def progress(self, done: int, total: int, *, unit: str, message: str = "") -> None: ...

    def log(self, text: str) -> None: ...


@dataclass
class Training:
    """One training, put together: what it trains, on what, how long, and where it writes.

    Of several processes that train together, this is the first one's; the others follow (core.training.following).
    """

    steps: Steps
    held_out: Pictures  # never trained on; may be empty
    recorder: Recorder
    host: Host
    fingerprint: str  # of everything that the saved state depends on
    terms_held_out: Tensor | None = None
    scorer: Scorer | None = None  # None: saved epochs are not measured
    ended_by: Finding | None = field(default=None, init=False)  # the finding that ended it, if it was to

    def __post_init__(self) -> None:
        self.trainer, self.pictures, self.share = self.steps.trainer, self.steps.pictures, self.steps.share
        self.settings, self.schedule, self.terms = self.steps.settings, self.steps.schedule, self.steps.terms

    def run(self) -> int:
        """Train until the schedule's end or a stop request, from the newest saved state; return the images seen.

        The state is saved at a stop and at the end too, so nothing is lost. When the numbers break, the training goes
        back to its last good state and halves the learning rate, as often as its settings allow; then it raises
        TrainingDivergedError, and the last saved state is one from before.
        """
        self._position = self._restore()
        while True:
            try:
                images_seen = self._train(self._position.images_seen)
            except TrainingDivergedError as error:
                self._go_back(error)
                self.share.tell(Word.GO_BACK)
            else:
                self.share.tell(Word.END)
                return images_seen

    def _train(self, images_seen: int) -> int:
        settings, schedule, batch_size = self.settings, self.schedule, self.settings.batch_size
        self._prepare_measures()
        if images_seen == 0:
            self._save_epoch(0, 0)
        self._saved_at = time.monotonic()
        self.share.meet()
        self._watch.start(images_seen)

        while images_seen < schedule.total_images and not self.host.stop_requested() and self.ended_by is None:
            before, images_seen = images_seen, images_seen + batch_size
            self.share.tell(Word.STEP)
            self._means.add(self.steps.take(before, self._position.rate_factor))

            self._report(images_seen)

            if self.steps.is_logged(before):
                self._log(images_seen, self.share.means(self._means.take()))
            if schedule.finished_epoch(images_seen) > schedule.finished_epoch(before):
                self._save_epoch(schedule.finished_epoch(images_seen), images_seen)
            elif any(before < preview <= images_seen for preview in PREVIEWS):
                self._save_preview(images_seen)
            at_end = images_seen >= schedule.total_images
            if not at_end and time.monotonic() - self._saved_at >= settings.resume_every_seconds:
                self._save_state(images_seen)
            self._look_for_an_end()
        self._save_state(images_seen)
        return images_seen

    def _restore(self) -> Position:
        """From the newest state of this run; at its very start, from what it was given to begin with."""
        run = self.recorder.run
        position = restore(run, self.trainer, self.fingerprint, self.pictures.device, self.host.log)
        self.recorder.rewind(position.images_seen)
        return position

    def _go_back(self, error: TrainingDivergedError) -> None:
        """To the last good state, with half the learning rate. Raises `error` again once that was done often enough."""
        went_back = self._position.went_back + 1
        if went_back > self.settings.retries_after_divergence:
            raise error
        state, _ = load_resume(self.recorder.run.path, self.fingerprint, self.pictures.device)
        if state is None:
            raise error  # nothing good was saved: it broke within the first minute, and would again
        images_seen = int(state["images_seen"])
        self.trainer.restore(state["trainer"])
        if self._broken():
            raise error  # what was saved is no better
        self._position = Position(images_seen, 0.5**went_back, went_back)
        self.recorder.rewind(images_seen, undone=True)
        self._save_state(images_seen)
        self.host.log(f"{error} Going back to {images_seen:,} images, with the learning rate halved.")

    def _prepare_measures(self) -> None:
        rows = self.steps.order.rows(0, min(_PROBE, len(self.pictures)))
        self._probe, self._probe_terms = self.pictures.batch(rows), None
        self._unseen = self._probe[:0]
        rows_unseen = np.empty(0, np.int64)
        if len(self.held_out):
            rows_unseen = DataOrder(len(self.held_out), self.settings.seed).rows(0, min(_PROBE, len(self.held_out)))
            self._unseen = self.held_out.batch(rows_unseen)
        if self.terms is not None and self.terms_held_out is not None:
            self._probe_terms = (self.terms[rows], self.terms_held_out[rows_unseen])
        self._health = Health(variety(to_pixels(self._probe)), went_back=self._position.went_back)
        for row in self.recorder.run.scores():
            self._health.see_score(row)
        self._means, self._watch = Measurements(), Stopwatch()

    def _log(self, images_seen: int, means: dict[str, float]) -> None:
        images_per_second = self._watch.lap(images_seen)
        with self._watch.paused():
            means |= self.trainer.measure(self._probe, self._unseen, self._probe_terms)
            epoch = images_seen / self.schedule.epoch_images
            row: dict[str, Any] = {"images_seen": images_seen, "epoch": round(epoch, 4)}
            row |= {name: float(f"{value:.6g}") if math.isfinite(value) else None for name, value in means.items()}
            row |= {
                "images_per_second": round(images_per_second, 2),
                "seconds": round(self._watch.seconds, 2),
                "memory_bytes": memory_bytes(self.pictures.device),
                "device": self.pictures.device.type,
            }
            try:
                self._health.see_measurements(means)
            except TrainingDivergedError as error:
                self.recorder.log(row | {"health": [{"code": "diverged", "message": str(error)}]})
                raise
            self.recorder.log(row | {"health": [asdict(finding) for finding in self._health.findings()]})

    def _report(self, images_seen: int) -> None:
        total = self.schedule.total_images
        epoch = min(images_seen / self.schedule.epoch_images, self.schedule.epochs)
        message = f"Epoch {epoch:.1f} of {self.schedule.epochs}"
        findings = self._health.findings()
        if findings:
            message += f". {findings[0].message}"
        self.host.progress(min(images_seen, total), total, unit="images", message=message)

    def _look_for_an_end(self) -> None:
        """Whether health found what this run is to stop for."""
        wanted = self.settings.stopping_findings
        self.ended_by = next((found for found in self._health.findings() if found.code in wanted), None)

    def _save_epoch(self, epoch: int, images_seen: int) -> None:
        """Grid, weights, score and state of an epoch; then what the settings do not keep goes."""
        with self._watch.paused():
            self._check_weights(images_seen)
            settle = getattr(self.trainer, "settle", None)
            if settle is not None and images_seen:
                settle(self.pictures, self.terms)
            samples = self.recorder.draw_samples(self.trainer.averaged.network)
            if epoch:
                self._health.see_samples(variety(samples))
            if self.scorer is not None:
                row = {"epoch": epoch, "images_seen": images_seen} | self.scorer.score(samples).row()
                self.recorder.score(row)
                self._health.see_score(row)
            if epoch and self.settings.raw_grids and self.settings.ema_half_life_images:
                self.recorder.save_raw(epoch, self._raw_samples(), images_seen)
            self.recorder.save_epoch(epoch, samples, self.trainer.averaged.network, images_seen)
            if epoch:
                save_state(self.recorder.run.state_path(epoch), self._state(images_seen), self.fingerprint)
                run = self.recorder.run
                tidy(run, self.settings, run.best_epoch(), evaluated=run.best_epochs().values())

    def _raw_samples(self) -> NDArray[np.uint8]:
        network = self.trainer.networks[find_architecture(self.recorder.run.settings["architecture"]).sampled]
        was_training = network.training
        try:
            return self.recorder.draw_samples(network.eval())
        finally:
            network.train(was_training)

    def _save_preview(self, images_seen: int) -> None:
        with self._watch.paused():
            self.recorder.save_preview(self.recorder.draw_samples(self.trainer.averaged.network), images_seen)

    def _save_state(self, images_seen: int) -> None:
        """Keep what is needed to go on exactly; a state that is broken already is not kept."""
        with self._watch.paused():
            self._check_weights(images_seen)
            save_resume(self.recorder.run.path, self._state(images_seen), self.fingerprint)
        self._saved_at = time.monotonic()

    def _state(self, images_seen: int) -> dict[str, Any]:
        return {
            "images_seen": images_seen,
            "rate_factor": self._position.rate_factor,
            "went_back": self._position.went_back,
            "trainer": self.trainer.state(),
        }

    def _check_weights(self, images_seen: int) -> None:
        """Raises TrainingDivergedError."""
        if self._broken():
            self._log(
                images_seen, self._means.take()
            )  # what was measured since the last log point tells where it began
            raise TrainingDivergedError("weights")

    def _broken(self) -> bool:
        return not all(all_finite(network) for network in self.trainer.networks.values())
