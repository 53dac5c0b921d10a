"""Placeholders: pictures that stand where a work is withheld. They are valid, answered with 200, and not the work.

Known by the name of their file before they are asked for, or by their content afterwards. A lab adds its own in
data/placeholders.json, a list of rules: [{"words": "...", "sha256": "..."}].
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from urllib.parse import unquote, urlsplit

from core import images
from core.errors import ConfigError
from core.files import read_json
from core.sources.artwork import ItemError
from core.workspace import Workspace

_SHA256 = re.compile(r"[0-9a-f]{64}")
_PHASH = re.compile(r"[0-9a-f]{16}")
_LARGEST_DISTANCE = 16  # bits of 64; beyond that, unrelated pictures begin to match


@dataclass(frozen=True)
class PlaceholderRule:
    """How to tell one placeholder; each mark that is given is enough by itself. Raises: ConfigError."""

    words: str  # what it is: "WikiArt's frame in place of a withheld work"
    file: str = ""  # name of the file in the address, in any case; "*" and "?" stand for what they usually do
    host: str = "*"  # for `file`: the hosts that it is meant for, likewise
    sha256: str = ""  # of the bytes
    phash: str = ""  # core.image_measures.perceptual_hash, 16 hexadecimal digits
    phash_distance: int = 4  # bits that may differ: the same picture at another size or quality

    def __post_init__(self) -> None:
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        for name, value in values.items():
            wanted: type = int if name == "phash_distance" else str
            if isinstance(value, bool) or not isinstance(value, wanted):
                raise ConfigError(f"{name} of a placeholder is {value!r}. Needed: {wanted.__name__}.")
        if not self.words.strip():
            raise ConfigError("A placeholder has no words. Needed: what it is, since it is shown for every item.")
        if not (self.file or self.sha256 or self.phash):
            raise ConfigError(f"The placeholder {self.words!r} has no mark. Needed: file, sha256 or phash.")
        if self.sha256 and not _SHA256.fullmatch(self.sha256):
            raise ConfigError(f"sha256 of {self.words!r} is {self.sha256!r}. Needed: 64 lower-case hexadecimal digits.")
        if self.phash and not _PHASH.fullmatch(self.phash):
            raise ConfigError(f"phash of {self.words!r} is {self.phash!r}. Needed: 16 lower-case hexadecimal digits.")
        if not 0 <= self.phash_distance <= _LARGEST_DISTANCE:
            raise ConfigError(
                f"phash_distance of {self.words!r} is {self.phash_distance}. Needed: 0 to {_LARGEST_DISTANCE} bits."
            )


# asahi417/wikiart-image-dataset and others name these three files.
KNOWN = (
    PlaceholderRule("WikiArt's frame for works that it may not show here", file="FRAME-600x480.jpg"),
    PlaceholderRule("WikiArt's stand-in for the portrait of an artist", file="ARTIST-480x600.jpg"),
    PlaceholderRule("WikiArt's site icon", file="favicon-256x256.png"),
)


class Placeholders:
    """Rules to try an address or a content on."""

    def __init__(self, rules: Sequence[PlaceholderRule] = KNOWN) -> None:
        self.rules = tuple(rules)
        self._by_sha256 = {rule.sha256: rule for rule in self.rules if rule.sha256}
        self._by_phash = [(int(rule.phash, 16), rule) for rule in self.rules if rule.phash]
        self._by_file = [rule for rule in self.rules if rule.file]

    def by_url(self, url: str) -> PlaceholderRule | None:
        """The placeholder that an address leads to, whatever rendition of it ("!Large.jpg") is named."""
        split = urlsplit(url)
        name = unquote(split.path).rsplit("/", 1)[-1].partition("!")[0].lower()
        host = split.hostname or ""
        for rule in self._by_file:
            if fnmatchcase(name, rule.file.lower()) and fnmatchcase(host, rule.host.lower()):
                return rule
        return None

    def by_content(self, data: bytes) -> PlaceholderRule | None:
        """The placeholder that a picture is. Decodes it only where a rule has a perceptual hash.

        Raises: core.images.ImageError if it has to be decoded and cannot be.
        """
        found = self._by_sha256.get(hashlib.sha256(data).hexdigest()) if self._by_sha256 else None
        if found is None and self._by_phash:
            found = self.by_hashes("", images.inspect(data).facts.phash)
        return found

    def by_hashes(self, sha256: str, phash: str) -> PlaceholderRule | None:
        """As by_content, for a picture whose hashes are known (core.images.ImageFacts)."""
        if sha256 in self._by_sha256:
            return self._by_sha256[sha256]
        if phash:
            bits = int(phash, 16)
            for known, rule in self._by_phash:
                if (bits ^ known).bit_count() <= rule.phash_distance:
                    return rule
        return None

    def refuse_url(self, url: str) -> None:
        """For every address before it is asked for, those of redirects too. Raises: ItemError("placeholder"), final."""
        rule = self.by_url(url)
        if rule:
            raise ItemError("placeholder", f"{url} is {rule.words}, so it is not asked for.", final=True, attempts=0)

    def refuse_content(self, data: bytes, url: str, *, status: int = 200, attempts: int = 1) -> None:
        """For every body that came in place of a picture.

        Raises: ItemError: "placeholder", final; "empty" for a body without content at a status of success, which
            may heal; core.images.ImageError as by_content.
        """
        if not data.strip():
            raise ItemError(
                "empty",
                f"{url} answered with status {status} and nothing in it.",
                final=False,
                attempts=attempts,
                status=status,
            )
        rule = self.by_content(data)
        if rule:
            raise ItemError("placeholder", f"{url} gave {rule.words}.", final=True, attempts=attempts, status=status)


def read_placeholders(workspace: Workspace) -> Placeholders:
    """The known rules and the lab's own. Raises: ConfigError for a damaged or wrong data/placeholders.json."""
    path = workspace.data / "placeholders.json"
    try:
        value = read_json(path)
    except ValueError as error:
        raise ConfigError(f"{path} is no valid JSON ({error}). Mend it, or delete it.") from error
    if value is None:
        return Placeholders()
    names = [item.name for item in fields(PlaceholderRule)]
    if not isinstance(value, list) or not all(isinstance(rule, dict) and set(rule) <= set(names) for rule in value):
        raise ConfigError(f"{path} must hold a list of objects, each with some of: {', '.join(names)}.")
    try:
        return Placeholders([*KNOWN, *(PlaceholderRule(**{"words": "", **rule}) for rule in value)])
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
