"""The Style page where more than one picture is made: contact sheets, and many contents in one manner."""

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs import control
from core.jobs.folder import list_jobs
from core.pictures.chosen import ChosenPicture
from core.pictures.gallery import Gallery
from core.style.folder import create_folder, items_of
from core.style.job import create_style
from core.style.request import StylePicture, StyleRequest
from core.style.sheet import create_sheet, sheet_file
from core.workspace import Workspace
from tests.pages.test_style import (
    address,
    chosen_page,
    content,
    kept,
    open_page,
    picture,
    text,
    wave,
)
from ui import style_folder, style_history, style_state

__all__ = ["content", "wave"]  # fixtures


def make(page: AppTest, what: str) -> AppTest:
    page.segmented_control(key=style_state.MAKE).set_value(what).run()
    assert not page.exception
    return page


def with_palette(page: AppTest) -> AppTest:
    page.radio(key=style_state.ENGINE).set_value("palette").run()
    assert not page.exception
    return page


def start(page: AppTest) -> AppTest:
    page.button(key="style-start").click().run()
    assert not page.exception
    return page


def test_a_sheet_asks_for_every_style_at_every_strength(workspace: Workspace, content, wave):
    dots = kept(workspace, 3, "dots.jpg")
    page = with_palette(make(chosen_page(content, wave, dots), style_state.SEVERAL))
    page.button_group(key=style_state.STRENGTHS).set_value([10, 90]).run()
    assert "4 pictures of about 48 × 36 pixels" in text(page)
    start(page)
    (job,) = list_jobs(workspace)
    control.wait(job, timeout_seconds=60)
    assert (job.kind, job.settings["strengths"]) == ("style-sheet", [10.0, 90.0])
    assert [style["picture"]["sha256"] for style in job.settings["request"]["styles"]] == [wave.sha256, dots.sha256]
    assert address(page, "job") == job.id


def test_a_sheet_without_a_strength_cannot_be_started(workspace: Workspace, content, wave):
    page = with_palette(make(chosen_page(content, wave), style_state.SEVERAL))
    page.button_group(key=style_state.STRENGTHS).set_value([]).run()
    assert "Choose at least one strength" in text(page)
    assert page.button(key="style-start").disabled


def test_a_finished_sheet_shows_its_pictures_and_its_file(workspace: Workspace, content, wave):
    request = StyleRequest(content, (StylePicture(wave),), engine="palette")
    job = create_sheet(workspace, request, [StylePicture(wave)], [20, 80])
    control.run_here(workspace, job)
    page = open_page(job=job.id)
    assert "Open a picture to see it large" in text(page)
    assert "Sheet as PNG" in [button.label for button in page.get("download_button")]


def test_a_folder_is_counted_estimated_and_restyled_into_another(workspace: Workspace, wave, tmp_path: Path):
    folder, out = tmp_path / "boats", tmp_path / "painted"
    folder.mkdir()
    for number in range(3):
        (folder / f"boat-{number}.png").write_bytes(picture(number))
    page = make(chosen_page(wave, wave), style_state.MANY)
    with_palette(page)
    page.segmented_control(key=style_folder._FROM).set_value("folder").run()
    page.text_input(key=style_folder._PATH).set_value(str(folder)).run()
    assert "3 files" in text(page)
    page.text_input(key=style_folder._OUT).set_value(str(out)).run()
    start(page)
    (job,) = list_jobs(workspace)
    control.wait(job, timeout_seconds=60)
    assert sorted(path.name for path in out.iterdir()) == ["boat-0.png", "boat-1.png", "boat-2.png"]
    page.run()
    assert str(out) in text(page).replace("\\", "")


def test_a_folder_that_is_not_there_is_told(workspace: Workspace, wave, tmp_path: Path):
    page = make(chosen_page(wave, wave), style_state.MANY)
    page.segmented_control(key=style_folder._FROM).set_value("folder").run()
    page.text_input(key=style_folder._PATH).set_value(str(tmp_path / "nowhere")).run()
    assert any("There is no folder" in str(error.value) for error in page.error)
    assert page.button(key="style-start").disabled


@pytest.fixture
def ledger(workspace: Workspace, tmp_path: Path) -> str:
    folder = tmp_path / "harbours"
    folder.mkdir()
    for number in range(2):
        (folder / f"harbour-{number}.png").write_bytes(picture(20 + number))
    settings = {"source": "folder", "collection": "harbours", "path": str(folder)}
    control.run_here(workspace, control.create(workspace, "collect", settings, title="Harbours"))
    return "harbours"


def test_a_collection_of_the_catalog_is_restyled_whole(workspace: Workspace, wave, ledger):
    page = with_palette(make(chosen_page(wave, wave), style_state.MANY))
    page.segmented_control(key=style_folder._FROM).set_value("collection").run()
    page.selectbox(key=style_folder._COLLECTION).set_value(ledger).run()
    start(page)
    job = next(job for job in list_jobs(workspace) if job.kind == "style-folder")
    control.wait(job, timeout_seconds=60)
    assert len(items_of(job)) == 2
    assert len(Gallery(workspace).newest(way="style")) == 2


def test_a_picture_of_a_folder_is_opened_by_itself_and_one_of_its_own_job_with_that(workspace, content, wave):
    request = StyleRequest(content, (StylePicture(wave),), engine="palette")
    many = create_folder(workspace, request, contents=[content])
    control.run_here(workspace, many)
    (of_many,) = Gallery(workspace).newest(way="style")
    assert style_history.address_of(workspace, of_many) == {"made": of_many.sha256}
    assert style_history.address_of(workspace, replace(of_many, job="20260101-000000-gone-aaaa")) == {
        "made": of_many.sha256
    }
    one = create_style(workspace, replace(request, strength=99))
    control.run_here(workspace, one)
    of_one = next(made for made in Gallery(workspace).newest(way="style") if made.job == one.id)
    assert style_history.address_of(workspace, of_one) == {"job": one.id}


def test_what_could_not_be_restyled_is_listed_with_its_reason(workspace: Workspace, wave, tmp_path: Path):
    folder = tmp_path / "mixed"
    folder.mkdir()
    (folder / "good.png").write_bytes(picture(1))
    (folder / "notes.txt").write_text("no picture")
    request = StyleRequest(ChosenPicture(label="any"), (StylePicture(wave),), engine="palette")
    job = create_folder(workspace, request, contents=folder)
    control.run_here(workspace, job)
    page = open_page(job=job.id)
    assert any("1 could not be restyled" in box.label for box in page.expander)


def test_a_sheets_choices_come_back_with_its_strengths(workspace: Workspace, content, wave):
    request = StyleRequest(content, (StylePicture(wave),), engine="palette", seed=4)
    job = create_sheet(workspace, request, [StylePicture(wave)], [20, 33])
    control.run_here(workspace, job)
    page = open_page()
    page.query_params["job"] = job.id
    page.slider(key=style_state.STRENGTH).set_value(70)
    page.run()
    next(button for button in page.button if button.label == "Use again").click().run()
    assert not page.exception
    assert page.segmented_control(key=style_state.MAKE).value == style_state.SEVERAL
    assert page.button_group(key=style_state.STRENGTHS).value == [20, 33]
    assert page.number_input(key=style_state.SEED).value == 4
    assert "2 pictures of about" in text(page)


def test_a_folders_choices_come_back_without_its_pictures(workspace: Workspace, content, wave):
    request = StyleRequest(content, (StylePicture(wave),), engine="palette", strength=81)
    job = create_folder(workspace, request, contents=[content])
    control.run_here(workspace, job)
    page = open_page(job=job.id)
    assert page.segmented_control(key=style_state.MAKE).value == style_state.MANY
    assert page.slider(key=style_state.STRENGTH).value == 81
    assert "Choose pictures to see what it takes" in text(page)


def test_a_sheets_file_brings_its_choices_back(workspace: Workspace, content, wave):
    request = StyleRequest(content, (StylePicture(wave),), engine="palette", seed=4)
    job = create_sheet(workspace, request, [StylePicture(wave)], [20, 33])
    control.run_here(workspace, job)
    page = open_page()
    page.file_uploader(key="style-dropped").set_value(("sheet.png", sheet_file(job).read_bytes(), "image/png")).run()
    assert not page.exception
    assert page.segmented_control(key=style_state.MAKE).value == style_state.SEVERAL
    assert page.button_group(key=style_state.STRENGTHS).value == [20, 33]
    assert page.number_input(key=style_state.SEED).value == 4


def test_a_file_that_atelier_did_not_make_says_so_and_changes_nothing(workspace: Workspace, content, wave):
    page = chosen_page(content, wave)
    page.slider(key=style_state.STRENGTH).set_value(70).run()
    page.file_uploader(key="style-dropped").set_value(("other.png", picture(5), "image/png")).run()
    assert any("holds no request" in str(error.value) for error in page.error)
    assert page.slider(key=style_state.STRENGTH).value == 70
