"""The job of kind "style-sheet": one picture in several styles, each at several strengths, on one sheet.

Every cell is a PNG of its own with its own request, so the one that pleases can be used again. What is finished is not
done again after a stop; a cell that fails says why in its place and ends nothing but itself.
"""

import io
import json
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from PIL import Image, PngImagePlugin

from core.errors import AtelierError, ConfigError
from core.files import remove_temporary, write_bytes, write_json
from core.images import read_image
from core.jobs import control
from core.jobs.execute import in_plain_words
from core.jobs.folder import JobFolder
from core.json_fields import fields, number
from core.pictures.carried import carried
from core.pictures.chosen import ChosenPicture
from core.style.again import FACTS, PREVIEW
from core.style.checking import check_disk, check_engine, checked, opened
from core.style.engines import find_engine
from core.style.errors import StyleError
from core.style.job import disk_bytes, in_words, stem, work
from core.style.keeping import facts_of_job, keep_result
from core.style.live import Live, write_webp
from core.style.output import ENGINE_KEY, write_png
from core.style.request import MAX_STYLES, StylePicture, StyleRequest
from core.style.sheet_layout import SheetPicture
from core.workspace import Workspace, slug

if TYPE_CHECKING:
    from core.jobs.running import RunningJob

KIND = "style-sheet"
SHEET, CELLS = "sheet.png", "cells"  # in the job's folder
SHEET_KEY = "atelier:style-sheet"  # keyword of the PNG's text that holds what the sheet was made from, as JSON
MAX_STRENGTHS = 12
PREVIEW_SIDE = 1280  # pixels: a sheet is looked at, not a thumbnail
_SHEET_EVERY_SECONDS = 2.0


@dataclass(frozen=True)
class Cell:
    """One picture of a sheet."""

    row: int  # number of the style
    column: int  # number of the strength
    style: str  # its name
    strength: float
    file: str  # in the job's folder
    state: str = "waiting"  # "waiting", "done", "failed"
    reason: str = ""  # why it failed
    seconds: float = 0.0


def create_sheet(
    workspace: Workspace,
    request: StyleRequest,
    styles: Sequence[StylePicture],
    strengths: Sequence[float],
    *,
    title: str = "",
    device: str = "auto",
) -> JobFolder:
    """A job folder that holds everything the sheet needs; nothing is started.

    Args:
        request: everything but styles and strength, which are given here.
        styles: one row each.
        strengths: 0 to 100, one column each, in this order.
    Raises, before there is a folder: as core.style.job.create_style.
    """
    workspace.create()
    if not 1 <= len(styles) <= MAX_STYLES:
        raise ConfigError(f"A contact sheet has 1 to {MAX_STYLES} styles; got {len(styles)}.")
    if not 1 <= len(strengths) <= MAX_STRENGTHS or len(set(strengths)) != len(strengths):
        given = ", ".join(f"{strength:g}" for strength in strengths) or "none"
        raise ConfigError(f"A contact sheet has 1 to {MAX_STRENGTHS} strengths, no two alike; got {given}.")
    for strength in strengths:
        check_engine(workspace, replace(request, strength=strength), device=device)
    request = checked(workspace, replace(request, styles=tuple(styles)), device=device)
    needed = disk_bytes(workspace, request, bits=8, film=False, results=len(styles) * len(strengths))
    check_disk(workspace, needed)
    settings = {"request": request.to_json(), "strengths": [float(one) for one in strengths], "device": device}
    usual = f"{stem(request.content)} in {_count(len(styles), 'style')} at {_count(len(strengths), 'strength')}"
    return control.create(workspace, KIND, settings, title=title or usual, disk_bytes_needed=needed)


def run(job: "RunningJob") -> str:
    """The work itself; returns the closing message. Raises: StyleError if no cell could be made, PictureGoneError."""
    remove_temporary(job.folder)
    sheet = _Sheet(job)
    return sheet.run()


def cells_of(job: JobFolder) -> list[Cell]:
    """All cells in the order in which they are made, row by row."""
    request = StyleRequest.from_json(job.settings["request"])
    told = {cell["file"]: cell for cell in facts_of_job(job.path).get("cells", [])}
    cells = []
    for row, style in enumerate(request.styles):
        for column, strength in enumerate(job.settings["strengths"]):
            name = stem(style.picture)
            file = f"{CELLS}/{row + 1:02d}-{slug(name)[:40]}-{strength:g}.png"
            cell = Cell(row, column, name, strength, file)
            known = told.get(file, {})
            if (job.path / file).is_file():  # it takes its place whole, so this is enough
                cell = replace(cell, state="done", seconds=float(known.get("seconds", 0.0)))
            elif known.get("state") == "failed":
                cell = replace(cell, state="failed", reason=str(known.get("reason", "")))
            cells.append(cell)
    return cells


def request_of(job: JobFolder, cell: Cell) -> StyleRequest:
    """What a cell is asked for, alone."""
    request = StyleRequest.from_json(job.settings["request"])
    return replace(request, styles=(request.styles[cell.row],), strength=cell.strength)


def read_sheet(data: bytes) -> tuple[StyleRequest, list[float]]:
    """What a sheet's PNG says it was made from: the request, whose styles are its rows, and the strengths.

    Raises: NoRequestError for another file, ConfigError for a damaged sheet.
    """
    found = fields(carried(data, SHEET_KEY, "a contact sheet that Atelier made"), "sheet")
    strengths = found.get("strengths")
    if not isinstance(strengths, list) or not 1 <= len(strengths) <= MAX_STRENGTHS:
        raise ConfigError("The sheet's strengths are damaged. Choose another picture.")
    named = [number({"strength": strength}, "strength", 0.0) for strength in strengths]
    return StyleRequest.from_json(found.get("request")).for_file(), named


class _Sheet:
    """A sheet that is being made."""

    def __init__(self, job: "RunningJob") -> None:
        self._job = job
        self._folder = JobFolder(job.folder)
        self._request = StyleRequest.from_json(job.settings["request"])
        self._label = find_engine(self._request.engine).label
        # what failed before is tried again
        self._cells = [
            cell if cell.state == "done" else replace(cell, state="waiting", reason="")
            for cell in cells_of(self._folder)
        ]
        self._began = monotonic()
        self._seconds_before = float(facts_of_job(job.folder).get("seconds", 0.0))
        self._saved = -_SHEET_EVERY_SECONDS
        content = opened(job.workspace, self._request.content)
        styles = [(stem(style.picture, 80), self._shown(style.picture)) for style in self._request.styles]
        strengths = job.settings["strengths"]
        named = stem(self._request.content, 80), content
        self._sheet = SheetPicture(named, styles, strengths, content.width / content.height)

    def _shown(self, picture: ChosenPicture) -> Image.Image:
        """Empty for a style that is gone: its cells say why."""
        try:
            return opened(self._job.workspace, picture)
        except AtelierError:
            return Image.new("RGB", (16, 16), "white")

    def run(self) -> str:
        job = self._job
        for cell in self._cells:
            if cell.state == "done":
                self._sheet.put(cell.row, cell.column, read_image(job.folder / cell.file))
        self._preview()
        for index, cell in enumerate(self._cells):
            if cell.state == "done":
                continue
            if job.stop_requested():
                break
            made = self._make(cell)
            if made is None:
                break
            self._cells[index] = made
            self._save()
        self._tell("")
        return self._end()

    def _make(self, cell: Cell) -> Cell | None:
        """The cell, done or failed; None after a stop."""
        job, words = self._job, f"{cell.style} at {cell.strength:g} %"
        self._tell(words)

        def show(picture: Image.Image) -> None:
            self._sheet.put(cell.row, cell.column, picture)
            self._preview()

        live = Live(
            job.folder,
            item=cell.file,
            show=show,
            progress=lambda done, total, unit: self._tell(f"{words}, {100 * done / max(total, 1):.0f} % done"),
            stop_requested=job.stop_requested,
            log=job.log,
        )
        live.note(f"--- {words}")
        request = request_of(self._folder, cell)
        try:
            restyled = work(job, request, live)
        except OSError:  # a full disk, and the like: the next cell would meet it too
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the others may be made; it is told in its place
            reason = in_plain_words(error)
            job.log(f"{words}: {reason}")
            if not isinstance(error, AtelierError):
                job.log(traceback.format_exc())
            self._sheet.fail(cell.row, cell.column, reason)
            live.forget()
            return replace(cell, state="failed", reason=reason)
        if restyled.stopped:
            return None
        from core.style.restyle import to_image

        settings = dict(vars(restyled.settings))
        write_png(job.folder / cell.file, restyled.picture, request=request, label=restyled.label, settings=settings)
        live.forget()
        self._sheet.put(cell.row, cell.column, to_image(restyled.picture))
        return replace(cell, state="done", reason="", seconds=round(live.seconds, 2))

    def _tell(self, message: str) -> None:
        ended = sum(cell.state != "waiting" for cell in self._cells)
        self._job.progress(ended, len(self._cells), unit="cells", message=message)

    def _preview(self) -> None:
        write_webp(self._job.folder / PREVIEW, self._sheet.image, PREVIEW_SIDE)

    def _save(self) -> None:
        """What there is so far: facts and preview at once, the sheet now and then."""
        self._preview()
        write_json(self._job.folder / FACTS, facts_of_job(self._job.folder) | self._facts(), durable=False)
        if monotonic() - self._saved >= _SHEET_EVERY_SECONDS:
            write_bytes(self._job.folder / SHEET, self._png(), durable=False)
            self._saved = monotonic()

    def _end(self) -> str:
        done = [cell for cell in self._cells if cell.state == "done"]
        failed = [cell for cell in self._cells if cell.state == "failed"]
        total = len(self._cells)
        stopped = len(done) + len(failed) < total
        if not done:
            write_json(self._job.folder / FACTS, facts_of_job(self._job.folder) | self._facts())
            if stopped:
                return "Stopped before the first cell was done; there is nothing to keep yet."
            raise StyleError(f"No cell of the sheet could be made. The first one: {failed[0].reason}")
        for cell in self._cells:
            if cell.state == "waiting":  # not the half-made picture that it was stopped at
                self._sheet.wait(cell.row, cell.column)
        self._preview()
        remark = f"Stopped after {len(done)} of {total} cells" if stopped else ""
        facts = self._facts() | {"stopped": stopped, "remark": remark}
        keep_result(
            self._job.workspace,
            self._job.folder,
            SHEET,
            self._png(),
            facts,
            way="style-sheet",
            parents=(self._request.content, *(style.picture for style in self._request.styles)),
            request=self._for_file(),
        )
        if stopped:
            return f"{remark}: the sheet so far is kept. It can go on where it was."
        words = f"{_count(len(done), 'cell')} in {in_words(self._seconds)}"
        return f"{words}; {len(failed)} failed, each with its reason on the sheet." if failed else f"{words}."

    @property
    def _seconds(self) -> float:
        return self._seconds_before + monotonic() - self._began

    def _facts(self) -> dict[str, Any]:
        states = [cell.state for cell in self._cells]
        return {
            "cells": [asdict(cell) for cell in self._cells],
            "done": states.count("done"),
            "failed": states.count("failed"),
            "total": len(states),
            "seconds": round(self._seconds, 2),
            "label": self._label,
            "width": self._sheet.image.width,
            "height": self._sheet.image.height,
        }

    def _for_file(self) -> dict[str, Any]:
        """Without places on this machine."""
        return {"request": self._request.for_file().to_json(), "strengths": self._job.settings["strengths"]}

    def _png(self) -> bytes:
        texts = PngImagePlugin.PngInfo()
        texts.add_itxt(ENGINE_KEY, self._label)
        texts.add_itxt(SHEET_KEY, json.dumps(self._for_file(), ensure_ascii=False))
        buffer = io.BytesIO()
        self._sheet.image.save(buffer, "PNG", pnginfo=texts, compress_level=6)
        return buffer.getvalue()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def sheet_file(job: JobFolder) -> Path | None:
    """The sheet, finished or so far; None until there is one."""
    path = job.path / SHEET
    return path if path.is_file() else None
