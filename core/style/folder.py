"""The job of kind "style-folder": many pictures restyled in the same manner, one after another.

The pictures are listed once, when the job is made. Nothing is written over, and a job that is resumed goes on with the
picture at which it was stopped. What cannot be read is told and passed over.
"""

import itertools
import os
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import AtelierError, ConfigError
from core.files import JsonLines, remove_temporary, write_bytes, write_json
from core.images import ImageLimits, read_bytes
from core.jobs import control
from core.jobs.execute import in_plain_words
from core.jobs.folder import JobFolder
from core.pictures.chosen import ChosenPicture, file_of
from core.pictures.gallery import Gallery
from core.pretrained import hash_of
from core.style.again import FACTS
from core.style.checking import check_disk, checked, in_store
from core.style.engines import find_engine
from core.style.errors import StyleError
from core.style.job import check_bits, disk_bytes, in_words, parents_of, stem, work
from core.style.live import Live
from core.style.output import encode_png, read_request
from core.style.request import StyleRequest
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.jobs.running import RunningJob

KIND = "style-folder"
RESULTS = "results"  # in the job's folder, where no other folder is named
ITEMS, DONE = "items.jsonl", "done.jsonl"
MOST_PICTURES = 20_000


@dataclass(frozen=True)
class Item:
    """A picture of the folder, and the name of its result below the folder of results."""

    picture: ChosenPicture
    file: str  # with "/" between sub-folders

    def to_json(self) -> dict[str, Any]:
        return {"picture": self.picture.to_json(), "file": self.file}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Item":
        return cls(ChosenPicture.from_json(value["picture"]), str(value["file"]))


@dataclass(frozen=True)
class Outcome:
    """What became of a picture."""

    name: str  # of the picture
    file: str = ""  # of its result; empty if there is none
    sha256: str = ""  # of its result in the gallery; empty if it is only a file
    reason: str = ""  # why there is none
    seconds: float = 0.0
    was_there: bool = False  # the result lay there already


def create_folder(
    workspace: Workspace,
    request: StyleRequest,
    *,
    contents: Path | Sequence[ChosenPicture],
    out: Path | None = None,
    title: str = "",
    bits: int = 8,
    device: str = "auto",
) -> JobFolder:
    """A job folder that holds everything the restyling of many pictures needs; nothing is started.

    Args:
        request: everything but the content, which is each of `contents` in turn.
        contents: a folder, of which every file is tried, those of its sub-folders too, but no hidden ones; or pictures.
        out: a folder for the results, PNG under the names of the pictures. What lies there already as the result of
            the very same request is not made again. None: they stay in the job's folder (results/), and each has its
            place in the gallery.
        bits: 8 or 16 a channel of the results.
    Raises, before there is a folder: as core.style.job.create_style; ConfigError if there is nothing to restyle, or
        `out` cannot be written to.
    """
    workspace.create()
    check_bits(bits)
    out = None if out is None else Path(out).expanduser().resolve()
    if out is not None:
        _check_writable(out)
    if isinstance(contents, Path):
        folder = contents.expanduser().resolve()
        found = [(ChosenPicture(path=str(path), label=path.name), name) for path, name in _files(folder, out)]
        usual = folder.name
    else:
        kept = [in_store(workspace, picture) for picture in contents]
        found = [(picture, stem(picture, 80).replace("/", "-")) for picture in kept]
        usual = f"{len(found):,} pictures"
    if not found:
        raise ConfigError(f"There is no picture in {contents}. Choose a folder with pictures.")
    if len(found) > MOST_PICTURES:
        raise ConfigError(f"A job restyles at most {MOST_PICTURES:,} pictures; found {len(found):,}. Choose fewer.")
    first = next((picture for picture, _ in found if _readable(workspace, picture)), None)
    if first is None:
        raise ConfigError(f"None of the {len(found):,} files in {contents} is a picture that can be read.")
    request = checked(workspace, replace(request, content=in_store(workspace, first)), device=device)
    needed = disk_bytes(workspace, request, bits=bits, film=False, results=len(found))
    check_disk(workspace, needed)
    items = _named([(picture, Path(name)) for picture, name in found])
    settings = {"request": request.to_json(), "out": "" if out is None else str(out), "bits": bits, "device": device}
    in_manner = " and ".join(stem(style.picture) for style in request.styles[:2])
    job = control.create(
        workspace, KIND, settings, title=title or f"{usual} in the manner of {in_manner}", disk_bytes_needed=needed
    )
    JsonLines(job.path / ITEMS).append(*(item.to_json() for item in items), durable=True)
    return job


def run(job: "RunningJob") -> str:
    """The work itself; returns the closing message. Raises: StyleError if no picture could be restyled."""
    remove_temporary(job.folder)
    items = items_of(JobFolder(job.folder))
    results = results_folder(JobFolder(job.folder))
    ledger = JsonLines(job.folder / DONE)
    outcomes = [_outcome(row) for row in ledger.rows()]
    for index in range(len(outcomes), len(items)):
        if job.stop_requested():
            break
        outcome = _restyled(job, items[index], index, len(items), results)
        if outcome is None:
            break
        ledger.append(asdict(outcome), durable=True)
        outcomes.append(outcome)
        job.progress(len(outcomes), len(items), unit="pictures")
    return _closing(job, items, outcomes, results)


def items_of(job: JobFolder) -> list[Item]:
    """All pictures, in the order in which they are restyled."""
    return [Item.from_json(row) for row in JsonLines(job.path / ITEMS).rows()]


def outcomes_of(job: JobFolder) -> list[Outcome]:
    """What became of the pictures so far, in the same order."""
    return [_outcome(row) for row in JsonLines(job.path / DONE).rows()]


def results_folder(job: JobFolder) -> Path:
    out = str(job.settings.get("out", ""))
    return Path(out) if out else job.path / RESULTS


def _restyled(job: "RunningJob", item: Item, index: int, total: int, results: Path) -> Outcome | None:
    """One picture; None after a stop."""
    from core.style.restyle import to_image

    name = item.picture.name

    def tell(done: int, of: int, unit: str) -> None:
        job.progress(index, total, unit="pictures", message=f"{name}, {100 * done / max(of, 1):.0f} % done")

    job.progress(index, total, unit="pictures", message=name)
    live = Live(job.folder, item=f"{index}", progress=tell, stop_requested=job.stop_requested, log=job.log)
    live.note(f"--- {name}")
    try:
        content = _by_content(job.workspace, item.picture)
        request = replace(StyleRequest.from_json(job.settings["request"]), content=content)
        bits = int(job.settings["bits"])
        path, is_there = _place(results / item.file, request, bits)
        if is_there:
            png = path.read_bytes()
        else:
            # the picture is opened where it lies
            restyled = work(job, replace(request, content=item.picture), live)
            if restyled.stopped:
                return None
            settings = dict(vars(restyled.settings))
            png = encode_png(restyled.picture, bits=bits, request=request, label=restyled.label, settings=settings)
            path, _ = _place(path, request, bits)  # somebody may have put a file there meanwhile
            write_bytes(path, png)
            live.show(to_image(restyled.picture))
        sha256 = "" if job.settings["out"] else _in_gallery(job, item, request, png)
    except OSError:  # a full disk, or a folder that is gone: the next picture would meet it too
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the other pictures may be restyled; it is told
        reason = in_plain_words(error).removeprefix(f"{name}: ")
        job.log(f"{name}: {reason}")
        if not isinstance(error, AtelierError):
            job.log(traceback.format_exc())
        live.forget()
        return Outcome(name, reason=reason)
    live.forget()
    file = path.relative_to(results).as_posix()
    return Outcome(name, file, sha256, seconds=0.0 if is_there else round(live.seconds, 2), was_there=is_there)


def _by_content(workspace: Workspace, picture: ChosenPicture) -> ChosenPicture:
    """The picture as a file may name it: by its SHA-256, which tells the same picture wherever it lies."""
    if picture.sha256:
        return picture
    return ChosenPicture(sha256=hash_of(file_of(workspace, picture)), label=picture.name)


def _place(path: Path, request: StyleRequest, bits: int) -> tuple[Path, bool]:
    """The first free name from this one on; or the one under which the result of the very same request lies already:
    made before a kill, or by an earlier job with the same wish.
    """
    for place in itertools.chain([path], _others(path)):
        if not place.exists():
            return place, False
        if _is_result_of(place, request, bits):
            return place, True
    raise AssertionError("there are numbers without end")


def _is_result_of(path: Path, request: StyleRequest, bits: int) -> bool:
    try:
        data = read_bytes(path, ImageLimits())
        return data[24] == bits and read_request(data) == request.for_file()  # a PNG's header tells its bits there
    except (AtelierError, IndexError):
        return False


def _in_gallery(job: "RunningJob", item: Item, request: StyleRequest, png: bytes) -> str:
    """Keep a result; its SHA-256."""
    content = in_store(job.workspace, item.picture)  # the gallery names parents that the lab has
    made = Gallery(job.workspace).keep(
        png,
        way="style",
        title=f"{stem(content)} ({JobFolder(job.folder).title})",
        label=find_engine(request.engine).label,
        parents=parents_of(replace(request, content=content)),
        request=request.for_file().to_json(),
        job=job.folder.name,
    )
    return made.sha256


def _closing(job: "RunningJob", items: Sequence[Item], outcomes: Sequence[Outcome], results: Path) -> str:
    done = [outcome for outcome in outcomes if outcome.file]
    failed = [outcome for outcome in outcomes if not outcome.file]
    stopped = len(outcomes) < len(items)
    seconds = sum(outcome.seconds for outcome in outcomes)
    facts = {
        "out": str(results),
        "label": find_engine(job.settings["request"]["engine"]).label,
        "done": len(done),
        "failed": [{"name": outcome.name, "reason": outcome.reason} for outcome in failed],
        "there_already": sum(outcome.was_there for outcome in done),
        "total": len(items),
        "seconds": round(seconds, 2),
        "stopped": stopped,
    }
    write_json(job.folder / FACTS, facts)
    if not stopped and not done:
        raise StyleError(f"No picture could be restyled. The first one, {failed[0].name}: {failed[0].reason}")
    left_out = f"; {len(failed):,} could not be restyled, {FACTS} says why" if failed else ""
    there = sum(outcome.was_there for outcome in done)
    count = f"{len(done):,} {'picture' if len(done) == 1 else 'pictures'}"
    count += f" ({there:,} there already)" if there else ""
    if stopped:
        return f"Stopped after {len(outcomes):,} of {len(items):,} pictures{left_out}. It can go on where it was."
    return f"{count} in {in_words(seconds)}, in {results}{left_out}."


def _outcome(row: dict[str, Any]) -> Outcome:
    return Outcome(**row)


# --- when it is made


def _files(folder: Path, out: Path | None) -> Iterator[tuple[Path, str]]:
    """Files below a folder that are not hidden, each with its name there, without those of `out`."""
    if not folder.is_dir():
        raise ConfigError(f"There is no folder {folder}. Give the folder in which the pictures lie.")
    for parent, folders, files in os.walk(folder):
        here = Path(parent)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and here / name != out)
        for name in sorted(files):
            if not name.startswith("."):
                yield here / name, (here / name).relative_to(folder).as_posix()


def _named(found: Sequence[tuple[ChosenPicture, Path]]) -> list[Item]:
    """Every picture with a name for its result: its own, as PNG, unless another of these has it."""
    taken: set[str] = set()
    items = []
    for picture, name in found:
        wanted = name.with_suffix(".png") if picture.path else name.with_name(f"{_safe(name.name)}.png")
        file = next(
            name
            for name in itertools.chain([wanted], _others(wanted))
            if name.as_posix().casefold() not in taken  # some file systems do not tell A from a
        )
        taken.add(file.as_posix().casefold())
        items.append(Item(picture, file.as_posix()))
    return items


def _others(path: Path) -> Iterator[Path]:
    """Names beside a name that is taken: sea-2.png, sea-3.png, ..."""
    number = 2
    while True:
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")
        number += 1


def _safe(name: str) -> str:
    """A label as the name of a file, on every system."""
    kept = "".join(letter if letter.isalnum() or letter in " ._-()" else "-" for letter in name).strip(" .")
    return kept or "picture"


def _readable(workspace: Workspace, picture: ChosenPicture) -> bool:
    from core.images import read_image

    try:
        read_image(read_bytes(file_of(workspace, picture), ImageLimits()), at_least=16)
    except AtelierError:
        return False
    return True


def _check_writable(out: Path) -> None:
    existing = next(folder for folder in (out, *out.parents) if folder.exists())
    if not existing.is_dir():
        raise ConfigError(f"{existing} is a file, so {out} cannot be a folder. Choose another place for the results.")
    if not os.access(existing, os.W_OK):
        raise ConfigError(f"{existing} cannot be written to. Choose another place for the results.")
