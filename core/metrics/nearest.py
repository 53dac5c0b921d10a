"""Which training picture a sample is nearest to, and whether it is nearer than chance: has the model learned to copy?

Two pictures are compared at 32 pixels in CIE Lab, and once more by their lightness alone at 8 pixels, where noise no
longer counts; each gives half of the squared distance, whose unit is therefore that of Lab: 2 is barely visible, 100 is
black beside white. The training pictures are also tried mirrored.

What is near depends on the pictures: flat colour fields are all near to one another, and one cut for all distances
would call every simple picture a copy. So a sample counts as a copy if two ratios are smaller than for 95 in 100
pictures that were held out (the hold-out test):

- relative: its distance over the mean of those to its 50 nearest (as in Carlini et al., 2023, arXiv:2301.13188). A copy
  of one picture stands out; a blur in the middle of many, or one flat field among others, does not.
- detail: its distance over how far the training picture is from a flat sheet of its own mean colour. A copy shares the
  drawing, not the colour alone; from 1 on nothing of it is shared.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.datasets.pack import Pack
from core.features.colour import lab
from core.files import read_json, write_json
from core.metrics.errors import MetricError
from core.metrics.references import check_pack, open_run_pack
from core.training.grids import cells
from core.training.run_folder import RunFolder
from core.workspace import Workspace

SIDE, COARSE_SIDE = 32, 8  # pixels
NEIGHBOURS = 50
CUT = 0.05  # share of the held-out pictures that lies below each of the two cuts
MOST_HELD_OUT = 1_000  # held-out pictures that are compared; more hardly move the cuts
FEWEST_HELD_OUT = 20  # below it the training pictures, each left out in turn, serve
_BARELY = 1.0  # in the unit of Lab: what cannot be seen is no drawing
_VERSION = 1
_CHUNK = 2_048  # pictures at a time
_KEPT_BYTES = 512 << 20  # of training pictures as vectors, between calls


@dataclass(frozen=True)
class Ratios:
    """Of each picture: see the module."""

    relative: NDArray[np.float32]  # (N,)
    detail: NDArray[np.float32]  # (N,)


@dataclass(frozen=True)
class Nearest:
    """For each of N pictures, the training picture nearest to it."""

    rows: NDArray[np.int64]  # (N,) of the pack
    distances: NDArray[np.float32]  # (N,) in the unit of Lab
    mirrored: NDArray[np.bool_]  # (N,) nearer with left and right exchanged
    ratios: Ratios
    holdout_distances: NDArray[np.float32]  # (M,) the same of pictures that were never trained on
    holdout_ratios: Ratios
    against: str  # what those are: "test", or "train" for training pictures, each compared with all others

    @property
    def cuts(self) -> tuple[float, float]:
        """Relative and detail below which a picture counts as a copy."""
        held_out = self.holdout_ratios
        return float(np.quantile(held_out.relative, CUT)), min(1.0, float(np.quantile(held_out.detail, CUT)))

    @property
    def is_copy(self) -> NDArray[np.bool_]:
        """(N,)"""
        return self._below(self.ratios)

    @property
    def holdout_is_copy(self) -> NDArray[np.bool_]:
        """(M,) what chance, and twins among the real pictures, give."""
        return self._below(self.holdout_ratios)

    def _below(self, ratios: Ratios) -> NDArray[np.bool_]:
        relative, detail = self.cuts
        below: NDArray[np.bool_] = (ratios.relative < relative) & (ratios.detail < detail)
        return below

    def to_json(self) -> dict[str, Any]:
        return {
            "rows": self.rows.tolist(),
            "distances": _rounded(self.distances),
            "mirrored": self.mirrored.tolist(),
            "relative": _rounded(self.ratios.relative),
            "detail": _rounded(self.ratios.detail),
            "holdout_distances": _rounded(self.holdout_distances),
            "holdout_relative": _rounded(self.holdout_ratios.relative),
            "holdout_detail": _rounded(self.holdout_ratios.detail),
            "against": self.against,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Nearest":
        return cls(
            np.array(value["rows"], np.int64),
            np.array(value["distances"], np.float32),
            np.array(value["mirrored"], np.bool_),
            Ratios(np.array(value["relative"], np.float32), np.array(value["detail"], np.float32)),
            np.array(value["holdout_distances"], np.float32),
            Ratios(np.array(value["holdout_relative"], np.float32), np.array(value["holdout_detail"], np.float32)),
            str(value["against"]),
        )


@dataclass(frozen=True)
class _Found:
    rows: NDArray[np.int64]
    distances: NDArray[np.float32]
    mirrored: NDArray[np.bool_]
    ratios: Ratios


class TrainingPictures:
    """The pictures of a pack that a run was trained on, ready to be compared with.

    Copies that a recipe made of them (turned, cropped) were trained on too, so samples are compared with them as well;
    but among the 50 nearest each picture counts once.
    """

    def __init__(self, pack: Pack, *, seed: int = 0) -> None:
        self._pack, self._rows = pack, pack.train
        originals = pack.train_pictures if len(pack.train_pictures) else pack.train
        self._is_original = np.isin(self._rows, originals)
        self._works = np.array([str(pack.rows[row].get("artwork") or pack.rows[row]["sha256"]) for row in pack.train])
        if len(np.unique(self._works[self._is_original])) < 2:
            raise MetricError(
                f"The dataset {pack.name} has {len(originals)} training pictures; those of at least 2 works are needed "
                "to tell what is near. Build it with more pictures."
            )
        self._kept: list[NDArray[np.float32]] = []
        self._keeps = len(self._rows) * (3 * SIDE**2 + COARSE_SIDE**2) * 4 <= _KEPT_BYTES
        random = np.random.default_rng(seed)
        self.against = "test" if len(pack.test) >= FEWEST_HELD_OUT else "train"
        own = pack.test if self.against == "test" else originals
        chosen = np.sort(random.permutation(own)[:MOST_HELD_OUT])
        without = None
        if self.against == "train":
            without = self._works[np.searchsorted(self._rows, chosen)]
        self._held_out = self._search(pack.images[chosen], without=without)

    @property
    def chance(self) -> float:
        """Share of the held-out pictures that would count as copies."""
        return float(self._with(self._held_out).holdout_is_copy.mean())

    def nearest(self, pictures: NDArray[np.uint8]) -> Nearest:
        """pictures: uint8 (N, H, W, 3) of any size."""
        return self._with(self._search(pictures))

    def _with(self, found: _Found) -> Nearest:
        own, held_out = (found.rows, found.distances, found.mirrored, found.ratios), self._held_out
        return Nearest(*own, held_out.distances, held_out.ratios, self.against)

    def _search(self, pictures: NDArray[np.uint8], *, without: NDArray[np.int64] | None = None) -> _Found:
        """without: (N,) for each picture a work that it is not compared with: its own."""
        queries = np.stack([vectors(pictures), vectors(pictures[:, :, ::-1])])  # (2, N, D)
        lengths = np.square(queries).sum(axis=2)  # (2, N)
        count = len(pictures)
        best = np.full(count, np.inf, np.float32)
        place, mirrored = np.zeros(count, np.int64), np.zeros(count, np.bool_)
        few = np.full((count, 0), np.inf, np.float32)  # the nearest so far, squared
        for begin, known in self._vectors():
            ways = lengths[:, :, None] - 2 * (queries @ known.T) + np.square(known).sum(axis=1)  # (2, N, chunk)
            squared = np.maximum(ways.min(axis=0), 0)
            if without is not None:
                squared[without[:, None] == self._works[None, begin : begin + len(known)]] = np.inf
            here = squared.argmin(axis=1)
            value = squared[np.arange(count), here]
            nearer = value < best
            best[nearer], place[nearer] = value[nearer], begin + here[nearer]
            mirrored[nearer] = (ways[1] < ways[0])[np.arange(count), here][nearer]
            few = np.concatenate([few, squared[:, self._is_original[begin : begin + len(known)]]], axis=1)
            if few.shape[1] > NEIGHBOURS:
                few = np.partition(few, NEIGHBOURS - 1, axis=1)[:, :NEIGHBOURS]
        rows = self._rows[place]
        exact = vectors(self._pack.images[rows])  # the products above lose digits where pictures are nearly equal
        distances = np.linalg.norm(queries[mirrored.astype(int), np.arange(count)] - exact, axis=1).astype(np.float32)
        there = np.isfinite(few)
        around = np.sqrt(np.where(there, few, 0)).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
        ratios = Ratios(distances / np.maximum(around, _BARELY), distances / np.maximum(_drawing(exact), _BARELY))
        return _Found(rows, distances, mirrored, ratios)

    def _vectors(self) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """All training pictures, some at a time: the number of the first, and (chunk, D)."""
        for number, begin in enumerate(range(0, len(self._rows), _CHUNK)):
            if number < len(self._kept):
                yield begin, self._kept[number]
                continue
            found = vectors(self._pack.images[self._rows[begin : begin + _CHUNK]])
            if self._keeps:
                self._kept.append(found)
            yield begin, found


def nearest_training(run: RunFolder, pack: Pack, pictures: NDArray[np.uint8]) -> Nearest:
    """For uint8 (N, H, W, 3) the nearest pictures that the run was trained on.

    Raises MetricError if the pack is no longer what it was.
    """
    check_pack(run, pack)
    return TrainingPictures(pack).nearest(pictures)


def nearest_of_grid(workspace: Workspace, run: RunFolder, epoch: int) -> Nearest:
    """The same for the pictures of an epoch's sample grid, row by row; kept in the run's folder.

    About a second at 1,000 training pictures, and at once from the second time on. Raises NotFoundError, PackError or
    MetricError where the grid or the dataset is gone or has changed.
    """
    grid_path = run.grid(epoch)
    if not grid_path.exists():
        from core.errors import NotFoundError

        raise NotFoundError("epoch with a grid", str(epoch), [str(known) for known in run.epochs()])
    grid = grid_path.read_bytes()
    belongs_to = {
        "version": _VERSION,
        "grid": hashlib.sha256(grid).hexdigest(),
        "dataset": str(run.settings["dataset_hash"]),
    }
    cache = nearest_path(run, epoch)
    known = _read(cache)
    if known is not None and all(known.get(name) == value for name, value in belongs_to.items()):
        return Nearest.from_json(known)
    found = nearest_training(run, open_run_pack(workspace, run), grid_pictures(run, epoch))
    write_json(cache, {**belongs_to, **found.to_json()}, durable=False)
    return found


def nearest_path(run: RunFolder, epoch: int) -> Path:
    return run.samples / f"nearest-{epoch:04d}.json"


def grid_pictures(run: RunFolder, epoch: int) -> NDArray[np.uint8]:
    """The pictures of a sample grid, uint8 (N, H, W, 3), row by row."""
    height, width = run.shape
    with Image.open(run.grid(epoch)) as grid:
        found = cells(grid.convert("RGB"), (width, height))
    size = int(run.settings["training"].get("grid_size") or len(found))  # the last row may have empty cells
    return np.stack([np.asarray(cell) for cell in found[:size]])


def vectors(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """uint8 (N, H, W, 3) -> (N, D); the distance of two of them is that of the pictures."""
    parts = [_vectors(pictures[i : i + _CHUNK]) for i in range(0, len(pictures), _CHUNK)]
    return np.concatenate(parts) if parts else np.empty((0, 3 * SIDE**2 + COARSE_SIDE**2), np.float32)


def _vectors(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    small = lab(_resized(pictures, SIDE))  # (N, 32, 32, 3)
    step = SIDE // COARSE_SIDE
    coarse = small[..., 0].reshape(len(small), COARSE_SIDE, step, COARSE_SIDE, step).mean(axis=(2, 4))
    fine_share, coarse_share = np.float32(np.sqrt(0.5 / SIDE**2)), np.float32(np.sqrt(0.5 / COARSE_SIDE**2))
    return np.concatenate(
        [small.reshape(len(small), -1) * fine_share, coarse.reshape(len(small), -1) * coarse_share], axis=1
    )


def _drawing(known: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far each of (N, D) is from a flat sheet of its mean colour, (N,)."""
    fine = known[:, : 3 * SIDE**2].reshape(len(known), SIDE**2, 3)
    coarse = known[:, 3 * SIDE**2 :]
    squares = np.square(fine - fine.mean(axis=1, keepdims=True)).sum(axis=(1, 2))
    squares += np.square(coarse - coarse.mean(axis=1, keepdims=True)).sum(axis=1)
    return np.sqrt(squares)


def _resized(pictures: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Averaged over areas to side by side; a picture that is no square is squashed."""
    count, height, width, _ = pictures.shape
    if height == width == side:
        return pictures
    if height % side == 0 and width % side == 0:
        tall, wide = height // side, width // side
        sums = pictures.reshape(count, side, tall, side, wide, 3).sum(axis=(2, 4), dtype=np.uint32)
        return ((sums + tall * wide // 2) // (tall * wide)).astype(np.uint8)
    return np.stack(
        [
            np.asarray(Image.fromarray(np.ascontiguousarray(one)).resize((side, side), Image.Resampling.BOX))
            for one in pictures
        ]
    )


def _rounded(values: NDArray[np.float32]) -> list[float]:
    return [round(float(value), 4) for value in values]


def _read(path: Path) -> dict[str, Any] | None:
    try:
        known = read_json(path)
    except ValueError:
        return None  # cut short by a power cut: it is found again
    return known if isinstance(known, dict) else None
