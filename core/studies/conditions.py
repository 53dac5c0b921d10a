"""What competes in a study, and where its pictures come from."""

from dataclasses import asdict, dataclass
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


class PictureSource(Protocol):
    """A condition as it is asked for. Further kinds need only these members."""

    kind: ClassVar[str]
    count: int

    @property
    def label(self) -> str:
        """For the owner; never shown to raters."""

    def words(self) -> list[str]:
        """Names that would tell a rater what competes, so that no text they read may hold one."""

    def to_json(self) -> dict[str, Any]: ...

    def draw(self, workspace: Workspace) -> Pictures: ...


@dataclass(frozen=True)
class GeneratedPictures:
    """What a run's model made of `count` latents at one epoch, without picking."""

    run_id: str
    epoch: int
    count: int
    seed: int = 0
    kind: ClassVar[str] = "generated"

    def __post_init__(self) -> None:
        _check_count(self.count)

    @property
    def label(self) -> str:
        return f"{self.run_id}, epoch {self.epoch}"

    def words(self) -> list[str]:
        return [self.run_id, f"epoch {self.epoch}"]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def draw(self, workspace: Workspace) -> Pictures:
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
    kind: ClassVar[str] = "real"

    def __post_init__(self) -> None:
        _check_count(self.count)

    @property
    def label(self) -> str:
        return f"Real, test split of {self.dataset_id}"

    def words(self) -> list[str]:
        return [self.dataset_id]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def draw(self, workspace: Workspace) -> Pictures:
        """Raises: NotFoundError for an unknown dataset; StudyError if it has no test split."""
        pack = open_pack(find_dataset(workspace, self.dataset_id).folder)
        available = np.asarray(pack.test)
        if len(available) == 0:
            raise StudyError(
                f"The dataset {self.dataset_id} holds no pictures back, so there are none that training has not seen. "
                "Build it again with a test share above 0, or choose another dataset."
            )
        rows = np.random.default_rng(self.seed).permutation(available)[: self.count]
        notes: tuple[str, ...] = ()
        if len(rows) < self.count:
            notes = (f"{self.count} real pictures were asked for, but the test split holds only {len(rows)}.",)
        provenance = [
            {"dataset": self.dataset_id, "row": int(row), "artwork": pack.rows[row].get("artwork")} for row in rows
        ]
        return Pictures(np.array(pack.images[rows]), provenance, notes)


def _check_count(count: int) -> None:
    if count < 1:
        raise ConfigError(f"The number of pictures is {count}, but each condition needs at least 1.")
