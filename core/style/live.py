"""What a restyling leaves in a folder while at work: a preview, frames for a film, notes, a state to go on from."""

import io
import pickle
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from core.files import replacing, write_bytes
from core.style.again import FRAMES, NOTES, PREVIEW, STATE
from core.style.engines import Report

if TYPE_CHECKING:
    from torch import Tensor

PREVIEW_SIDE = 512  # pixels, longest side
FRAME_SIDE = 960
MOST_FRAMES = 150  # of a film, first and last not counted
_PREVIEW_EVERY_SECONDS = 0.5
_SHOW_SHARE = 15  # previews are shown so rarely that they take at most one part in so many of the time
_KEEP_EVERY_SECONDS = 2.0
_KEEP_SHARE = 20  # and so are states written
_STATE_VERSION = 1


class Live:
    """One picture on its way. Its `report` is what the engine speaks to.

    Args:
        folder: where all of it lies.
        item: which picture of a job this is: a state of another one is not gone on with.
        film: whether frames are kept.
        show: what becomes of a preview; None: preview.webp of the folder.
        progress: told how far it is: done, total, unit.
    """

    def __init__(
        self,
        folder: Path,
        *,
        item: str = "",
        film: bool = False,
        show: Callable[[Image.Image], None] | None = None,
        progress: Callable[[int, int, str], None],
        stop_requested: Callable[[], bool],
        log: Callable[[str], None],
    ) -> None:
        self.done, self.total, self.unit = 0, 0, ""
        self._folder = folder
        self._item = item
        self._frames = Frames(folder) if film else None
        self._show = show
        self._progress = progress
        self._stop_requested = stop_requested
        self._log = log
        self._show_next = 0.0  # time.monotonic() before which no preview is shown
        self._unwritten: dict[str, Any] | None = None
        self._write_next = 0.0
        self._began = time.monotonic()
        self._seconds_before = 0.0  # of work, before it was stopped
        self._state = self._read()
        self.moved = self._state is not None  # whether any step was taken, now or before a stop

    @property
    def seconds(self) -> float:
        """Of work on this picture, those before a stop included."""
        return self._seconds_before + time.monotonic() - self._began

    @property
    def report(self) -> Report:
        return Report(self._tell, self._see, self._stop_requested, self._state, self._keep, self.note)

    def note(self, text: str) -> None:
        with (self._folder / NOTES).open("a", encoding="utf-8") as notes:
            notes.write(f"{text}\n")

    def begin_anew(self, reason: str) -> None:
        """Forget the state: it cannot be gone on with."""
        words = f"{reason} It is begun anew."
        self._log(words)
        self.note(words)
        self.forget()
        self._state, self._seconds_before, self.moved = None, 0.0, False
        if self._frames is not None:
            self._frames.go_on_from(0)

    def forget(self) -> None:
        """Remove the state: there is nothing to go on with."""
        self._unwritten = None
        (self._folder / STATE).unlink(missing_ok=True)

    def flush(self) -> None:
        """Have the newest state on disk: nothing that was done is done again."""
        import torch

        if self._unwritten is None:
            return
        began = time.monotonic()
        state, self._unwritten = self._unwritten, None
        with replacing(self._folder / STATE) as temporary:
            torch.save(state, temporary)
        ended = time.monotonic()
        self._write_next = ended + max(_KEEP_EVERY_SECONDS, (ended - began) * _KEEP_SHARE)

    def show(self, picture: Image.Image) -> None:
        """Put a picture where the page looks for the state so far."""
        if self._show is not None:
            self._show(picture)
        else:
            write_webp(self._folder / PREVIEW, picture, PREVIEW_SIDE)

    def first_frame(self, content: Image.Image) -> None:
        """What the film begins with."""
        if self._frames is not None:
            self._frames.first(content)

    def _tell(self, done: int, total: int, unit: str) -> None:
        self.done, self.total, self.unit, self.moved = done, total, unit, True
        self._progress(done, total, unit)

    def _see(self, picture: "Tensor") -> None:
        from core.style.restyle import to_image

        began = time.monotonic()
        is_due = began >= self._show_next
        is_frame = self._frames is not None and self._frames.count()
        if not (is_due or is_frame):
            return
        image = to_image(picture)
        if self._frames is not None and is_frame:
            self._frames.add(image)
        if is_due:
            self.show(image)
            ended = time.monotonic()
            self._show_next = ended + max(_PREVIEW_EVERY_SECONDS, (ended - began) * _SHOW_SHARE)

    def _keep(self, state: dict[str, Any]) -> None:
        self._unwritten = {
            "version": _STATE_VERSION,
            "item": self._item,
            "seconds": self.seconds,
            "previews": 0 if self._frames is None else self._frames.counted,
            "engine": state,
        }
        if time.monotonic() >= self._write_next:
            self.flush()

    def _read(self) -> dict[str, Any] | None:
        """The engine's state. Only tensors and plain values are read: a file from elsewhere can run nothing."""
        import torch

        path = self._folder / STATE
        if not path.exists():
            return None
        try:
            kept = torch.load(path, map_location="cpu", weights_only=True)
            if kept["version"] != _STATE_VERSION or kept["item"] != self._item:
                return None
            previews = int(kept["previews"])
            self._seconds_before = float(kept["seconds"])
            engine: dict[str, Any] = kept["engine"]
        except (pickle.UnpicklingError, OSError, RuntimeError, EOFError, ValueError, KeyError, TypeError) as error:
            self._log(f"What was kept to go on from is damaged ({type(error).__name__}). It is begun anew.")
            return None
        if self._frames is not None:
            self._frames.go_on_from(previews)
        return engine


class Frames:
    """The frames of a film in frames/ of a folder: never more than MOST_FRAMES and the first, evenly apart."""

    def __init__(self, folder: Path) -> None:
        self.counted = 0  # previews so far; every so many-th is a frame
        self._folder = folder

    def first(self, content: Image.Image) -> None:
        """What the film begins with."""
        if not self._path(0).exists():
            write_webp(self._path(0), content, FRAME_SIDE, quality=90)

    def count(self) -> bool:
        """Another preview; whether it is one of the frames."""
        self.counted += 1
        return self.counted % stride(self.counted) == 0

    def add(self, picture: Image.Image) -> None:
        """The preview counted last. When there are too many frames, every second one goes."""
        write_webp(self._path(self.counted), picture, FRAME_SIDE, quality=90)
        step = stride(self.counted)
        if step > 1 and stride(self.counted - step) < step:
            for path in frames(self._folder):
                if int(path.stem) % step:
                    path.unlink()

    def go_on_from(self, counted: int) -> None:
        """After a stop: what came later is made again, at the same moments."""
        self.counted = counted
        for path in frames(self._folder):
            if int(path.stem) > counted:
                path.unlink()

    def _path(self, number: int) -> Path:
        return self._folder / FRAMES / f"{number:06d}.webp"


def stride(previews: int) -> int:
    """Of so many previews, every how many-th is a frame: a power of two, so that frames are evenly apart."""
    step = 1
    while previews // step > MOST_FRAMES:
        step *= 2
    return step


def frames(folder: Path) -> list[Path]:
    """The frames of a film so far, the first one first."""
    return sorted(path for path in (folder / FRAMES).glob("*.webp") if path.stem.isdecimal())


def write_webp(path: Path, picture: Image.Image, longest: int, *, quality: int = 80) -> None:
    """Replace a WebP in one step. Its longer side is at most `longest` pixels; nothing is enlarged."""
    shown = picture.copy()
    shown.thumbnail((longest, longest), Image.Resampling.BILINEAR, reducing_gap=2.0)
    buffer = io.BytesIO()
    shown.save(buffer, "WEBP", quality=quality, method=0)
    write_bytes(path, buffer.getvalue(), durable=False)
