"""Workspace: every path under data/ and checkpoints/, in one place."""

import os
import re
from pathlib import Path

from core.errors import ConfigError

_PROJECT = Path(__file__).resolve().parent.parent
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def slug(text: str) -> str:
    """A name that is safe as a folder name: lower case letters, digits and dashes; 'untitled' if nothing is left."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60].strip("-") or "untitled"


class Workspace:
    """The folder that holds everything a lab produces.

    Args:
        root: the folder; by default the environment variable ATELIER_HOME, else the project's own folder.
    """

    def __init__(self, root: Path | str | None = None) -> None:
        self.root = Path(root or os.environ.get("ATELIER_HOME") or _PROJECT).expanduser().resolve()
        self.data = self.root / "data"
        self.checkpoints = self.root / "checkpoints"
        self.catalog = self.data / "catalog.duckdb"
        self.images = self.data / "images"
        self.thumbs = self.data / "thumbs"
        self.datasets = self.data / "datasets"
        self.jobs = self.data / "jobs"
        self.queue = self.jobs / ".queue"  # tickets of waiting jobs and one lock per device slot
        self.studies = self.data / "studies"
        self.gallery = self.data / "gallery"  # what was made here and kept: one JSON file per picture of the store
        self.features = self.data / "features"  # descriptors of pictures, a folder each; they can be made again
        self.upscalers = self.data / "upscalers"  # networks for upscaling that were trained here
        self.access = self.data / "access"  # owners' sessions and failed sign-ins of a shared lab

    def create(self) -> "Workspace":
        """Make the folders that are missing; return self."""
        for folder in (self.images, self.thumbs, self.datasets, self.jobs, self.queue, self.studies, self.checkpoints):
            folder.mkdir(parents=True, exist_ok=True)
        return self

    def image(self, sha256: str, suffix: str) -> Path:
        """Where the original bytes lie. suffix without the dot: "jpg", "png", ..."""
        return self.images / _checked(sha256, _SHA256)[:2] / f"{sha256}.{_checked(suffix, _SAFE_NAME)}"

    def thumb(self, sha256: str) -> Path:
        """The WebP thumbnail, longest side 256."""
        return self.thumbs / _checked(sha256, _SHA256)[:2] / f"{sha256}.webp"

    def facts(self, sha256: str) -> Path:
        """Size, hashes and measures of an image as JSON, so that nothing is decoded twice."""
        return self.thumb(sha256).with_suffix(".json")

    def gallery_entry(self, sha256: str) -> Path:
        """What is known of a picture that was made here."""
        return self.gallery / f"{_checked(sha256, _SHA256)}.json"

    def dataset(self, dataset_id: str) -> Path:
        return self.datasets / _checked(dataset_id, _SAFE_NAME)

    def job(self, job_id: str) -> Path:
        return self.jobs / _checked(job_id, _SAFE_NAME)

    def run(self, run_id: str) -> Path:
        return self.checkpoints / _checked(run_id, _SAFE_NAME)

    def study(self, study_id: str) -> Path:
        return self.studies / _checked(study_id, _SAFE_NAME)


def _checked(name: str, pattern: re.Pattern[str]) -> str:
    """Names come from URLs and the command line: an allow-list keeps them inside the workspace."""
    if not pattern.fullmatch(name) or ".." in name:
        raise ConfigError(f"{name!r} is not a valid name: letters, digits, '.', '_' and '-' only.")
    return name
