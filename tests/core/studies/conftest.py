"""A small study of six generated and six real pictures, drawn by the tests themselves."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pytest

from core.studies.conditions import Pictures
from core.studies.design import StudyDesign
from core.studies.freeze import create_study
from core.studies.journal import VoteJournal
from core.studies.study import Study
from core.workspace import Workspace


@dataclass(frozen=True)
class DrawnPictures:
    """A picture source that needs neither a run nor a dataset: noise of a given seed."""

    kind: str
    count: int
    seed: int = 0
    side: int = 16
    follows: ClassVar[bool] = False

    @property
    def label(self) -> str:
        return f"{self.kind} of seed {self.seed}"

    def words(self) -> list[str]:
        return [self.label]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def more(self, count: int) -> "DrawnPictures":
        return replace(self, count=self.count + count)

    def draw(self, workspace: Workspace, shape: tuple[int, int] | None) -> Pictures:
        images = np.random.default_rng(self.seed).integers(0, 256, (self.count, self.side, self.side, 3), np.uint8)
        return Pictures(images, [{"seed": self.seed, "index": index} for index in range(self.count)])


@pytest.fixture
def make_study(workspace: Workspace) -> Callable[..., Study]:
    def make(*, each: int = 6, title: str = "Paintings", **design: Any) -> Study:
        sources = [DrawnPictures("generated", each, seed=1), DrawnPictures("real", each, seed=2)]
        design.setdefault("enlargement", "pixels")  # several times faster to write
        return create_study(workspace, title, StudyDesign(**design), sources)

    return make


@pytest.fixture
def study(make_study: Callable[..., Study]) -> Study:
    return make_study()


@pytest.fixture
def journal(study: Study) -> VoteJournal:
    return VoteJournal(study.path)
