"""What evaluations measure lies beside what a training measures, while both are at work."""

import threading

import pytest

from core.training.recorder import Recorder
from core.training.run_folder import RunFolder
from core.training.score_sheet import ScoreSheet
from tests.runs import make_run


def trained(epoch, value=50.0):
    return {"epoch": epoch, "images_seen": epoch * 100, "metric": "swd", "value": value, "against": "held-out"}


def evaluated(epoch, value, metric="swd", **more):
    row = {"by": "evaluation", "epoch": epoch, "images_seen": epoch * 100, "metric": metric, "value": value}
    return row | {"against": "test", "against_hash": "a", "count": 8, "at": float(epoch), "floor": 10.0} | more


@pytest.fixture
def run(tmp_path):
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    return folder


def sheet(run, *rows):
    found = ScoreSheet(run.scores_file)
    found.append(*rows)
    return found


def test_a_trainings_own_scores_are_told_apart_from_evaluations(run):
    sheet(run, trained(1), evaluated(1, 20.0), trained(2, 40.0), evaluated(2, 30.0))
    assert [row["value"] for row in run.scores()] == [50.0, 40.0]
    assert [row["value"] for row in run.evaluations()] == [20.0, 30.0]
    assert run.best_epoch() == 2


def test_of_an_evaluation_made_again_the_newest_counts_for_each_reference(run):
    sheet(run, evaluated(2, 1.0), evaluated(1, 2.0), evaluated(2, 3.0), evaluated(2, 4.0, against_hash="b"))
    assert [(row["epoch"], row["value"]) for row in run.evaluations()] == [(1, 2.0), (2, 3.0), (2, 4.0)]


def test_a_resumed_training_forgets_its_own_later_rows_and_keeps_those_of_evaluations(run):
    rows = sheet(run, trained(1), trained(2), evaluated(1, 5.0), evaluated(2, 6.0))
    rows.rewind(100)
    assert [row["epoch"] for row in run.scores()] == [1]
    assert [row["epoch"] for row in run.evaluations()] == [1, 2]


def test_epochs_that_will_come_out_otherwise_lose_their_evaluations_too(run):
    rows = sheet(run, trained(2), evaluated(1, 5.0), evaluated(2, 6.0))
    rows.rewind(100, undone=True)
    assert run.scores() == []
    assert [row["epoch"] for row in run.evaluations()] == [1]


def test_no_row_is_lost_when_an_evaluation_writes_while_a_training_rewinds(run):
    sheet(run, *(trained(epoch) for epoch in range(1, 4)))

    def evaluate():
        for number in range(60):
            ScoreSheet(run.scores_file).append(evaluated(1, float(number), against_hash=str(number)))

    writer = threading.Thread(target=evaluate)
    writer.start()
    training = ScoreSheet(run.scores_file)
    for _ in range(40):
        training.append(trained(3))
        training.rewind(200)
    writer.join()
    assert len(run.evaluations()) == 60
    assert [row["epoch"] for row in run.scores()] == [1, 2]


def test_a_training_that_is_rewound_by_its_recorder_keeps_an_evaluations_rows(workspace):
    run = make_run(workspace, epochs=(1, 2))
    ScoreSheet(run.scores_file).append(evaluated(2, 7.0) | {"images_seen": run.scores()[-1]["images_seen"]})
    Recorder.rewind(_recorder(run), 0)
    assert [row["epoch"] for row in run.scores()] == [0]
    assert [row["value"] for row in run.evaluations()] == [7.0]
    assert [row["images_seen"] for row in run.metrics()[0]] == []


def test_the_best_epoch_is_found_for_each_metric_in_its_own_direction(run):
    sheet(run, *(evaluated(epoch, value) for epoch, value in ((1, 9.0), (2, 3.0), (3, 5.0))))
    sheet(run, *(evaluated(epoch, value, "precision") for epoch, value in ((1, 0.2), (2, 0.1), (3, 0.6))))
    sheet(run, *(evaluated(epoch, value, "ms_ssim", floor=0.3) for epoch, value in ((1, 0.29), (2, 0.1), (3, 0.9))))
    assert run.best_epochs() == {"swd": 2, "precision": 3, "ms_ssim": 1}


def test_numbers_of_other_pictures_or_counts_are_not_ranked_together(run):
    sheet(run, evaluated(1, 9.0), evaluated(2, 8.0), evaluated(3, 1.0, count=4), evaluated(4, 0.5, against_hash="b"))
    assert run.best_epochs() == {"swd": 2}


def test_a_check_chooses_no_epoch(run):
    sheet(run, evaluated(1, 0.0, "memorisation"), evaluated(2, 0.5, "memorisation"))
    assert run.best_epochs() == {}


def _recorder(run):
    import torch

    return Recorder(run, latent_dim=8, grid_size=4, seed=0, shown=torch.zeros(0, 3, 32, 32), device=torch.device("cpu"))
