"""The Explore page: what it draws, what its address says, what can be done with a point."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.pictures.chosen import keep_picture
from core.pictures.gallery import Gallery, Made
from core.sampling.directions import Direction, keep_principal
from core.sampling.explorer import load_explorer
from core.sampling.favourites import Favourites, point_name
from core.sampling.keeping import keep
from core.sampling.points import Given, Point, Seed
from core.training.run_folder import RunFolder
from core.workspace import Workspace
from tests.runs import make_run
from ui import explore_search, explore_state
from ui.explore_wall import sheet_of

_ROUTER = str(Path(__file__).parents[2] / "streamlit_app.py")
_PAGE = "app_pages/make/explore.py"
LAST = 2


def open_page(**address: str) -> AppTest:
    app = AppTest.from_file(_ROUTER, default_timeout=60).run()
    app.switch_page(_PAGE)
    for name, value in address.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def run_of(workspace: Workspace, preset: str = "quick-gan", **settings: Any) -> RunFolder:
    """With directions that count as its own: no test waits until they are found."""
    run = make_run(workspace, preset, epochs=(1, LAST), **settings)
    for epoch in (1, LAST):
        explorer = load_explorer(workspace, run.id, epoch)
        axes = np.eye(explorer.latent_dim, dtype=np.float32)[: explore_search.COUNT]
        own = [Direction(f"principal-{n}", f"{n}: axis", "principal", axis, epoch) for n, axis in enumerate(axes, 1)]
        keep_principal(run, epoch, own, explorer.weights_hash)
    return run


def told(app: AppTest) -> str:
    shown = (*app.markdown, *app.caption, *app.warning, *app.error, *app.info, *app.subheader)
    return "\n".join(str(element.value) for element in shown)


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click()
    app.run()
    assert not app.exception
    return app


def at_work(app: AppTest) -> Point:
    return app.session_state["explore-work"][1]


def move(app: AppTest, settled: bool = True, **values: float) -> AppTest:
    """As the browser tells where the sliders stand."""
    version = app.session_state["explore-desk-version"]
    values = {name.replace("_", "-"): value for name, value in values.items()}
    app.session_state["explore-desk"] = {
        "moves": {"version": version, "number": 1, "settled": settled, "values": values}
    }
    return app.run()


def picture_file(seed: int = 0) -> bytes:
    cells = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(cells).resize((48, 36)).save(buffer, "PNG")
    return buffer.getvalue()


# ---- which model


def test_an_empty_lab_says_what_to_do_first(workspace: Workspace) -> None:
    assert "Nothing to explore yet" in told(open_page())


def test_a_run_without_weights_says_so_and_another_one_is_shown(workspace: Workspace) -> None:
    usable = run_of(workspace)
    bare = make_run(workspace, epochs=(1,), seed=1)
    bare.weights_path(1).unlink()
    app = open_page(run=bare.id)
    assert "has no weights to draw with" in told(app)
    assert at_work(app).run == usable.id


def test_the_newest_run_is_drawn_at_its_best_epoch(workspace: Workspace) -> None:
    run = run_of(workspace)
    assert at_work(open_page()) == Point(run.id, LAST, Seed(0, 0))


def test_an_epoch_that_was_not_kept_is_told(workspace: Workspace) -> None:
    run = run_of(workspace)
    app = open_page(run=run.id, epoch="9")
    assert "epoch 9 were not kept" in told(app)


def test_another_epoch_keeps_the_latent(workspace: Workspace) -> None:
    run_of(workspace)
    app = move(open_page(), truncation=0.8)
    app.selectbox(key="explore-epoch").set_value(1).run()
    assert at_work(app).epoch == 1
    assert at_work(app).truncation == 0.8


# ---- the address


def test_a_point_in_the_address_is_put_to_work(workspace: Workspace) -> None:
    run = run_of(workspace)
    point = Point(run.id, LAST, Seed(3, 17), truncation=0.7)
    text = explore_state.write_text(run, point)
    assert at_work(open_page(run=run.id, epoch=str(LAST), point=text)) == point


def test_a_long_latent_is_written_into_the_run_and_named_in_the_address(workspace: Workspace) -> None:
    run = run_of(workspace)
    point = Point(run.id, LAST, Given.of_numbers(np.random.default_rng(0).standard_normal(3072)))
    text = explore_state.write_text(run, point)
    assert text == f"@{point_name(point)}"
    assert explore_state.read_text(run, text) == point


@pytest.mark.parametrize("text", ["nonsense", "@0123456789abcdef", "@../../etc", "eNqrBQAAfgB-"])
def test_an_address_that_was_changed_is_told_and_harms_nothing(workspace: Workspace, text: str) -> None:
    run = run_of(workspace)
    app = open_page(run=run.id, point=text)
    assert "The point in this page's address cannot be used" in told(app)
    assert at_work(app) == Point(run.id, LAST, Seed(0, 0))


# ---- sliders


def test_a_slider_moves_the_point_and_the_address_follows_once_it_is_let_go(workspace: Workspace) -> None:
    run_of(workspace)
    app = move(open_page(), settled=False, truncation=0.7, move_principal_1=1.5)
    assert at_work(app).truncation == 0.7
    assert at_work(app).amount("principal-1") == 1.5
    assert "point" not in app.query_params
    assert "point" in move(app, truncation=0.7).query_params


def test_a_browser_cannot_move_a_slider_out_of_its_range(workspace: Workspace) -> None:
    run_of(workspace)
    app = move(open_page(), temperature=99.0, truncation=float("nan"), move_unknown=3.0)
    assert (at_work(app).temperature, at_work(app).truncation, at_work(app).moves) == (2.0, None, ())


def test_an_infogan_has_its_codes_as_sliders(workspace: Workspace) -> None:
    run_of(workspace, "met-infogan")
    app = move(open_page(), category=2.0, code_0=-0.5)
    assert (at_work(app).category, at_work(app).sliders) == (1, ((0, -0.5),))


def test_a_flow_has_its_steps_as_a_slider(workspace: Workspace) -> None:
    run_of(workspace, "quick-flow")
    assert at_work(move(open_page(), steps=5.0)).steps == 5


# ---- what it shall be


def test_a_conditioned_model_is_asked_by_a_term_or_by_words(workspace: Workspace) -> None:
    run_of(workspace, condition="style")
    app = open_page()
    app.selectbox(key="explore-term-style").set_value("Ukiyo-e").run()
    assert at_work(app).terms == (("style", "Ukiyo-e"),)
    app.text_input(key="explore-words").set_value("colour field").run()
    assert (at_work(app).words, at_work(app).terms) == ("colour field", ())
    app.text_input(key="explore-words").set_value("submarine").run()
    assert "learnt none of these words" in told(app)
    assert not app.exception


# ---- favourites


def test_favourites_outlive_the_visit_and_make_a_walk(workspace: Workspace) -> None:
    run = run_of(workspace)
    press(open_page(), "Favourite")
    app = open_page(point=explore_state.write_text(run, Point(run.id, LAST, Seed(0, 5))))
    press(app, "Favourite")
    assert [point.base for point in Favourites(run).points()] == [Seed(0, 0), Seed(0, 5)]
    assert "The walk" in told(open_page())


def test_favourites_that_were_cleared_come_back(workspace: Workspace) -> None:
    run = run_of(workspace)
    Favourites(run).add([Point(run.id, LAST, Seed(0, 1))])
    app = press(open_page(), "Clear")
    assert Favourites(run).points() == []
    press(app, "Undo")
    assert [point.base for point in Favourites(run).points()] == [Seed(0, 1)]


# ---- keeping, and using again


def test_a_kept_picture_is_in_the_gallery_and_is_used_again(workspace: Workspace) -> None:
    run = run_of(workspace)
    app = press(move(open_page(), truncation=0.7, move_principal_1=1.5), "Keep")
    made = Gallery(workspace).newest()
    assert [one.way for one in made] == ["sample"]
    again = open_page(again=made[0].sha256)
    assert at_work(again) == at_work(app)
    assert at_work(again).run == run.id


@pytest.fixture
def elsewhere(workspace: Workspace) -> Made:
    """A picture whose run is gone."""
    run = run_of(workspace)
    made = keep(workspace, load_explorer(workspace, run.id, LAST), [Point(run.id, LAST, Seed(0))])[0]
    for path in (run.path / "weights").iterdir():
        path.unlink()
    return made


def test_a_picture_whose_weights_are_gone_says_what_is_missing(workspace: Workspace, elsewhere: Made) -> None:
    assert "cannot be used again" in told(open_page(again=elsewhere.sha256))


# ---- real pictures


def test_two_pictures_are_reconstructed_and_morphed(workspace: Workspace) -> None:
    run = run_of(workspace, "quick-vae")
    pictures = [keep_picture(workspace, picture_file(seed), label=f"Work {seed}") for seed in (1, 2)]
    app = AppTest.from_file(_ROUTER, default_timeout=60).run()
    app.switch_page(_PAGE)
    app.session_state["explore-task"] = "From a picture"
    explore_pictures = __import__("ui.picture_picker", fromlist=["_State"])
    app.session_state["explore-pictures-chosen-pictures"] = explore_pictures._State(pictures)
    app.run()
    assert not app.exception
    assert "Mean error of a pixel" in told(app)
    assert "Click one to put it to work" in told(app)
    press(app, "Put 2 to work")
    base = at_work(app).base
    assert isinstance(base, Given)
    assert base.of is not None
    assert base.of.sha256 == pictures[1].sha256
    assert at_work(app).run == run.id


def test_a_gan_offers_to_search_for_the_nearest_point(workspace: Workspace) -> None:
    run_of(workspace)
    app = AppTest.from_file(_ROUTER, default_timeout=60).run()
    app.switch_page(_PAGE)
    app.session_state["explore-task"] = "From a picture"
    app.run()
    assert not app.exception
    assert "cannot encode a picture" in told(app)


@pytest.mark.parametrize("task", ["Mix", "Learn a direction", "Use again"])
def test_every_other_part_of_the_page_opens(workspace: Workspace, task: str) -> None:
    run_of(workspace)
    app = AppTest.from_file(_ROUTER, default_timeout=60).run()
    app.switch_page(_PAGE)
    app.session_state["explore-task"] = task
    app.run()
    assert not app.exception


def test_a_sheet_holds_every_picture_where_its_number_says() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (5, 4, 6, 3), dtype=np.uint8)
    sheet = np.asarray(Image.open(io.BytesIO(sheet_of(pictures, 3))))
    assert sheet.shape == (8, 18, 3)
    assert np.array_equal(sheet[4:8, 6:12], pictures[4])
