"""The picture picker on a page of its own: every source, what it keeps, what it refuses."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.jobs import control
from core.pictures.chosen import ChosenPicture, facts_of, keep_picture, open_chosen
from core.pictures.gallery import Gallery
from core.sampling.sampler import load_sampler
from core.sources.web.settings import HostSettings, WebSettings, write_web_settings
from core.workspace import Workspace
from tests.core.training.hosts import train
from tests.core.training.packs import stripes, write_pack
from tests.standins.server import Answer, Request, StandIn

# The pages that the picker leads to stand in the router, as they do in the app.
_ROUTER = """
import streamlit as st
from core.pictures.chosen import ChosenPicture
from ui.picture_picker import choose, choose_many, take_from_address

def page():
{body}

others = ["app_pages/gather/collect.py", "app_pages/make/train.py"]
st.navigation([st.Page(page, default=True), *map(st.Page, others)], position="hidden").run()
"""
_ONE = """
    take_from_address("c")
    found = choose("Content", key="c", value={value})
    st.text("nothing" if found is None else f"{{found.name}} {{found.sha256}}")
"""
_MANY = """
    found = choose_many("Styles", key="c", most=3)
    st.text(" ".join(picture.sha256 for picture in found) or "nothing")
"""


def png(seed: int = 0, size: tuple[int, int] = (48, 32)) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def collect(workspace: Workspace, folder: Path, count: int = 3) -> list[str]:
    """Take pictures in as the collection "blocks"; their hashes."""
    folder.mkdir()
    store = []
    for number in range(count):
        (folder / f"block {number}.png").write_bytes(png(number))
        store.append(keep_picture(workspace, png(number)).sha256)
    job = control.create(
        workspace, "collect", {"source": "folder", "collection": "blocks", "path": str(folder)}, title="Blocks"
    )
    control.run_here(workspace, job)
    return store


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., AppTest]:
    """Open a page with a picker: several=True for several pictures."""

    def open_page(*, several: bool = False, value: str = "None", address: str | None = None) -> AppTest:
        for other in ("gather/collect.py", "make/train.py"):
            (tmp_path / "app_pages" / other).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "app_pages" / other).write_text("")
        script = tmp_path / "app.py"
        script.write_text(_ROUTER.format(body=_MANY if several else _ONE.format(value=value)))
        page = AppTest.from_file(str(script), default_timeout=30)
        if address is not None:
            page.query_params["picture"] = address
        page.run()
        assert not page.exception
        return page

    return open_page


def source(page: AppTest, name: str) -> AppTest:
    page.get_by_key("c-source").set_value(name).run()
    assert not page.exception
    return page


def told(page: AppTest) -> str:
    return str(page.text[-1].value)


def click(page: AppTest, gallery: str, sha256: str, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """A click on a picture: no test of this kind runs the browser's part of a component."""
    import ui.gallery

    drawn = ui.gallery._component

    def clicked(**arguments: object) -> object:
        result = drawn(**arguments)
        if arguments["key"] == gallery and not done:
            done.append(True)
            return type("Result", (), {"opened": sha256, "choice": None})()
        return result

    done: list[bool] = []
    monkeypatch.setattr(ui.gallery, "_component", clicked)
    page.run()
    monkeypatch.undo()
    assert not page.exception
    return page


def test_an_empty_lab_begins_with_files_and_its_catalog_leads_to_collect(opened, workspace):
    page = opened()
    assert told(page) == "nothing"
    assert page.file_uploader
    source(page, "catalog")
    assert any("The catalog is empty" in caption.value for caption in page.caption)


def test_an_uploaded_picture_is_kept_and_the_picker_folds(opened, workspace):
    page = source(opened(), "upload")
    page.file_uploader[0].upload("harbour.png", png()).run()
    name, sha256 = told(page).rsplit(" ", 1)
    assert name == "harbour.png"
    assert facts_of(workspace, ChosenPicture(sha256=sha256)).width == 48
    assert [button.label for button in page.button] == ["Change"]
    assert "48 × 32 pixels · PNG" in [caption.value for caption in page.caption]
    assert told(page.run()).endswith(sha256)


def test_a_photograph_is_kept_as_any_picture(opened, workspace):
    page = source(opened(), "camera")
    page.camera_input[0].upload("photo.jpg", png(4)).run()
    assert not page.exception
    assert told(page) == f"Photograph {keep_picture(workspace, png(4)).sha256}"


def test_a_refused_file_says_why_and_what_was_chosen_stays(opened, workspace):
    kept = keep_picture(workspace, png(), label="kept")
    page = opened(value=repr(kept))
    page.get_by_key("c-change").click().run()
    source(page, "upload")
    page.file_uploader[0].upload("notes.png", b"these are words").run()
    assert page.error[0].value.startswith("notes.png: ")
    assert told(page).endswith(kept.sha256)
    assert not page.file_uploader[0].value


def test_a_click_in_the_catalog_chooses_and_change_can_be_closed_again(opened, workspace, tmp_path, monkeypatch):
    hashes = collect(workspace, tmp_path / "blocks")
    page = click(opened(), "c-catalog-tiles", hashes[1], monkeypatch)
    assert told(page) == f"block 1 {hashes[1]}"
    page.get_by_key("c-change").click().run()
    assert page.get_by_key("c-catalog-words")
    page.get_by_key("c-close").click().run()
    assert [button.label for button in page.button] == ["Change"]
    assert told(page) == f"block 1 {hashes[1]}"


def test_a_hash_that_the_browser_made_up_chooses_nothing(opened, workspace, tmp_path, monkeypatch):
    collect(workspace, tmp_path / "blocks")
    assert told(click(opened(), "c-catalog-tiles", "f" * 64, monkeypatch)) == "nothing"
    assert told(click(opened(), "c-catalog-tiles", "../../etc", monkeypatch)) == "nothing"


def test_pictures_made_here_can_be_chosen_by_what_made_them(opened, workspace, monkeypatch):
    gallery = Gallery(workspace)
    made = gallery.keep(png(5), way="upscale", title="Larger", label="Lanczos")
    gallery.keep(png(6), way="style", title="Wild", label="Patch")
    page = source(opened(), "made")
    page.get_by_key("c-made-way").set_value("upscale").run()
    assert told(click(page, "c-made-tiles", made.sha256, monkeypatch)) == f"Larger {made.sha256}"


def test_a_sample_of_a_run_is_drawn_again_and_kept_with_its_place_in_the_run(opened, workspace, monkeypatch):
    write_pack(workspace.dataset("stripes"), stripes(24, 32))
    run = train(workspace, {"width": 4, "max_width": 8, "latent_dim": 4, "batch_size": 8, "grid_size": 4}, epochs=1)
    page = source(opened(), "run")
    page.get_by_key("c-run-seed").set_value(3).run()
    page.get_by_key(f"c-run-page-{run.id}-3").set_value(2).run()
    page = click(page, f"c-run-{run.id}-1-3-32-tiles", f"{run.id}-1-3-37", monkeypatch)
    (chosen,) = page.session_state["c-chosen-pictures"].chosen
    assert (chosen.run, chosen.epoch, chosen.seed, chosen.index) == (run.id, 1, 3, 37)
    seen = np.asarray(open_chosen(workspace, chosen))
    assert (seen == load_sampler(run, 1).sample(1, seed=3, start=37)[0]).all()
    assert any("sample 37, seed 3" in caption.value for caption in page.caption)


def test_a_lab_without_runs_leads_to_training(opened, workspace):
    page = source(opened(), "run")
    assert any("No run has kept an epoch" in caption.value for caption in page.caption)


def test_the_address_chooses_once_and_a_change_by_hand_wins(opened, workspace):
    first, second = keep_picture(workspace, png(1)), keep_picture(workspace, png(2), label="b")
    page = opened(address=first.sha256)
    assert told(page).endswith(first.sha256)
    page.get_by_key("c-change").click().run()
    source(page, "upload")
    page.file_uploader[0].upload("b.png", png(2)).run()
    assert told(page) == f"b.png {second.sha256}"
    assert "picture" not in page.query_params


@pytest.mark.parametrize("named", ["0" * 64, "../../etc/passwd", "![x](http://127.0.0.9/x.png)"])
def test_an_address_that_names_no_picture_of_the_lab_is_told(opened, workspace, named):
    page = opened(address=named)
    assert page.warning[0].value.startswith("The picture in this page's address cannot be used.")
    assert "](http" not in page.warning[0].value.replace("\\[", "").replace("\\]", "")
    assert told(page) == "nothing"


def test_a_picture_that_is_gone_is_told_and_another_can_be_chosen(opened, workspace):
    page = opened(value=repr(ChosenPicture(label="lost.png")))
    assert "lost.png is not in this lab" in page.warning[0].value
    assert told(page) == "nothing"
    assert page.get_by_key("c-source")


def test_several_uploads_are_each_kept_once_in_their_order_and_no_more_than_are_allowed(opened, workspace):
    hashes = [keep_picture(workspace, png(seed)).sha256 for seed in range(4)]
    page = source(opened(several=True), "upload")
    page.file_uploader[0].upload("0.png", png(0)).upload("1.png", png(1)).upload("again.png", png(0)).run()
    assert told(page).split() == hashes[:2]
    page.get_by_key("c-change").click().run()
    page.file_uploader[0].upload("2.png", png(2)).upload("3.png", png(3)).run()
    assert told(page).split() == hashes[:3]
    assert page.warning[0].value == "At most 3 pictures can be used: 1 was not taken."
    assert page.get_by_key("c-change").disabled


def test_all_that_a_search_finds_can_be_added_and_taken_out_again(opened, workspace, tmp_path):
    hashes = collect(workspace, tmp_path / "blocks")
    page = opened(several=True)
    page.get_by_key("c-catalog-words").set_value("block").run()
    page.get_by_key("c-catalog-all").click().run()
    assert sorted(told(page).split()) == sorted(hashes)
    page.get_by_key("c-drop").click().run()
    assert told(page) == "nothing"


@pytest.fixture
def server() -> Iterator[StandIn]:
    def answer(request: Request) -> Answer:
        return Answer(404) if request.path == "/robots.txt" else Answer(200, png(9))

    with StandIn(answer) as server:
        yield server


def allow(workspace: Workspace, server: StandIn) -> None:
    """As the owner does who keeps pictures on a machine of their own."""
    hosts = {server.netloc: HostSettings(allowed=True, requests_per_second=0)}
    write_web_settings(workspace, WebSettings(hosts=hosts))


def fetch(page: AppTest, address: str) -> AppTest:
    source(page, "web")
    page.get_by_key("c-web-address").set_value(address)
    next(button for button in page.button if button.label == "Fetch").click().run()
    assert not page.exception
    return page


def test_a_web_address_is_fetched_by_the_polite_downloader_and_kept(opened, server, workspace):
    allow(workspace, server)
    page = fetch(opened(), f"{server.url}/quay%20at%20dawn.png")
    assert told(page) == f"quay at dawn.png {keep_picture(workspace, png(9)).sha256}"
    assert server.seen[0].path == "/robots.txt"


def test_an_address_of_this_machine_is_refused_without_being_asked(opened, server):
    page = fetch(opened(), f"{server.url}/quay.png")
    assert "an address of this machine" in page.error[0].value
    assert told(page) == "nothing"
    assert not server.seen


def test_a_web_address_without_a_picture_says_so(opened, workspace):
    page = fetch(opened(), "file:///etc/passwd")
    assert page.error
    assert told(page) == "nothing"
