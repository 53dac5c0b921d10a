"""A selection leaves the lab, in every form, with its labels."""

import csv
import io
import json
import tarfile
import time

import pyarrow.parquet as pq
import pytest
from PIL import Image

from core.catalog.catalog import Catalog, Selection
from core.catalog.ingest import ingest_pending
from core.errors import ConfigError
from core.exports.choose import export_rows
from core.exports.job import ExportError, create_export
from core.exports.resize import RESIZES, Resize, resized
from core.exports.rows import ExportRow, sides
from core.files import read_json
from core.jobs import control
from core.jobs.folder import State
from tests.core.pictures import encoded

LABELS = "file,artist,title,style,licence\n" + "".join(
    f"{number}.png,{artist},No. {number},{style},CC0\n"
    for number, artist, style in ((1, "Ada", "Hard edge"), (2, "Ada", "Soft"), (3, "Bo", "Hard edge"))
)


@pytest.fixture
def rows(workspace, tmp_path) -> list[ExportRow]:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in (1, 2, 3):
        colour = (number * 60, 40, 90)
        (folder / f"{number}.png").write_bytes(encoded(Image.new("RGB", (60, 40), colour), "PNG"))
    (folder / "labels.csv").write_text(LABELS)
    settings = {"source": "folder", "path": str(folder), "labels": "labels.csv", "collection": "c"}
    control.run_here(workspace, control.create(workspace, "collect", settings, title="c"))
    with Catalog(workspace.catalog) as catalog:
        ingest_pending(catalog, workspace)
        return export_rows(catalog, Selection())


def export(workspace, rows, out, **options):
    job = create_export(workspace, rows, out=out, **options)
    return control.run_here(workspace, job)


def originals(workspace, rows) -> dict[str, bytes]:
    return {row.name: workspace.image(row.sha256, row.suffix).read_bytes() for row in rows}


def test_a_folder_of_pictures_holds_the_original_bytes_and_a_table_of_their_labels(workspace, rows, tmp_path):
    out = tmp_path / "out"
    end = export(workspace, rows, out, form="imagefolder", sorted_by="style")
    assert (end.state, end.message) == (State.DONE, f"3 pictures in {out}.")
    table = list(csv.DictReader((out / "metadata.csv").open(encoding="utf-8")))
    assert [row["title"] for row in table] == ["No. 1", "No. 2", "No. 3"]
    assert [row["file_name"].split("/")[0] for row in table] == ["hard-edge", "soft", "hard-edge"]
    found = {row["file_name"].rpartition("/")[2][:-4]: (out / row["file_name"]).read_bytes() for row in table}
    assert found == originals(workspace, rows)


def test_webdataset_shards_hold_each_picture_beside_its_labels(workspace, rows, tmp_path):
    out = tmp_path / "out"
    export(workspace, rows, out, form="webdataset")
    with tarfile.open(out / "train-00000.tar") as shard:
        names = shard.getnames()
        described = [json.loads(shard.extractfile(name).read()) for name in names if name.endswith(".json")]
        assert shard.extractfile(f"{rows[0].name}.png").read() == originals(workspace, rows)[rows[0].name]
    assert names == [f"{row.name}.{suffix}" for row in rows for suffix in ("png", "json")]
    assert [row["artist"] for row in described] == ["Ada", "Ada", "Bo"]


def test_parquet_holds_an_image_column_that_hugging_face_knows(workspace, rows, tmp_path):
    out = tmp_path / "out"
    export(workspace, rows, out, form="parquet")
    table = pq.read_table(out / "data" / "train-00000-of-00001.parquet")
    features = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]
    assert features["image"] == {"_type": "Image"}
    assert table["style"].to_pylist() == ["Hard edge", "Soft", "Hard edge"]
    first = table["image"][0].as_py()
    assert first["bytes"] == originals(workspace, rows)[first["path"][:-4]]


def test_the_manifest_says_what_was_asked_for_and_under_which_licences(workspace, rows, tmp_path):
    out = tmp_path / "out"
    export(workspace, rows, out, form="parquet", selection={"collections": ["c"]})
    manifest = read_json(out / "manifest.json")
    assert (manifest["pictures"], manifest["licences"], manifest["left_out"]) == (3, {"CC0": 3}, [])
    assert manifest["asked_for"]["selection"] == {"collections": ["c"]}


def test_a_picture_that_cannot_be_read_is_left_out_and_named(workspace, rows, tmp_path):
    workspace.image(rows[1].sha256, "png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    end = export(workspace, rows, tmp_path / "out", form="imagefolder", resize=Resize("no"))
    assert "1 could not be read" in end.message
    (entry,) = read_json(tmp_path / "out" / "manifest.json")["left_out"]
    assert entry["sha256"] == rows[1].sha256


def test_nothing_is_ever_written_over(workspace, rows, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "precious.txt").write_text("mine")
    with pytest.raises(ExportError, match="not an empty folder"):
        create_export(workspace, rows, form="imagefolder", out=out)
    assert (out / "precious.txt").read_text() == "mine"


def test_a_stopped_export_leaves_nothing_behind_and_can_be_resumed(workspace, rows, tmp_path):
    out = tmp_path / "deep" / "out"
    job = create_export(workspace, rows, form="imagefolder", out=out)

    def stop(_status):
        if job.is_active:
            control.stop(workspace, job)
        time.sleep(0.2)  # a worker looks for a stop ten times a second

    end = control.run_here(workspace, job, on_progress=stop)
    assert end.state is State.STOPPED
    assert list(out.parent.iterdir()) == []
    assert control.run_here(workspace, job).state is State.DONE
    assert len(list(out.glob("*.png"))) == 3


def test_an_empty_selection_is_refused(workspace, tmp_path):
    with pytest.raises(ConfigError, match="No picture is chosen"):
        create_export(workspace, [], form="imagefolder", out=tmp_path / "out")


def test_all_works_of_an_artist_stand_on_one_side_of_the_split(rows):
    many = [
        ExportRow(**{**vars(rows[0]), "artist": f"Artist {number % 50}", "artwork_id": f"x:{number}"})
        for number in range(1000)
    ]
    split = sides(many, 0.2, seed=3)
    by_artist = {}
    for row, side in zip(many, split, strict=True):
        by_artist.setdefault(row.artist, set()).add(side)
    assert all(len(found) == 1 for found in by_artist.values())
    assert 2 <= sum(found == {"test"} for found in by_artist.values()) <= 20


def test_a_split_is_the_same_whatever_stands_beside_a_row(rows):
    assert sides(rows, 0.5, seed=1)[2] == sides(rows[2:], 0.5, seed=1)[0]


def test_a_split_shows_in_folders_and_shards(workspace, rows, tmp_path):
    seed = next(seed for seed in range(100) if len(set(sides(rows, 0.5, seed))) == 2)
    export(workspace, rows, tmp_path / "folder", form="imagefolder", test_share=0.5, seed=seed)
    export(workspace, rows, tmp_path / "shards", form="webdataset", test_share=0.5, seed=seed)
    assert sorted(path.name for path in (tmp_path / "folder").iterdir() if path.is_dir()) == ["test", "train"]
    assert sorted(path.name for path in (tmp_path / "shards").glob("*.tar")) == ["test-00000.tar", "train-00000.tar"]


@pytest.mark.parametrize(
    ("mode", "size"),
    [
        ("no", (300, 200)),
        ("border", (100, 100)),
        ("keep_ratio", (150, 100)),
        ("keep_ratio_largest", (100, 67)),
        ("center_crop", (100, 100)),
    ],
)
def test_each_resize_mode_gives_the_size_that_its_name_promises(mode, size):
    assert mode in RESIZES
    assert resized(Image.new("RGB", (300, 200)), Resize(mode, side=100)).size == size


def test_a_small_picture_is_enlarged_only_when_asked():
    small = Image.new("RGB", (30, 20))
    assert resized(small, Resize("keep_ratio", side=100)).size == (30, 20)
    assert resized(small, Resize("keep_ratio", side=100, enlarge=True)).size == (150, 100)


def test_a_border_is_white_and_the_picture_stands_in_the_middle():
    square = resized(Image.new("RGB", (200, 100), "red"), Resize("border", side=100))
    assert square.getpixel((50, 5)) == (255, 255, 255)
    assert square.getpixel((50, 50)) == (255, 0, 0)


def test_resized_pictures_are_upright_and_of_the_encoding_asked_for(workspace, rows, tmp_path):
    export(
        workspace, rows, tmp_path / "out", form="imagefolder", resize=Resize("center_crop", side=32, encoding="webp")
    )
    (first, *_others) = sorted((tmp_path / "out").glob("*.webp"))
    picture = Image.open(io.BytesIO(first.read_bytes()))
    assert (picture.format, picture.size) == ("WEBP", (32, 32))


def test_names_are_safe_on_every_system_and_unique(rows):
    hostile = ExportRow(**{**vars(rows[0]), "source_id": "../../Café: “1”?.jpg", "sha256": "ab" * 32})
    assert hostile.name == "folder-cafe-1-jpg-abababababab"


def test_chosen_pictures_leave_alone(workspace, rows):
    with Catalog(workspace.catalog) as catalog:
        assert [row.sha256 for row in export_rows(catalog, (rows[2].sha256,))] == [rows[2].sha256]
