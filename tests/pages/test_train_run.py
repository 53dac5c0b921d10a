"""The page of a run: the verdict with what it rests on, the distance to real pictures, ways on, pictures on demand."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.files import JsonLines, read_json, write_bytes, write_json
from core.jobs.control import run_here
from core.jobs.folder import JobFolder
from core.training.run_folder import RunFolder
from core.training.runs import create_run
from core.workspace import Workspace
from tests.pages import run_fixtures as made
from tests.pages.test_train import labels, make_dataset, open_page, texts, unmarked
from tests.pages.test_train_form import label_styles
from ui import run_health


def add_scores(run: RunFolder, values: dict[int, float], floor: float = 12.5) -> None:
    rows = [{"epoch": epoch, "images_seen": 100 * epoch, "value": value} for epoch, value in values.items()]
    told = {"metric": "swd", "floor": floor, "count": 16, "against": "held-out"}
    JsonLines(run.scores_file).append(*[row | told for row in rows])


def keep_whole(run: RunFolder, *epochs: int) -> None:
    for epoch in epochs:
        write_bytes(run.state_path(epoch), b"no page reads a state")


def open_run(run: RunFolder, **opened: bool) -> AppTest:
    app = open_page(run=run.id)
    for key in opened:
        app.session_state[key] = True
    return app.run()


def verdicts(app: AppTest) -> list[tuple[str, str]]:
    """(weight, title) of the findings as they stand."""
    shown = []
    for kind in ("error", "warning", "info", "success"):
        shown += [
            (kind, unmarked(element.value).split("**")[1]) for element in app.get(kind) if "**" in str(element.value)
        ]
    return shown


@pytest.mark.parametrize(
    ("code", "weight", "title"),
    [
        ("one-colour", "error", "Collapsed to one colour."),
        ("sameness", "error", "Samples resemble one another."),
        ("running-away", "error", "The numbers run away."),
        ("latents-unused", "error", "Posterior collapse."),
        ("diverged", "error", "Diverged."),
        ("discriminator-wins", "warning", "The discriminator wins."),
        ("overfitting", "warning", "Learned by heart."),
        ("nothing-learned", "warning", "Nothing learned yet."),
        ("something-new", "warning", "Something new."),
    ],
)
def test_each_finding_has_its_weight_a_title_and_the_words_of_the_training(
    workspace: Workspace, code: str, weight: str, title: str
) -> None:
    run = made.make_run(workspace, health=[{"code": code, "message": "Found 3 of 4. Do this."}], end={})
    app = open_page(run=run.id)
    assert verdicts(app) == [(weight, title)]
    assert "Found 3 of 4. Do this." in unmarked(texts(app))


def test_the_gravest_finding_stands_first(workspace: Workspace) -> None:
    told = [{"code": code, "message": "Words."} for code in ("went-back", "overfitting", "one-colour")]
    app = open_page(run=made.make_run(workspace, health=told, end={}).id)
    assert [weight for weight, _ in verdicts(app)] == ["error", "warning", "info"]
    codes = [finding.code for finding in run_health.findings_of([{"health": told}])]
    assert codes == ["one-colour", "overfitting", "went-back"]
    assert "Healthy so far" not in texts(app)


def test_having_gone_back_alone_is_a_note_and_the_run_counts_as_healthy(workspace: Workspace) -> None:
    run = made.make_run(workspace, health=[{"code": "went-back", "message": "Once."}], end={})
    assert verdicts(open_page(run=run.id)) == [
        ("info", "Went back after a divergence."),
        ("success", "Healthy so far."),
    ]


def test_a_healthy_run_says_what_was_looked_at(workspace: Workspace) -> None:
    run = made.make_run(workspace, kept=range(6), end={})
    add_scores(run, {0: 300, 5: 120})
    app = open_run(run, **{"run-looked-at": True})
    said = unmarked(texts(app))
    assert "Healthy so far" in said
    assert "all finite at 50 log points" in said
    assert "5 sample grids compared with real pictures" in said
    assert "the discriminator tells 70 % of pictures apart" in said
    assert "the distance to real pictures is 120, 300 before training" in said


def test_a_young_run_says_what_it_is_too_early_for(workspace: Workspace) -> None:
    run = made.make_run(workspace, kept=(0, 1), logged_epochs=0.3, end={})
    app = open_run(run, **{"run-looked-at": True})
    said = unmarked(texts(app))
    assert verdicts(app) == [("info", "Too early for a verdict.")]
    assert "too early to tell by 1 of 4 sample grids" in said
    assert "no saved epoch was measured yet" in said


def test_a_failed_run_is_not_called_healthy(workspace: Workspace) -> None:
    run = made.make_run(workspace, end={"state": "failed", "message": "The disk is full."})
    assert "Healthy" not in texts(open_page(run=run.id))


def test_the_distance_to_real_pictures_is_drawn_with_its_floor_and_best_epoch(workspace: Workspace) -> None:
    run = made.make_run(workspace, kept=(0, 5, 10), end={})
    add_scores(run, {0: 300, 5: 120, 10: 140})
    app = open_page(run=run.id)
    assert "Best at epoch 5: 120; real pictures among themselves: 12.5" in texts(app)
    charts = [made.pa.ipc.open_stream(chart.proto.data.data).read_pandas() for chart in app.get("vega_lite_chart")]
    (scores,) = [chart for chart in charts if "Samples" in set(chart["series"])]
    marked = scores[scores["kind"] == "mark"]
    assert list(marked["x"]) == [5]
    assert set(scores[scores["series"] == "Other real pictures"]["raw"]) == {12.5}


def test_a_branch_begins_at_the_newest_epoch_that_was_kept_whole(workspace: Workspace) -> None:
    run = made.make_run(workspace, kept=(0, 5, 10), end={"state": "done"})
    keep_whole(run, 5)
    app = open_page(run=run.id)
    next(button for button in app.button if button.label == "Branch from epoch 5").click().run()
    assert asked(app) == {"from": run.id, "epoch": "5", "kind": "branch"}


def test_an_ended_run_can_be_trained_longer_a_running_one_not(workspace: Workspace) -> None:
    run = made.make_run(workspace, epochs=10, kept=(0, 5, 10), end=None)
    keep_whole(run, 10)
    with made.running(run):
        assert "Train longer" not in labels(open_page(run=run.id))
    made.write_end(run, state="done")
    app = open_page(run=run.id)
    next(button for button in app.button if button.label == "Train longer").click().run()
    assert asked(app)["epochs"] == "20"


def test_a_run_without_weights_offers_no_way_on(workspace: Workspace) -> None:
    app = open_page(run=made.make_run(workspace, kept=(), logged_epochs=1, end={}).id)
    assert "once the first epoch is kept" in texts(app)
    assert not {"Train longer", "Branch from epoch 5"} & set(labels(app))


@pytest.fixture
def conditioned(workspace: Workspace) -> RunFolder:
    """A run that really learned two styles, for one epoch."""
    make_dataset(workspace)
    label_styles(workspace, "Colour Field", "Pop Art")
    small = {"width": 8, "max_width": 16, "latent_dim": 8, "batch_size": 4, "grid_size": 4, "condition": "style"}
    run_id = create_run(workspace, "quick-gan", "stripes", 1, small)
    assert run_here(workspace, JobFolder(workspace.run(run_id))).state == "done"
    return RunFolder(workspace.run(run_id))


def test_words_become_chips_and_pictures_of_what_was_understood(conditioned: RunFolder) -> None:
    app = open_page(run=conditioned.id)
    field(app, "text_input", "In your words").set_value("colour field by rothko").run()
    said = unmarked(texts(app))
    assert "style: Colour Field" in said
    assert "not known: rothko" in said
    field(app, "button", "Draw 16").click().run()
    assert not app.exception, app.exception
    assert "Drawn for style: Colour Field · epoch 1 · seed 0" in unmarked(texts(app))


def test_without_words_pictures_of_anything_are_drawn(conditioned: RunFolder) -> None:
    app = open_page(run=conditioned.id)
    assert "pictures of anything it learned" in texts(app)
    field(app, "button", "Draw 16").click().run()
    assert "Drawn for anything" in unmarked(texts(app))


def test_export_opens_on_the_page_of_a_run(workspace: Workspace) -> None:
    run = made.make_run(workspace, kept=(0, 5), end={})
    assert "Export the network as" not in [choice.label for choice in open_page(run=run.id).radio]
    app = open_run(run, **{"run-export-open": True})
    assert "Export the network as" in [choice.label for choice in app.radio]


def test_a_damaged_vocabulary_is_said_and_the_rest_of_the_page_serves(conditioned: RunFolder) -> None:
    request = read_json(conditioned.path / "run.json")
    write_json(conditioned.path / "run.json", {**request, "settings": {**request["settings"], "terms": [{"value": 1}]}})
    app = open_page(run=conditioned.id)
    assert "A vocabulary is a list of objects" in unmarked(app.error[0].value)
    assert "Too early for a verdict" in texts(app)


def test_an_infogan_shows_a_column_for_each_category_and_a_slider_for_each_code(workspace: Workspace) -> None:
    make_dataset(workspace)
    small = {"categories": 3, "continuous": 2, "batch_size": 4, "grid_size": 4}
    run_id = create_run(workspace, "met-infogan", "stripes", 1, small)
    assert run_here(workspace, JobFolder(workspace.run(run_id))).state == "done"
    app = open_page(run=run_id)
    field(app, "button", "Draw").click().run()
    assert not app.exception, app.exception
    assert [slider.label for slider in app.slider if slider.label.startswith("Slider")] == ["Slider 1", "Slider 2"]
    field(app, "button_group", "Category").set_value(1).run()
    field(app, "slider", "Slider 2").set_value(0.5).run()
    assert not app.exception, app.exception
    assert "category 2 · slider 1 at +0.0, slider 2 at +0.5" in unmarked(texts(app))


def asked(app: AppTest) -> dict[str, str]:
    """The URL: AppTest gives text or lists of it, by who set it."""
    return {name: value if isinstance(value, str) else value[0] for name, value in app.query_params.items()}


def field(app: AppTest, kind: str, label: str) -> Any:
    return next(element for element in getattr(app, kind) if element.label == label)
