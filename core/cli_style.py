"""The command that restyles a picture."""

import argparse
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli_output import add_command, print_result, remark
from core.errors import AtelierError, ConfigError
from core.style.engines import ENGINES, STRENGTHS

if TYPE_CHECKING:
    from PIL import Image

    from core.pictures.chosen import ChosenPicture
    from core.style.request import StyleRequest

_UNITS = ((1e9, "GB"), (1e6, "MB"))


def restyle_picture(options: argparse.Namespace) -> None:
    from core.images import read_image
    from core.style.engines import Report, find_engine, settings_for
    from core.style.output import write_png
    from core.style.restyle import cost_of, restyle
    from core.training.device import choose_device

    if options.out.suffix.lower() != ".png":
        raise ConfigError(f"Results are saved without loss, as PNG; got {options.out.name!r}. End the name in .png.")
    request = _request(options)
    engine = find_engine(request.engine)
    settings_for(request.engine, request.strength, request.overrides, seed=request.seed)  # refused before any work
    device = str(choose_device(options.device))

    def opened(reference: "ChosenPicture") -> "Image.Image":
        try:
            return read_image(Path(reference.path))
        except AtelierError as error:
            raise AtelierError(f"{reference.path}: {error}") from error

    cost = cost_of(request, *opened(request.content).size, device)
    remark(f"{engine.label}; about {_seconds(cost.seconds)} and {_bytes(cost.bytes)} of memory")
    if options.estimate:
        value = {"engine": engine.name, "seconds": round(cost.seconds, 2), "bytes": cost.bytes}
        print_result(options, value, text=f"{_seconds(cost.seconds)}, {_bytes(cost.bytes)}")
        return
    began = time.monotonic()
    with _stopped_by_interrupt() as stop_requested:
        result = restyle(
            request,
            opened,
            device=device,
            report=Report(progress=_progress, note=remark, stop_requested=stop_requested),
        )
    seconds = time.monotonic() - began
    settings = dict(vars(result.settings))
    write_png(options.out, result.picture, bits=options.bits, request=request, label=result.label, settings=settings)
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
    print_result(options, facts, text=str(options.out))


def _request(options: argparse.Namespace) -> "StyleRequest":
    from core.pictures.chosen import ChosenPicture
    from core.style.request import StylePicture, StyleRequest

    def picture(path: Path) -> ChosenPicture:
        return ChosenPicture(path=str(path), label=path.name)

    weights = options.weights or [1.0] * len(options.style)
    masks: list[Path | None] = options.style_mask or [None] * len(options.style)
    if len(weights) != len(options.style) or len(masks) != len(options.style):
        raise ConfigError(
            f"Every --style needs its weight and its mask if any has one; got {len(options.style)} styles, "
            f"{len(weights)} weights and {len(masks)} masks."
        )
    styles = tuple(
        StylePicture(picture(path), weight, None if mask is None else picture(mask))
        for path, weight, mask in zip(options.style, weights, masks, strict=True)
    )
    return StyleRequest(
        content=picture(options.content),
        styles=styles,
        engine=options.engine,
        strength=options.strength,
        size=options.size,
        keep_colours=options.keep_colors,
        mask=None if options.mask is None else picture(options.mask),
        seed=options.seed,
        overrides=dict(item for group in options.set for item in group),
    )


@contextmanager
def _stopped_by_interrupt() -> Iterator[Any]:
    """Ctrl-C asks the engine to end with what it has; a second one ends the command."""
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


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value < 10 else f"{value:.0f} s" if value < 120 else f"{value / 60:.0f} min"


def _bytes(value: int) -> str:
    size, unit = next((pair for pair in _UNITS if value >= pair[0]), (1e6, "MB"))
    return f"{value / size:.1f} {unit}"


def _strength(text: str) -> float:
    return float(STRENGTHS[text]) if text in STRENGTHS else float(text)


def _numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]


def _setting(text: str) -> tuple[str, Any]:
    import json

    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"expected NAME=VALUE, got {text!r}")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value  # a plain word


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`style`."""
    style = add_command(commands, "style", restyle_picture, "restyle a picture in the manner of others, as a PNG")
    style.add_argument("--content", type=Path, required=True, help="the picture to restyle")
    style.add_argument("--style", type=Path, required=True, action="append", help="may be given several times")
    style.add_argument("--weights", type=_numbers, help="of several styles: 2,1")
    style.add_argument(
        "--style-mask", type=Path, action="append", help="one per style, over the content: white where it paints"
    )
    style.add_argument("--engine", default="patch", choices=tuple(ENGINES), help="default: patch")
    style.add_argument(
        "--strength", type=_strength, default=50.0, help="0 to 100, or gentle, medium, strong (default 50)"
    )
    style.add_argument("--size", type=int, help="pixels of the longest side (default: what the engine usually makes)")
    style.add_argument(
        "--keep-colors",
        nargs="?",
        const="exact",
        default="no",
        choices=("no", "exact", "strokes"),
        help="exact (if nothing is added): the content's colours; strokes: the style recoloured first",
    )
    style.add_argument("--mask", type=Path, help="over the content: white where it is restyled")
    style.add_argument("--seed", type=int, default=0)
    style.add_argument(
        "--set", type=_setting, action="append", nargs="+", default=[], metavar="NAME=VALUE", help="engine settings"
    )
    style.add_argument("--device", default="auto", help="auto (default), cpu or cuda")
    style.add_argument("--bits", type=int, default=8, choices=(8, 16), help="a channel (default 8)")
    style.add_argument("--estimate", action="store_true", help="only say what it would cost")
    style.add_argument("--out", type=Path, required=True, help="a PNG file; Ctrl-C saves the result so far")
