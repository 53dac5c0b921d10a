"""The job of kind "weights": a published file is downloaded, because a person said so, or made slim."""

from typing import TYPE_CHECKING

from core.errors import ConfigError
from core.jobs import control
from core.jobs.folder import JobFolder
from core.style.weights import described, known_file
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.jobs.running import RunningJob

ACTS = {"download": "Download", "slim": "Make a slim file of"}


def create_weights(workspace: Workspace, key: str, *, act: str) -> JobFolder:
    """A job folder; nothing is started, and nothing is asked for.

    Args:
        key: of core.pretrained.KNOWN.
        act: one of ACTS. "download" only when a person, shown URL, size and place, said so.
    Raises: NotFoundError, ConfigError.
    """
    known = known_file(key)
    if act not in ACTS:
        raise ConfigError(f"With weights one can {', '.join(ACTS)}; got {act!r}.")
    needed = int(known.megabytes * 1e6) if act == "download" else 0
    return control.create(
        workspace,
        "weights",
        {"act": act, "key": known.key},
        title=f"{ACTS[act]} {known.name}",
        disk_bytes_needed=needed,
    )


def run(job: "RunningJob") -> str:
    """The work itself; returns the closing message. A download that broke off is gone on with. Raises: WeightsError."""
    known = known_file(job.settings["key"])
    if job.settings["act"] == "slim":
        from core.style.weights import make_slim

        path = make_slim(known.key, workspace=job.workspace)
        return f"{path.name}, {path.stat().st_size / 1e6:,.1f} MB, lies in {path.parent}."
    from core.style.download import DownloadStoppedError, download

    job.log(f"Downloading {described(known)} from {known.url}, because somebody asked for it.")

    def progress(done: int, total: int) -> None:
        megabytes = round((total or known.megabytes * 1e6) / 1e6, 1)
        job.progress(round(done / 1e6), max(1, round(megabytes)), unit="MB")

    try:
        found = download(known, job.workspace, progress=progress, stop_requested=job.stop_requested)
    except DownloadStoppedError as stopped:
        return str(stopped)
    checked = "its SHA-256 is the published one" if found.is_verified else "nobody published a hash to check it by"
    return f"{known.name} lies in {found.path.parent}; {checked}."
