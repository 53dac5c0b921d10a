"""The Compare page: columns, epochs and zoom in the URL, what differs. Flipping epochs is tested in a real browser."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.files import JsonLines
from core.studies.results.machine import HUMAN_FILE
from core.training.run_folder import RunFolder
from core.workspace import Workspace
from tests.pages import run_fixtures as made
from tests.pages.run_fixtures import component_data
from ui import run_people
from ui.charts import Mark
from ui.samples import View

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
