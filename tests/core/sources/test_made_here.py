"""Pictures of the gallery taken into the catalog: with what made them, and what they were made of."""

import json

import pytest
from PIL import Image

from core.catalog.catalog import Catalog
from core.catalog.ingest import ingest_pending
from core.errors import ConfigError
from core.jobs import control
from core.pictures.chosen import keep_picture
from core.pictures.gallery import Gallery, Made
from core.sources.made_here import add_to_catalog, described
from core.workspace import Workspace
from tests.core.pictures import corners, encoded, noise


def made(workspace: Workspace, image: Image.Image, title: str = "Street as a Rothko") -> Made:
    content = keep_picture(workspace, encoded(noise()), label="Street")
    return Gallery(workspace).keep(
        encoded(image), way="style", title=title, label="patch: pieces of the style", parents=(content,)
    )


def collect(workspace: Workspace, *hashes: str) -> str:
    settings = {"source": "gallery", "collection": "Made", "pictures": list(hashes)}
    job = control.create(workspace, "collect", settings, title="From the gallery")
    return control.run_here(workspace, job).message


def test_a_restyled_picture_enters_the_catalog_with_its_lineage(workspace: Workspace) -> None:
    picture = made(workspace, corners())
    collect(workspace, picture.sha256)
    catalog = Catalog(workspace.catalog)
    ingest_pending(catalog, workspace)
    artwork = catalog.picture(picture.sha256).artworks[0]
    catalog.close()
    assert (artwork.title, artwork.source, artwork.synthetic) == ("Street as a Rothko", "gallery", True)
    assert "restyled" in artwork.tags
    assert artwork.metadata["made_by"] == "patch: pieces of the style"
    assert json.loads(str(artwork.metadata["made_of"])) == [
        {"label": "Street", "sha256": picture.parents[0].sha256},
    ]


def test_a_picture_that_left_the_gallery_meanwhile_is_told_and_the_others_are_taken(workspace: Workspace) -> None:
    kept, gone = made(workspace, corners()), made(workspace, noise(seed=3), "Gone")
    Gallery(workspace).remove(gone.sha256)
    told = collect(workspace, gone.sha256, kept.sha256)
    catalog = Catalog(workspace.catalog)
    ingest_pending(catalog, workspace)
    assert catalog.summary().pictures == 1
    assert "is not in the gallery any more" in catalog.refusals(limit=5)[0].detail
    catalog.close()
    assert told


def test_nothing_chosen_starts_no_job(workspace: Workspace) -> None:
    with pytest.raises(ConfigError, match="nothing to add"):
        add_to_catalog(workspace, [], "Made")
    with pytest.raises(ConfigError, match="needs a name"):
        add_to_catalog(workspace, ["0" * 64], "  ")
    assert not list(workspace.jobs.glob("*/job.json"))


def test_what_was_made_from_nothing_known_names_no_parents() -> None:
    picture = Made("0" * 64, "upscale", "Larger", "Lanczos", 10, 10, 0.0)
    assert set(described(picture).metadata) == {"made_by"}
