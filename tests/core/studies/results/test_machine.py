"""People beside the metric of a run, and people's word kept with it."""

import json

import pytest

from core.studies.design import StudyDesign
from core.studies.freeze import create_study
from core.studies.journal import VoteJournal
from core.studies.links import close_study
from core.studies.results.machine import HUMAN_FILE, against_machine, human_scores, keep_with_runs
from core.studies.results.study_results import results
from tests.core.studies.conftest import DrawnPictures

from .simulated import OfRun, by_condition, rate

EPOCHS = (0, 10, 20, 40)


@pytest.fixture
def run(workspace):
    folder = workspace.run("run-a")
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps({"id": "run-a"}))
    distances = zip(EPOCHS, (320, 90, 55, 41), strict=True)
    rows = [json.dumps({"epoch": epoch, "metric": "swd", "value": value}) for epoch, value in distances]
    (folder / "scores.jsonl").write_text("\n".join(rows) + "\n")
    return folder


def judged(workspace, kind="rate-1-to-5", answers=((1,), (2,), (3,), (4,)), epochs=EPOCHS):
    sources = [OfRun("generated", 4, seed=epoch) for epoch in epochs]
    sources.append(DrawnPictures("real", 4, seed=99))
    study = create_study(workspace, "Epochs", StudyDesign(kind=kind, enlargement="pixels"), sources)
    journal = VoteJournal(study.path)
    given = {f"generated-{number + 1}": list(values) for number, values in enumerate(answers[: len(epochs)])}
    for _ in range(4):
        rate(study, journal, by_condition({**given, "real-1": [5 if kind == "rate-1-to-5" else 1]}))
    return study, journal


def test_epochs_that_people_and_the_metric_rank_alike_correlate(workspace, run):
    (found,) = against_machine(workspace, results(*judged(workspace)))
    assert found.run_id == "run-a"
    assert [(point.epoch, point.human, point.machine) for point in found.points] == [
        (0, 1, 320),
        (10, 2, 90),
        (20, 3, 55),
        (40, 4, 41),
    ]
    assert found.correlation.rho == pytest.approx(1)  # less distance, better for people
    assert "chance with 4 points" in found.correlation.words


def test_two_epochs_are_shown_without_a_correlation(workspace, run):
    (found,) = against_machine(workspace, results(*judged(workspace, epochs=(0, 40))))
    assert found.correlation is None
    assert "needs 3 epochs" in found.remark


def test_a_run_that_was_removed_takes_nothing_from_the_study(workspace):
    assert against_machine(workspace, results(*judged(workspace))) == ()
    assert keep_with_runs(workspace, results(*judged(workspace))) == 0


def test_what_people_said_is_kept_beside_the_run_once_until_it_changes(workspace, run):
    study, journal = judged(workspace)
    assert keep_with_runs(workspace, results(study, journal)) == 4
    assert keep_with_runs(workspace, results(study, journal)) == 0
    rate(study, journal, by_condition({f"generated-{n}": [5] for n in (1, 2, 3, 4)} | {"real-1": [5]}))
    assert keep_with_runs(workspace, results(study, journal)) == 4
    assert len((run / HUMAN_FILE).read_text().splitlines()) == 8
    rows = human_scores(run)
    assert [(row["epoch"], row["value"]) for row in rows] == [(0, 1.8), (10, 2.6), (20, 3.4), (40, 4.2)]
    assert rows[0] | {"at": ""} == {
        "study": study.id,
        "title": "Epochs",
        "condition": "generated-1",
        "epoch": 0,
        "measure": "mean",
        "value": 1.8,
        "low": rows[0]["low"],
        "high": rows[0]["high"],
        "judgements": 20,
        "raters": 5,
        "final": False,
        "at": "",
    }


def test_a_handful_of_votes_more_is_written_when_the_study_closes(workspace, run):
    study, journal = judged(workspace, answers=((1,), (2,), (3,), (4,)))
    for _ in range(6):  # 40 judgements of each epoch
        rate(study, journal, by_condition({f"generated-{n}": [n] for n in (1, 2, 3, 4)} | {"real-1": [5]}))
    keep_with_runs(workspace, results(study, journal))
    judged_now = ""
    while not judged_now.startswith("generated"):  # one vote about a model, whichever comes first
        rate(study, journal, lambda study, showing: 5, at_most=1)
        judged_now = study.condition_of(journal.votes()[-1].item).id
    assert keep_with_runs(workspace, results(study, journal)) == 0
    close_study(study)
    assert keep_with_runs(workspace, results(study, journal)) >= 1


def test_the_same_latents_at_two_epochs_are_compared_pair_by_pair(workspace, run):
    """Every picture of epoch 40 fools, none of epoch 0 does: 4 raters on 4 pairs of twins, all discordant."""
    study, journal = judged(workspace, "real-or-generated", ((0,), (0, 1), (0, 1), (1,)))
    found = results(study, journal)
    pairs = {(one.first.id, one.second.id): one.twins for one in found.differences}
    twins = pairs["generated-1", "generated-4"]
    assert (twins.pairs, twins.only_first, twins.only_second) == (16, 0, 16)
    assert twins.is_significant
    assert pairs["generated-1", "real-1"] is None  # a real picture has no twin
