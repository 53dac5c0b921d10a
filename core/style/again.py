"""Using a request again: which of its pictures this lab still has, and what was restyled here before."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.errors import AtelierError
from core.files import read_json
from core.jobs.folder import JobFolder, State
from core.pictures.chosen import ChosenPicture, PictureGoneError, file_of
from core.style.request import StyleRequest
from core.workspace import Workspace

KIND = "style"
LIGHT_KIND = "recolour"  # the same for the engine "palette", which is done in a second: it waits for no device
RESULT, FACTS, PREVIEW, FILM, FRAMES, NOTES, STATE = (
    "result.png",
    "result.json",
    "preview.webp",
    "film.mp4",
    "frames",
    "notes.txt",
    "state.pt",
)  # in a job's folder


@dataclass(frozen=True)
class Missing:
    """A picture of a request that is not here."""

    role: str  # "content", "style", "mask" (over the whole content) or "style mask"
    index: int  # of the style; 0 for the content and its mask
    name: str  # what people called the picture

    @property
    def words(self) -> str:
        """ "the style 2, wave.jpg"."""
        where = {"content": "the content", "mask": "the mask"}.get(self.role, f"the {self.role} {self.index + 1}")
        return f"{where}, {self.name}"


@dataclass(frozen=True)
class Again:
    request: StyleRequest  # as it was; a picture that is missing still stands in it, with its name
    missing: tuple[Missing, ...]  # in the order of the request; empty: it can be begun at once

    @property
    def words(self) -> str:
        """One sentence about what is missing; "" if nothing is."""
        if not self.missing:
            return ""
        return f"Not in this lab: {'; '.join(one.words for one in self.missing)}. Choose another picture in its place."


def used_again(workspace: Workspace, request: StyleRequest) -> Again:
    """Look for every picture of a request, which may have come out of anybody's file, in this lab's store.

    A picture that is known by nothing but its name is missing: a name may mean any picture. One with a path, as the
    command line names it, is looked for there.
    """
    missing = tuple(
        Missing(role, index, picture.name)
        for role, index, picture in pictures_of(request)
        if not _is_here(workspace, picture)
    )
    return Again(request, missing)


def pictures_of(request: StyleRequest) -> Iterator[tuple[str, int, ChosenPicture]]:
    """Role, number of the style, and the picture: the content, its mask, then the styles, each with its mask."""
    yield "content", 0, request.content
    if request.mask is not None:
        yield "mask", 0, request.mask
    for index, style in enumerate(request.styles):
        yield "style", index, style.picture
        if style.mask is not None:
            yield "style mask", index, style.mask


def with_pictures(request: StyleRequest, pictures: list[ChosenPicture]) -> StyleRequest:
    """The request with other pictures, in the order of `pictures_of`."""
    given = iter(pictures)
    content = next(given)
    mask = None if request.mask is None else next(given)
    styles = tuple(
        replace(style, picture=next(given), mask=None if style.mask is None else next(given))
        for style in request.styles
    )
    return replace(request, content=content, mask=mask, styles=styles)


def _is_here(workspace: Workspace, picture: ChosenPicture) -> bool:
    try:
        file_of(workspace, replace(picture, sha256="") if picture.path else picture)
    except PictureGoneError:
        return False
    return True


@dataclass(frozen=True)
class Past:
    """A restyling of this lab, as its job's folder tells it now."""

    job: JobFolder
    request: StyleRequest
    state: State
    preview: Path | None  # WebP, at most 512 pixels: the state so far, or the result
    result: Path | None  # PNG; also of a stopped job
    film: Path | None  # MP4
    facts: dict[str, Any]  # result.json; empty until there is a result

    @property
    def sha256(self) -> str:
        """Of the result in the store and the gallery; "" until there is one."""
        return str(self.facts.get("sha256", ""))


def recent(workspace: Workspace, count: int) -> list[Past]:
    """The newest restylings of one picture, the newest first. Folders that are damaged are passed over."""
    found: list[Past] = []
    for path in sorted(workspace.jobs.glob("*/job.json"), key=lambda path: path.parent.name, reverse=True):
        if len(found) >= count:
            break
        past = past_of(JobFolder(path.parent))
        if past is not None:
            found.append(past)
    return found


def past_of(job: JobFolder) -> Past | None:
    """None for a job of another kind, or a damaged one."""
    if job.kind not in (KIND, LIGHT_KIND):
        return None
    try:
        request = StyleRequest.from_json(job.settings.get("request"))
        facts = read_json(job.path / FACTS)  # None until there is a result
    except (AtelierError, OSError, ValueError):
        return None
    return Past(
        job,
        request,
        job.state(),
        _there(job.path / PREVIEW),
        _there(job.path / RESULT),
        _there(job.path / FILM),
        facts if isinstance(facts, dict) else {},
    )


def _there(path: Path) -> Path | None:
    return path if path.is_file() else None
