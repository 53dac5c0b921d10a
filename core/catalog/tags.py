"""Tags that people give to pictures. Those of a source stay what the source said, beside them."""

from collections.abc import Sequence

import duckdb

from core.catalog.curation import OWNER, Act, give_tag, log_pictures, logged, take_tag, target_hashes, targets
from core.catalog.selection import Selection
from core.catalog.text import storable
from core.errors import ConfigError

LONGEST_TAG = 80  # characters
_TAGGED = "i.sha256 {}IN (SELECT sha256 FROM picture_tags WHERE tag = ?)"


def tag(cursor: duckdb.DuckDBPyConnection, target: Selection | Sequence[str], name: str, who: str = OWNER) -> Act:
    """Give a tag to the pictures that do not have it yet.

    Raises: ConfigError if the name is empty or too long; UnknownPicturesError if a hash is not in the catalog.
    """
    name = checked_tag(name)
    where, values = targets(cursor, target)
    hashes = target_hashes(cursor, f"({where}) AND {_TAGGED.format('NOT ')}", [*values, name])
    act = logged(cursor, "tag", who, name, target, len(hashes), topic=topic(name))
    if hashes:
        log_pictures(cursor, act.number, hashes)
        give_tag(cursor, name, hashes, act)
    return act


def untag(cursor: duckdb.DuckDBPyConnection, target: Selection | Sequence[str], name: str, who: str = OWNER) -> Act:
    """Take a tag away from the pictures that have it. Raises as `tag`."""
    name = checked_tag(name)
    where, values = targets(cursor, target)
    hashes = target_hashes(cursor, f"({where}) AND {_TAGGED.format('')}", [*values, name])
    act = logged(cursor, "untag", who, name, target, len(hashes), topic=topic(name))
    if hashes:
        log_pictures(cursor, act.number, hashes)
        take_tag(cursor, name, hashes)
    return act


def topic(name: str) -> str:
    """What acts about a tag are about: undoing one looks whether a later one was about the same."""
    return f"tag {name}"


def checked_tag(name: str) -> str:
    """Raises: ConfigError."""
    name = " ".join(storable(name).split())
    if not name:
        raise ConfigError("A tag needs a name.")
    if len(name) > LONGEST_TAG:
        raise ConfigError(f"The tag has {len(name)} characters; {LONGEST_TAG} are allowed.")
    return name
