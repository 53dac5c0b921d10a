"""A catalog in a fresh workspace, and collect jobs that left ledgers as the real ones do."""

from collections.abc import Iterator

import pytest

from core.catalog.catalog import Catalog
from core.workspace import Workspace
from tests.core.catalog.ledgers import Jobs


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
