"""Text as the catalog stores and compares it."""

import unicodedata


def storable(text: str) -> str:
    """Without NUL, which cuts text short, and without half surrogate pairs (from odd file names), which no database
    can encode."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8").strip()


def fold(text: str) -> str:
    """Without case and accents, so that "Hermès" finds "hermes"."""
    decomposed = unicodedata.normalize("NFKD", storable(text))
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()
