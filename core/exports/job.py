"""The job of kind "export": a selection leaves the lab as a folder of pictures, WebDataset shards or Parquet.

It opens no catalog: whoever asks for it hands the rows over, as `rows.jsonl` in the job's folder. Everything is
written beside the place that was asked for, and takes it when it is whole.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import __version__
from core.errors import AtelierError, ConfigError
from core.exports.resize import ORIGINAL, Resize
from core.exports.rows import ExportRow, check_class, sides
from core.exports.writers import ImageFolderWriter, ParquetWriter, WebDatasetWriter, Writer
from core.files import JsonLines, write_json
from core.images import ImageError, ImageLimits, read_bytes
from core.jobs import control
from core.jobs.folder import JobFolder
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.jobs.running import RunningJob

FORMS = {"imagefolder": "Folder of pictures", "webdataset": "WebDataset shards", "parquet": "Hugging Face Parquet"}
MANIFEST = "manifest.json"
ROWS = "rows.jsonl"


class ExportError(AtelierError):
    """The place cannot be written to, or holds something already."""


def create_export(
    workspace: Workspace,
    rows: Sequence[ExportRow],
    *,
    form: str,
    out: Path,
    resize: Resize = Resize(),  # noqa: B008, frozen
    sorted_by: str = "",
    test_share: float = 0.0,
    seed: int = 0,
    selection: Any = None,
) -> JobFolder:
    """A job folder that holds everything the export needs; nothing is started.

    Args:
        form: one of FORMS.
        out: a folder that does not exist yet, or is empty.
        sorted_by: field whose values become sub-folders of an image folder: "style", "genre", "artist"; "": none.
        test_share: 0 to 1, of the artists; 0: no split.
        selection: how the rows were chosen, as JSON; recorded in the manifest.
    Raises: ConfigError, ExportError.
    """
    if form not in FORMS:
        raise ConfigError(f"Pictures leave as {', '.join(FORMS)}; got {form!r}.")
    if not rows:
        raise ConfigError("No picture is chosen, so there is nothing to export.")
    check_class(sorted_by)
    sides(rows[:1], test_share, seed)
    out = Path(out).expanduser().resolve()
    _check_free(out)
    settings = {
        "form": form,
        "out": str(out),
        "resize": asdict(resize),
        "sorted_by": sorted_by,
        "test_share": test_share,
        "seed": seed,
        "selection": selection,
    }
    job = control.create(workspace, "export", settings, title=f"Export: {out.name}")
    JsonLines(job.path / ROWS).append(*(asdict(row) for row in rows), durable=True)
    return job


def run(job: "RunningJob") -> str:
    """The work itself; returns the closing message. After a stop it starts over. Raises: ExportError."""
    settings = job.settings
    rows = [_row(value) for value in JsonLines(job.folder / ROWS).rows()]
    resize = Resize(**settings["resize"])
    out = Path(settings["out"])
    _check_free(out)
    unfinished = out.with_name(f".{out.name}.{job.folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        unfinished.mkdir(parents=True)
        left_out = _write(job, rows, unfinished, resize)
        if left_out is None:
            return "Stopped; nothing was exported."
        write_json(unfinished / MANIFEST, _manifest(job, rows, left_out))
        if out.exists():
            out.rmdir()  # empty: _check_free has looked
        unfinished.replace(out)
    except OSError as error:
        raise ExportError(
            f"The export to {out} could not be written: {error.strerror or error}. Choose a folder that can be "
            "written to, on a disk with enough space."
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    count = len(rows) - len(left_out)
    words = f"{count:,} {'picture' if count == 1 else 'pictures'} in {out}"
    return f"{words}; {len(left_out):,} could not be read and are listed in {MANIFEST}." if left_out else f"{words}."


def _write(job: "RunningJob", rows: Sequence[ExportRow], folder: Path, resize: Resize) -> list[dict[str, str]] | None:
    """What could not be read, with the reason; None after a stop."""
    settings = job.settings
    splits = sides(rows, settings["test_share"], settings["seed"])
    writer = _writer(settings, folder)
    left_out = []
    try:
        for index, (row, split) in enumerate(zip(rows, splits, strict=True)):
            if job.stop_requested():
                return None
            path = job.workspace.image(row.sha256, row.suffix)
            try:
                if resize.mode == ORIGINAL:
                    data, width, height = read_bytes(path, ImageLimits()), row.width, row.height
                else:
                    data, width, height = resize.encoded(path)
            except ImageError as error:
                left_out.append({"sha256": row.sha256, "reason": error.reason, "detail": str(error)})
                continue
            writer.add(row, data, resize.suffix(row.suffix), width, height, split)
            job.progress(index + 1, len(rows), unit="pictures")
    finally:
        writer.close()
    return left_out


def _writer(settings: dict[str, Any], folder: Path) -> Writer:
    makers: dict[str, Callable[[], Writer]] = {
        "imagefolder": lambda: ImageFolderWriter(
            folder, sorted_by=settings["sorted_by"], splits=settings["test_share"] > 0
        ),
        "webdataset": lambda: WebDatasetWriter(folder),
        "parquet": lambda: ParquetWriter(folder),
    }
    return makers[settings["form"]]()


def _manifest(job: "RunningJob", rows: Sequence[ExportRow], left_out: list[dict[str, str]]) -> dict[str, Any]:
    gone = {entry["sha256"] for entry in left_out}
    kept = [row for row in rows if row.sha256 not in gone]
    return {
        "made_by": f"Atelier {__version__}",
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "asked_for": {name: value for name, value in job.settings.items() if name != "out"},
        "pictures": len(kept),
        "licences": dict(Counter(row.licence for row in kept).most_common()),
        "sources": dict(Counter(row.source for row in kept).most_common()),
        "synthetic": sum(row.synthetic for row in kept),
        "left_out": left_out,
    }


def _check_free(out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ExportError(f"{out} exists and is not an empty folder. Choose a new one; nothing is written over.")


def _row(value: dict[str, Any]) -> ExportRow:
    return ExportRow(**{**value, "tags": tuple(value["tags"])})
