"""The Compare page: columns, epochs and zoom in the URL, what differs. Flipping epochs is tested in a real browser."""

import io
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.datasets.pack import open_pack
from core.files import JsonLines
from core.studies.results.machine import HUMAN_FILE
from core.training.run_folder import RunFolder
from core.workspace import Workspace
from tests.pages import run_fixtures as made
from tests.pages.run_fixtures import component_data
from ui import compare_frames, run_people
from ui.charts import Mark
from ui.samples import BEFORE, View

_ROUTER = Path(__file__).resolve().parents[2] / "streamlit_app.py"
OLDER, NEWER = "20261121-090000-quick-gan-aaaa", "20261121-091000-atelier-gan-bbbb"
ENDED = {"state": "done", "message": "Trained."}


@pytest.fixture
def two_runs(workspace: Workspace) -> None:
    made.make_run(workspace, OLDER, kept=(0, 5, 10), end=ENDED, created=1_795_000_000.0)
    made.make_run(
        workspace,
        NEWER,
        preset="atelier-gan",
        kept=(0, 4, 8),
        cells=9,
        resolution=64,
        training={"learning_rate": 5e-4},
        end=ENDED,
        created=1_795_000_600.0,
    )


def open_page(**parameters: str | list[str]) -> AppTest:
    app = AppTest.from_file(str(_ROUTER), default_timeout=60).run()
    app.switch_page("app_pages/judge/compare.py")
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, app.exception
    return app


def viewer(app: AppTest) -> dict[str, Any]:
    return component_data(app, "compare-viewer")


def marks(app: AppTest) -> list[tuple[str, float]]:
    """The epochs marked in the chart: (run, place)."""
    frame = made.charted(app)
    marked = frame[frame["kind"] == "mark"]
    return list(zip(marked["series"], marked["x"], strict=True))


def test_without_runs_the_page_leads_to_training(workspace: Workspace) -> None:
    app = open_page()
    assert "no runs to compare" in app.info[0].value
    assert [link.label for link in app.get("page_link")] == ["Train a model"]


def test_runs_without_samples_are_offered_but_not_shown(workspace: Workspace) -> None:
    made.make_run(workspace, OLDER, kept=())
    app = open_page()
    assert "No run has samples yet" in app.info[0].value
    assert len(app.selectbox(key="compare-add").options) == 1


def test_the_two_newest_runs_with_samples_are_shown_at_their_newest_epochs(two_runs: None) -> None:
    app = open_page()
    shown = viewer(app)
    assert [column["title"] for column in shown["columns"]] == ["atelier-gan on sample 32", "quick-gan on sample 32"]
    assert shown["view"]["at"] is None
    assert marks(app) == [("atelier-gan on sample 32", 8), ("quick-gan on sample 32", 10)]


def test_each_column_knows_its_own_cells_and_epochs(two_runs: None) -> None:
    columns = viewer(open_page(run=[OLDER, NEWER]))["columns"]
    assert [column["cell"] for column in columns] == [32, 64]
    assert [column["at"] for column in columns] == [[0, 5, 10], [0, 4, 8]]


def test_a_link_restores_runs_epoch_zoom_and_held_columns(two_runs: None) -> None:
    app = open_page(run=[f"{OLDER}@5", NEWER], epoch="4", zoom="3", size="same")
    assert viewer(app)["view"] == View(at=4, zoom=3, equal=True, pins={0: 5}).told(f"{OLDER},{NEWER}")
    assert marks(app) == [("quick-gan on sample 32", 5), ("atelier-gan on sample 32", 4)]


def test_a_column_shows_its_nearest_epoch_before_the_one_it_lacks(two_runs: None) -> None:
    assert marks(open_page(run=[OLDER, NEWER], epoch="7")) == [
        ("quick-gan on sample 32", 5),
        ("atelier-gan on sample 32", 4),
    ]


def test_nonsense_in_the_link_is_passed_over(two_runs: None) -> None:
    app = open_page(run=[f"{OLDER}@x", "no-such-run"], epoch="nan", zoom="99")
    assert viewer(app)["view"] == View(zoom=8).told(OLDER)
    assert "no-such-run" in app.warning[0].value.replace("\\", "")


def test_a_link_restores_what_columns_show_and_how_two_are_compared(workspace: Workspace, two_runs: None) -> None:
    made.write_grid(RunFolder(workspace.run(OLDER)).raw_grid(5), made.grid_pixels(5))
    app = open_page(run=[f"{OLDER}@5:raw", f"{NEWER}:raw"], mode="change", pair="2,before", latent="3", only="yes")
    assert viewer(app)["view"] == View(
        pins={0: 5}, kinds={0: "raw", 1: "raw"}, mode="change", pair=(1, BEFORE), cell=2, alone=True
    ).told(f"{OLDER},{NEWER}")
    columns = viewer(app)["columns"]
    assert [column["kind"] for column in columns] == ["raw", "samples"]  # the second run has no raw grids to show
    assert [column["at"] for column in columns] == [[5], [0, 4, 8]]
    assert list(columns[0]["kinds"].values()) == ["Samples", "Raw weights"]


def test_a_view_written_into_the_link_is_read_back_from_it() -> None:
    def script() -> None:
        import streamlit as st

        from ui.comparison import Comparison, Curves
        from ui.samples import View

        view = View(4.0, 2, True, {1: 5.0}, {0: "raw"}, "wipe", (1, 0), 6, True, "swd-1a")
        shown = Comparison(("a", "b"), view, curves=Curves(("loss_generator", "sign_real"), "images_seen", 0.25, True))
        shown.to_url()
        assert Comparison.from_url({"a": None, "b": None}) == shown, Comparison.from_url({"a": None, "b": None})
        st.write("done")

    app = AppTest.from_function(script).run()
    assert not app.exception


@pytest.mark.parametrize("pair", ["", "1", "1,1", "0,1", "1,3", "x,y", "3,1"])
def test_a_pair_of_columns_that_are_not_there_counts_as_none(two_runs: None, pair: str) -> None:
    assert viewer(open_page(run=[OLDER, NEWER], mode="wipe", pair=pair))["view"]["pair"] is None


def test_each_sample_stands_beside_the_training_picture_nearest_to_it(workspace: Workspace) -> None:
    run = real_run(workspace, epochs=(1,))
    app = open_page(run=f"{run.id}:nearest")
    (column,) = viewer(app)["columns"]
    assert (column["cell"], column["tall"], column["ahead"]) == (64, 32, False)
    picture = compare_frames.beside_nearest(workspace, run, 1)
    samples = np.asarray(Image.open(run.grid(1)))
    pairs = np.asarray(Image.open(io.BytesIO(picture.data)))
    pack = open_pack(workspace.dataset(run.dataset_id))
    for number in (0, 1, 5):  # two pairs in a row, four samples
        top, left = number // 2 * 34, number % 2 * 66
        sample_top, sample_left = number // 4 * 34, number % 4 * 34
        beside = samples[sample_top : sample_top + 32, sample_left : sample_left + 32]
        np.testing.assert_array_equal(pairs[top : top + 32, left : left + 32], beside)
        real = pairs[top : top + 32, left + 32 : left + 64]
        known = pack.images[pack.train]
        assert (known == real).all(axis=(1, 2, 3)).any() or (known[:, :, ::-1] == real).all(axis=(1, 2, 3)).any()
    assert len(picture.said) == 16
    assert picture.said[0].startswith("nearest: a picture")


def test_a_column_whose_dataset_has_changed_says_why_there_is_nothing(workspace: Workspace) -> None:
    run = real_run(workspace, epochs=(1,))
    index = workspace.dataset(run.dataset_id) / "index.json"
    index.unlink()
    picture = compare_frames.beside_nearest(workspace, run, 1)
    assert picture.data == b""
    assert picture.refused


def test_measured_numbers_stand_under_the_strip_with_what_health_found(workspace: Workspace, two_runs: None) -> None:
    run = RunFolder(workspace.run(OLDER))
    quick = {"metric": "swd", "floor": 9.0, "count": 8, "against": "held-out"}
    thorough = {
        "by": "evaluation",
        "metric": "ms_ssim",
        "against": "test",
        "against_hash": "ab",
        "count": 400,
        "at": 1.0,
    }
    rows = [{**quick, "epoch": epoch, "images_seen": 100 * epoch, "value": 50.0 - epoch} for epoch in (0, 5, 10)]
    bounds = {"low": 0.1, "high": 0.3, "floor": 0.2, "images_seen": 500, "against_name": "sample 32"}
    JsonLines(run.scores_file).append(*rows, {**thorough, **bounds, "epoch": 5, "value": 0.2})
    found = [{"code": "discriminator-wins", "message": "x"}]
    for epoch, health in ((11.0, found), (12.0, found), (13.0, []), (14.0, found)):
        JsonLines(run.metrics_file).append({"images_seen": epoch * 100, "epoch": epoch, "health": health})
    swd, ms_ssim = viewer(open_page(run=[OLDER, NEWER]))["tracks"]
    (line,) = swd["lines"]
    assert line["points"] == [[0, 50], [5, 45], [10, 40]]
    assert (line["floor"], line["best"], line["color"]) == (9, 10, 0)
    assert [(event["from"], event["to"]) for event in line["events"]] == [(11, 12), (14, 14)]
    assert "the discriminator wins" in line["events"][0]["label"]
    assert ms_ssim["lines"][0]["points"] == [[5, 0.2, 0.1, 0.3]]
    assert "sample 32" in ms_ssim["label"]


def test_several_curves_of_one_kind_share_a_chart_and_others_get_their_own(two_runs: None) -> None:
    app = open_page(run=[OLDER, NEWER], curves="loss_generator,loss_discriminator,sign_real", over="images", log="yes")
    charts = app.get("vega_lite_chart")
    assert len(charts) == 2
    losses = pa.ipc.open_stream(charts[0].proto.data.data).read_pandas()
    drawn = losses[losses["kind"] == "line"]
    assert set(zip(drawn["color"], drawn["dash"], strict=True)) == {
        (run, what)
        for run in ("quick-gan on sample 32", "atelier-gan on sample 32")
        for what in ("Generator", "Discriminator")
    }
    assert drawn["x"].max() == 1000
    app.slider(key="compare-smoothing").set_value(0.2).run()
    assert app.query_params["smooth"] == "0.2"
    assert app.query_params["curves"] == "loss_generator,loss_discriminator,sign_real"


def test_the_epochs_in_sight_lead_to_a_study_of_them(workspace: Workspace) -> None:
    run = real_run(workspace, epochs=(1, 2, 3))
    app = open_page(run=[f"{run.id}@1", run.id, f"{run.id}@0"])
    (link,) = [link for link in app.get("page_link") if link.label.startswith("Ask people")]
    assert link.label == "Ask people about these 2 epochs"
    assert any("cannot be asked about: epoch 0" in caption.value for caption in app.caption)
    asked = [value for name, value in parse_qsl(link.proto.query_string) if name == "run"]
    assert asked == [f"{run.id}@1", f"{run.id}@3"]


def test_adding_a_run_puts_it_into_the_link_and_keeps_the_view(two_runs: None) -> None:
    app = open_page(run=[f"{OLDER}@5"], epoch="4", zoom="2")
    app.selectbox(key="compare-add").select(NEWER).run()
    assert app.query_params["run"] == [f"{OLDER}@5", NEWER]
    assert (app.query_params["epoch"], app.query_params["zoom"]) == ("4", "2")
    assert len(viewer(app)["columns"]) == 2
    assert app.selectbox(key="compare-add").value is None


def test_four_columns_are_the_most(two_runs: None) -> None:
    app = open_page(run=[OLDER] * 5)
    assert len(viewer(app)["columns"]) == 4
    assert app.selectbox(key="compare-add").disabled


def test_the_same_run_twice_is_one_curve_with_two_marks(two_runs: None) -> None:
    app = open_page(run=[f"{OLDER}@5", OLDER])
    assert marks(app) == [("quick-gan on sample 32", 5), ("quick-gan on sample 32", 10)]
    assert not app.dataframe


def test_only_settings_that_differ_are_listed(two_runs: None) -> None:
    table = open_page(run=[OLDER, NEWER]).dataframe[0].value
    differing = {row["Setting"]: tuple(row)[1:] for _, row in table.iterrows()}
    assert differing == {
        "Preset": ("Quick GAN", "Atelier GAN"),
        "network: resolution": ("32", "64"),
        "learning_rate": ("0.001", "0.0005"),
    }


def test_runs_whose_latents_differ_are_not_said_to_share_them(workspace: Workspace, two_runs: None) -> None:
    other = "20261121-092000-quick-gan-cccc"
    made.make_run(workspace, other, training={"seed": 1}, end=ENDED)
    shared = "Every cell shows the same latent in all columns"
    assert any(shared in caption.value for caption in open_page(run=[OLDER, NEWER]).caption)
    assert not any(shared in caption.value for caption in open_page(run=[OLDER, other]).caption)


def test_a_number_that_only_one_family_logs_is_said_to_be_missing(workspace: Workspace, two_runs: None) -> None:
    vae = "20261121-093000-atelier-vae-dddd"
    made.make_run(workspace, vae, preset="atelier-vae", family="vae", end=ENDED)
    app = open_page(run=[OLDER, vae])
    assert any("Not logged by atelier-vae on sample 32" in caption.value.replace("\\", "") for caption in app.caption)


def test_two_runs_of_the_same_name_are_told_apart(workspace: Workspace) -> None:
    made.make_run(workspace, OLDER, end=ENDED, created=1_795_000_000.0)
    made.make_run(workspace, "20261121-094000-quick-gan-eeee", end=ENDED, created=1_795_000_000.0)
    app = open_page()
    assert len({run for run, _ in marks(app)}) == 2


def test_removing_a_column_moves_the_held_ones_behind_it_up() -> None:
    def script() -> None:
        import streamlit as st

        from ui.comparison import Comparison
        from ui.samples import View

        shown = Comparison(("a", "b", "c"), View(at=7.0, pins={0: 1.0, 2: 5.0})).without(1)
        shown.to_url()
        st.write("done")

    app = AppTest.from_function(script).run()
    assert app.query_params["run"] == ["a@1", "c@5"]


def test_what_people_said_stands_beside_the_curves(workspace: Workspace, two_runs: None) -> None:
    said(workspace, OLDER, "old-study", {5: 2.0, 10: 1.5}, at="2026-11-20T10:00:00.000Z")
    assert "What people said" not in " ".join(element.value for element in open_page(run=[NEWER]).markdown)
    app = open_page(run=[OLDER, NEWER])
    assert "What people said" in " ".join(element.value for element in app.markdown)
    assert any("Best for people: epoch 5" in element.value for element in app.caption)
    assert any("Interim" in element.value for element in app.caption)
    assert (app.get("page_link")[-1].label) == "Open the study"


def test_the_epoch_that_did_best_with_people_is_marked_among_the_curves(workspace: Workspace, two_runs: None) -> None:
    said(workspace, OLDER, "old-study", {5: 2.0, 10: 1.5}, at="2026-11-20T10:00:00.000Z")
    said(workspace, NEWER, "old-study", {8: 3.0}, at="2026-11-20T10:00:00.000Z")  # the only one is not the best of any
    folders = [RunFolder(workspace.run(run_id)) for run_id in (OLDER, NEWER)]
    assert run_people.marks(folders, ["a", "b"], x="epoch") == [Mark(5, "people: 2.00", "a")]
    beside = [Mark(5, "5", "a"), Mark(5, "5", "b")]
    assert run_people.joined([*beside, Mark(5, "people: 2.00", "a")]) == [Mark(5, "5 · people: 2.00", "a"), beside[1]]
    assert run_people.marks(folders, ["a", "b"], x="images_seen") == [Mark(500, "people: 2.00", "a")]


def test_answers_of_different_studies_are_not_drawn_together(workspace: Workspace, two_runs: None) -> None:
    said(workspace, OLDER, "old-study", {5: 2.0, 10: 1.5}, at="2026-11-20T10:00:00.000Z")
    said(workspace, OLDER, "new-study", {5: 0.2, 10: 0.4}, measure="fool_rate", at="2026-11-21T10:00:00.000Z")
    app = open_page(run=[OLDER])
    assert any("Best for people: epoch 10, 40.0 %" in element.value for element in app.caption)
    app.selectbox(key="compare-study").set_value("old-study").run()
    assert any("Best for people: epoch 5, 2.00" in element.value for element in app.caption)


def real_run(workspace: Workspace, *, epochs: tuple[int, ...]) -> RunFolder:
    """A run with its dataset and its weights."""
    from tests.runs import make_run  # brings torch

    return make_run(workspace, epochs=epochs)


def said(
    workspace: Workspace, run_id: str, study: str, values: dict[int, float], *, at: str, measure: str = "mean"
) -> None:
    JsonLines(workspace.run(run_id) / HUMAN_FILE).append(
        *(
            {
                "study": study,
                "title": study,
                "condition": f"generated-{epoch}",
                "epoch": epoch,
                "measure": measure,
                "value": value,
                "low": value - 0.1,
                "high": value + 0.1,
                "judgements": 40,
                "raters": 9,
                "final": False,
                "at": at,
            }
            for epoch, value in values.items()
        )
    )
