import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.cli import main
from core.datasets.conditions import ConditionError, Term
from core.errors import ConfigError, NotFoundError
from core.sampling.sampler import load_sampler, truncate
from core.training.grids import cells, make_grid, save_png
from core.workspace import Workspace
from tests.core.training.hosts import train
from tests.core.training.packs import stripes, write_pack

SMALL = {"width": 4, "max_width": 8, "latent_dim": 4, "batch_size": 8, "grid_size": 4, "save_every_epochs": 1}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    workspace = Workspace(tmp_path_factory.mktemp("lab")).create()
    write_pack(workspace.dataset("stripes"), stripes(24, 32))
    return train(workspace, SMALL | {"seed": 5}, epochs=2)


def test_a_picture_depends_on_its_number_and_seed_alone(run):
    sampler = load_sampler(run)
    many = sampler.sample(70, seed=1)
    assert many.shape == (70, 32, 32, 3)
    assert many.dtype == np.uint8
    assert (sampler.sample(3, seed=1) == many[:3]).all()
    assert (sampler.sample(5, seed=1, start=40) == many[40:45]).all()
    assert (load_sampler(run.path, 2, "cpu").sample(70, seed=1) == many).all()
    assert (sampler.sample(3, seed=2) != many[:3]).any()


def test_the_samples_of_the_runs_own_seed_are_those_of_its_grid(run):
    shown = cells(Image.open(run.grid(2)), (32, 32))
    drawn = load_sampler(run, 2).sample(4, seed=5)
    assert np.abs(np.stack([np.asarray(cell) for cell in shown]).astype(int) - drawn).max() <= 1


def test_an_epoch_without_weights_is_answered_with_those_there_are(run):
    with pytest.raises(NotFoundError, match="1, 2"):
        load_sampler(run, 7)


def test_truncation_keeps_the_order_and_cuts_the_tails():
    latents = np.linspace(-4, 4, 101, dtype=np.float32)[:, None]
    cut = truncate(latents, 1.5)[:, 0]
    assert np.abs(cut).max() <= 1.5
    assert (np.diff(cut) > 0).all()
    assert cut[50] == pytest.approx(0, abs=1e-6)
    assert np.allclose(truncate(latents[10:91], 8.0), latents[10:91], atol=1e-3)
    with pytest.raises(ConfigError, match="truncation"):
        truncate(latents, 0.0)


def test_truncated_samples_differ_from_plain_ones(run):
    sampler = load_sampler(run)
    assert (sampler.sample(4, truncation=0.5) != sampler.sample(4)).any()


def test_a_grid_can_be_cut_into_its_pictures_again(tmp_path):
    pictures = stripes(7, 16)
    grid = make_grid(pictures, columns=3, gap=2)
    assert grid.size == (3 * 18 - 2, 3 * 18 - 2)
    again = cells(grid, (16, 16), gap=2)
    assert all((np.asarray(cell) == picture).all() for cell, picture in zip(again, pictures, strict=False))
    save_png(grid, tmp_path / "grid.png", {"seed": 3, "epoch": 2})
    saved = Image.open(tmp_path / "grid.png")
    assert saved.info == {"seed": "3", "epoch": "2"}
    assert saved.tobytes() == grid.tobytes()


def label(folder: Path, styles: list[str]) -> None:
    """Give the pictures of a pack these styles, in turn."""
    rows = json.loads((folder / "index.json").read_text())
    index = json.dumps([row | {"style": styles[number % len(styles)]} for number, row in enumerate(rows)]).encode()
    (folder / "index.json").write_bytes(index)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["index"]["sha256"] = hashlib.sha256(index).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.fixture(scope="module")
def conditioned(tmp_path_factory):
    """A run trained on two styles."""
    workspace = Workspace(tmp_path_factory.mktemp("lab")).create()
    write_pack(workspace.dataset("stripes"), stripes(24, 32))
    label(workspace.dataset("stripes"), ["Op Art", "Colour Field"])
    return train(workspace, SMALL | {"condition": "style"}, epochs=1)


def test_a_conditioned_network_knows_its_terms_and_reads_words(conditioned):
    sampler = load_sampler(conditioned)
    assert sampler.vocabulary.terms == (Term("style", "Colour Field", 12), Term("style", "Op Art", 12))
    assert sampler.read("color fields in blue").terms == (Term("style", "Colour Field", 12),)
    assert sampler.read("color fields in blue").unknown == ("blue",)


def test_words_terms_and_numbers_ask_for_the_same_pictures(conditioned):
    sampler = load_sampler(conditioned)
    by_words = sampler.sample(40, seed=2, words="op art")
    assert (by_words == sampler.sample(40, seed=2, terms=[Term("style", "Op Art", 0)])).all()
    assert (by_words == sampler.sample(40, seed=2, terms=np.array([0, 1], np.float32))).all()
    assert (by_words != sampler.sample(40, seed=2, words="colour field")).any()
    assert (by_words != sampler.sample(40, seed=2)).any()
    assert (sampler.sample(40, seed=2, words="") == sampler.sample(40, seed=2)).all()


def test_terms_of_single_pictures_follow_them_from_any_start(conditioned):
    sampler = load_sampler(conditioned)
    one_each = np.eye(2, dtype=np.float32)
    pictures = sampler.sample(2, seed=2, start=31, terms=one_each)
    assert (pictures[0] == sampler.sample(1, seed=2, start=31, words="colour field")[0]).all()
    assert (pictures[1] == sampler.sample(1, seed=2, start=32, words="op art")[0]).all()


def test_what_was_not_learnt_is_refused_with_what_there_is(conditioned):
    sampler = load_sampler(conditioned)
    with pytest.raises(
        ConditionError, match=r"none of these words: blue, horses\. It knows 2 terms.*style: Colour Field"
    ):
        sampler.sample(1, words="blue horses")
    with pytest.raises(ConditionError, match="style: Cubism is not one of the 2 terms"):
        sampler.sample(1, terms=[Term("style", "Cubism", 3)])
    with pytest.raises(ConditionError, match=r"shape \(2,\) or \(4, 2\)"):
        sampler.sample(4, terms=np.zeros((3, 2), np.float32))
    with pytest.raises(ConditionError, match="not by both"):
        sampler.sample(1, words="op art", terms=[])


@pytest.mark.parametrize("asked", [{"words": "op art"}, {"words": ""}, {"terms": [Term("style", "Op Art", 1)]}])
def test_a_network_without_conditions_cannot_be_asked_for_anything(run, asked):
    sampler = load_sampler(run)
    assert len(sampler.vocabulary) == 0
    with pytest.raises(ConditionError, match=f"The run {run.id} was trained without conditions"):
        sampler.sample(1, **asked)


def test_the_command_line_paints_what_words_ask_for_and_says_how_it_read_them(
    conditioned, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("ATELIER_HOME", str(conditioned.path.parents[1]))
    out = tmp_path / "op.png"
    assert main(["sample", conditioned.id, "--words", "op art, blue", "--count", "2", "--out", str(out)]) == 0
    assert "Read as style: Op Art; not known: blue" in capsys.readouterr().err
    assert Image.open(out).info["words"] == "op art, blue"
    shown = cells(Image.open(out), (32, 32))
    assert (np.stack(shown) == load_sampler(conditioned).sample(2, words="op art")).all()
