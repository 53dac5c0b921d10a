"""Recipes on the command line: as a file, by name or as a link; single options put others in place of what they say."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli_output import add_command, print_table, remark
from core.errors import ConfigError
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.datasets.recipe import Recipe

_SETTINGS = (
    "resolution",
    "aspect",
    "fit",
    "pad_colour",
    "copies",
    "max_cut_share",
    "min_deviation",
    "test_share",
    "seed",
    "steps_as",
    "drawn_copies",
)  # of a recipe that have an option of their own


def recipe_of(workspace: Workspace, options: argparse.Namespace) -> "Recipe":
    """What --recipe and the single options say together; a remark tells what an option changed.

    Raises: ConfigError naming the file and the setting at fault, NotFoundError.
    """
    from core.datasets.recipe import Recipe, copies_from

    given = {name: value for name in _SETTINGS if (value := getattr(options, name)) is not None}
    if "copies" in given:
        given["copies"] = list(copies_from(filter(None, given["copies"].split(","))))
    if options.recipe is None:
        return Recipe.from_json(given)
    base = _named(workspace, options.recipe)
    settings = base.to_json()
    changed = {name: value for name, value in given.items() if settings[name] != value}
    if changed:
        words = ", ".join(f"{name} {_told(value)} (not {_told(settings[name])})" for name, value in changed.items())
        remark(f"Other than {options.recipe}: {words}.")
    return Recipe.from_json(settings | changed)


def show_recipes(options: argparse.Namespace) -> None:
    from core.datasets.recipe_book import PRESETS, broken_recipes, delete_recipe, save_recipe, saved_recipes

    workspace = Workspace().create()
    if options.name is not None:
        print(_as(options.form, _named(workspace, options.name)))
        return
    if options.save is not None:
        if options.recipe is None:
            raise ConfigError("Which recipe? Give it with --recipe: a file, the name of another, or a link.")
        save_recipe(workspace, options.save, _named(workspace, options.recipe), replace=options.replace)
    if options.delete is not None:
        delete_recipe(workspace, options.delete)
    rows: list[dict[str, Any]] = [
        {"name": one.name, "from": "saved", "title": "", "recipe": one.recipe} for one in saved_recipes(workspace)
    ]
    rows += [
        {"name": name, "from": "lab", "title": preset.title, "recipe": preset.recipe}
        for name, preset in PRESETS.items()
    ]
    for row in rows:
        row |= {"words": row["recipe"].in_words(), "recipe": row["recipe"].to_json()}
    for problem in broken_recipes(workspace):
        remark(problem)
    print_table(options, rows, ("name", "from", "words"), empty="There is no recipe.")


def add_recipe_options(build: argparse.ArgumentParser) -> None:
    """--recipe, and an option for each of its settings; what is not given stays as the recipe has it."""
    build.add_argument(
        "--recipe", metavar="FILE|NAME", help="a JSON file, a name from `dataset recipes`, or a link's text"
    )
    build.add_argument("--resolution", type=int, help="pixels of the longer side, 32 to 256 (default 64)")
    build.add_argument("--aspect", help="width:height, 1:1 (default), 4:5, 3:4, 2:3, 1:2, 5:4, 4:3, 3:2 or 2:1")
    build.add_argument("--fit", choices=("squash", "crop", "pad", "smart"), help="default: crop")
    build.add_argument("--pad-colour", choices=("edge", "white", "black"), help="for --fit pad (default edge)")
    build.add_argument("--copies", help="extra copies: flips, rotations, or flip-lr, flip-tb, rot90, rot180, rot270")
    build.add_argument("--max-cut-share", type=float, help="drop pictures that lose more (default 0.5)")
    build.add_argument("--min-deviation", type=float, help="drop near-solid pictures below (default 4)")
    build.add_argument("--test-share", type=float, help="held out for measuring (default 0.1)")
    build.add_argument("--seed", type=int, help="which pictures are held out, what copies draw (default 0)")
    build.add_argument(
        "--steps-as",
        choices=("training", "copies"),
        help="the recipe's steps: anew in training, or as copies",
    )
    build.add_argument("--drawn-copies", type=int, help="for --steps-as copies, of each picture (default 1)")


def add_recipe_commands(dataset: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    recipes = add_command(dataset, "recipes", show_recipes, "list the recipes there are, or print one")
    recipes.add_argument("name", nargs="?", help="print this one: a name, a file or a link's text")
    recipes.add_argument(
        "--as", dest="form", default="json", choices=("json", "link", "python"), help="how to print it (default json)"
    )
    recipes.add_argument("--save", metavar="NAME", help="keep --recipe under this name")
    recipes.add_argument("--recipe", metavar="FILE|NAME", help="what to keep")
    recipes.add_argument("--replace", action="store_true", help="of --save: also where the name is taken")
    recipes.add_argument("--delete", metavar="NAME", help="take a saved one out of the book")


def _named(workspace: Workspace, text: str) -> "Recipe":
    """By a link, a file or a name, whichever the text looks like."""
    from core.datasets.recipe_book import find_recipe
    from core.datasets.recipe_links import LINK_MARK, recipe_from_link

    path = Path(text)
    if path.suffix.lower() == ".json" or path.is_file():
        return _from_file(path)
    return recipe_from_link(text) if text.startswith(LINK_MARK) else find_recipe(workspace, text)


def _from_file(path: Path) -> "Recipe":
    """A recipe's file, or one that holds a recipe: a dataset's manifest.json, a saved recipe."""
    from core.datasets.recipe import Recipe

    try:
        value = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"The recipe {path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"The recipe {path} is no text: a recipe is a JSON file.") from error
    except json.JSONDecodeError as error:
        raise ConfigError(f"The recipe {path} is no JSON: {error.msg} in line {error.lineno}.") from error
    if isinstance(value, dict) and isinstance(value.get("recipe"), dict):
        value = value["recipe"]
    try:
        return Recipe.from_json(value)
    except ConfigError as error:
        raise ConfigError(f"The recipe {path} cannot work. {error}") from error


def _as(form: str, recipe: "Recipe") -> str:
    from core.datasets.recipe_links import recipe_code, recipe_to_link

    if form == "link":
        return recipe_to_link(recipe)
    return recipe_code(recipe) if form == "python" else json.dumps(recipe.to_json(), indent=2, ensure_ascii=False)


def _told(value: Any) -> str:
    return (", ".join(value) or "none") if isinstance(value, list) else str(value)
