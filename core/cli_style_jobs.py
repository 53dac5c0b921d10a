"""The commands that restyle many pictures as one job: a contact sheet, a whole folder."""

import argparse
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from core.cli_output import add_command, done, print_result, progress_line, remark
from core.cli_style_request import add_request_options, new_request, seconds_in_words, strength_of
from core.errors import ConfigError
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.jobs.folder import End, JobFolder

_MOST_REASONS = 10  # named one by one


def make_sheet(options: argparse.Namespace) -> None:
    from core.files import write_bytes
    from core.style.keeping import facts_of_job
    from core.style.sheet import KIND, cells_of, create_sheet, sheet_file

    if options.out.suffix.lower() != ".png":
        raise ConfigError(f"A sheet is saved without loss, as PNG; got {options.out.name!r}. End the name in .png.")
    workspace = Workspace().create()
    if options.resume:
        job = _job(workspace, options.resume, KIND)
    elif options.content is None:
        raise ConfigError("Nothing says what to restyle. Give a picture with --content.")
    else:
        request = new_request(options, options.content)
        job = create_sheet(workspace, request, request.styles, options.strengths, device=options.device)
        _tell_cost(workspace, job, len(request.styles) * len(options.strengths), "cells")
    end = _run(workspace, job, f"style-sheet --resume {job.id} --out {options.out}")
    sheet = sheet_file(job)
    if sheet is not None:
        write_bytes(options.out, sheet.read_bytes())
    cells = cells_of(job)
    if options.cells is not None:
        options.cells.mkdir(parents=True, exist_ok=True)
        for cell in cells:
            if cell.state == "done":
                shutil.copyfile(job.path / cell.file, options.cells / Path(cell.file).name)
    for cell in cells:
        if cell.state == "failed":
            remark(f"{cell.style} at {cell.strength:g} %: {cell.reason}")
    facts = {name: value for name, value in facts_of_job(job.path).items() if name not in ("kept", "cells")}
    value = {"out": str(options.out) if sheet else None, "job": job.id, "message": end.message, **facts}
    value["cells"] = [
        {"style": cell.style, "strength": cell.strength, "state": cell.state, "reason": cell.reason} for cell in cells
    ]
    print_result(options, value, text=str(options.out) if sheet else end.message)


def restyle_folder(options: argparse.Namespace) -> None:
    from core.style.folder import KIND, create_folder, items_of, results_folder
    from core.style.keeping import facts_of_job

    workspace = Workspace().create()
    if options.resume:
        job = _job(workspace, options.resume, KIND)
    elif options.contents is None:
        raise ConfigError("Nothing says what to restyle. Give a folder of pictures with --contents.")
    else:
        request = new_request(options, options.contents)
        job = create_folder(
            workspace, request, contents=options.contents, out=options.out, bits=options.bits, device=options.device
        )
        _tell_cost(workspace, job, len(items_of(job)), "pictures")
    end = _run(workspace, job, f"style-folder --resume {job.id}")
    facts = facts_of_job(job.path)
    failed = facts.get("failed", [])
    for row in failed[:_MOST_REASONS]:
        remark(f"{row['name']}: {row['reason']}")
    if len(failed) > _MOST_REASONS:
        remark(f"... and {len(failed) - _MOST_REASONS:,} more, listed in {job.path / 'result.json'}")
    out = str(results_folder(job))
    print_result(options, {**facts, "out": out, "job": job.id, "message": end.message}, text=f"{end.message}\n{out}")


def _run(workspace: Workspace, job: "JobFolder", again: str) -> "End":
    """Do the job here. Ctrl-C ends it with what there is; what went wrong is raised."""
    from core.jobs import control
    from core.jobs.folder import State

    end = control.run_here(workspace, job, on_progress=progress_line())
    if end.state is not State.STOPPED:
        return done(job, end)
    remark(f"{end.message} Go on with: python -m core {again}")
    return end


def _job(workspace: Workspace, job_id: str, kind: str) -> "JobFolder":
    from core.jobs.folder import find_job

    job = find_job(workspace, job_id)
    if job.kind != kind:
        raise ConfigError(f"{job_id} is a job of another kind ({job.kind}), not {kind}.")
    return job


def _tell_cost(workspace: Workspace, job: "JobFolder", count: int, unit: str) -> None:
    from core.pictures.chosen import facts_of
    from core.style.cost import cost_of
    from core.style.engines import find_engine
    from core.style.request import StyleRequest
    from core.training.device import choose_device

    request = StyleRequest.from_json(job.settings["request"])
    facts = facts_of(workspace, request.content)
    device = str(choose_device(job.settings["device"]))
    seconds = cost_of(request, facts.width, facts.height, device).seconds * count
    remark(f"{find_engine(request.engine).label}; {count:,} {unit}, about {seconds_in_words(seconds)}")


def _strengths(text: str) -> list[float]:
    return [strength_of(part.strip()) for part in text.split(",")]


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`style-sheet`, `style-folder`."""
    sheet = add_command(
        commands, "style-sheet", make_sheet, "one picture in several styles at several strengths, on one sheet"
    )
    sheet.add_argument("--content", type=Path, help="the picture to restyle")
    sheet.add_argument(
        "--strengths", type=_strengths, default=[25.0, 50.0, 75.0], help="0 to 100 each (default 25,50,75)"
    )
    add_request_options(sheet, strength=False)
    sheet.add_argument("--cells", type=Path, metavar="FOLDER", help="also copy every picture of the sheet there")
    sheet.add_argument("--resume", metavar="JOB", help="go on with a sheet that was stopped")
    sheet.add_argument("--out", type=Path, required=True, help="a PNG file; Ctrl-C saves the sheet so far")

    folder = add_command(commands, "style-folder", restyle_folder, "restyle every picture of a folder in one manner")
    folder.add_argument("--contents", type=Path, metavar="FOLDER", help="pictures, also in sub-folders")
    add_request_options(folder)
    folder.add_argument("--bits", type=int, default=8, choices=(8, 16), help="a channel (default 8)")
    folder.add_argument("--resume", metavar="JOB", help="go on with a folder that was stopped")
    folder.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="where the results go, as PNG under the names of the pictures; nothing is written over, and what was "
        "made before is not made again (default: the lab's gallery)",
    )
