"""The pictures that Augment looks at: which ones, decoded once, fitted once for every shape, and as data URLs.

Nothing is decoded again because a slider moved: what was read stays for every fit, and what was fitted for every step.
"""

import base64
import hashlib
import heapq
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image

from core.datasets.fit import Pixels, fit_picture, read_for
from core.datasets.plan import Plan, Verdict
from core.datasets.recipe import Recipe
from core.errors import AtelierError
from core.pictures.chosen import file_of
from core.workspace import Workspace
from ui.picture_picker import choose_many

MOST_OWN = 12
_SHUFFLE = "augment-shuffle"  # session state: how often it was reshuffled, the seed of the choice


@dataclass(frozen=True)
class Looked:
    """A picture to look at, of the selection or one's own."""

    sha256: str
    path: Path
    title: str
    artist: str = ""

    @property
    def name(self) -> str:
        return " · ".join(part for part in (self.title, self.artist) if part) or self.sha256[:8]


def of_verdict(workspace: Workspace, verdict: Verdict) -> Looked:
    picture = verdict.picture
    path = workspace.image(picture.sha256, picture.suffix)
    return Looked(picture.sha256, path, picture.title or "", picture.artist or "")


def handful(workspace: Workspace, plan: Plan, count: int, *, shuffle: int | None = None) -> list[Looked]:
    """A few kept pictures, chosen by a draw of each picture's own: the same ones stay in view while a limit or the fit
    is moved, and fewer of them are the first of more.

    Args:
        shuffle: another number, another choice; the one that people reshuffle if not given.
    """
    shuffle = st.session_state.get(_SHUFFLE, 0) if shuffle is None else shuffle

    def draw(verdict: Verdict) -> bytes:
        return hashlib.sha256(f"{shuffle} {verdict.picture.sha256}".encode()).digest()

    return [of_verdict(workspace, verdict) for verdict in heapq.nsmallest(count, plan.kept, key=draw)]


def reshuffle() -> None:
    st.session_state[_SHUFFLE] = st.session_state.get(_SHUFFLE, 0) + 1


def own_pictures(workspace: Workspace) -> list[Looked]:
    """Pictures of one's own, uploaded or chosen anywhere in the lab. They are looked at, and come into no dataset."""
    chosen = choose_many(
        "Pictures to look at",
        key="augment-own",
        allow=("upload", "camera", "catalog", "made", "web"),
        most=MOST_OWN,
        hint="To try the recipe on. They do not come into the dataset.",
    )
    return [Looked(picture.sha256, file_of(workspace, picture), picture.name) for picture in chosen]


def readable(pictures: Sequence[Looked], recipe: Recipe) -> tuple[list[Looked], list[str]]:
    """Those that can be read, and what is wrong with the others."""
    found, problems = [], []
    for picture in pictures:
        try:
            fitted(picture.path, recipe)
        except AtelierError as error:
            problems.append(f"{picture.name}: {error}")
        else:
            found.append(picture)
    return found, problems


@st.cache_data(max_entries=512, max_size="200MB", show_spinner=False)
def decoded(path: Path, resolution: int) -> Image.Image:
    """As large as a build reads it. Raises: core.images.ImageError."""
    return read_for(resolution, path)


def fitted(path: Path, recipe: Recipe) -> Pixels:
    """(H, W, 3) uint8: what the recipe's fit makes of a picture, before any step. Raises: core.images.ImageError."""
    return _fitted(path, fit_only(recipe))


def fit_only(recipe: Recipe) -> Recipe:
    """Nothing but what decides the fitted picture: the same for all recipes that fit alike."""
    return Recipe(resolution=recipe.resolution, aspect=recipe.aspect, fit=recipe.fit, pad_colour=recipe.pad_colour)


@st.cache_data(max_entries=2048, max_size="150MB", show_spinner=False)
def _fitted(path: Path, recipe: Recipe) -> Pixels:
    return fit_picture(decoded(path, recipe.resolution), recipe)


@st.cache_data(max_entries=4096, max_size="100MB", show_spinner=False)
def thumb_url(path: Path) -> str:
    try:
        return _url(path.read_bytes(), "webp")
    except FileNotFoundError:
        return "data:,"  # the caption still says what it was


def lossy_url(picture: Image.Image) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=85, method=0)
    return _url(buffer.getvalue(), "webp")


def lossless_url(pixels: Pixels) -> str:
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "WEBP", lossless=True, quality=0, method=0)
    return _url(buffer.getvalue(), "webp")


def _url(data: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
