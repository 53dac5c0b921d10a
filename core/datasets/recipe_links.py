"""A recipe as text to pass on: in a link, and as a Python script."""

import base64
import binascii
import json
import zlib

from core.datasets.recipe import Recipe
from core.datasets.recipe_code import recipe_code
from core.errors import ConfigError

__all__ = ["recipe_code", "recipe_from_link", "recipe_to_link"]

LINK_MARK = "r1-"  # of this way of writing; a later one would have another
_MOST_CHARACTERS = 8_000  # what browsers and servers take as an address for sure
_MOST_BYTES = 200_000  # of what a link unfolds to


def recipe_to_link(recipe: Recipe) -> str:
    """Letters, digits, '-' and '_' that hold the recipe. What is as by default is left out."""
    usual, own = Recipe().to_json(), recipe.to_json()
    changed = {name: value for name, value in own.items() if value != usual[name]}
    text = json.dumps(changed, separators=(",", ":"), ensure_ascii=False)
    packed = base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")
    return LINK_MARK + packed


def recipe_from_link(text: str) -> Recipe:
    """The recipe that a link holds. Raises ConfigError saying what is wrong with it."""
    text = text.strip()
    if not text.startswith(LINK_MARK):
        raise ConfigError(f"A link to a recipe holds text that begins with {LINK_MARK!r}; got {text[:20]!r}.")
    if len(text) > _MOST_CHARACTERS:
        raise ConfigError(f"A link to a recipe has {_MOST_CHARACTERS:,} characters at most; got {len(text):,}.")
    packed = text[len(LINK_MARK) :]
    try:
        unfolding = zlib.decompressobj()
        data = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
        unfolded = unfolding.decompress(data, _MOST_BYTES)
        if not unfolding.eof or unfolding.unconsumed_tail:
            raise ConfigError(_damaged())
        value = json.loads(unfolded)
    except (binascii.Error, zlib.error, ValueError, RecursionError) as error:
        raise ConfigError(_damaged()) from error
    return Recipe.from_json(value)


def _damaged() -> str:
    return "This link to a recipe is damaged or was cut off. Copy it again, whole."
