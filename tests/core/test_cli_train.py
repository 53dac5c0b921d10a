"""Training from the command line: lengths, beginnings, estimates, the table of presets."""

import json

import pytest

from core.cli import main
from core.models.zoo import PRESETS
from core.training.runs import list_runs
from core.workspace import Workspace
from tests.core.training.packs import stripes, write_pack

SMALL = ["--set", "width=4", "max_width=8", "latent_dim=4", "batch_size=8", "grid_size=4", "save_every_epochs=1"]
TRAIN = ["train", "--preset", "quick-gan", "--dataset", "stripes", *SMALL]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A lab with a dataset of 24 pictures and a run of two epochs on it."""
    workspace = Workspace(tmp_path_factory.mktemp("train") / "lab").create()
    write_pack(workspace.dataset("stripes"), stripes(32, 32), test=8)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ATELIER_HOME", str(workspace.root))
        assert main([*TRAIN, "--epochs", "2", "--set", "keep_states_every=1", "--wait"]) == 0
    return workspace


@pytest.fixture(autouse=True)
def use_lab(lab, lab_home, monkeypatch):
    monkeypatch.setenv("ATELIER_HOME", str(lab.root))


def told(capsys, *arguments):
    capsys.readouterr()
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_presets_tell_their_cost_their_origin_and_what_was_mended(capsys):
    rows = {row["preset"]: row for row in told(capsys, "presets")}
    assert set(rows) == set(PRESETS)
    row = rows["artgan-bn-generator"]
    assert row["origin"].startswith("gregwcy/ART-GAN")
    assert row["mended"]
    assert row["parameters"]["generator"] == pytest.approx(1.73e6, rel=0.01)
    assert row["macs"]["discriminator"] == pytest.approx(543e6, rel=0.01)


def test_numbers_of_a_table_stand_below_one_another(capsys):
    assert main(["presets"]) == 0
    lines = capsys.readouterr().out.splitlines()
    end = lines[0].index("M MACs") + len("M MACs")
    assert lines[0].startswith("preset ")  # words begin together
    assert all(line[end - 1].isdigit() and line[end] == " " for line in lines[1:])
    assert any(" 5.60 " in line for line in lines)


def test_a_mistyped_preset_is_answered_with_the_nearest_first(capsys):
    assert main(["train", "--preset", "deepart-va-2", "--dataset", "stripes", "--epochs", "1"]) == 1
    assert "There are: deepart-vae-2, " in capsys.readouterr().err


def test_a_small_need_is_told_in_megabytes(capsys):
    assert main([*TRAIN, "--epochs", "1", "--estimate"]) == 0
    out = capsys.readouterr().out
    assert " MB." in out
    assert "0.0 GB" not in out


def test_a_run_may_be_as_long_as_so_many_images(capsys, lab):
    run = told(capsys, *TRAIN, "--images", "40", "--wait")
    summary = next(found for found in list_runs(lab) if found.id == run["id"])
    assert (summary.images_seen, summary.epoch, summary.epochs, summary.state) == (40, 2, 2, "done")


def test_a_branch_goes_on_from_an_epoch_by_a_part_of_the_runs_name(capsys, lab):
    first = list_runs(lab)[-1].id
    run = told(capsys, *TRAIN, "--epochs", "3", "--from", f"{first}:1", "--wait")
    assert lab.run(run["id"]).joinpath("run.json").exists()
    settings = json.loads(lab.run(run["id"]).joinpath("run.json").read_text())["settings"]
    assert settings["start"]["run"] == first
    assert settings["start"]["kind"] == "branch"


def test_an_estimate_tells_time_memory_and_disk_and_starts_nothing(capsys, lab):
    before = len(list_runs(lab))
    needs = told(capsys, *TRAIN, "--epochs", "5", "--estimate")
    assert needs["images"] == 120
    assert min(needs["seconds"], needs["memory_bytes"], needs["disk_bytes"]) > 0
    assert len(list_runs(lab)) == before


def test_minutes_become_images_by_the_measured_speed(capsys, lab):
    needs = told(capsys, *TRAIN, "--minutes", "0.05", "--estimate")
    assert needs["images"] == pytest.approx(3 * needs["images_per_second"], rel=0.5)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--epochs", "1", "--transfer"], "name that run too"),
        (["--epochs", "1", "--from", "nothing:1"], "nothing"),
        (["--minutes", "-1"], "above 0"),
        (["--epochs", "1", "--set", "condition=style"], "style"),
        (["--epochs", "1", "--devices", "0"], "devices must lie between 1"),
    ],
)
def test_what_cannot_be_started_is_refused_in_one_line(arguments, words, capsys, lab):
    before = len(list_runs(lab))
    assert main([*TRAIN, *arguments]) == 1
    refusal = capsys.readouterr().err.strip().splitlines()
    assert words in refusal[-1]
    assert len(list_runs(lab)) == before


def test_two_lengths_at_once_are_a_mistyped_command():
    with pytest.raises(SystemExit, match="2"):
        main([*TRAIN, "--epochs", "1", "--images", "8"])
