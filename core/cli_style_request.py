"""What commands that restyle are asked for: their options, and the request that these make."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli_output import remark
from core.errors import AtelierError, ConfigError
from core.style.engines import ENGINES, STRENGTHS

if TYPE_CHECKING:
    from PIL import Image

    from core.pictures.chosen import ChosenPicture
    from core.style.request import StylePicture, StyleRequest

_UNITS = ((1e9, "GB"), (1e6, "MB"))


def add_request_options(command: argparse.ArgumentParser, *, strength: bool = True) -> None:
    """All but the content. None is what stands for "not given", so that a request used again keeps its own."""
    command.add_argument("--style", type=Path, action="append", default=[], help="may be given several times")
    command.add_argument("--weights", type=_numbers, help="of several styles: 2,1")
    command.add_argument(
        "--style-mask", type=Path, action="append", help="one per style, over the content: white where it paints"
    )
    command.add_argument("--engine", choices=tuple(ENGINES), help="default: patch")
    if strength:
        command.add_argument("--strength", type=strength_of, help="0 to 100, or gentle, medium, strong (default 50)")
    command.add_argument("--size", type=int, help="pixels of the longest side (default: what the engine usually makes)")
    command.add_argument(
        "--keep-colors",
        nargs="?",
        const="exact",
        choices=("no", "exact", "strokes"),
        help="exact (if nothing is added): the content's colours; strokes: the style recoloured first",
    )
    command.add_argument("--mask", type=Path, help="over the content: white where it is restyled")
    command.add_argument("--seed", type=int)
    command.add_argument(
        "--set", type=_setting, action="append", nargs="+", default=[], metavar="NAME=VALUE", help="engine settings"
    )
    command.add_argument("--device", default="auto", help="auto (default), cpu or cuda")


def new_request(options: argparse.Namespace, content: Path) -> "StyleRequest":
    """The request that the options make alone. Raises: ConfigError."""
    from core.style.request import StyleRequest

    if not options.style:
        raise ConfigError("Nothing says in whose manner. Give a picture with --style.")
    return _changed(StyleRequest(picture_of(content), styles_of(options)), options)


def request_again(options: argparse.Namespace) -> "StyleRequest":
    """The request inside a PNG made here, with what the other options say in place of its own.

    Raises: ConfigError for a picture that is neither given nor in this lab; NoRequestError, ImageError.
    """
    from core.style.again import used_again
    from core.style.output import read_request
    from core.workspace import Workspace

    request = read_request(options.again)
    if options.engine is not None and options.engine != request.engine:
        if request.overrides:
            remark(f"The settings in {options.again.name} are those of {request.engine}: they are left out.")
        request = replace(request, overrides={})
    if options.content is not None:
        request = replace(request, content=picture_of(options.content))
    if options.style:
        request = replace(request, styles=styles_of(options))
    request = _changed(request, options)
    missing = used_again(Workspace(), request).missing
    if missing:
        ways = {
            "content": "--content",
            "style": "--style (all of them)",
            "mask": "--mask",
            "style mask": "--style-mask",
        }
        needed = dict.fromkeys(ways[one.role] for one in missing)
        raise ConfigError(
            f"{options.again.name} was made of pictures that are not in this lab: "
            f"{'; '.join(one.words for one in missing)}. Give files in their place, with {' and '.join(needed)}."
        )
    return request


def _changed(request: "StyleRequest", options: argparse.Namespace) -> "StyleRequest":
    given = {
        "engine": options.engine,
        "strength": getattr(options, "strength", None),
        "size": options.size,
        "keep_colours": options.keep_colors,
        "seed": options.seed,
        "mask": None if options.mask is None else picture_of(options.mask),
    }
    overrides = {**request.overrides, **dict(item for group in options.set for item in group)}
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    return replace(request, overrides=overrides, **changes)


def styles_of(options: argparse.Namespace) -> "tuple[StylePicture, ...]":
    """Raises: ConfigError."""
    from core.style.request import StylePicture

    weights = options.weights or [1.0] * len(options.style)
    masks: Sequence[Path | None] = options.style_mask or [None] * len(options.style)
    if len(weights) != len(options.style) or len(masks) != len(options.style):
        raise ConfigError(
            f"Every --style needs its weight and its mask if any has one; got {len(options.style)} styles, "
            f"{len(weights)} weights and {len(masks)} masks."
        )
    return tuple(
        StylePicture(picture_of(path), weight, None if mask is None else picture_of(mask))
        for path, weight, mask in zip(options.style, weights, masks, strict=True)
    )


def picture_of(path: Path) -> "ChosenPicture":
    """By its place and, where it can be read, by its content: that is what a result remembers."""
    from core.pictures.chosen import ChosenPicture
    from core.pretrained import hash_of

    try:
        sha256 = hash_of(path)
    except OSError:
        sha256 = ""  # whoever opens it says what is wrong with it
    return ChosenPicture(path=str(path), sha256=sha256, label=path.name)


def opener() -> "Callable[[ChosenPicture], Image.Image]":
    """Opens files where they lie, and pictures of the lab in its store. Errors name the picture."""
    from core.images import read_image
    from core.pictures.chosen import open_chosen
    from core.workspace import Workspace

    def opened(picture: "ChosenPicture") -> "Image.Image":
        try:
            return read_image(Path(picture.path)) if picture.path else open_chosen(Workspace(), picture)
        except AtelierError as error:
            raise AtelierError(f"{picture.path or picture.name}: {error}") from error

    return opened


def seconds_in_words(value: float) -> str:
    return f"{value:.1f} s" if value < 10 else f"{value:.0f} s" if value < 120 else f"{value / 60:.0f} min"


def bytes_in_words(value: int) -> str:
    size, unit = next((pair for pair in _UNITS if value >= pair[0]), (1e6, "MB"))
    return f"{value / size:.1f} {unit}"


def strength_of(text: str) -> float:
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
