"""The Train page: what it offers, why it refuses, and a run in every state. Through the router, on real files."""

import json
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from core.files import JsonLines, read_json, write_json
from core.jobs import devices
from core.jobs.folder import JobFolder, State
from core.training import estimate
from core.training.measured import remember
from core.training.run_folder import RunFolder
from core.training.runs import create_run, plan_run
from core.workspace import Workspace
from tests.core.training.packs import stripes, write_pack
from tests.pages import run_fixtures as made
from tests.pages.run_fixtures import component_bytes, component_data

_ROUTER = Path(__file__).resolve().parents[2] / "streamlit_app.py"
_PAGE = "app_pages/make/train.py"


def open_page(**parameters: str) -> AppTest:
    app = AppTest.from_file(str(_ROUTER), default_timeout=60).run()
    app.switch_page(_PAGE)
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, app.exception
    return app


def make_dataset(workspace: Workspace, count: int = 24, side: int = 32, test: int = 4) -> None:
    """The dataset "stripes", and a run on it that logged its speed, so that no page measures it in a trial."""
    folder = workspace.dataset("stripes")
    write_pack(folder, stripes(count, side), test)
    manifest = read_json(folder / "manifest.json")
    write_json(folder / "manifest.json", {**manifest, "recipe": {"resolution": side}, "counts": {}})
    if count >= 10:
        note_speed(workspace, "quick-gan", "stripes")


def note_speed(workspace: Workspace, preset: str, dataset_id: str) -> None:
    run = RunFolder(workspace.run(create_run(workspace, preset, dataset_id, 1)))
    row = {"epoch": 1, "images_seen": 20, "images_per_second": 40.0, "device": devices.device_slots()[0]}
    JsonLines(run.metrics_file).append(row, row, row)
    note_needs(workspace, preset, dataset_id)


def note_needs(workspace: Workspace, preset: str, dataset_id: str, **overrides: Any) -> None:
    """As if a trial of these settings had been made here: it takes a process and some seconds."""
    device = devices.device_slots()[0]
    settings = plan_run(workspace, preset, dataset_id, 1, overrides)
    need = {"batch_size": 4, "seconds": 0.1, "memory_bytes": 50_000_000}
    value = {
        "base_bytes": 100_000_000,
        "by_batch": [need, {**need, "batch_size": 16}],
        "out_of_memory_at": 0,
        "parameters": 1000,
        "sampled_parameters": 500,
        "device_bytes": 0,
        "device_free_bytes": 0,
    }
    remember(workspace.data / "training-speed.json", "needs", estimate._key(settings, device), value)


def run_ids(workspace: Workspace) -> set[str]:
    return {path.parent.name for path in workspace.checkpoints.glob("*/run.json")}


def texts(app: AppTest) -> str:
    """Everything that the page says in words."""
    kinds = ("title", "subheader", "markdown", "caption", "info", "warning", "error", "success", "code", "badge")
    return "\n".join(str(element.value) for kind in kinds for element in app.get(kind))


def test_without_a_dataset_the_page_says_where_to_build_one(workspace: Workspace) -> None:
    app = open_page()
    assert "no dataset" in app.info[0].value
    assert [link.label for link in app.get("page_link")] == ["Build a dataset"]


def test_a_damaged_dataset_is_named_and_the_others_stay_usable(workspace: Workspace) -> None:
    make_dataset(workspace)
    workspace.dataset("broken").mkdir()
    app = open_page()
    assert "broken is not a dataset" in unmarked(app.warning[0].value)
    assert app.selectbox(key="new-run-dataset").options == ["stripes · 32 px"]


def test_a_dataset_too_small_cannot_be_started_and_the_page_says_why(workspace: Workspace) -> None:
    make_dataset(workspace, count=5, test=1)
    app = open_page()
    assert "Found 4 pictures" in app.error[0].value
    assert app.button(key="new-run-start").disabled


def test_a_setting_that_cannot_work_disables_the_start_and_is_named(workspace: Workspace) -> None:
    make_dataset(workspace)
    app = open_page()
    batch_size = next(field for field in app.number_input if field.label == "Batch size")
    batch_size.set_value(1).run()
    assert "batch_size must lie between" in unmarked(app.error[0].value)
    assert app.button(key="new-run-start").disabled


def test_the_form_says_what_the_run_will_take_and_how_that_is_known(workspace: Workspace) -> None:
    make_dataset(workspace)
    app = open_page()
    assert [metric.label for metric in app.metric][-3:] == ["Time", "Memory", "Disk"]
    assert "40 images per second" in texts(app)
    assert "as fast as the run" in texts(app)


def test_starting_makes_one_run_with_the_chosen_settings_and_opens_it(workspace: Workspace) -> None:
    make_dataset(workspace)
    before = run_ids(workspace)
    app = open_page()
    next(field for field in app.number_input if field.label == "Epochs").set_value(3)
    next(field for field in app.number_input if field.label == "Seed").set_value(7)
    app.run()
    with made.device_taken(workspace):
        app.button(key="new-run-start").click().run()
        (run_id,) = run_ids(workspace) - before
        settings = RunFolder(workspace.run(run_id)).settings
        assert (settings["preset"], settings["epochs"], settings["training"]["seed"]) == ("quick-gan", 3, 7)
        assert shown_run(app) == run_id
        assert not app.exception
        assert JobFolder(workspace.run(run_id)).state() is State.QUEUED


def test_a_double_click_starts_one_run(workspace: Workspace) -> None:
    make_dataset(workspace)
    before = run_ids(workspace)

    def two_clicks_on_one_form() -> None:
        from core.workspace import Workspace
        from ui import new_run
        from ui.run_length import Length

        new_run.hand_out_token()
        for _ in range(2):
            new_run.start_once(Workspace(), "quick-gan", "stripes", Length(epochs=1), {})

    with made.device_taken(workspace):
        app = AppTest.from_function(two_clicks_on_one_form, default_timeout=60).run()
        assert not app.exception
        assert len(run_ids(workspace) - before) == 1


def test_a_start_that_is_refused_says_why_and_leaves_no_run(workspace: Workspace) -> None:
    make_dataset(workspace)
    before = run_ids(workspace)
    app = open_page()
    write_json(workspace.dataset("stripes") / "manifest.json", {"id": "stripes"})  # damaged since the page was drawn
    app.button(key="new-run-start").click().run()
    assert "stripes" in texts(app)
    assert run_ids(workspace) == before


def test_text_from_a_link_is_shown_letter_by_letter(workspace: Workspace) -> None:
    app = open_page(run="![x](http://example.org/x.png)")
    assert "![x](http" not in app.error[0].value
    assert "![x](http" in unmarked(app.error[0].value)


def test_an_unknown_run_in_the_link_names_the_runs_there_are(workspace: Workspace) -> None:
    made.make_run(workspace, "20261121-090000-quick-gan-aaaa")
    app = open_page(run="20261121-000000-quick-gan-ffff")
    assert "20261121-090000-quick-gan-aaaa" in unmarked(app.error[0].value)


def test_a_link_that_tries_to_leave_the_lab_is_refused(workspace: Workspace) -> None:
    app = open_page(run="../../etc")
    assert "not a valid name" in app.error[0].value


def test_a_queued_run_says_so_and_can_leave_the_queue(workspace: Workspace) -> None:
    run = made.make_run(workspace, kept=())
    made.queue_up(workspace, run)
    app = open_page(run=run.id)
    assert "Queued" in texts(app)
    assert "The first samples appear here." in texts(app)
    assert "Leave the queue" in labels(app)


def test_a_running_run_shows_progress_verdict_and_curves_and_can_be_paused(workspace: Workspace) -> None:
    run = made.make_run(workspace, epochs=10, kept=(0, 5))
    with made.running(run):
        app = open_page(run=run.id)
        said = texts(app)
        assert "Running" in said
        assert "500 of 1,000 images" in unmarked(said)
        assert "Healthy so far" in said
        assert len(app.get("vega_lite_chart")) == 3
        assert {"Pause", "Stop"} <= set(labels(app))
        next(button for button in app.button if button.label == "Pause").click().run()
        assert JobFolder(run.path).stop_request()["reason"] == "pause"


def test_what_is_wrong_with_a_training_is_said_in_words(workspace: Workspace) -> None:
    found = {"code": "sameness", "message": "The samples resemble one another."}
    run = made.make_run(workspace, health=[found])
    with made.running(run):
        app = open_page(run=run.id)
    assert [unmarked(error.value) for error in app.error] == [
        "**Samples resemble one another.** The samples resemble one another."
    ]
    assert "Healthy so far" not in texts(app)


def test_a_paused_run_keeps_its_samples_and_can_be_resumed(workspace: Workspace) -> None:
    run = made.make_run(workspace, kept=(0, 5), end={"state": "stopped", "reason": "pause", "message": "Stopped."})
    app = open_page(run=run.id)
    assert "Paused" in texts(app)
    assert "Resume" in labels(app)
    assert viewer_columns(app)[0]["labels"][-1] == "Epoch 5"


def test_a_failed_run_says_why_in_its_own_words(workspace: Workspace) -> None:
    run = made.make_run(workspace, end={"state": "failed", "message": "Training diverged at 300 images."})
    app = open_page(run=run.id)
    assert "Training diverged at 300 images" in unmarked(app.error[0].value)
    assert "Resume" in labels(app)


def test_a_lost_run_is_not_called_running_and_can_be_resumed(workspace: Workspace) -> None:
    run = made.make_run(workspace)
    app = open_page(run=run.id)
    assert "Lost" in texts(app)
    assert "killed" in app.warning[0].value
    assert "Resume" in labels(app)


def test_a_finished_run_leads_to_compare_and_to_a_study_of_its_newest_epoch(workspace: Workspace) -> None:
    run = made.make_run(workspace, kept=(0, 5, 10), end={"state": "done", "message": "Trained for 10 epochs."})
    app = open_page(run=run.id)
    links = {link.label: link.proto.query_string for link in app.get("page_link")}
    assert links["Compare"] == f"run={run.id}"
    assert links["Create a study from epoch 10"] == f"run={run.id}&epoch=10"
    assert "Resume" not in labels(app)


def test_the_newest_picture_between_two_epochs_is_shown_until_the_next_epoch_is_kept(workspace: Workspace) -> None:
    run = made.make_run(workspace, kept=(0,), logged_epochs=3.2)
    made.write_grid(run.preview, made.grid_pixels(3), images_seen=320)
    assert viewer_columns(open_page(run=run.id))[0]["at"] == [0, 3.2]
    made.write_grid(run.grid(5), made.grid_pixels(5))
    assert viewer_columns(open_page(run=run.id))[0]["at"] == [0, 5]


def test_samples_reach_the_browser_as_the_very_bytes_of_the_run(workspace: Workspace) -> None:
    run = made.make_run(workspace, kept=(0, 5))
    app = open_page(run=run.id)
    keys = viewer_columns(app)[0]["keys"]
    app.session_state[f"run-samples-{run.id}-asked"] = {"names": [keys["start"] + keys["rest"][1], "x"], "number": 1}
    app.run()
    answer = component_bytes(app, f"run-samples-{run.id}-post")
    head, body = (
        answer[4 : 4 + int.from_bytes(answer[:4], "little")],
        answer[4 + int.from_bytes(answer[:4], "little") :],
    )
    assert [picture["key"] for picture in json.loads(head)["pictures"]] == [keys["start"] + keys["rest"][1]]
    assert body == run.grid(5).read_bytes()


def test_the_list_shows_every_run_with_its_state(workspace: Workspace) -> None:
    first = made.make_run(workspace, "20261121-090000-quick-gan-aaaa", end={"state": "done"}, created=1.0)
    second = made.make_run(workspace, "20261121-091000-quick-gan-bbbb", kept=(), created=2.0)
    rows = component_data(open_page(), "train-runs")["rows"]
    assert [(row["id"], row["word"]) for row in rows] == [(second.id, "Lost"), (first.id, "Done")]
    assert [bool(row["thumb"]) for row in rows] == [False, True]


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def unmarked(text: str) -> str:
    return text.replace("\\", "")


def viewer_data(app: AppTest) -> dict[str, Any]:
    return component_data(app, f"run-samples-{shown_run(app)}")


def shown_run(app: AppTest) -> str:
    """The run in the URL: AppTest gives a list for what the app set, and text for what the test set."""
    value = app.query_params["run"]
    return value if isinstance(value, str) else value[0]


def viewer_columns(app: AppTest) -> list[dict[str, Any]]:
    return viewer_data(app)["columns"]
