"""Export and import of a network as background work: tracing a flow takes a minute, and a page must not wait for it."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from core.files import write_bytes
from core.jobs import control
from core.jobs.folder import JobFolder, State, list_jobs
from core.model_files.facts import FORMS, ONNX_PACKAGES, ModelFileError, check_packages
from core.training.run_folder import RunFolder
from core.workspace import Workspace, slug

if TYPE_CHECKING:
    from core.jobs.running import RunningJob

EXPORT, IMPORT = "network-export", "network-import"
_FILES = "files"  # in the job's folder
_RUN_MADE = "run.txt"


def submit_export(workspace: Workspace, run: RunFolder, epoch: int | None, form: str) -> JobFolder:
    """Begin to write the network of an epoch. Raises: NotFoundError, ModelFileError."""
    if form not in FORMS:
        raise ModelFileError(f"A network leaves as {', '.join(FORMS)}; got {form!r}.")
    run.weights(epoch)
    if form == "onnx":
        check_packages(*ONNX_PACKAGES)
    epoch = run.latest() if epoch is None else epoch
    settings = {"run": run.id, "epoch": epoch, "form": form, "device": "cpu"}
    return control.submit(workspace, EXPORT, settings, title=f"Network of {run.id}, epoch {epoch}, as {form}")


def submit_import(workspace: Workspace, data: bytes, name: str, title: str = "") -> JobFolder:
    """Begin to make a run of an uploaded file called `name`."""
    suffix = Path(name).suffix.lower()
    if suffix not in FORMS.values():
        raise ModelFileError(f"{name} is no exported network: its name ends in none of {', '.join(FORMS.values())}.")
    kept = slug(Path(name).stem)[:60] + suffix
    job = control.create(workspace, IMPORT, {"file": kept, "title": title, "device": "cpu"}, title=f"Import of {kept}")
    write_bytes(job.path / _FILES / kept, data)
    control.start(workspace, job)
    return job


def run_export(job: "RunningJob") -> str:
    """The work itself; returns the closing message."""
    from core.model_files.export import export_network

    settings = job.settings
    run = RunFolder(job.workspace.run(settings["run"]))
    form = settings["form"]
    job.progress(0, 1, unit="files", message=f"Writing {form}")
    name = f"{slug(run.preset)}-epoch-{settings['epoch']:04d}{FORMS[form]}"
    out = export_network(run, settings["epoch"], form, job.folder / _FILES / name)
    job.progress(1, 1, unit="files")
    return f"{out.name}: {out.stat().st_size / 1e6:.1f} MB."


def run_import(job: "RunningJob") -> str:
    """The work itself; returns the closing message."""
    from core.model_files.importing import import_network

    job.progress(0, 1, unit="files", message="Reading the network and drawing samples")
    upload = job.folder / _FILES / job.settings["file"]
    run_id = import_network(job.workspace, upload, job.settings["title"])
    write_bytes(job.folder / _RUN_MADE, run_id.encode())
    upload.unlink()  # the run has it all
    job.progress(1, 1, unit="files")
    return f"The run {run_id} was made of it."


def exported_files(job: JobFolder) -> list[Path]:
    """What an ended export has written: the network first. Empty while it is at work, or when it failed."""
    if job.kind != EXPORT or job.state() is not State.DONE or not (job.path / _FILES).is_dir():
        return []
    files = [path for path in (job.path / _FILES).iterdir() if not path.name.endswith(".tmp")]
    return sorted(files, key=lambda path: (path.suffix not in FORMS.values(), path.name))


def imported_run(job: JobFolder) -> str | None:
    """The run that an ended import has made."""
    path = job.path / _RUN_MADE
    found = path.read_text() if path.exists() else ""
    return found if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", found) else None


def exports_of(workspace: Workspace, run_id: str) -> list[JobFolder]:
    """Exports of a run, newest first."""
    return [job for job in list_jobs(workspace) if job.kind == EXPORT and job.settings.get("run") == run_id]
