"""What the wipe hands to the browser: pictures as they are where it knows them, sensible sizes, upright."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from ui import wipe


def encoded(size: tuple[int, int] = (30, 20), form: str = "PNG", **options: object) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, form, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_formats_that_browsers_know_go_out_byte_by_byte(form):
    data = encoded(form=form)
    file = wipe._file_of(data)
    assert file.data == data
    assert (file.mime, file.width, file.height, file.share) == (f"image/{form.lower()}", 30, 20, 1.0)


def test_other_formats_become_png_without_losing_a_pixel():
    data = encoded(form="TIFF")
    file = wipe._file_of(data)
    assert file.mime == "image/png"
    made = np.asarray(Image.open(io.BytesIO(file.data)))
    assert (made == np.asarray(Image.open(io.BytesIO(data)))).all()


def test_a_photograph_on_its_side_is_measured_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    file = wipe._file_of(encoded(form="JPEG", exif=exif))
    assert (file.width, file.height) == (20, 30)


def test_what_a_browser_could_not_hold_is_made_smaller_and_says_so(monkeypatch):
    monkeypatch.setattr(wipe, "_MOST_PIXELS", 300)
    file = wipe._file_of(encoded((40, 30)))
    assert (file.width, file.height) == (20, 15)
    described = wipe._described(wipe.Pane(b"", "Result", "Lanczos"), file, "x")
    assert described["note"] == "Lanczos · shown at 50% of its size"


def test_a_file_that_changed_is_read_again(tmp_path: Path):
    path = tmp_path / "a.png"
    path.write_bytes(encoded())
    first = wipe._file_of(path)
    path.write_bytes(encoded((10, 10)))
    os.utime(path, ns=(1, 1))
    assert wipe._file_of(path).width == 10
    assert first.width == 30


def test_a_picture_that_cannot_be_shown_costs_only_its_pane():
    def page() -> None:
        from pathlib import Path

        import streamlit as st
        from PIL import Image

        from ui.wipe import Pane, compare

        good = Image.new("RGB", (8, 8))
        compare([Pane(good, "Good"), Pane(b"words", "Bad"), Pane(Path("/no/such/file"), "Gone")], key="w")
        st.text("on")

    found = AppTest.from_function(page).run()
    assert not found.exception
    assert [warning.value.split(".")[0] for warning in found.warning] == ["Bad cannot be shown", "Gone cannot be shown"]
    assert found.text[0].value == "on"
