"""The Measure page: what is asked, what a plan says before it starts, and how rows of evaluations are read."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.datasets.pack import open_pack
from core.jobs import control
from core.jobs.folder import list_jobs
from core.metrics.registry import METRICS
from core.training.grids import make_grid
from core.training.run_folder import RunFolder
from core.training.score_sheet import ScoreSheet
from core.workspace import Workspace
from tests.pages.run_fixtures import charted, component_data, device_taken
from tests.runs import make_run
from ui.measure_form import _told
from ui.measure_words import as_good, epochs_in_words, number, progress, reference, small_set, verdict

_ROUTER = Path(__file__).resolve().parents[2] / "streamlit_app.py"


def open_page(**parameters: str | list[str]) -> AppTest:
    app = AppTest.from_file(str(_ROUTER), default_timeout=60).run()
    app.switch_page("app_pages/judge/measure.py")
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, app.exception
    return app


def row(epoch: int, value: float, metric: str = "swd", **more: Any) -> dict[str, Any]:
    """As an evaluation writes it."""
    return {
        "by": "evaluation",
        "epoch": epoch,
        "images_seen": epoch * 40,
        "metric": metric,
        "value": value,
        "low": value - 2,
        "high": value + 2,
        "floor": 10.0,
        "ceiling": 400.0,
        "count": 60,
        "against": "test",
        "against_name": "stripes",
        "against_hash": "abcd",
        "weights": "12",
        "seed": 0,
        "job": "job",
        "at": 1_795_000_000.0 + epoch,
        "details": {"levels": {"32": 12.34}},
        **more,
    }


def measured(workspace: Workspace, *rows: dict[str, Any], **settings: Any) -> RunFolder:
    run = make_run(workspace, epochs=(1, 2, 3), **settings)
    ScoreSheet(run.scores_file).append(*rows)
    return run


def said(app: AppTest) -> str:
    parts: Sequence[Any] = [*app.markdown, *app.caption, *app.warning, *app.info, *app.success, *app.error]
    return "\n".join(str(part.value) for part in parts)


# ---- the page


def test_without_runs_the_page_leads_to_training(workspace: Workspace) -> None:
    app = open_page()
    assert "no runs to measure" in app.info[0].value
    assert [link.label for link in app.get("page_link")] == ["Train a model"]


def test_a_run_without_numbers_can_be_measured_and_the_plan_is_told_first(workspace: Workspace) -> None:
    run = make_run(workspace)
    app = open_page()
    assert app.multiselect(key="measure-runs").value == [run.id]
    assert "Nothing was measured yet" in app.subheader[0].value
    assert "15 numbers, about" in said(app)  # three epochs, five numbers; no states were kept for the discriminator's
    assert "The whole state was kept of these epochs only" in said(app)
    assert "below 1,000 the number says little" in said(app).replace("\\", "")
    assert not app.button(key="measure-start").disabled
    assert [box.key for box in app.checkbox if "fid" in box.key or "reconstruction" in box.key] == []


def test_what_is_missing_for_an_evaluation_is_said(workspace: Workspace, tmp_path: Path) -> None:
    make_run(workspace)
    app = open_page()
    app.segmented_control(key="measure-epochs").set_value("Some")
    app.run()
    assert "Choose at least one epoch." in said(app)
    app.segmented_control(key="measure-epochs").set_value("Last")
    app.segmented_control(key="measure-against").set_value("folder")
    app.run()
    assert "Name the folder of pictures." in said(app)
    app.text_input(key="measure-folder").set_value(str(tmp_path / "nowhere")).run()
    assert "There is no folder" in app.error[0].value
    assert app.button(key="measure-start").disabled
    app.segmented_control(key="measure-against").set_value("test")
    for box in app.checkbox:
        box.set_value(False)
    app.run()
    assert "Choose at least one number." in said(app)


def test_measuring_starts_a_job_with_what_was_asked_for_and_follows_it(workspace: Workspace) -> None:
    run = make_run(workspace)
    app = open_page()
    app.segmented_control(key="measure-epochs").set_value("Last")
    for box in app.checkbox:
        box.set_value(box.key in ("measure-of-swd", "measure-of-colour"))
    app.number_input(key="measure-seed").set_value(7)
    app.run()
    with device_taken(workspace):
        app.button(key="measure-start").click().run()
        assert not app.exception, app.exception
        (job,) = [job for job in list_jobs(workspace) if job.kind == "evaluate"]
        try:
            assert job.settings["measurements"] == {run.id: {"swd": [3], "colour": [3]}}
            assert (job.settings["seed"], job.settings["against"]) == (7, "test")
            assert app.container(key=f"job-{job.id}")
        finally:
            control.stop(workspace, job, force=True)


def test_the_chart_has_every_run_with_intervals_between_floor_and_ceiling(workspace: Workspace) -> None:
    one = measured(workspace, row(1, 60), row(2, 41), row(3, 43))
    other = measured(workspace, row(2, 80), row(3, 70), preset="quick-vae", seed=1)
    app = open_page(run=[one.id, other.id])
    frame = charted(app)
    lines = frame[frame["kind"] == "line"]
    assert lines.groupby("series")["y"].apply(list).tolist() == [[60, 41, 43], [80, 70]]
    assert (lines["high"] - lines["low"] == 4).all()
    assert list(frame[frame["kind"] == "best"]["x"]) == [2, 3]
    assert frame[frame["kind"] == "floor"]["text"].tolist() == ["real pictures among themselves: 10.0"]
    assert frame[frame["kind"] == "above"]["text"].tolist() == ["↑ random noise: 400"]
    words = said(app).replace("\\", "")
    assert "best: epoch 2 has 41.0 (95 %: 39.0 to 43.0); epoch 3 cannot be told from it" in words
    assert "92% of the way from random noise to what real pictures give" in [
        bar.proto.text for bar in app.get("progress")
    ]
    app.toggle(key="measure-whole").set_value(True).run()
    frame = charted(app)
    assert frame[frame["kind"] == "ceiling"]["y"].tolist() == [400]


def test_numbers_against_other_pictures_are_never_in_one_chart(workspace: Workspace) -> None:
    one = measured(workspace, row(1, 60), row(2, 41))
    other = measured(workspace, row(2, 5, against_name="prints", against_hash="ffff"), seed=1)
    app = open_page(run=[one.id, other.id])
    choice = app.selectbox(key="measure-group-swd")
    assert choice.options == [
        "Held-out pictures of stripes, 60 pictures a side",
        "Held-out pictures of prints, 60 pictures a side",
    ]
    assert set(charted(app)["y"].dropna()) == {60, 41, 10}
    assert "Not measured in this way" in said(app)


def test_small_sets_and_the_number_in_the_address_are_told(workspace: Workspace) -> None:
    run = measured(workspace, row(1, 60), row(1, 90, "fid", count=300, details={"resize": "clean"}))
    app = open_page(run=run.id, metric="fid")
    assert app.selectbox(key="measure-metric").value == "fid"
    assert "FID of 300 pictures a side is far too high" in app.warning[0].value
    app.selectbox(key="measure-metric").set_value("swd").run()
    assert app.query_params["metric"] == "swd"
    assert "Of fewer than 1,000 pictures a side this number says little: these are 60" in app.warning[0].value
    table = app.dataframe[0].value
    assert table["Details"].tolist() == ["levels (32: 12.34)", "resize clean"]


def test_a_link_to_a_run_that_is_gone_says_so(workspace: Workspace) -> None:
    make_run(workspace)
    app = open_page(run="20200101-000000-gone-aaaa")
    assert "not in this lab" in app.warning[0].value


def test_the_leaderboard_ranks_runs_by_their_best_epoch_and_offers_all_numbers(workspace: Workspace) -> None:
    one = measured(workspace, row(1, 60), row(2, 41), row(3, 44))
    measured(workspace, row(2, 33), row(3, 70), preset="quick-vae", seed=1)
    app = open_page(run=one.id, show="Leaderboard")
    table = app.dataframe[0].value
    assert table["Epoch"].tolist() == [2, 2]
    assert table["Value"].tolist() == [33, 41]
    assert table["Way to real"].tolist() == [94, 92]
    assert all(picture.startswith("data:image/png;base64,") for picture in table["Samples"])
    assert app.get("download_button")[0].proto.label == "All numbers as CSV"


def test_copies_are_laid_beside_the_pictures_they_were_copied_from(workspace: Workspace) -> None:
    run = make_run(workspace)
    pack = open_pack(workspace.dataset(run.dataset_id))
    with Image.open(run.grid(3)) as grid:
        size = grid.size
    copied = pack.images[pack.train[:16]]
    Image.fromarray(np.asarray(make_grid(copied))).resize(size).save(run.grid(3))
    app = open_page(run=run.id, show="Copies")
    pairs = component_data(app, f"measure-pairs-{run.id}")["pairs"]
    assert len(pairs) == 16
    assert all(pair["copy"] and pair["distance"].startswith("Copy, 0.0 away") for pair in pairs)
    assert "16 of these 16 samples are copies" in app.warning[0].value


def test_the_page_says_which_file_inception_needs_and_knows_a_forged_one(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(workspace.root / "torch"))
    make_run(workspace)
    app = open_page()
    assert "Inception's file: not here" in [expander.label for expander in app.expander]
    codes = [code.value for code in app.code]
    assert "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2" in codes
    assert str(workspace.data / "weights") in codes
    assert not [box for box in app.checkbox if box.key == "measure-of-fid"]
    app.button(key="measure-inception-get").click().run()
    assert "Apache-2.0, of TensorFlow" in said(app).replace("\\", "")
    assert "torch-fidelity/releases" in said(app)
    forged = workspace.data / "weights" / "weights-inception-2015-12-05-6726825d.pth"
    forged.parent.mkdir()
    forged.write_bytes(b"something else")
    app.run()
    assert app.checkbox(key="measure-of-fid").value is False  # there, and checked before it is opened
    app.button(key="measure-inception-check").click().run()
    assert hashlib.sha256(b"something else").hexdigest()[:8] in app.error[0].value
    assert not [box for box in app.checkbox if box.key == "measure-of-fid"]


# ---- the words


def test_numbers_are_written_as_people_read_them() -> None:
    assert [number("swd", value) for value in (81.234, 0.01234, 1234.5, None, float("nan"))] == [
        "81.2",
        "0.0123",
        "1,234",
        "–",
        "–",
    ]
    assert [number("memorisation", value) for value in (0.0, 0.0123, 0.62)] == ["0 %", "1.2 %", "62 %"]
    assert number("active_units", 40.0) == "40"


def test_the_way_from_ceiling_to_floor_holds_for_every_direction() -> None:
    assert progress(METRICS["swd"], row(1, 205)) == pytest.approx(0.5)
    assert progress(METRICS["swd"], row(1, 5)) == 1.0
    assert progress(METRICS["recall"], row(1, 0.2, "recall", floor=0.8, ceiling=0.0)) == pytest.approx(0.25)
    alike = row(1, 0.1, "ms_ssim", floor=0.2, ceiling=1.0)
    assert progress(METRICS["ms_ssim"], alike) == pytest.approx(0.875)  # too unlike counts as too alike does
    assert progress(METRICS["swd"], row(1, 5, floor=None)) is None


def test_epochs_that_differ_by_less_than_both_intervals_allow_cannot_be_told_apart() -> None:
    rows = [row(1, 60), row(2, 41), row(3, 43.8), row(4, 43.9)]  # each give or take 2: together the root of 8
    assert [one["epoch"] for one in as_good(METRICS["swd"], rows[1], rows)] == [3]
    higher = [row(1, 7, "recall"), row(2, 9, "recall"), row(3, 4, "recall")]
    assert [one["epoch"] for one in as_good(METRICS["recall"], higher[1], higher)] == [1]
    assert as_good(METRICS["swd"], row(1, 41, low=None), rows) == []


def test_references_epochs_and_verdicts_are_in_words() -> None:
    assert (
        reference(row(1, 5, against="folder", against_name="prints", count=1)) == "pictures in prints, 1 picture a side"
    )
    assert [epochs_in_words(epochs) for epochs in ([4], [1, 2, 3], [1, 5, 9])] == [
        "epoch 4",
        "epochs 1 to 3",
        "epochs 1, 5 and 9",
    ]
    assert verdict(METRICS["swd"], row(4, 12.3)) == "epoch 4 has 12.3 (95 %: 10.3 to 14.3)"
    assert small_set(METRICS["swd"], 1000) == ""


def test_a_remark_about_several_runs_is_made_once() -> None:
    remarks = [("2026-a", "2026-a has none."), ("2026-b", "2026-b has none."), ("2026-a", "2026-a: few pictures")]
    assert _told(remarks) == {"It has none.": ["2026-a", "2026-b"], "Few pictures": ["2026-a"]}
