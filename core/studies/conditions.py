"""What competes in a study, and where its pictures come from."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from core.datasets.listing import find_dataset
from core.datasets.pack import open_pack
from core.errors import ConfigError
from core.studies.errors import StudyError
from core.workspace import Workspace


@dataclass(frozen=True)
class Pictures:
    """The pictures of one condition, before they are frozen."""

    images: NDArray[np.uint8]  # (N, H, W, 3)
    provenance: list[dict[str, Any]]  # one for each: where exactly it came from
    notes: tuple[str, ...] = ()  # what the owner should know, such as fewer pictures than asked


Shape = tuple[int, int]  # (height, width) in pixels


class PictureSource(Protocol):
    """A condition as it is asked for. Further kinds need only these members."""

    kind: ClassVar[str]
    follows: ClassVar[bool]  # takes the shape of the others' pictures, and so is drawn after them

    @property
    def count(self) -> int:
        """How many pictures."""

    @property
    def label(self) -> str:
        """For the owner; never shown to raters."""

    def words(self) -> list[str]:
        """Names that would tell a rater what competes, so that no text they read may hold one."""

    def to_json(self) -> dict[str, Any]: ...

    def draw(self, workspace: Workspace, shape: Shape | None) -> Pictures:
        """The pictures.

        Args:
            shape: (height, width) of the pictures it will be shown with; None while nothing says what that is. Sources
                whose pictures have a shape of their own pay no attention to it.
        """

    def more(self, count: int) -> "PictureSource":
        """The same source with `count` pictures more, which come after the others."""


@dataclass(frozen=True)
class GeneratedPictures:
    """What a run's model made of `count` latents at one epoch, without picking."""

    run_id: str
    epoch: int
    count: int
    seed: int = 0
    kind: ClassVar[str] = "generated"
    follows: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_count(self.count)

    @property
    def label(self) -> str:
        return f"{self.run_id}, epoch {self.epoch}"

    def words(self) -> list[str]:
        return [self.run_id, f"epoch {self.epoch}"]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def more(self, count: int) -> "GeneratedPictures":
        return replace(self, count=self.count + count)

    def draw(self, workspace: Workspace, shape: Shape | None = None) -> Pictures:
        """Samples the model. Raises: NotFoundError for a run or epoch that does not exist."""
        from core.sampling.sampler import load_sampler  # brings torch, which only this moment needs
        from core.training.runs import find_run

        sampler = load_sampler(find_run(workspace, self.run_id), self.epoch)
        images = sampler.sample(self.count, self.seed)
        provenance = [
            {"run": self.run_id, "epoch": self.epoch, "seed": self.seed, "index": index} for index in range(self.count)
        ]
        return Pictures(images, provenance)


@dataclass(frozen=True)
class TestPictures:
    """Real pictures that no training has seen: the test split of a dataset, as the dataset's recipe prepared them."""

    __test__ = False  # not a class of tests, whatever pytest makes of the name

    dataset_id: str
    count: int
    seed: int = 0  # which of them, when there are more than asked
    skip: int = 0  # so many are passed over: they are shown elsewhere in the study
    kind: ClassVar[str] = "real"
    follows: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_count(self.count)

    @property
    def label(self) -> str:
        return f"Real, test split of {self.dataset_id}"

    def words(self) -> list[str]:
        return [self.dataset_id]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def more(self, count: int) -> "TestPictures":
        return replace(self, count=self.count + count)

    def draw(self, workspace: Workspace, shape: Shape | None = None) -> Pictures:
        """Raises: NotFoundError for an unknown dataset; StudyError if it has no test split."""
        pack = open_pack(find_dataset(workspace, self.dataset_id).folder)
        available = np.asarray(pack.test)
        if len(available) == 0:
            raise StudyError(
                f"The dataset {self.dataset_id} holds no pictures back, so there are none that training has not seen. "
                "Build it again with a test share above 0, or choose another dataset."
            )
        rows = np.random.default_rng(self.seed).permutation(available)[self.skip : self.skip + self.count]
        if len(rows) == 0:
            raise StudyError(
                f"The test split of {self.dataset_id} holds {len(available)} pictures, and the study shows all of them "
                "elsewhere already. Ask for fewer, or choose a dataset with a larger test share."
            )
        notes: tuple[str, ...] = ()
        if len(rows) < self.count:
            notes = (f"{self.count} real pictures were asked for, but the test split holds only {len(rows)} for them.",)
        provenance = [
            {"dataset": self.dataset_id, "row": int(row), "artwork": pack.rows[row].get("artwork")} for row in rows
        ]
        return Pictures(np.array(pack.images[rows]), provenance, notes)


@dataclass(frozen=True)
class PresetPictures:
    """What a preset paints: pictures of the last kept epoch of each of its runs on a dataset, evenly shared, so that
    the preset competes and not the luck of one run."""

    preset: str
    dataset_id: str
    count: int
    seed: int = 0
    kind: ClassVar[str] = "preset"
    follows: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_count(self.count)

    @property
    def label(self) -> str:
        return f"{self.preset} on {self.dataset_id}"

    def words(self) -> list[str]:
        return [self.preset, self.dataset_id]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def more(self, count: int) -> "PresetPictures":
        return replace(self, count=self.count + count)

    def draw(self, workspace: Workspace, shape: Shape | None = None) -> Pictures:
        """Samples each run. Raises: StudyError where no run of the preset on the dataset has kept an epoch."""
        from core.training.runs import find_run, list_runs

        kept = []
        for summary in list_runs(workspace):
            run = find_run(workspace, summary.id)
            if run.preset == self.preset and run.dataset_id == self.dataset_id and run.weight_epochs():
                kept.append(run)
        if not kept:
            raise StudyError(
                f"No run of {self.preset} on {self.dataset_id} has kept an epoch to draw from. Train one first."
            )
        kept = sorted(kept, key=lambda run: run.id)[: self.count]
        shares = [self.count // len(kept) + (place < self.count % len(kept)) for place in range(len(kept))]
        drawn = [
            GeneratedPictures(run.id, max(run.weight_epochs()), share, self.seed).draw(workspace)
            for run, share in zip(kept, shares, strict=True)
        ]
        notes = (f"From {len(kept)} run{'s' if len(kept) != 1 else ''}: {', '.join(run.id for run in kept)}.",)
        images, provenance = _interleave(drawn)
        return Pictures(images, provenance, notes)


@dataclass(frozen=True)
class NoisePictures:
    """No pictures at all: what the worst model would make. Shows how low the scale is used.

    Args:
        block: side of the squares of one colour, in pixels.
    """

    count: int
    seed: int = 0
    block: int = 1
    kind: ClassVar[str] = "noise"
    follows: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_count(self.count)

    @property
    def label(self) -> str:
        return "Random noise"

    def words(self) -> list[str]:
        return []  # "noise" may well stand in a question

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def more(self, count: int) -> "NoisePictures":
        return replace(self, count=self.count + count)

    def draw(self, workspace: Workspace, shape: Shape | None) -> Pictures:
        height, width = shape or (64, 64)
        small = -(-height // self.block), -(-width // self.block)
        drawn = np.random.default_rng(self.seed).integers(0, 256, (self.count, *small, 3), np.uint8)
        images = drawn.repeat(self.block, axis=1).repeat(self.block, axis=2)[:, :height, :width]
        return Pictures(images, [{"seed": self.seed, "index": index} for index in range(self.count)])


def _interleave(drawn: Sequence[Pictures]) -> tuple[NDArray[np.uint8], list[dict[str, Any]]]:
    """One picture of each, then the second of each, ..., so that the first few are a fair sample of all."""
    order = sorted((place, group) for group, part in enumerate(drawn) for place in range(len(part.images)))
    images = np.stack([drawn[group].images[place] for place, group in order])
    return images, [drawn[group].provenance[place] for place, group in order]


def check_count(count: int) -> None:
    """Raises: ConfigError."""
    if count < 1:
        raise ConfigError(f"The number of pictures is {count}, but each condition needs at least 1.")
