"""How a picture came into the lab: what the folder of its collect job still says."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from core.errors import AtelierError
from core.jobs.folder import JobFolder
from core.sources.museums.registry import WEB_SOURCES
from core.sources.web.settings import read_web_settings
from core.workspace import Workspace


@dataclass(frozen=True)
class Came:
    job_id: str
    title: str  # of the job; "" where its folder is gone
    asked: datetime | None  # UTC, when somebody asked for it
    way: str  # in a sentence
    robots: str  # in a sentence; "" for what did not come from the web
    version: str  # of the program that fetched it


def how_it_came(workspace: Workspace, job_id: str, image_url: str) -> Came:
    """Of one artwork in one collection. What is gone is said to be, not made up."""
    try:
        job = JobFolder(workspace.job(job_id))
        gone = bool(job.damage) or not (job.path / "job.json").exists()
    except AtelierError:  # an id that is no folder's name
        gone = True
    if gone:
        return Came(job_id, "", None, "The folder of the job that brought it is gone.", "", "")
    source = str(job.settings.get("source", ""))
    asked = datetime.fromtimestamp(job.created, UTC) if job.created else None
    version = str(job.request.get("code", {}).get("version", ""))
    if source in WEB_SOURCES:
        way = f"Fetched from the web by a collection of {source}, politely: paced, and each picture once."
        return Came(job.id, job.title, asked, way, _robots(workspace, image_url), version)
    path = str(job.settings.get("path", ""))
    return Came(job.id, job.title, asked, f"Taken from files: {path}." if path else f"Taken in: {source}.", "", version)


def _robots(workspace: Workspace, image_url: str) -> str:
    """By the settings of today: those of the day are not kept."""
    address = urlsplit(image_url)
    if not address.hostname:
        return "robots.txt is followed."
    try:
        settings = read_web_settings(workspace)
    except AtelierError:
        return "Whether robots.txt is followed cannot be told: the settings for the web cannot be read."
    port = address.port or (443 if address.scheme == "https" else 80)
    reason = settings.for_host(address.hostname, port).robots_override.strip()
    if reason:
        return f"robots.txt is not followed at {address.hostname}, by decision of the owner: {reason}"
    opt_outs = "; opt-outs are respected" if settings.honour_opt_out else ""
    return f"robots.txt is followed at {address.hostname}{opt_outs}."
