"""The Upscale page, through the app's own router: the form, the job, the result, networks from files."""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save
from streamlit.testing.v1 import AppTest

from core.jobs import control
from core.jobs.folder import State, list_jobs
from core.pictures.chosen import ChosenPicture, file_of, keep_picture
from core.pictures.gallery import Gallery
from core.upscale.job import create_upscale
from core.upscale.layouts import CompactLayout
from core.upscale.networks import build
from core.upscale.request import UpscaleRequest
from core.upscale.results import read_results
from core.workspace import Workspace

_PROJECT = Path(__file__).parents[2]
_APP = _PROJECT / "streamlit_app.py"
_PAGE = "app_pages/make/upscale.py"


def picture(workspace: Workspace, seed: int = 0, *, label: str = "harbour") -> ChosenPicture:
    cells = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(cells).resize((32, 24), Image.Resampling.BICUBIC).save(buffer, "PNG")
    return keep_picture(workspace, buffer.getvalue(), label=label)


def open_page(chosen: list[ChosenPicture] | None = None, **address: str) -> AppTest:
    page = AppTest.from_file(str(_APP), default_timeout=30).run()
    for name, value in address.items():
        page.query_params[name] = value
    page.switch_page(_PAGE)
    if chosen:
        page.query_params["picture"] = [one.sha256 for one in chosen]
    page.run()
    assert not page.exception
    return page


def words(page: AppTest) -> str:
    return "\n".join(str(element.value) for element in (*page.markdown, *page.caption, *page.info, *page.warning))


def upscaled(workspace: Workspace, *requests: UpscaleRequest) -> str:
    job = create_upscale(workspace, requests)
    assert control.run_here(workspace, job).state is State.DONE
    return job.id


def network_file(scale: int = 2, *, container: str = "pth") -> bytes:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        weights = build(CompactLayout(scale, 3, 4, 1)).state_dict()
    if container == "safetensors":
        return save(weights)
    buffer = io.BytesIO()
    torch.save({"params": weights}, buffer)
    return buffer.getvalue()


def test_an_empty_lab_shows_what_to_do_and_nothing_can_be_started(workspace):
    page = open_page()
    assert page.get_by_key("upscale-start").disabled
    assert "resampling invents nothing" in words(page)
    assert "Choose a picture to see what it takes" in words(page)


def test_every_method_says_what_it_is(workspace):
    page = open_page()
    captions = str(page.get_by_key("upscale-method").proto.captions)
    assert "no detail invented" in captions
    assert "guesses detail" in captions


def test_the_estimate_names_the_size_before_and_after(workspace):
    page = open_page([picture(workspace)])
    assert "32 × 24 become 128 × 96 pixels" in words(page)
    page.get_by_key("upscale-scale").set_value(2).run()
    assert "32 × 24 become 64 × 48 pixels" in words(page)
    assert not page.get_by_key("upscale-start").disabled


def test_starting_makes_one_job_of_all_pictures_and_the_address_names_it(workspace):
    page = open_page([picture(workspace, 0), picture(workspace, 1)])
    page.get_by_key("upscale-method").set_value("backprojection").run()
    page.get_by_key("upscale-scale").set_value(2).run()
    page.get_by_key("upscale-passes").set_value(3).run()
    page.get_by_key("upscale-bits").set_value(16).run()
    start = page.get_by_key("upscale-start")
    assert start.label == "Upscale 2 pictures"
    start.click().run()
    assert not page.exception
    (job,) = list_jobs(workspace)
    assert page.query_params["job"] == job.id
    assert job.settings["bits"] == 16
    assert [(request["method"], request["scale"], request["passes"]) for request in job.settings["requests"]] == [
        ("backprojection", 2, 3)
    ] * 2
    assert control.wait(job, timeout_seconds=60).state is State.DONE
    assert len(Gallery(workspace).newest(way="upscale")) == 2


def test_a_finished_picture_is_compared_told_and_led_on(workspace):
    request = UpscaleRequest(picture(workspace), scale=2, method="backprojection")
    job_id = upscaled(workspace, request)
    page = open_page(job=job_id)
    assert page.get_by_key(f"upscale-compare-{job_id}-0") is not None
    assert "64 × 48 pixels" in words(page)
    assert "no detail invented" in words(page).replace("\\", "")
    assert page.get_by_key(f"upscale-to-catalog-{job_id}-0")
    links = [element.proto.label for element in page.get("page_link")]
    assert "Use as content" in links
    assert "In the gallery" in links


def test_use_again_puts_every_choice_back_into_the_form(workspace):
    request = UpscaleRequest(picture(workspace), scale=2, method="backprojection", passes=5, sharpen=60)
    job_id = upscaled(workspace, request)
    page = open_page(job=job_id)
    page.get_by_key(f"upscale-use-again-{job_id}-0").click().run()
    assert page.get_by_key("upscale-scale").value == 2
    assert page.get_by_key("upscale-method").value == "backprojection"
    assert page.get_by_key("upscale-passes").value == 5
    assert page.get_by_key("upscale-sharpen").value == 60
    assert "32 × 24 become 64 × 48 pixels" in words(page)


def test_a_link_from_the_gallery_fills_the_form_and_leaves_the_address(workspace):
    upscaled(workspace, UpscaleRequest(picture(workspace), scale=2, method="nearest"))
    (made,) = Gallery(workspace).newest()
    page = open_page(again=made.sha256)
    assert page.get_by_key("upscale-method").value == "nearest"
    assert "again" not in page.query_params
    assert "32 × 24 become 64 × 48 pixels" in words(page)


def test_the_choices_inside_a_png_fill_the_form_but_a_stranger_file_does_not(workspace):
    job_id = upscaled(workspace, UpscaleRequest(picture(workspace), scale=2, method="nearest"))
    (result,) = read_results(workspace.job(job_id))
    chosen = result.chosen
    assert chosen is not None
    page = open_page()
    uploader = next(field for field in page.file_uploader if field.label == "A PNG that Atelier upscaled")
    uploader.upload("mine.png", file_of(workspace, picture(workspace)).read_bytes()).run()
    assert "holds no request" in page.error[0].value
    uploader = next(field for field in page.file_uploader if field.label == "A PNG that Atelier upscaled")
    uploader.upload("made.png", file_of(workspace, chosen).read_bytes()).run()
    page.get_by_key("upscale-again-fill").click().run()
    assert not page.exception
    assert page.get_by_key("upscale-method").value == "nearest"


def test_a_picture_in_the_address_is_chosen(workspace):
    page = open_page(picture=picture(workspace).sha256)
    assert "32 × 24 become 128 × 96 pixels" in words(page)


def test_a_batch_shows_what_was_made_and_why_something_was_not(workspace):
    gone = ChosenPicture(sha256="0" * 64, label="lost")
    requests = [UpscaleRequest(chosen, scale=2) for chosen in (picture(workspace, 0), gone, picture(workspace, 1))]
    job_id = upscaled(workspace, *requests)
    page = open_page(job=job_id)
    assert "2 of 3 made" in words(page)
    assert any("could not be upscaled" in expander.label for expander in page.expander)
    assert page.get_by_key(f"upscale-all-catalog-{job_id}")
    made = read_results(workspace.job(job_id))[2].sha256
    looked_at = open_page(job=job_id, made=made)
    assert looked_at.get_by_key(f"upscale-compare-{job_id}-2") is not None


@pytest.mark.parametrize("address", [{"job": "no-such-job"}, {"job": "../../etc"}, {"made": "0" * 64}, {"made": "x"}])
def test_an_address_that_leads_nowhere_is_told(workspace, address):
    page = open_page(**address)
    assert page.warning


def test_a_result_too_large_to_make_cannot_be_started(workspace):
    buffer = io.BytesIO()
    Image.new("RGB", (6000, 6000)).save(buffer, "JPEG")
    page = open_page([keep_picture(workspace, buffer.getvalue())])
    assert "at most 200 million are made" in page.error[0].value
    assert page.get_by_key("upscale-start").disabled


# ---- networks


def bring(page: AppTest, name: str, data: bytes) -> AppTest:
    page.get_by_key("upscale-method").set_value("model").run()
    field = next(field for field in page.file_uploader if "safetensors" in field.label)
    field.upload(name, data).run()
    assert not page.exception
    return page


@pytest.mark.parametrize("container", ["pth", "safetensors"])
def test_a_network_that_is_brought_is_looked_at_kept_and_chosen(workspace, container):
    page = bring(open_page([picture(workspace)]), f"mine.{container}", network_file(container=container))
    assert page.get_by_key("upscale-model").value == f"mine.{container}"
    assert "Compact, 1 convolutions of 4 features" in words(page).replace("\\", "")
    assert "the result is then resampled to 4 times" in words(page)
    assert not page.get_by_key("upscale-start").disabled
    assert (workspace.data / "weights" / f"mine.{container}").is_file()


class _Payload:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        import os

        return os.mkdir, (str(self.marker),)


def test_a_network_that_is_a_program_is_refused_with_the_reason_and_not_kept(workspace, tmp_path):
    marker = tmp_path / "it-ran"
    buffer = io.BytesIO()
    torch.save({"params": _Payload(marker)}, buffer)
    page = bring(open_page([picture(workspace)]), "gift.pth", buffer.getvalue())
    assert "could run a program" in page.error[0].value
    assert page.get_by_key("upscale-start").disabled
    assert not marker.exists()
    assert not list((workspace.data / "weights").iterdir())


def test_two_networks_of_one_name_do_not_replace_each_other(workspace):
    page = bring(open_page([picture(workspace)]), "mine.pth", network_file())
    bring(page, "mine.pth", network_file(4))
    assert "another network called mine.pth" in page.error[0].value
    assert (workspace.data / "weights" / "mine.pth").read_bytes() == network_file()


def test_without_a_network_trained_here_the_page_leads_to_training(workspace):
    page = open_page([picture(workspace)])
    page.get_by_key("upscale-method").set_value("own").run()
    assert page.get_by_key("upscale-start").disabled
    page.get_by_key("upscale-go-train").click().run()
    assert not page.exception
    assert page.session_state["task"] == "Train your own"


def test_the_page_loads_no_torch(workspace):
    """A server that shows pages stays light: torch comes with the work, in processes of their own."""
    code = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        f"page = AppTest.from_file({str(_APP)!r}, default_timeout=60).run().switch_page({_PAGE!r}).run()\n"
        "assert not page.exception\n"
        "page.get_by_key('upscale-method').set_value('model').run()\n"
        "assert not page.exception\n"
        "sys.exit('torch' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=_PROJECT, check=False).returncode == 0
