"""What we export is imported again with the same labels."""

import pytest

from core.exports.job import create_export
from core.exports.rows import ExportRow
from core.jobs import control
from core.jobs.folder import State
from core.pictures.store import PictureStore
from core.sources.files.format import Opening, open_files
from tests.core.sources.conftest import picture

EXPORTED = [
    ExportRow(
        sha256="",
        suffix="png",
        width=40,
        height=30,
        artwork_id=f"a{number}",
        source="wikiart",
        source_id=f"id-{number}",
        title="Untitled, “two”\nlines" if number else "",
        artist="de kooning" if number else "Mark Rothko",
        date="c. 1950",
        style="My_own style",
        genre="abstract_painting",
        licence="CC BY-SA 4.0",
        page_url="https://x.example/page",
        image_url="https://x.example/picture.jpg",
        tags=("red", "on red"),
        metadata={"class": "Ünïcode", "file": "original.jpg", "split": "validation", "notes": "long " * 1000},
        synthetic=bool(number),
    )
    for number in range(2)
]


@pytest.fixture
def exported(workspace, tmp_path):
    """Export two pictures with every label there is, and read them back."""

    def export(form, **options):
        rows = []
        for number, row in enumerate(EXPORTED):
            kept = PictureStore(workspace).keep(picture(number))
            rows.append(ExportRow(**{**vars(row), "sha256": kept.facts.sha256}))
        out = tmp_path / "out"
        end = control.run_here(workspace, create_export(workspace, rows, out=out, form=form, **options))
        assert end.state == State.DONE
        source, found = open_files(out, opening=Opening("files", tmp_path / "scratch"))
        items = {item.artwork.metadata["source_id"]: item for item in source.items()}
        return rows, items, found

    return export


@pytest.mark.parametrize("options", [{}, {"sorted_by": "style"}, {"test_share": 0.5}])
def test_an_exported_image_folder_comes_back_with_the_same_labels(exported, workspace, options):
    rows, items, found = exported("imagefolder", **options)
    assert (found.format, found.pictures) == ("metadata_folder", 2)
    same_labels(workspace, rows, items)


@pytest.mark.parametrize("options", [{}, {"test_share": 0.5}])
def test_exported_webdataset_shards_come_back_with_the_same_labels(exported, workspace, options):
    rows, items, found = exported("webdataset", **options)
    assert (found.format, found.pictures) == ("webdataset", 2)
    same_labels(workspace, rows, items)


def same_labels(workspace, rows, items):
    for row in rows:
        item = items[row.source_id]
        for name in (
            "title",
            "artist",
            "date",
            "style",
            "genre",
            "licence",
            "page_url",
            "image_url",
            "tags",
            "synthetic",
        ):
            assert getattr(item.artwork, name) == getattr(row, name), name
        assert item.artwork.metadata.items() >= row.metadata.items()
        assert item.artwork.metadata["source"] == "wikiart"
        assert item.read() == workspace.image(row.sha256, "png").read_bytes()
