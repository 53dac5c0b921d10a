"""The training loop of every family: resumable, stoppable, reporting only through the run folder."""

import hashlib
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import torch

from core.training.base_settings import TrainingSettings
from core.training.device import memory_bytes
from core.training.health import Health, TrainingDivergedError, variety
from core.training.order import DataOrder
from core.training.pictures import Pictures
from core.training.recorder import Recorder, to_pixels
from core.training.resume import load_resume, save_resume
from core.training.schedule import PREVIEWS, Schedule
from core.training.trainer import Clock, Measurements, Trainer, all_finite

_PROBE = 32  # pictures, trained on and held out, that are measured at each log point


class Host(Protocol):
    """Whoever runs a training: a worker process, a script, a test. core.jobs.RunningJob is one."""

    def stop_requested(self) -> bool: ...

    def progress(self, done: int, total: int, *, unit: str, message: str = "") -> None: ...

    def log(self, text: str) -> None: ...


@dataclass
class Training:
    """One training, put together: what it trains, on what, how long, and where it writes."""

    trainer: Trainer
    pictures: Pictures
    held_out: Pictures  # never trained on; may be empty
    settings: TrainingSettings
    schedule: Schedule
    recorder: Recorder
    host: Host
    fingerprint: str  # of everything that the saved state depends on

    def run(self) -> int:
        """Train until the schedule's end or a stop request, from the newest saved state; return the images seen.

        The state is saved at a stop and at the end too, so nothing is lost. Raises TrainingDivergedError; the last
        saved state is then one from before.
        """
        settings, schedule, batch_size = self.settings, self.schedule, self.settings.batch_size
        images_seen = self._restore()
        order, draw = DataOrder(len(self.pictures), settings.seed), torch.Generator(self.pictures.device)
        self._prepare_measures(order)
        if images_seen == 0:
            self._save_epoch(0, 0)
        self._saved_at = time.monotonic()
        self._watch.start(images_seen)

        while images_seen < schedule.total_images and not self.host.stop_requested():
            before, images_seen = images_seen, images_seen + batch_size
            at_end = images_seen >= schedule.total_images
            logging = at_end or crosses(before, images_seen, settings.log_every_images)
            torch.manual_seed(seed_of(settings.seed, before))  # for dropout and the like
            draw.manual_seed(seed_of(settings.seed, before, "draw"))
            batch = self.pictures.batch(order.rows(before, batch_size), flip=draw if settings.flip else None)
            clock = Clock(before, schedule.total_images, before // batch_size)
            self._means.add(self.trainer.step(batch, clock, draw, measure_gradients=logging))

            self._report(images_seen)

            if logging:
                self._log(images_seen)
            if schedule.finished_epoch(images_seen) > schedule.finished_epoch(before):
                self._save_epoch(schedule.finished_epoch(images_seen), images_seen)
            elif any(before < preview <= images_seen for preview in PREVIEWS):
                self._save_preview(images_seen)
            if not at_end and time.monotonic() - self._saved_at >= settings.resume_every_seconds:
                self._save_state(images_seen)
        self._save_state(images_seen)
        return images_seen

    def _restore(self) -> int:
        state, remark = load_resume(self.recorder.run.path, self.fingerprint, self.pictures.device)
        if remark:
            self.host.log(remark)
        images_seen = 0
        if state is not None:
            self.trainer.restore(state["trainer"])
            images_seen = int(state["images_seen"])
            self.host.log(f"Going on at {images_seen:,} images.")
        self.recorder.rewind(images_seen)
        return images_seen

    def _prepare_measures(self, order: DataOrder) -> None:
        self._probe = self.pictures.batch(order.rows(0, min(_PROBE, len(self.pictures))))
        self._unseen = self._probe[:0]
        if len(self.held_out):
            rows = DataOrder(len(self.held_out), self.settings.seed).rows(0, min(_PROBE, len(self.held_out)))
            self._unseen = self.held_out.batch(rows)
        self._health = Health(variety(to_pixels(self._probe)))
        self._means, self._watch = Measurements(), Stopwatch()

    def _log(self, images_seen: int) -> None:
        means = self._means.take()
        images_per_second = self._watch.lap(images_seen)
        with self._watch.paused():
            means |= self.trainer.measure(self._probe, self._unseen)
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

    def _save_epoch(self, epoch: int, images_seen: int) -> None:
        with self._watch.paused():
            network = self.trainer.averaged.network
            samples = self.recorder.draw_samples(network)
            if epoch:
                self._health.see_samples(variety(samples))
            self.recorder.save_epoch(epoch, samples, network, images_seen)

    def _save_preview(self, images_seen: int) -> None:
        with self._watch.paused():
            self.recorder.save_preview(self.recorder.draw_samples(self.trainer.averaged.network), images_seen)

    def _save_state(self, images_seen: int) -> None:
        """Keep what is needed to go on exactly; a state that is broken already is not kept."""
        with self._watch.paused():
            if not all(all_finite(network) for network in self.trainer.networks.values()):
                raise TrainingDivergedError(
                    "Training diverged: weights became infinite or undefined. What was saved before is kept. "
                    "Start a new run with a lower learning_rate, a larger batch_size or precision=float32."
                )
            state = {"images_seen": images_seen, "trainer": self.trainer.state()}
            save_resume(self.recorder.run.path, state, self.fingerprint)
        self._saved_at = time.monotonic()


class Stopwatch:
    """Time spent training, without that spent saving and measuring."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._since = self._lap_since = time.perf_counter()
        self._lap_images = 0
        self._lap_paused = 0.0

    def start(self, images_seen: int) -> None:
        self._since = self._lap_since = time.perf_counter()
        self._lap_images, self._lap_paused, self.seconds = images_seen, 0.0, 0.0

    def lap(self, images_seen: int) -> float:
        """Images a second since the last lap."""
        now = time.perf_counter()
        elapsed = now - self._lap_since - self._lap_paused
        rate = (images_seen - self._lap_images) / max(elapsed, 1e-9)
        self.seconds += elapsed
        self._lap_since, self._lap_images, self._lap_paused = now, images_seen, 0.0
        return rate

    @contextmanager
    def paused(self) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self._lap_paused += time.perf_counter() - start


def crosses(before: int, after: int, every: int) -> bool:
    """Whether a multiple of `every` lies in (before, after]."""
    return after // every > before // every


def seed_of(*parts: object) -> int:
    """A seed of 63 bits that depends on all parts: near numbers give unrelated seeds."""
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1
