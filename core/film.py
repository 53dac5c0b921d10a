"""Films of pictures that follow one another: MP4 (H.264, which every browser plays) or GIF.

Frames come one by one, so a film of any length takes the memory of a few frames.
"""

import importlib.util
import io
import struct
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from PIL import Image

from core.errors import AtelierError
from core.files import replacing
from core.images import ImageError, ImageLimits, read_image

Frame = Image.Image | Path

SUFFIXES = {".mp4": 1920, ".gif": 480}  # -> usual longest side, in pixels: a GIF is ten times as large as an MP4
MOST_SIDE = {".mp4": 4096, ".gif": 2048}  # what players of H.264 (level 5.1) and browsers can be expected to show
_GIF_TICK = 100  # a GIF counts time in hundredths of a second,
_GIF_SHORTEST = 2  # and what is shown for less than two of them, browsers slow down to ten a second
_GIF_LONGEST = 0xFFFF
_GIF_COLOURS_SIDE = 160  # pixels
_FRAME_LIMITS = ImageLimits(min_side=1, max_aspect=100_000)


class FilmError(AtelierError):
    """A film that cannot be made of these frames, or not here."""


class Film(NamedTuple):
    frames: int  # those that stay counted as often as they are shown in an MP4, once in a GIF
    width: int  # pixels
    height: int
    seconds: float


def check_mp4() -> None:
    """Raises: FilmError where MP4 cannot be written, with what to do."""
    if importlib.util.find_spec("av") is None:
        raise FilmError(
            "An MP4 needs the package av (PyAV), which is not installed here. Install it (pip install av), or choose "
            "a name that ends in .gif."
        )


def check_film_name(path: Path) -> None:
    """Raises: FilmError for a name that ends in neither .mp4 nor .gif, or an MP4 that cannot be written here."""
    if path.suffix.lower() not in SUFFIXES:
        raise FilmError(
            f"Films are written as {' or '.join(SUFFIXES)}; got {path.name!r}. End the name in one of them."
        )
    if path.suffix.lower() == ".mp4":
        check_mp4()


def write_film(
    path: Path,
    frames: Iterable[Frame],
    *,
    frames_per_second: float = 24,
    hold_first_seconds: float = 0.0,
    hold_last_seconds: float = 2.0,
    size: tuple[int, int] | None = None,
    longest_side: int | None = None,
    background: str = "black",
    progress: Callable[[int], None] = lambda count: None,
    stop_requested: Callable[[], bool] = lambda: False,
) -> Film:
    """Write a film in one step: a film that was begun before stays as it was until this one is whole.

    Args:
        path: ends in .mp4 or .gif. An MP4 has even sides; where they are not, the last row or column is repeated.
        frames: pictures or their files, in any mode. Asked for one by one. The same object once more shows it longer:
            a GIF has it once.
        frames_per_second: above 0, at most 120; of a GIF at most 50.
        hold_first_seconds, hold_last_seconds: how much longer the first and the last frame are shown.
        size: of the film, (width, height) in pixels; None: that of the first frame.
        longest_side: pixels. A larger size is made smaller in proportion; nothing is enlarged for it. None: 1920 for
            an MP4, 480 for a GIF.
        background: what lies beside frames of other proportions.
        progress: told how many frames are written.
        stop_requested: the film ends with the frame before.
    Returns: what was written. Raises: FilmError; ImageError for a frame's file that cannot be read.
    """
    path = Path(path)
    check_film_name(path)
    kind = path.suffix.lower()
    fastest = 120 if kind == ".mp4" else _GIF_TICK // _GIF_SHORTEST
    if not 0 < frames_per_second <= fastest:
        raise FilmError(
            f"A film ({kind}) has more than 0 and at most {fastest} frames a second; got {frames_per_second}."
        )
    if min(hold_first_seconds, hold_last_seconds) < 0 or max(hold_first_seconds, hold_last_seconds) > 600:
        raise FilmError("A frame is held for 0 to 600 seconds.")
    longest = MOST_SIDE[kind] if size is not None and longest_side is None else longest_side or SUFFIXES[kind]
    if not 16 <= longest <= MOST_SIDE[kind]:
        raise FilmError(f"The longer side of a film ({kind}) has 16 to {MOST_SIDE[kind]} pixels; got {longest}.")
    pictures = _opened(frames, stop_requested)
    first = next(pictures, None)
    if first is None:
        raise FilmError("There are no frames, so there is no film to make.")
    width, height = _limited(*(size or first.size), longest)
    fitted = (_fitted(picture, width, height, background) for picture in _chained(first, pictures))
    write = _write_mp4 if kind == ".mp4" else _write_gif
    with replacing(path) as temporary:
        return write(
            temporary, fitted, width, height, frames_per_second, hold_first_seconds, hold_last_seconds, progress
        )


def _opened(frames: Iterable[Frame], stop_requested: Callable[[], bool]) -> Iterator[Image.Image]:
    for frame in frames:
        if stop_requested():
            return
        if isinstance(frame, Image.Image):
            yield frame if frame.mode == "RGB" else frame.convert("RGB")
            continue
        try:
            yield read_image(frame, _FRAME_LIMITS)
        except ImageError as error:
            raise ImageError(error.reason, f"The frame {frame.name}: {error}") from error


def _chained(first: Image.Image, others: Iterator[Image.Image]) -> Iterator[Image.Image]:
    yield first
    yield from others


def _limited(width: int, height: int, longest: int) -> tuple[int, int]:
    factor = min(1.0, longest / max(width, height))
    return max(1, round(width * factor)), max(1, round(height * factor))


def _fitted(picture: Image.Image, width: int, height: int, background: str) -> Image.Image:
    """As large as the film allows, in the middle; what has nearly its proportions fills it."""
    if picture.size == (width, height):
        return picture
    factor = min(width / picture.width, height / picture.height)
    inner = max(1, round(picture.width * factor)), max(1, round(picture.height * factor))
    if abs(inner[0] - width) <= 2 and abs(inner[1] - height) <= 2:  # rounding, at another size
        inner = width, height
    resized = picture.resize(inner, Image.Resampling.LANCZOS, reducing_gap=3.0)
    if inner == (width, height):
        return resized
    laid = Image.new("RGB", (width, height), background)
    laid.paste(resized, ((width - inner[0]) // 2, (height - inner[1]) // 2))
    return laid


def _write_mp4(
    path: Path,
    frames: Iterator[Image.Image],
    width: int,
    height: int,
    rate: float,
    hold_first: float,
    hold_last: float,
    progress: Callable[[int], None],
) -> Film:
    import av
    import numpy as np
    from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

    speed = Fraction(rate).limit_denominator(1001)
    even = width + width % 2, height + height % 2
    count = 0
    try:
        with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
            stream: Any = container.add_stream("libx264", rate=speed, options={"crf": "18", "preset": "medium"})
            stream.width, stream.height = even
            stream.pix_fmt = "yuv420p"
            # said in the file, or players guess the colours from the size
            stream.codec_context.colorspace = Colorspace.ITU709
            stream.codec_context.color_range = ColorRange.MPEG
            stream.codec_context.color_primaries = ColorPrimaries.BT709
            stream.codec_context.color_trc = ColorTrc.BT709

            def put(picture: Any, times: int) -> None:
                nonlocal count
                for _ in range(times):
                    frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                    converted = frame.reformat(
                        format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
                    )
                    converted.pts, converted.time_base = count, 1 / speed
                    container.mux(stream.encode(converted))
                    count += 1

            shown = before = None
            for number, image in enumerate(frames, start=1):
                if image is not before:
                    before = image
                    shown = np.pad(np.asarray(image), ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
                put(shown, 1 + (round(hold_first * speed) if number == 1 else 0))
                progress(number)
            put(shown, round(hold_last * speed))
            container.mux(stream.encode())
    except av.error.FFmpegError as error:
        raise FilmError(f"The film could not be written: {error}. Choose a smaller size, or .gif.") from error
    return Film(count, *even, float(count / speed))


def _write_gif(
    path: Path,
    frames: Iterator[Image.Image],
    width: int,
    height: int,
    rate: float,
    hold_first: float,
    hold_last: float,
    progress: Callable[[int], None],
) -> Film:
    """GIF89a with colours of its own for every frame. Pillow writes the frames; it would gather them all at once."""
    count, ticks, exact = 0, 0, 0.0
    with path.open("wb") as handle:
        handle.write(b"GIF89a" + struct.pack("<HHBBB", width, height, 0x70, 0, 0))
        handle.write(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00")  # from the beginning again, for ever
        delay_at = delay = 0
        before = None
        for image in frames:
            if image is before:  # the same again: the frame that is there stays longer
                exact += _GIF_TICK / rate
                longer = min(_GIF_LONGEST, max(delay, round(exact - ticks) + delay))
                ticks, delay = ticks + longer - delay, longer
                _write_delay(handle, delay_at, delay)
                continue
            before = image
            count += 1
            exact += _GIF_TICK / rate + (hold_first * _GIF_TICK if count == 1 else 0)
            delay = max(_GIF_SHORTEST, min(_GIF_LONGEST, round(exact - ticks)))
            ticks += delay
            delay_at = handle.tell() + 4
            handle.write(struct.pack("<BBBBHBB", 0x21, 0xF9, 4, 0x04, delay, 0, 0))
            handle.write(_gif_image(image, width, height))
            progress(count)
        handle.write(b"\x3b")
        longer = min(_GIF_LONGEST, delay + round(hold_last * _GIF_TICK))
        _write_delay(handle, delay_at, longer)
    return Film(count, width, height, (ticks - delay + longer) / _GIF_TICK)


def _write_delay(handle: BinaryIO, at: int, delay: int) -> None:
    """Change how long a frame that is written is shown."""
    end = handle.tell()
    handle.seek(at)
    handle.write(struct.pack("<H", delay))
    handle.seek(end)


def _gif_image(image: Image.Image, width: int, height: int) -> bytes:
    """One frame: its descriptor, its own table of colours, its pixels."""
    if image.getcolors(256) is not None:  # each has its place
        flat = image.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    else:  # colours found on a small copy, in a tenth of the time; dots, or smooth areas would show bands
        small = image.resize(_limited(width, height, _GIF_COLOURS_SIDE), Image.Resampling.BILINEAR)
        table = small.quantize(256, method=Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE)
        flat = image.quantize(palette=table, dither=Image.Dither.FLOYDSTEINBERG)
    buffer = io.BytesIO()
    flat.save(buffer, "GIF", optimize=False, interlace=False)
    data = buffer.getvalue()
    size_bits = data[10] & 0x07
    colours = data[13 : 13 + 3 * 2 ** (size_bits + 1)]
    at = 13 + len(colours)
    while data[at] == 0x21:  # extensions: what they say, is said by us
        at += 2
        while data[at]:
            at += 1 + data[at]
        at += 1
    if data[at] != 0x2C or data[at + 9] & 0x80:
        raise FilmError("A frame could not be written as GIF. Choose a name that ends in .mp4.")
    descriptor = struct.pack("<BHHHHB", 0x2C, 0, 0, width, height, 0x80 | size_bits)
    return descriptor + colours + data[at + 10 : -1]
