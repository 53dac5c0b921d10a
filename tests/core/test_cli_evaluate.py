import json

import pytest
from PIL import Image

from core.cli import main
from tests.core.training.packs import stripes
from tests.runs import make_run


@pytest.fixture
def run(workspace):
    return make_run(workspace, epochs=(1, 2))


def test_an_evaluation_prints_a_table_and_keeps_its_rows(run, capsys):
    assert main(["evaluate", run.id, "--epochs", "last", "--metrics", "colour,edges"]) == 0
    out, err = capsys.readouterr()
    lines = out.strip().splitlines()
    assert lines[0].split() == ["epoch", "metric", "value", "low", "high", "floor", "ceiling", "count", "against"]
    assert [line.split()[1] for line in lines[1:]] == ["colour", "edges"]
    assert "the number says little" in err
    assert len(run.evaluations()) == 2


def test_json_tells_the_rows_and_what_could_not_be_measured(run, capsys, tmp_path):
    table = tmp_path / "scores.csv"
    asked = ["evaluate", run.id, "--epochs", "1,2", "--metrics", "colour,reconstruction", "--csv", str(table), "--json"]
    assert main(asked) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(row["epoch"], row["metric"]) for row in told["rows"]] == [(1, "colour"), (2, "colour")]
    assert [one["metric"] for one in told["cannot"]] == ["reconstruction"]
    assert len(table.read_text().splitlines()) == 1 + 3 + 2


def test_a_folder_is_named_in_place_of_test_or_train(run, capsys, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number, picture in enumerate(stripes(6, 40, seed=4)):
        Image.fromarray(picture).save(folder / f"{number}.png")
    assert (
        main(["evaluate", run.id, "--epochs", "last", "--metrics", "colour", "--against", str(folder), "--json"]) == 0
    )
    row = json.loads(capsys.readouterr().out)["rows"][0]
    assert (row["against"], row["against_name"], row["count"]) == ("folder", "pictures", 3)


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        (["--epochs", "some"], "all, last, best or numbers"),
        (["--epochs", "7"], "no weights of epoch 7"),
        (["--metrics", "beauty"], "no metric called 'beauty'"),
        (["--against", "/nowhere/at/all"], "There is no folder"),
    ],
)
def test_a_wish_that_cannot_be_is_one_clear_line(run, capsys, wishes, message):
    assert main(["evaluate", run.id, *wishes]) == 1
    assert message in capsys.readouterr().err
