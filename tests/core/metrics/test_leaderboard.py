import csv
import io

import pytest

from core.errors import ConfigError
from core.metrics.leaderboard import scores_csv, standings
from core.metrics.registry import METRICS
from core.training.score_sheet import ScoreSheet
from tests.core.training.test_score_sheet import evaluated
from tests.runs import make_run


@pytest.fixture
def runs(workspace):
    """Two runs, measured against the same pictures; the second also against others."""
    found = [make_run(workspace, epochs=(1, 2), seed=seed) for seed in range(2)]
    more = {"against_name": "stripes"}
    for run, values in zip(found, ((30.0, 20.0), (10.0, 25.0)), strict=True):
        ScoreSheet(run.scores_file).append(*(evaluated(epoch + 1, value, **more) for epoch, value in enumerate(values)))
    ScoreSheet(found[1].scores_file).append(evaluated(2, 1.0, against="folder", against_hash="z", against_name="mine"))
    return found


def test_each_run_stands_once_with_its_best_epoch_and_the_best_comes_first(workspace, runs):
    tables = standings(workspace, "swd")
    assert [(one.run_id, one.epoch, one.row["value"]) for one in tables[0].standings] == [
        (runs[1].id, 1, 10.0),
        (runs[0].id, 2, 20.0),
    ]


def test_numbers_against_other_pictures_have_a_table_of_their_own(workspace, runs):
    tables = standings(workspace, "swd")
    assert [(table.against, table.against_name, table.count, len(table.standings)) for table in tables] == [
        ("test", "stripes", 8, 2),
        ("folder", "mine", 8, 1),
    ]
    assert [table.against for table in standings(workspace, "swd", against="folder")] == ["folder"]


def test_a_check_that_chooses_no_epoch_ranks_runs_by_their_last(workspace, runs):
    for run, values in zip(runs, ((0.0, 0.5), (0.1, 0.2)), strict=True):
        rows = [
            evaluated(epoch + 1, value, "memorisation", against_name="stripes") for epoch, value in enumerate(values)
        ]
        ScoreSheet(run.scores_file).append(*rows)
    assert [(one.run_id, one.epoch) for one in standings(workspace, "memorisation")[0].standings] == [
        (runs[1].id, 2),
        (runs[0].id, 2),
    ]


def test_where_high_is_better_the_highest_leads(workspace, runs):
    for run, value in zip(runs, (0.2, 0.7), strict=True):
        ScoreSheet(run.scores_file).append(evaluated(1, value, "recall", against_name="stripes"))
    assert standings(workspace, "recall")[0].standings[0].run_id == runs[1].id


def test_a_run_that_cannot_be_read_does_not_empty_the_board(workspace, runs):
    broken = workspace.run("broken")
    broken.mkdir()
    (broken / "run.json").write_text("{")
    assert len(standings(workspace, "swd")[0].standings) == 2


def test_an_unknown_metric_is_refused_with_those_there_are(workspace):
    with pytest.raises(ConfigError, match="There are: swd"):
        standings(workspace, "beauty")


def test_the_table_of_everything_opens_in_a_spreadsheet(workspace, runs):
    path = runs[0].path / "run.json"
    path.write_text(path.read_text().replace('"title": "', '"title": "=1+'))
    rows = list(csv.DictReader(io.StringIO(scores_csv(workspace))))
    assert len(rows) == 3 * 2 + 5  # the trainings' own of epochs 0, 1 and 2, and five of evaluations
    assert {row["by"] for row in rows} == {"training", "evaluation"}
    own = [row for row in rows if row["run"] == runs[0].id]
    assert own[0]["title"].startswith("'=1+")  # no formula of somebody else's
    assert [row["epoch"] for row in own if row["by"] == "evaluation"] == ["1", "2"]
    assert len(list(csv.DictReader(io.StringIO(scores_csv(workspace, [runs[1].id]))))) == 6


def test_every_metric_tells_how_to_read_it():
    for key, metric in METRICS.items():
        assert metric.key == key
        assert "" not in (metric.title, metric.axis, metric.group)
        assert metric.about.endswith(".")
        assert metric.smallest > 0


def test_the_nearest_to_real_pictures_is_the_best_where_neither_end_is():
    metric = METRICS["ms_ssim"]
    rows = [{"value": value, "floor": 0.3} for value in (0.1, 0.28, 0.9)]
    assert min(rows, key=metric.distance)["value"] == 0.28
