"""The command that restyles a picture."""

import argparse
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from core.cli_output import add_command, print_result, remark
from core.cli_style_request import (
    add_request_options,
    bytes_in_words,
    new_request,
    opener,
    request_again,
    seconds_in_words,
)
from core.errors import ConfigError

if TYPE_CHECKING:
    from torch import Tensor

    from core.film import Film


def restyle_picture(options: argparse.Namespace) -> None:
    from core.style.cost import cost_of
    from core.style.engines import Report, find_engine, settings_for
    from core.style.live import Frames
    from core.style.output import write_png
    from core.style.restyle import restyle, to_image
    from core.training.device import choose_device

    if options.out.suffix.lower() != ".png":
        raise ConfigError(f"Results are saved without loss, as PNG; got {options.out.name!r}. End the name in .png.")
    if options.film is not None:
        from core.film import check_film_name

        check_film_name(options.film)
    if options.again is not None:
        request = request_again(options)
    elif options.content is not None:
        request = new_request(options, options.content)
    else:
        raise ConfigError("Nothing says what to restyle. Give a picture with --content, or one made here with --again.")
    engine = find_engine(request.engine)
    settings_for(request.engine, request.strength, request.overrides, seed=request.seed)  # refused before any work
    device = str(choose_device(options.device))
    opened = opener()
    content = opened(request.content)
    cost = cost_of(request, *content.size, device)
    remark(f"{engine.label}; about {seconds_in_words(cost.seconds)} and {bytes_in_words(cost.bytes)} of memory")
    if options.estimate:
        value = {"engine": engine.name, "seconds": round(cost.seconds, 2), "bytes": cost.bytes}
        print_result(options, value, text=f"{seconds_in_words(cost.seconds)}, {bytes_in_words(cost.bytes)}")
        return
    began = time.monotonic()
    with stopped_by_interrupt() as stop_requested, TemporaryDirectory(prefix="atelier-film-") as scratch:
        frames = Frames(Path(scratch))

        def see(picture: "Tensor") -> None:
            if options.film is not None and frames.count():
                frames.add(to_image(picture))

        result = restyle(
            request,
            opened,
            device=device,
            report=Report(progress=_progress, preview=see, note=remark, stop_requested=stop_requested),
        )
        seconds = time.monotonic() - began
        settings = dict(vars(result.settings))
        write_png(
            options.out, result.picture, bits=options.bits, request=request, label=result.label, settings=settings
        )
        film = None
        if options.film is not None:
            height, width = result.picture.shape[1:]
            frames.first(content.resize((width, height)))
            film = _write_film(options.film, Path(scratch), options.out)
    if result.stopped:
        remark("Stopped: this is the result so far.")
    _, height, width = result.picture.shape
    facts = {
        "out": str(options.out),
        "engine": engine.name,
        "label": result.label,
        "width": width,
        "height": height,
        "seconds": round(seconds, 2),
        "stopped": result.stopped,
        "settings": settings,
        "request": request.to_json(),
    }
    text = str(options.out)
    if film is not None:
        facts["film"] = {"out": str(options.film), **film._asdict()}
        text += f"\n{options.film}"
    print_result(options, facts, text=text)


def _write_film(path: Path, scratch: Path, result: Path) -> "Film":
    from core.film import write_film
    from core.images import read_image
    from core.style.job import film_speed
    from core.style.live import frames

    pictures = frames(scratch)
    return write_film(path, [*pictures, read_image(result)], frames_per_second=film_speed(len(pictures) + 1))


@contextmanager
def stopped_by_interrupt() -> Iterator[Any]:
    """Ctrl-C asks for an end with what there is; a second one ends the command."""
    asked = False

    def ask(number: int, frame: Any) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        remark("Stopping after this step ...")

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)


def _progress(done: int, total: int, unit: str) -> None:
    if sys.stderr.isatty():
        end = "\n" if done >= total else ""
        sys.stderr.write(f"\r\033[K    {done / max(total, 1):4.0%}  {done:,} of {total:,} {unit}{end}")
        sys.stderr.flush()


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`style`."""
    style = add_command(commands, "style", restyle_picture, "restyle a picture in the manner of others, as a PNG")
    style.add_argument("--content", type=Path, help="the picture to restyle")
    style.add_argument(
        "--again",
        type=Path,
        metavar="FILE.png",
        help="do what this picture made here was asked for; other options override it",
    )
    add_request_options(style)
    style.add_argument("--bits", type=int, default=8, choices=(8, 16), help="a channel (default 8)")
    style.add_argument("--film", type=Path, metavar="FILE.mp4", help="also a film of how it came about (or FILE.gif)")
    style.add_argument("--estimate", action="store_true", help="only say what it would cost")
    style.add_argument("--out", type=Path, required=True, help="a PNG file; Ctrl-C saves the result so far")
