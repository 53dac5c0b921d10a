"""The recipe book: presets that come with the lab, and recipes that its people saved under a name.

A saved recipe is data/recipes/<slug>-<hash>.json: {"name", "saved", "recipe"}.
"""

import hashlib
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from core.datasets.recipe import Recipe
from core.datasets.steps.step import Step
from core.errors import ConfigError, NotFoundError
from core.files import read_json, write_json
from core.workspace import Workspace, slug

_LONGEST_NAME = 80


class Preset(NamedTuple):
    title: str
    about: str
    recipe: Recipe


@dataclass(frozen=True)
class SavedRecipe:
    name: str
    recipe: Recipe
    saved: str  # UTC, ISO 8601


PRESETS: dict[str, Preset] = {
    "plain": Preset(
        "Plain, 64 px",
        "Centre squares, nothing added: the baseline to compare others with.",
        Recipe(),
    ),
    "artgan": Preset(
        "ART-GAN's six copies, 64 px",
        "As gregwcy/ART-GAN prepared its colour fields: squeezed into a square, then each picture flipped both ways "
        "and turned by 90°, 180° and 270°. It held nothing out and dropped nothing by measure.",
        Recipe(
            resolution=64,
            fit="squash",
            copies=("flip-lr", "flip-tb", "rot90", "rot180", "rot270"),
            max_cut_share=1.0,
            min_deviation=0.0,
            test_share=0.0,
        ),
    ),
    "artgen": Preset(
        "ArtGen's centre crop, 64 px",
        "As EugeneBudzinskiy/DCGAN-ArtGen-train prepared ArtBench-10: the centre square at 64 px, no copies, and "
        "nothing left out.",
        Recipe(resolution=64, fit="crop", max_cut_share=1.0, min_deviation=0.0, test_share=0.0),
    ),
    "whole-pictures": Preset(
        "Whole pictures, 128 px",
        "Nothing cut away: padded with the colour of the picture's edge. For prints, posters and anything composed to "
        "its borders.",
        Recipe(resolution=128, fit="pad", max_cut_share=0.6),
    ),
    "colour-fields": Preset(
        "Colour fields, either way up",
        "For pictures without an up or a side: flipped and turned copies, which lose nothing, and crops that lie "
        "elsewhere each time.",
        Recipe(
            fit="smart",
            copies=("flip-lr", "flip-tb", "rot90", "rot180", "rot270"),
            steps=(Step(kind="resized-crop", values={"area": (75, 100), "aspect": (0.9, 1.11)}, chance=0.5),),
        ),
    ),
    "small-collection": Preset(
        "A small collection, gently",
        "Some hundred pictures that have an up: small crops, a breath of light and colour. For "
        "GANs rather use Plain with the training's DiffAugment, which does not show in samples.",
        Recipe(
            fit="smart",
            steps=(
                Step(kind="resized-crop", values={"area": (85, 100), "aspect": (0.95, 1.05)}, chance=0.7),
                Step(kind="brightness", values={"factor": (0.92, 1.08)}),
                Step(kind="saturation", values={"factor": (0.9, 1.1)}),
            ),
        ),
    ),
    "hand-held": Preset(
        "As photographed by hand",
        "Slightly turned, slanted and unevenly lit, as reproductions are: for networks that should not mind. Not for "
        "generating: models paint what they are shown.",
        Recipe(
            resolution=128,
            steps=(
                Step(kind="rotate", values={"angle": (-3, 3)}),
                Step(kind="perspective", values={"distance": (2, 10)}, chance=0.5),
                Step(kind="gamma", values={"gamma": (0.85, 1.18)}),
                Step(kind="hue", values={"angle": (-4, 4)}),
                Step(kind="jpeg", values={"quality": (50, 95)}, chance=0.3),
            ),
        ),
    ),
}


def save_recipe(workspace: Workspace, name: str, recipe: Recipe, *, replace: bool = False) -> SavedRecipe:
    """Keep a recipe under a name. Raises ConfigError if the name is none, or taken and not to be replaced."""
    name = _checked(name)
    path = _path(workspace, name)
    if not replace and path.exists():
        raise ConfigError(f"There is already a recipe called {name!r}. Choose another name, or replace it.")
    saved = SavedRecipe(name, recipe, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, {"name": name, "saved": saved.saved, "recipe": recipe.to_json()})
    return saved


def saved_recipes(workspace: Workspace) -> list[SavedRecipe]:
    """In order of their names. Files that hold none are left out: `broken_recipes` names them."""
    found = [_read(path) for path in _paths(workspace)]
    return sorted((one for one in found if isinstance(one, SavedRecipe)), key=lambda one: one.name.casefold())


def broken_recipes(workspace: Workspace) -> list[str]:
    """What is wrong with each file in the book that cannot be read, in words."""
    return [found for path in _paths(workspace) if isinstance(found := _read(path), str)]


def delete_recipe(workspace: Workspace, name: str) -> None:
    """Raises NotFoundError. Datasets built by it keep their own."""
    path = _path(workspace, _checked(name))
    if not path.exists():
        raise NotFoundError("saved recipe", name, [one.name for one in saved_recipes(workspace)])
    path.unlink()


def find_recipe(workspace: Workspace, name: str) -> Recipe:
    """Of a saved name, else of a preset. Raises NotFoundError naming all there are."""
    saved = {one.name: one.recipe for one in saved_recipes(workspace)}
    if name in saved:
        return saved[name]
    if name in PRESETS:
        return PRESETS[name].recipe
    raise NotFoundError("recipe", name, [*saved, *PRESETS])


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise ConfigError(f"A recipe needs a name of 1 to {_LONGEST_NAME} printable characters; got {name!r}.")
    if name in PRESETS:
        raise ConfigError(f"{name!r} is the name of a recipe that comes with the lab. Choose another name.")
    return name


def _path(workspace: Workspace, name: str) -> Path:
    """The hash keeps names apart that would be one file name."""
    return _folder(workspace) / f"{slug(name)[:40]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}.json"


def _paths(workspace: Workspace) -> list[Path]:
    return sorted(_folder(workspace).glob("*.json"))


def _folder(workspace: Workspace) -> Path:
    return workspace.data / "recipes"


def _read(path: Path) -> SavedRecipe | str:
    """The recipe of a file, or what is wrong with it."""
    try:
        value: Any = read_json(path)
        return SavedRecipe(str(value["name"]), Recipe.from_json(value["recipe"]), str(value.get("saved", "")))
    except (json.JSONDecodeError, OSError, KeyError, TypeError, AttributeError) as error:
        return f"{path.name} is no recipe ({error or type(error).__name__}). Delete it, or save the recipe again."
    except ConfigError as error:
        return f"{path.name} cannot be read: {error}"
