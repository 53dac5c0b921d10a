import io
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.images import inspect
from core.sources.artwork import SourceError
from core.sources.files.cifar import CifarSource
from core.sources.files.folder_tree import FolderTree
from core.sources.files.format import Opening, open_files, recognise
from core.sources.files.plain_png import plain_png
from core.sources.files.survey import Survey

STYLES = ["ukiyo_e", "baroque", "art_nouveau"]  # an order of their own, as in the meta file of ArtBench-10


def pixels(count: int, seed: int = 0) -> np.ndarray:
    """(N, 3072) uint8, planes, with a marked corner: pure red above, pure blue below."""
    values = np.random.default_rng(seed).integers(0, 256, (count, 3, 32, 32), dtype=np.uint8)
    values[:, :, 0, 0] = (255, 0, 0)
    values[:, :, 31, 0] = (0, 0, 255)
    return values.reshape(count, 3072)


def batch(labels, seed=0, as_bytes=False, **entries) -> bytes:
    value = {"data": pixels(len(labels), seed), "labels": labels, **entries}
    if as_bytes:
        value = {key.encode(): item for key, item in value.items()}
    return pickle.dumps(value, protocol=2)


def records(labels, seed=0, coarse=None) -> bytes:
    planes = pixels(len(labels), seed)
    columns = [np.asarray(labels, np.uint8)[:, None], planes]
    if coarse is not None:
        columns.insert(0, np.asarray(coarse, np.uint8)[:, None])
    return np.hstack(columns).tobytes()


def table(*rows) -> bytes:
    return "\n".join(["name,artist,url,is_public_domain,label,split,cifar_index", *rows]).encode()


ARTBENCH = {
    "artbench-10-batches-py/data_batch_1": batch([0, 1]),
    "artbench-10-batches-py/data_batch_2": batch([2, 0], seed=1),
    "artbench-10-batches-py/test_batch": batch([1], seed=2, as_bytes=True),
    "artbench-10-batches-py/meta": pickle.dumps({"styles": STYLES}),
}
TABLE = table(
    "claude-monet_field-1891.jpg,claude-monet,https://x.example/2.jpg,True,art_nouveau,train,2",
    "katsushika-hokusai_the-wave-1831.jpg,katsushika-hokusai,https://x.example/0.jpg,False,ukiyo_e,train,0",
    "rembrandt_self-portrait.jpg,rembrandt,https://x.example/4.jpg,True,baroque,test,0",
)


def open_source(folder, **options) -> CifarSource:
    return CifarSource(Survey(FolderTree(folder)), Opening("files", folder / "scratch", **options))


def read(item) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(item.read())))


def test_pictures_come_as_png_with_exactly_the_pixels_of_the_batch(fill):
    items = list(open_source(fill(ARTBENCH)).items())
    expected = pixels(2, 1)[1].reshape(3, 32, 32).transpose(1, 2, 0)
    assert items[3].key == "artbench-10-batches-py/data_batch_2#00001"
    assert np.array_equal(read(items[3]), expected)
    assert read(items[0])[0, 0].tolist() == [255, 0, 0]
    assert read(items[0])[31, 0].tolist() == [0, 0, 255]
    facts = inspect(items[0].read()).facts
    assert (facts.format, facts.width, facts.height) == ("PNG", 32, 32)


def test_labels_are_mapped_by_name_not_by_their_place_in_the_alphabet(fill):
    source = open_source(fill(ARTBENCH))
    styles = [item.artwork.style for item in source.items()]
    assert styles == ["Ukiyo-e", "Baroque", "Art Nouveau (Modern)", "Ukiyo-e", "Baroque"]
    assert [item.artwork.metadata["class"] for item in source.items()][:3] == STYLES
    assert [item.artwork.metadata["split"] for item in source.items()] == ["train"] * 4 + ["test"]
    assert source.total() == 5


def test_the_table_of_artbench_tells_who_painted_the_picture_of_a_place_over_all_batches_of_a_split(fill):
    source = open_source(fill(ARTBENCH | {"ArtBench-10.csv": TABLE}))
    artworks = [item.artwork for item in source.items()]
    assert [artwork.artist for artwork in artworks] == ["Katsushika Hokusai", "", "Claude Monet", "", "Rembrandt"]
    assert (artworks[2].title, artworks[2].date) == ("Field", "1891")
    assert (artworks[2].licence, artworks[0].licence, artworks[1].licence) == ("Public domain", "In copyright", "")
    assert artworks[4].image_url == "https://x.example/4.jpg"
    assert artworks[4].metadata["file"] == "rembrandt_self-portrait.jpg"
    assert source.notes == ["Artists, titles and rights are those of ArtBench-10.csv."]


def test_a_table_that_is_about_other_pictures_is_not_used_and_told(fill):
    wrong = table("a_b.jpg,claude-monet,https://x.example/0.jpg,True,baroque,train,0")
    source = open_source(fill(ARTBENCH | {"ArtBench-10.csv": wrong}))
    assert {item.artwork.artist for item in source.items()} == {""}
    assert "it calls picture 0 of train baroque, the batches call it ukiyo_e" in source.notes[0]


def test_binary_batches_have_their_names_beside_them(fill):
    source = open_source(
        fill(
            {
                "artbench-10-batches-bin/data_batch_1.bin": records([2, 0]),
                "artbench-10-batches-bin/test_batch.bin": records([1], seed=1),
                "artbench-10-batches-bin/batches.meta.txt": "\n".join(STYLES).encode() + b"\n\n",
            }
        )
    )
    items = list(source.items())
    assert [item.artwork.style for item in items] == ["Art Nouveau (Modern)", "Ukiyo-e", "Baroque"]
    assert np.array_equal(read(items[1]), pixels(2)[1].reshape(3, 32, 32).transpose(1, 2, 0))


def test_binary_batches_without_names_take_them_from_the_table_of_artbench(fill):
    files = {"bin/data_batch_1.bin": records([0, 1, 2, 0]), "bin/test_batch.bin": records([1])}
    nameless = open_source(fill(files, "nameless"))
    assert [item.artwork.metadata["class"] for item in nameless.items()] == ["0", "1", "2", "0", "1"]
    assert "no class names beside the batches" in nameless.notes[0]
    named = open_source(fill(files | {"ArtBench-10.csv": TABLE}, "named"))
    assert [item.artwork.style for item in named.items()][:3] == ["Ukiyo-e", "Baroque", "Art Nouveau (Modern)"]


def test_python_and_binary_batches_of_the_same_pictures_are_not_taken_twice(fill):
    source = open_source(fill(ARTBENCH | {"artbench-10-batches-bin/data_batch_1.bin": records([0, 1])}))
    assert source.total() == 5
    assert source.left_aside == {"other": 1}
    assert "binary batches are left aside" in source.notes[0]


def test_cifar_10_keeps_its_class_names_as_tags_and_its_file_names(fill):
    names = ["airplane", "church_outdoor"]
    source = open_source(
        fill(
            {
                "cifar-10-batches-py/data_batch_1": batch([1], filenames=["spire_s_1.png"], as_bytes=True),
                "cifar-10-batches-py/test_batch": batch([0], filenames=["plane_s_1.png"]),
                "cifar-10-batches-py/batches.meta": pickle.dumps({b"label_names": [n.encode() for n in names]}, 2),
            }
        )
    )
    first = next(iter(source.items())).artwork
    assert (first.style, first.tags, first.metadata["file"]) == ("", ("church outdoor",), "spire_s_1.png")


@pytest.mark.parametrize("binary", [False, True])
def test_cifar_100_has_two_names_for_each_picture(fill, binary):
    if binary:
        files = {
            "train.bin": records([1, 0], coarse=[0, 1]),
            "test.bin": records([1], coarse=[1]),
            "fine_label_names.txt": b"apple\nwhale\n",
            "coarse_label_names.txt": b"sea\nfruit\n",
        }
    else:
        names = {"fine_label_names": ["apple", "whale"], "coarse_label_names": ["sea", "fruit"]}
        both = [{"data": pixels(2), "fine_labels": [1, 0], "coarse_labels": [0, 1]}]
        both.append({"data": pixels(1), "fine_labels": [1], "coarse_labels": [1]})
        files = {"train": pickle.dumps(both[0]), "test": pickle.dumps(both[1]), "meta": pickle.dumps(names)}
    source = open_source(fill(files))
    assert [item.artwork.tags for item in source.items()] == [("whale", "sea"), ("apple", "fruit"), ("whale", "fruit")]
    assert [item.artwork.metadata["split"] for item in source.items()] == ["train", "train", "test"]


def test_ten_batches_are_counted_in_the_order_of_their_numbers(fill):
    files = {f"data_batch_{number}": batch([0], seed=number) for number in (10, 9, 1)}
    keys = [item.key for item in open_source(fill(files)).items()]
    assert keys == ["data_batch_1#00000", "data_batch_9#00000", "data_batch_10#00000"]


class Harm:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_a_batch_that_would_create_a_file_is_refused_and_the_file_is_not_made(fill, tmp_path):
    target = tmp_path / "harm"
    folder = fill({"data_batch_1": pickle.dumps({"data": pixels(1), "labels": [0], "more": Harm(target)})})
    with pytest.raises(SourceError, match=r"data_batch_1 is not read: it asks for \w*io\.open"):
        open_source(folder)
    assert not target.exists()


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"data_batch_1": batch([0, 1])[:4000]}, "data_batch_1 is no pickle, or was cut off"),
        ({"data_batch_1": pickle.dumps([1, 2])}, "data_batch_1 is no batch of pictures"),
        ({"data_batch_1": pickle.dumps({"data": np.zeros((2, 100), np.uint8), "labels": [0, 0]})}, "3,072 bytes"),
        ({"data_batch_1": pickle.dumps({"data": pixels(2)})}, "has no labels"),
        ({"data_batch_1": pickle.dumps({"data": pixels(2), "labels": [0]})}, "2 pictures, but 1 labels"),
        ({"data_batch_1": batch([0, 3]), "meta": pickle.dumps({"styles": STYLES})}, "picture 1 the class 3"),
        ({"data_batch_1": batch([0, -1]), "meta": pickle.dumps({"styles": STYLES})}, "picture 1 the class -1"),
        ({"data_batch_1": batch([0]), "meta": pickle.dumps({"other": 1})}, "meta has no class names"),
        ({"data_batch_1.bin": records([0, 1])[:-1]}, r"6,145 bytes.*records of 3,073 bytes"),
        ({"data_batch_1.bin": b""}, "0 bytes"),
        ({"data_batch_1.bin": records([4]), "batches.meta.txt": b"a\nb\n"}, "picture 0 the class 4"),
        ({"train.bin": records([1]), "fine_label_names.txt": b"a\nb\n"}, "records of 3,074 bytes"),
        ({"train": b"x", "test": b"y"}, "Found no CIFAR batches"),
    ],
)
def test_batches_that_are_damaged_or_something_else_say_what_is_wrong(fill, files, words):
    with pytest.raises(SourceError, match=words):
        open_source(fill(files))


def test_the_same_pixels_are_the_same_file_with_every_version_of_the_libraries():
    made = plain_png(np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3))
    assert b"IDAT\x78\x01\x01\x14\x00\xeb\xff\x00" + bytes(range(9)) + b"\x00" + bytes(range(9, 18)) in made
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(made))).ravel(), np.arange(18))


def test_large_pictures_are_written_in_several_blocks():
    values = np.random.default_rng(0).integers(0, 256, (150, 200, 3), dtype=np.uint8)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(plain_png(values)))), values)


@pytest.mark.parametrize("kind", ["folder", "zip", "tar.gz"])
def test_artbench_is_recognised_and_read_from_a_folder_and_from_archives(fill, tmp_path, kind):
    folder = fill(ARTBENCH | {"ArtBench-10.csv": TABLE}, "art")
    path = folder
    if kind != "folder":
        path = Path(shutil.make_archive(str(tmp_path / "art"), {"tar.gz": "gztar"}.get(kind, kind), folder))
    opening = Opening("files", tmp_path / "scratch")
    found = recognise(path, opening=opening)[0]
    assert (found.format, found.title, found.pictures) == ("cifar", "CIFAR batches", 5)
    assert found.classes == {"ukiyo_e": 2, "baroque": 2, "art_nouveau": 1}
    assert found.splits == {"train": 4, "test": 1}
    assert found.notes == ("Artists, titles and rights are those of ArtBench-10.csv.",)
    source, _found = open_files(path, opening=opening)
    items = list(source.items())
    assert items[2].artwork.artist == "Claude Monet"
    assert np.array_equal(read(items[1]), pixels(2)[1].reshape(3, 32, 32).transpose(1, 2, 0))
    source.close()


def test_the_ten_styles_of_artbench_are_called_so(fill, tmp_path):
    names = ["expressionism", "art_nouveau", "baroque", "impressionism", "post_impressionism", "realism"]
    names += ["renaissance", "romanticism", "surrealism", "ukiyo_e"]
    folder = fill({"data_batch_1": batch(list(range(10))), "meta": pickle.dumps({"styles": names})})
    assert recognise(folder, opening=Opening("files", tmp_path))[0].title == "ArtBench-10, CIFAR batches"


def test_a_folder_that_is_certainly_batches_and_damaged_is_not_taken_for_something_else(fill, tmp_path):
    folder = fill({"data_batch_1": batch([0, 1])[:4000]})
    with pytest.raises(SourceError, match="cut off"):
        recognise(folder, opening=Opening("files", tmp_path))


def test_a_job_imports_every_picture_once_with_its_label(fill, collect):
    folder = fill(ARTBENCH | {"ArtBench-10.csv": TABLE})
    _job, end, rows = collect(source="files", path=str(folder))
    assert end.message == "5 pictures stored."
    assert [row["artwork"]["style"] for row in rows][:3] == ["Ukiyo-e", "Baroque", "Art Nouveau (Modern)"]
    assert [row["artwork"]["artist"] for row in rows][:1] == ["Katsushika Hokusai"]
    assert all(row["source_id"].startswith(row["key"]) for row in rows)


def test_a_table_beside_the_archive_is_found_where_a_folder_holds_both_downloads(fill, tmp_path):
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    shutil.make_archive(str(downloads / "artbench-10-python"), "gztar", fill(ARTBENCH))
    (downloads / "ArtBench-10.csv").write_bytes(TABLE)
    opening = Opening("files", tmp_path / "scratch")
    assert recognise(downloads, opening=opening)[0].format == "cifar"
    source, found = open_files(downloads, opening=opening)
    assert next(iter(source.items())).artwork.artist == "Katsushika Hokusai"
    assert found.notes == ("Artists, titles and rights are those of ArtBench-10.csv.",)
    source.close()
