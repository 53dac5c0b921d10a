"""What an upscaling job has made so far: one small JSON file per picture, in its folder."""

from dataclasses import dataclass
from pathlib import Path

from core.files import read_json, write_json
from core.pictures.chosen import ChosenPicture

RESULTS = "results"  # folder within the job's


@dataclass(frozen=True)
class UpscaleResult:
    index: int  # of the request in the job's settings
    message: str = ""  # what went wrong; "" for a picture that was made
    sha256: str = ""  # in the gallery; "" where it is too large for it, or was not made
    file: str = ""  # within the job's folder, of a picture too large for the gallery
    title: str = ""
    label: str = ""  # what made it, in words
    scale: int = 0
    width: int = 0  # pixels of the result
    height: int = 0
    seconds: float = 0.0

    @property
    def is_made(self) -> bool:
        return not self.message

    @property
    def chosen(self) -> ChosenPicture | None:
        """The picture in the lab, if it is there."""
        return ChosenPicture(sha256=self.sha256, label=self.title) if self.sha256 else None


def read_results(folder: Path) -> list[UpscaleResult]:
    """Of a job's folder, in the order of its requests; those not done yet, or whose file is damaged, are missing."""
    found = []
    for path in sorted((folder / RESULTS).glob("*.json")):
        try:
            found.append(UpscaleResult(**read_json(path)))
        except (OSError, ValueError, TypeError):
            continue  # it is done again, or shown as missing
    return found


def write_result(folder: Path, result: UpscaleResult) -> None:
    (folder / RESULTS).mkdir(exist_ok=True)
    write_json(folder / RESULTS / f"{result.index:06d}.json", vars(result))
