"""Placeholders: pictures that stand where a work is withheld. They are valid, answered with 200, and not the work."""

from dataclasses import dataclass

from core.workspace import Workspace


@dataclass(frozen=True)
class PlaceholderRule:
    """How to tell one placeholder: by its address, or by what it shows. Raises: ConfigError."""

    words: str  # what it is, for the person: "WikiArt's frame for works that are withheld"
    path: str = ""  # a pattern for the end of the URL's path
    hosts: str = ""
    sha256: str = ""
    phash: str = ""


class Placeholders:
    def __init__(self, rules: tuple[PlaceholderRule, ...] = ()) -> None:
        self.rules = rules

    def by_url(self, url: str) -> PlaceholderRule | None: ...

    def by_content(self, data: bytes) -> PlaceholderRule | None: ...

    def refuse_url(self, url: str) -> None: ...

    def refuse_content(self, data: bytes, url: str, *, status: int = 200) -> None: ...


def read_placeholders(workspace: Workspace) -> Placeholders: ...
