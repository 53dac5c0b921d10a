"""Chosen pictures and the gallery: found by their content, described by what made them."""

import json

import pytest
from PIL import Image

from core.errors import ConfigError
from core.images import ImageError
from core.pictures.chosen import ChosenPicture, PictureGoneError, file_of, keep_picture, open_chosen
from core.pictures.gallery import Gallery, GalleryError
from core.workspace import Workspace
from tests.core.pictures import encoded


def png(colour: str, size: tuple[int, int] = (40, 30)) -> bytes:
    return encoded(Image.new("RGB", size, colour))


def test_a_kept_picture_is_found_by_its_content_from_anywhere(workspace: Workspace) -> None:
    chosen = keep_picture(workspace, png("red"), label="A red one")
    again = ChosenPicture.from_json(json.loads(json.dumps(chosen.to_json())))
    assert file_of(workspace, again).read_bytes() == png("red")
    assert open_chosen(workspace, again).getpixel((3, 3)) == (255, 0, 0)


def test_bytes_that_are_no_picture_are_refused_and_nothing_is_stored(workspace: Workspace) -> None:
    with pytest.raises(ImageError):
        keep_picture(workspace, b"no picture")
    assert not any(workspace.images.rglob("*.*"))


def test_a_picture_of_another_lab_is_told_as_gone(workspace: Workspace) -> None:
    with pytest.raises(PictureGoneError, match="Sunset is not in this lab"):
        open_chosen(workspace, ChosenPicture(sha256="0" * 64, label="Sunset"))


def test_a_label_alone_leads_to_no_file(workspace: Workspace) -> None:
    with pytest.raises(PictureGoneError, match="Choose the picture again"):
        file_of(workspace, ChosenPicture(label="Sunset"))


def test_a_hash_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="64 hexadecimal"):
        ChosenPicture(sha256="../../etc/passwd")


def test_the_gallery_shows_the_newest_first_with_what_it_was_made_of(workspace: Workspace) -> None:
    gallery = Gallery(workspace)
    content = keep_picture(workspace, png("grey"), label="Street")
    old = gallery.keep(png("red"), way="style", title="Street as Rothko", label="patch", parents=(content,))
    new = gallery.keep(png("blue", (80, 60)), way="upscale", title="Larger", label="Lanczos", request={"scale": 2})
    assert gallery.newest() == [new, old]
    assert gallery.newest(way="style") == [old]
    assert gallery.newest(1, offset=1) == [old]
    assert (new.width, new.height, new.request) == (80, 60, {"scale": 2})
    assert old.parents == (content,)


def test_the_gallery_names_no_place_of_this_machine(workspace: Workspace) -> None:
    parents = (ChosenPicture(path="/home/somebody/secret/street.jpg"),)
    made = Gallery(workspace).keep(png("red"), way="style", title="T", label="patch", parents=parents)
    assert "secret" not in workspace.gallery_entry(made.sha256).read_text()
    found = Gallery(workspace).find(made.sha256)
    assert found is not None
    assert found.parents[0].label == "street.jpg"


def test_a_removed_picture_can_be_put_back(workspace: Workspace) -> None:
    gallery = Gallery(workspace)
    made = gallery.keep(png("red"), way="style", title="T", label="patch")
    gallery.remove(made.sha256)
    assert gallery.newest() == []
    assert file_of(workspace, made.chosen).exists()
    gallery.restore(made)
    assert gallery.newest() == [made]


def test_one_damaged_entry_costs_no_other_its_place(workspace: Workspace) -> None:
    gallery = Gallery(workspace)
    made = gallery.keep(png("red"), way="style", title="T", label="patch")
    workspace.gallery_entry("f" * 64).write_text("{torn")
    assert gallery.newest() == [made]


def test_the_gallery_counts_its_pictures_by_how_they_were_made(workspace: Workspace) -> None:
    gallery = Gallery(workspace)
    assert gallery.counts() == {}
    gallery.keep(png("red"), way="upscale", title="T", label="L")
    gallery.keep(png("blue"), way="style", title="T", label="L")
    assert list(gallery.counts().items()) == [("style", 1), ("upscale", 1)]


def test_a_picture_kept_again_shows_its_newer_description(workspace: Workspace) -> None:
    gallery = Gallery(workspace)
    gallery.keep(png("red"), way="style", title="Half", label="L", remark="Stopped at 40 %")
    made = gallery.keep(png("red"), way="style", title="Whole", label="L")
    assert gallery.newest() == [made]


def test_a_way_nobody_knows_is_refused(workspace: Workspace) -> None:
    with pytest.raises(GalleryError, match="style"):
        Gallery(workspace).keep(png("red"), way="magic", title="T", label="L")
