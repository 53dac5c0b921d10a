"""The real pictures that samples are compared with, and the baselines' pictures: other real ones, and noise."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.datasets.fit import fit_picture, fit_to, read_for
from core.datasets.pack import Pack, PackError, open_pack
from core.datasets.recipe import Recipe
from core.errors import ConfigError
from core.files import replacing
from core.image_formats import PICTURE_SUFFIXES
from core.images import ImageError
from core.metrics.errors import MetricError
from core.training.run_folder import RunFolder
from core.workspace import Workspace

AGAINST = {
    "test": "The pictures held out of the run's dataset",
    "train": "The pictures that the run was trained on",
    "folder": "Any folder of pictures, fitted as the dataset's were",
}
MOST = 2_048  # pictures on each side by default; more change little but the time
_HASHED = 16  # hexadecimal digits


@dataclass(frozen=True)
class Reference:
    """Real pictures of a run's shape. `pictures` and `others` share none, so their distance is the floor."""

    against: str  # a key of AGAINST
    name: str  # for people
    hash: str  # of its content: equal for equal pictures
    pictures: NDArray[np.uint8]  # (count, H, W, 3), what samples are compared with
    others: NDArray[np.uint8]  # (count, H, W, 3)

    @property
    def count(self) -> int:
        return len(self.pictures)

    def noise(self, seed: int) -> NDArray[np.uint8]:
        """As many pictures of random pixels: what a model knows that knows nothing."""
        return np.random.default_rng(seed).integers(0, 256, self.pictures.shape, np.uint8)


def open_run_pack(workspace: Workspace, run: RunFolder) -> Pack:
    """The dataset a run was trained on. Raises MetricError if it is gone or no longer what it was."""
    try:
        pack = open_pack(workspace.dataset(run.dataset_id))
    except (PackError, ConfigError) as error:  # a network that was brought may not know where it was trained
        raise MetricError(f"{run.id} cannot be measured without the dataset that it was trained on. {error}") from error
    check_pack(run, pack)
    return pack


def check_pack(run: RunFolder, pack: Pack) -> None:
    """Raises MetricError if a dataset is not what the run was trained on."""
    if pack.content_hash != run.settings["dataset_hash"]:
        raise MetricError(
            f"The dataset {pack.name} is not the one that {run.id} was trained on: its content has changed. "
            "Build it again as it was."
        )


def available(pack: Pack | None, against: str, files: int = 0) -> int:
    """How many pictures there are at most on each side, the floor's included.

    Args:
        files: pictures in the folder, against a folder.
    """
    if against == "folder" or pack is None:
        return files // 2
    train = len(_originals(pack))
    return train // 2 if against == "train" else min(len(pack.test), train)


def real_pictures(
    pack: Pack, against: str, count: int | None, seed: int, *, fitted: NDArray[np.uint8] | None = None, name: str = ""
) -> Reference:
    """`count` pictures of the reference, by default as many as there are up to MOST, drawn by the seed alone.

    Args:
        fitted: of a folder, by `fit_folder`, and its name.
    Raises MetricError where fewer than two pictures are left on each side.
    """
    most = available(pack, against, 0 if fitted is None else len(fitted))
    count = min(most, MOST) if count is None else min(count, most)
    if count < 2:
        raise MetricError(too_few(pack.name, against, most))
    random = np.random.default_rng(seed)
    if fitted is not None:
        order = random.permutation(len(fitted))
        digest = hashlib.sha256(fitted.tobytes()).hexdigest()[:_HASHED]
        return Reference("folder", name, digest, fitted[order[:count]], fitted[order[count : 2 * count]])
    train = random.permutation(_originals(pack))
    if against == "train":
        own, other = train[:count], train[count : 2 * count]
    else:
        own, other = random.permutation(pack.test)[:count], train[:count]
    own, other = np.sort(own), np.sort(other)
    return Reference(against, pack.name, pack.content_hash[:_HASHED], pack.images[own], pack.images[other])


def too_few(name: str, against: str, most: int) -> str:
    if against == "test":
        return (
            f"The dataset {name} holds out {most} pictures; at least 2 are needed, and 200 to tell much. Measure "
            "against the training pictures, or build the dataset with a share held out."
        )
    return f"There are {2 * most} pictures in {name}; at least 4 are needed, for both sides of the floor."


def picture_files(folder: Path) -> list[Path]:
    """All pictures below a folder, by their suffix, in the order of their paths. Raises ConfigError for none."""
    if not folder.is_dir():
        raise ConfigError(f"There is no folder {folder}. Name one with pictures in it.")
    found = sorted(
        path for path in folder.rglob("*") if path.suffix.lower().lstrip(".") in PICTURE_SUFFIXES and path.is_file()
    )
    found = [path for path in found if not path.name.startswith(".")]
    if not found:
        raise ConfigError(f"There is no picture in {folder}. Name a folder with pictures ({_some_suffixes()}).")
    return found


def fit_folder(folder: Path, pack: Pack, cache: Path) -> tuple[NDArray[np.uint8], list[str]]:
    """Every picture of a folder, uint8 (N, H, W, 3), fitted by the recipe of the run's dataset; and what could not be
    read, in words.

    Args:
        cache: a file for the pixels, so that a job that was stopped need not read the pictures again.
    """
    problems: list[str] = []
    if cache.exists():
        return np.load(cache), problems
    height, width = pack.shape
    recipe = Recipe.from_json(pack.manifest["recipe"]) if "recipe" in pack.manifest else None
    pictures = []
    for path in picture_files(folder):
        try:
            picture = read_for(max(height, width), path)
        except ImageError as error:
            problems.append(f"{path.name}: {error}")
            continue
        pictures.append(fit_picture(picture, recipe) if recipe else fit_to(picture, (height, width), "crop"))
    fitted = np.stack(pictures) if pictures else np.empty((0, height, width, 3), np.uint8)
    with replacing(cache) as beside, beside.open("wb") as handle:
        np.save(handle, fitted)
    return fitted, problems


def _originals(pack: Pack) -> NDArray[np.int64]:
    return pack.train_pictures if len(pack.train_pictures) else pack.train


def _some_suffixes() -> str:
    return ", ".join(sorted(PICTURE_SUFFIXES & {"jpg", "png", "webp", "tif"}))
