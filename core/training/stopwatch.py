"""Time spent training, without that spent saving and measuring."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
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
