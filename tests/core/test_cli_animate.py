"""The command `animate`: a film from the command line, opened again."""

import json
from pathlib import Path

import pytest
from PIL import Image

from core.cli import main
from core.workspace import Workspace
from tests.runs import make_run


def test_a_gif_of_chosen_epochs_lies_where_it_was_asked_for(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run(workspace, "quick-gan", epochs=(1, 2, 3, 4))
    out = tmp_path / "films" / "film.gif"
    options = ["--layout", "static", "--epochs", "0-2,4", "--duration", "6", "--hold", "2", "--size", "320", "--json"]
    assert main(["animate", run.id, "--out", str(out), *options]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["frames"], said["seconds"], said["width"]) == (4, 6.0, 320)
    with Image.open(out) as film:
        assert film.n_frames == 4  # type: ignore[attr-defined]


def test_a_walk_goes_through_points_given_as_seeds_or_as_a_file(workspace: Workspace, tmp_path: Path) -> None:
    run = make_run(workspace, "quick-gan", epochs=(1, 2))
    look = ["--caption", "none", "--size", "160", "--seconds", "0.2", "--hold", "0"]
    out = tmp_path / "walk.mp4"
    assert main(["animate", run.id, "--layout", "walk", "--points", "0:3", "7:1", "--out", str(out), *look]) == 0
    assert out.stat().st_size > 500
    told = [{"run": "elsewhere", "epoch": 9, "seed": 3, "number": 1}, {"run": "elsewhere", "epoch": 9, "seed": 4}]
    points = tmp_path / "points.json"
    points.write_text(json.dumps(_as_points(told)), encoding="utf-8")
    again = ["animate", run.id, "--layout", "walk", "--epoch", "1", "--points", str(points), "--out", str(out)]
    assert main([*again, *look]) == 0


def _as_points(told: list[dict[str, int | str]]) -> list[object]:
    from core.sampling.points import Point, Seed

    return [
        Point(str(one["run"]), int(one["epoch"]), Seed(int(one["seed"]), int(one.get("number", 0)))).to_json()
        for one in told
    ]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--layout", "grid", "--out", "film.avi"], "film.avi"),
        (["--layout", "grid", "--out", "film.gif", "--epochs", "7-9"], "0 to 2"),
        (["--layout", "grid", "--out", "film.gif", "--epochs", "first"], "0-20,40"),
        (["--layout", "walk", "--out", "film.gif", "--points", "a:b", "1:2"], "SEED:NUMBER"),
        (["--layout", "grid", "--out", "film.gif", "--seconds", "1", "--duration", "9"], "not with both"),
        (["--layout", "rolling", "--out", "film.gif", "--curve", "fid"], "loss_generator"),
    ],
)
def test_a_refusal_is_one_line_that_says_what_to_do(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    run = make_run(workspace, "quick-gan", epochs=(1, 2))
    assert main(["animate", run.id, *options]) == 1
    said = capsys.readouterr().err
    assert words in said
    assert len(said.strip().splitlines()) == 1
