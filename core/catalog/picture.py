"""PictureRef: what the later steps need to know of a catalogued picture. Imports no DuckDB."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PictureRef:
    """One picture of a selection. The original lies at `workspace.image(sha256, suffix)`."""

    sha256: str
    suffix: str  # of the stored file, without the dot
    artwork_id: str  # "<source>:<source_id>"; pictures of one artwork share it
    artist: str  # "" where unknown
    width: int  # pixels, upright
    height: int
    title: str = ""
    synthetic: bool = False  # drawn by a program: named so wherever it is shown
    style: str = ""  # as the source words it; several are joined by ", "
    genre: str = ""
    tags: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()  # all that its artworks belong to

    def __post_init__(self) -> None:
        for name in ("tags", "collections"):  # lists where it comes from JSON or the database
            object.__setattr__(self, name, tuple(getattr(self, name)))
