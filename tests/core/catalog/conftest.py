"""A catalog in a fresh workspace, and collect jobs that left ledgers as the real ones do."""

from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from core.catalog.catalog import Catalog
from core.catalog.measured import rows_to_describe
from core.catalog.selection import Selection
from core.features.job import create_describe
from core.jobs import control
from core.workspace import Workspace
from tests.core.catalog.collected import collect_pictures
from tests.core.catalog.ledgers import Jobs
from tests.core.pictures import encoded, noise


@pytest.fixture
def catalog(workspace: Workspace) -> Iterator[Catalog]:
    with Catalog(workspace.catalog) as opened:
        yield opened


@pytest.fixture
def jobs(workspace: Workspace) -> Jobs:
    return Jobs(workspace)


@pytest.fixture
def filled(catalog: Catalog, jobs: Jobs) -> Catalog:
    """Six pictures in two collections, taken in."""
    return _fill(catalog, jobs)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """The same six pictures for all tests of a module that only ask."""
    workspace = Workspace(tmp_path_factory.mktemp("library")).create()
    with Catalog(workspace.catalog) as opened:
        yield _fill(opened, Jobs(workspace))


def _fill(catalog: Catalog, jobs: Jobs) -> Catalog:
    jobs.collect(
        "seas",
        [
            jobs.stored("a.jpg", picture=1, artist="Ada", title="Calm sea", licence="CC0", width=400, height=300),
            jobs.stored(
                "b.jpg", picture=2, artist="Ada", title="Rough sea", licence="In copyright", width=300, height=400
            ),
            jobs.stored("c.jpg", picture=3, artist="Bo", title="Harbour", width=640, height=640, tags=["boats"]),
        ],
    )
    jobs.collect(
        "hills",
        [
            jobs.stored("a.jpg", picture=4, artist="", title="100% hill_side", width=100, height=120),
            jobs.stored("d.jpg", picture=5, artist="Hermès", title="Été", width=800, height=200, synthetic=True),
            jobs.stored(
                "e.jpg",
                picture=6,
                artist="Bo",
                title="Hill",
                licence="CC0",
                metadata={"museum": "Tate", "room": {"no": 7}},
            ),
        ],
    )
    jobs.ingest(catalog)
    return catalog


def scene(seed: int) -> Image.Image:
    return noise(12, 9, seed).resize((160, 120))


def recoloured(image: Image.Image) -> Image.Image:
    """The same light in every place, and no colours: to a perceptual hash the same picture."""
    return image.convert("L").convert("RGB")


@pytest.fixture
def collected(catalog: Catalog, jobs: Jobs) -> dict[str, str]:
    """Two scenes with copies: one in another packing, smaller and without its colours; one that is one of a kind."""
    vivid = Image.fromarray(np.asarray(scene(1)) // 4 + np.array([150, 0, 0], np.uint8))
    hashes = collect_pictures(
        jobs,
        "seas",
        {
            "a.png": encoded(vivid),
            "a again.png": encoded(vivid, compress_level=1),
            "a small.jpg": encoded(vivid.resize((120, 90)), "JPEG", quality=92),
            "a grey.png": encoded(recoloured(vivid)),
            "b.png": encoded(scene(2)),
            "plain.png": encoded(Image.new("RGB", (160, 120), (30, 40, 210))),
            "plain too.png": encoded(Image.new("RGB", (150, 120), (20, 170, 60))),
        },
    )
    jobs.ingest(catalog)
    return hashes


@pytest.fixture
def described(catalog: Catalog, jobs: Jobs, collected: dict[str, str]) -> dict[str, str]:
    job = create_describe(jobs.workspace, rows_to_describe(catalog, Selection(excluded="all")))
    control.run_here(jobs.workspace, job)
    jobs.ingest(catalog)
    return collected
