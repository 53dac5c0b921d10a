"""What the Explore page looks at: the point at work, in the session and in the page's address.

?run=ID&epoch=12            chosen in ui.explore_choice
?seed=3&first=24            the wall of seeds
?point=TEXT                 the point at work: packed JSON, or @NAME of a file in the run where that is too long
"""

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from core.errors import AtelierError, ConfigError
from core.sampling.favourites import Favourites
from core.sampling.points import Point, Seed
from core.training.run_folder import RunFolder
from ui import explore_desk
from ui.explore_desk import Group, Slider
from ui.markup import harmless

DESK = "explore-desk"  # key of the component
WALL_SIZE = 24
TASK = "explore-task"  # which of TASKS stands under the picture at work
TASKS = ["Storyboard", "From a picture", "Mix", "Learn a direction", "Use again"]
_WORK = "explore-work"  # (the address it stands under, Point)
_NOTICE = "explore-notice"
_LONGEST = 1500  # letters of a point in an address
_MOST_UNPACKED = 2_000_000
_LAST_SEED = 2**53  # what a browser counts exactly

TRUNCATION_OFF = 3.0
TRUNCATION = Slider(
    "truncation",
    "Truncation",
    0.3,
    TRUNCATION_OFF,
    0.1,
    TRUNCATION_OFF,
    "How unusual it may be: no number of the latent lies further from the middle. Lower is more typical.",
    words={"3": "off"},
)
TEMPERATURE = Slider(
    "temperature",
    "Temperature",
    0.0,
    2.0,
    0.05,
    1.0,
    "What the latent is multiplied by: below 1 calmer, above 1 wilder; 0 is the middle of all pictures.",
    digits=2,
)


def begin(run: RunFolder, epoch: int) -> Point:
    """The point at work in this run: the address's, else the last one, else the first of the seed."""
    address = st.query_params.get("point", "")
    known: tuple[str, Point] | None = st.session_state.get(_WORK)
    if known is not None and known[0] == address and known[1].run == run.id:
        point = known[1]
    elif address:
        try:
            point = read_text(run, address)
        except AtelierError as error:
            st.session_state[_NOTICE] = f"The point in this page's address cannot be used. {error}"
            st.query_params.pop("point", None)
            point = Point(run.id, epoch, Seed(seed(), 0))
        explore_desk.set_desk(DESK)
    else:
        point = Point(run.id, epoch, Seed(seed(), 0))
        explore_desk.set_desk(DESK)
    point = point.at(run.id, epoch)
    st.session_state[_WORK] = (st.query_params.get("point", ""), point)
    return point


def at_work() -> Point | None:
    known = st.session_state.get(_WORK)
    return known[1] if known else None


def take(run: RunFolder, point: Point) -> None:
    """Put a point to work, and into the address. In a callback, or before the desk is drawn."""
    keep(run, point)
    explore_desk.set_desk(DESK)


def keep(run: RunFolder, point: Point, *, settled: bool = True) -> None:
    """Remember where the sliders stand. settled: in the page's address too."""
    address = st.query_params.get("point", "")
    if settled:
        address = write_text(run, point)
        if address != st.query_params.get("point", ""):
            st.query_params["point"] = address
    st.session_state[_WORK] = (address, point)


def seed() -> int:
    """Of the wall."""
    return _whole("seed", _LAST_SEED)


def first() -> int:
    """The first number of the wall."""
    return _whole("first", _LAST_SEED)


def set_wall(*, seed: int | None = None, first: int = 0) -> None:
    if seed is not None:
        st.query_params["seed"] = str(seed)
    st.query_params["first"] = str(max(0, first))


def _whole(name: str, most: int) -> int:
    asked = st.query_params.get(name, "")
    return min(most, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 17 else 0


def in_words(point: Point, titles: Mapping[str, str] | None = None) -> str:
    """As a sentence begins. titles: id of a direction -> what people call it."""
    told = point.in_words(titles)
    return told[:1].upper() + told[1:]


# ---- a point as text


def write_text(run: RunFolder, point: Point) -> str:
    """As short as JSON packs; a point with a long latent is written into the run, and named."""
    value = {name: part for name, part in point.for_file().to_json().items() if name not in ("run", "epoch")}
    packed = zlib.compress(json.dumps(value, separators=(",", ":")).encode(), 9)
    text = base64.urlsafe_b64encode(packed).decode().rstrip("=")
    return text if len(text) <= _LONGEST else f"@{Favourites(run).save_point(point)}"


def read_text(run: RunFolder, text: str) -> Point:
    """Anybody may have written it. Raises: ConfigError, PointGoneError."""
    if text.startswith("@"):
        return Favourites(run).find_point(text[1:])
    try:
        unpacker = zlib.decompressobj()
        packed = base64.urlsafe_b64decode(text[: 2 * _LONGEST] + "=" * (-len(text) % 4))
        value = json.loads(unpacker.decompress(packed, _MOST_UNPACKED))
    except (ValueError, zlib.error, binascii.Error, RecursionError) as error:
        raise ConfigError("It is cut off or was changed. Ask for the whole link.") from error
    if not isinstance(value, dict):
        raise ConfigError("It is no point.")
    return Point.from_json({**value, "run": run.id, "epoch": 0})


# ---- sliders and points


def values_of(point: Point, groups: list[Group]) -> dict[str, float]:
    """Where the sliders stand for a point."""
    found: dict[str, float] = {
        "truncation": TRUNCATION_OFF if point.truncation is None else point.truncation,
        "temperature": point.temperature,
        "category": 0 if point.category is None else point.category + 1,
    }
    found |= {name: value for name in ("steps", "guidance") if (value := getattr(point, name)) is not None}
    found |= {f"code-{number}": value for number, value in point.sliders}
    found |= {f"move-{move.direction}": move.amount for move in point.moves}
    shown = {slider.id: slider for group in groups for slider in group.sliders}
    return {name: slider.checked(found.get(name, slider.usual)) for name, slider in shown.items()}


def with_values(point: Point, values: Mapping[str, Any], groups: list[Group]) -> Point:
    """The point where the sliders say. Values are a browser's: only those of sliders that are shown count."""
    for slider in (slider for group in groups for slider in group.sliders):
        if slider.id not in values:
            continue
        value = round(slider.checked(values[slider.id]), 4)
        kind, _, name = slider.id.partition("-")
        if kind == "truncation":
            point = replace(point, truncation=None if value >= TRUNCATION_OFF else value)
        elif kind == "temperature":
            point = replace(point, temperature=value)
        elif kind == "category":
            point = replace(point, category=round(value) - 1 if value >= 1 else None)
        elif kind == "code":
            others = tuple(pair for pair in point.sliders if pair[0] != int(name))
            own = slider.id not in values or values[slider.id] == slider.usual
            point = replace(point, sliders=tuple(sorted(others if own else (*others, (int(name), value)))))
        elif kind == "steps":
            point = replace(point, steps=None if value == slider.usual else round(value))
        elif kind == "guidance":
            point = replace(point, guidance=None if value == slider.usual else value)
        else:
            point = point.moved(name, value)
    return point


def tell(message: str) -> None:
    """Shown once, at the page's next run."""
    st.session_state[_NOTICE] = message


def show_notice() -> None:
    if told := st.session_state.pop(_NOTICE, ""):
        st.warning(harmless(told), icon=":material/broken_image:")
