"""The Style page, through the app's own router, with real pictures and real jobs of the quickest engine."""

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.errors import ConfigError
from core.jobs import control
from core.jobs.folder import JobFolder, list_jobs
from core.pictures.chosen import ChosenPicture, file_of, keep_picture
from core.pictures.gallery import Gallery
from core.style.job import create_style
from core.style.request import StylePicture, StyleRequest
from core.workspace import Workspace
from ui import style_mask, style_state

_APP = Path(__file__).parents[2] / "streamlit_app.py"
_PAGE = "app_pages/make/style.py"


def picture(seed: int, width: int = 48, height: int = 36) -> bytes:
    generator = np.random.default_rng(seed)
    cells = Image.fromarray(generator.integers(0, 256, (4, 4, 3), dtype=np.uint8))
    out = io.BytesIO()
    cells.resize((width, height), Image.Resampling.BICUBIC).save(out, "PNG")
    return out.getvalue()


def kept(workspace: Workspace, seed: int, label: str) -> ChosenPicture:
    return keep_picture(workspace, picture(seed), label=label)


@pytest.fixture
def content(workspace: Workspace) -> ChosenPicture:
    return kept(workspace, 1, "bridge.jpg")


@pytest.fixture
def wave(workspace: Workspace) -> ChosenPicture:
    return kept(workspace, 2, "wave.jpg")


def open_page(**address: str) -> AppTest:
    page = AppTest.from_file(str(_APP), default_timeout=60)
    for name, value in address.items():
        page.query_params[name] = value
    page.run().switch_page(_PAGE)
    for name, value in address.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def chosen_page(content: ChosenPicture, *styles: ChosenPicture) -> AppTest:
    """The page with these pictures chosen, as the links of other pages do it."""
    page = AppTest.from_file(str(_APP), default_timeout=60).run().switch_page(_PAGE)
    page.query_params["content"] = content.sha256
    page.query_params["style"] = [style.sha256 for style in styles]
    page.run()
    assert not page.exception
    return page


def press(page: AppTest, label: str) -> AppTest:
    next(button for button in page.button if button.label == label).click().run()
    assert not page.exception
    return page


def address(page: AppTest, name: str) -> str:
    """A value of the page's address, which comes as a text or as a list of one."""
    value = page.query_params[name]
    return value if isinstance(value, str) else value[0]


def text(page: AppTest) -> str:
    parts = [*page.markdown, *page.caption, *page.warning, *page.error, *page.info, *page.subheader]
    return "\n".join(str(part.value) for part in parts)


def restyled(workspace: Workspace, content: ChosenPicture, *styles: ChosenPicture, **asked: object) -> JobFolder:
    """A finished job of the palette engine, made in this process."""
    request = StyleRequest(content, tuple(StylePicture(style) for style in styles), engine="palette", **asked)
    job = create_style(workspace, request)
    control.run_here(workspace, job)
    return job


def test_an_empty_form_says_how_to_begin_and_starts_nothing(workspace):
    page = open_page()
    assert "Choose a **content**" in text(page)
    assert "Choose a content and a style to see what it takes" in text(page)
    assert page.button(key="style-start").disabled


def test_the_default_engine_needs_no_file_and_the_others_say_what_they_lack(workspace, content, wave):
    page = chosen_page(content, wave)
    engine = page.radio(key=style_state.ENGINE)
    assert engine.value == "patch"
    engine.set_value("neural").run()
    told = text(page)
    assert "`vgg19-dcbb9e9d.pth`" in told
    assert "Nothing is downloaded unasked, and no other engine takes its place" in told
    assert page.button(key="style-start").disabled
    assert not list_jobs(workspace)


def test_a_download_begins_only_after_its_address_size_and_place_were_agreed_to(workspace, content, wave):
    page = chosen_page(content, wave)
    page.radio(key=style_state.ENGINE).set_value("neural").run()
    page.button(key="style-get-vgg19").click().run()
    told = text(page)
    assert "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth" in told
    assert all(fact in told for fact in ("575 MB", str(workspace.data / "weights"), "dcbb9e9d"))
    assert page.button(key="style-download-vgg19").disabled
    assert not list_jobs(workspace)


def test_the_estimate_follows_size_and_engine(workspace, content, wave):
    page = chosen_page(content, wave)
    page.radio(key=style_state.ENGINE).set_value("palette").run()
    assert "for 48 × 36 pixels" in text(page)
    page.number_input(key=style_state.SIZE).set_value(96).run()
    assert "for 96 × 72 pixels" in text(page)


def test_start_makes_a_job_of_what_the_form_says_and_the_address_names_it(workspace, content, wave):
    page = chosen_page(content, wave)
    page.radio(key=style_state.ENGINE).set_value("palette")
    page.slider(key=style_state.STRENGTH).set_value(80)
    page.number_input(key=style_state.SIZE).set_value(64)
    page.number_input(key=style_state.SEED).set_value(7).run()
    press(page, "Start")
    (job,) = list_jobs(workspace)
    control.wait(job, timeout_seconds=60)
    request = StyleRequest.from_json(job.settings["request"])
    assert (request.engine, request.strength, request.size, request.seed) == ("palette", 80, 64, 7)
    assert request.content.sha256 == content.sha256
    assert [style.picture.sha256 for style in request.styles] == [wave.sha256]
    assert address(page, "job") == job.id


def test_the_named_strengths_move_the_slider(workspace, content, wave):
    page = press(chosen_page(content, wave), "Strong")
    assert page.slider(key=style_state.STRENGTH).value == 75


def test_several_styles_get_weights_that_reach_the_request(workspace, content, wave):
    dots = kept(workspace, 3, "dots.jpg")
    page = chosen_page(content, wave, dots)
    page.number_input(key=style_state.weight_key(dots)).set_value(3.0).run()
    assert "75%" in text(page)
    page.radio(key=style_state.ENGINE).set_value("palette").run()
    press(page, "Start")
    (job,) = list_jobs(workspace)
    control.wait(job, timeout_seconds=60)
    assert [style["weight"] for style in job.settings["request"]["styles"]] == [1.0, 3.0]


def test_a_finished_job_shows_what_made_it_and_offers_its_file(workspace, content, wave):
    job = restyled(workspace, content, wave)
    page = open_page(job=job.id)
    told = text(page)
    assert "palette: closed" in told.replace("\\", "")
    assert "48 × 36 pixels" in told
    labels = [button.label for button in page.get("download_button")]
    assert "PNG, 8 bits" in labels
    assert {"Use again", "Use as content", "Add to catalog", "Ask people"} <= {button.label for button in page.button}


def test_use_again_puts_every_choice_back(workspace, content, wave):
    mask = keep_picture(workspace, picture(9), label="Mask")
    request = StyleRequest(
        content,
        (StylePicture(wave, 2.0, mask),),
        engine="palette",
        strength=33,
        size=40,
        keep_colours="exact",
        mask=mask,
        seed=5,
        overrides={"method": "coral"},
    )
    job = create_style(workspace, request)
    control.run_here(workspace, job)
    page = open_page()
    page.query_params["job"] = job.id
    page.slider(key=style_state.STRENGTH).set_value(70)
    press(page.run(), "Use again")
    assert page.radio(key=style_state.ENGINE).value == "palette"
    assert page.slider(key=style_state.STRENGTH).value == 33
    assert page.number_input(key=style_state.SIZE).value == 40
    assert page.number_input(key=style_state.SEED).value == 5
    assert "2 masks are in use" in text(page)
    press(page, "Start")
    newest = next(found for found in list_jobs(workspace) if found.id != job.id)
    control.wait(newest, timeout_seconds=60)
    assert newest.settings["request"] == job.settings["request"]


def test_a_link_to_a_job_brings_its_choices_into_an_empty_form(workspace, content, wave):
    job = restyled(workspace, content, wave, strength=12)
    page = open_page(job=job.id)
    assert page.slider(key=style_state.STRENGTH).value == 12
    page.slider(key=style_state.STRENGTH).set_value(90).run()
    assert page.slider(key=style_state.STRENGTH).value == 90


def test_a_link_from_the_gallery_fills_the_form(workspace, content, wave):
    restyled(workspace, content, wave, strength=12)
    (made,) = Gallery(workspace).newest(way="style")
    page = open_page(again=made.sha256)
    assert page.slider(key=style_state.STRENGTH).value == 12
    assert address(page, "made") == made.sha256


def test_pictures_that_are_gone_are_named_when_their_request_is_used_again(workspace, content, wave):
    job = restyled(workspace, content, wave)
    workspace.facts(wave.sha256).unlink()
    page = press(open_page(job=job.id), "Use again")
    assert any("Not in this lab: the style 1, wave" in str(found.value) for found in page.warning)
    assert page.button(key="style-start").disabled


def test_a_job_that_is_not_there_is_told(workspace):
    page = open_page(job="20260101-000000-nothing-aaaa")
    assert "still in the gallery" in text(page)


def test_a_failed_job_says_why_and_can_be_used_again(workspace, content, wave):
    request = StyleRequest(content, (StylePicture(wave),), engine="palette")
    job = create_style(workspace, request)
    workspace.facts(wave.sha256).unlink()
    control.run_here(workspace, job)
    page = open_page(job=job.id)
    assert any("not in this lab" in str(error.value) for error in page.error)
    press(page, "Use again")
    assert any("Not in this lab: the style 1" in str(found.value) for found in page.warning)


def test_choices_that_cannot_work_together_are_told_before_the_start_and_lose_nothing(workspace, content, wave):
    page = chosen_page(content, wave)
    page.radio(key=style_state.ENGINE).set_value("palette")
    page.segmented_control(key=style_state.COLOURS).set_value("strokes").run()
    assert any("would change nothing" in str(error.value) for error in page.error)
    assert page.button(key="style-start").disabled
    assert page.radio(key=style_state.ENGINE).value == "palette"


def test_a_mask_from_the_browser_becomes_an_opaque_grey_picture_of_the_lab(workspace):
    painted = Image.new("RGBA", (40, 20), (0, 0, 0, 255))
    painted.paste((255, 255, 255, 255), (0, 0, 20, 20))
    out = io.BytesIO()
    painted.save(out, "PNG")
    sent = "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
    mask = style_mask.keep_mask(workspace, style_mask.from_browser(sent), "Where")
    with Image.open(file_of(workspace, mask)) as found:
        assert (found.mode, found.size) == ("L", (40, 20))
        assert (found.getpixel((0, 0)), found.getpixel((39, 0))) == (255, 0)


@pytest.mark.parametrize(
    "sent", ["", "data:image/svg+xml;base64,PHN2Zz4=", "data:image/png;base64,%%%", 7, None, ["data:image/png;base64,"]]
)
def test_anything_else_that_a_browser_sends_for_a_mask_is_refused(sent):
    with pytest.raises(ConfigError):
        style_mask.from_browser(sent)


def test_a_black_mask_is_refused(workspace):
    out = io.BytesIO()
    Image.new("L", (32, 32), 0).save(out, "PNG")
    with pytest.raises(ConfigError, match="black everywhere"):
        style_mask.keep_mask(workspace, out.getvalue(), "Where")
