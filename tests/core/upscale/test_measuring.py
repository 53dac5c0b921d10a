"""Measuring ways of making pictures larger on a person's own pictures, as a job."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from core.errors import ConfigError
from core.jobs import control
from core.jobs.folder import State, list_jobs
from core.pictures.chosen import ChosenPicture, keep_picture
from core.upscale.evaluate import psnr
from core.upscale.layouts import CompactLayout
from core.upscale.measuring import (
    Contender,
    Measured,
    Score,
    create_measure,
    kept_picture,
    means,
    read_measures,
)
from core.upscale.networks import build
from core.workspace import Workspace

BICUBIC, LANCZOS, BACK = (Contender(name) for name in ("bicubic", "lanczos", "backprojection"))


def picture(workspace: Workspace, seed: int = 0, side: int = 48) -> ChosenPicture:
    """Soft shapes: what can be enlarged at all."""
    cells = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(cells).resize((side, side), Image.Resampling.BICUBIC).save(buffer, "PNG")
    return keep_picture(workspace, buffer.getvalue(), label=f"picture {seed}")


def test_every_way_is_scored_on_every_picture_and_the_enlargements_can_be_looked_at(workspace):
    pictures = [picture(workspace, seed) for seed in range(2)]
    job = create_measure(workspace, pictures, [BICUBIC, BACK], scale=2)
    assert control.run_here(workspace, job).state is State.DONE
    first, second = read_measures(job.path)
    assert [score.contender for score in first.scores] == [BICUBIC, BACK]
    assert first.scores != second.scores
    original = np.asarray(Image.open(kept_picture(job.path, 0, None)), np.float32) / 255
    made = np.asarray(Image.open(kept_picture(job.path, 0, 0)), np.float32) / 255
    assert made.shape == original.shape == (48, 48, 3)
    inside = slice(2, -2)
    assert first.scores[0].psnr_rgb == pytest.approx(psnr(made[inside, inside], original[inside, inside]), abs=1e-4)


def test_back_projection_comes_closer_than_bicubic_on_soft_pictures(workspace):
    job = create_measure(workspace, [picture(workspace)], [BICUBIC, LANCZOS, BACK], scale=2)
    control.run_here(workspace, job)
    found = means(read_measures(job.path))
    assert found[0].contender == BACK
    assert found[0].better == 1
    assert next(mean for mean in found if mean.contender == BICUBIC).better == 0


def test_a_network_from_a_file_is_measured_too(workspace):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        weights = build(CompactLayout(2, 3, 4, 1)).state_dict()
    (workspace.data / "weights").mkdir()
    torch.save(weights, workspace.data / "weights" / "mine.pth")
    job = create_measure(workspace, [picture(workspace)], [BICUBIC, Contender("model", "mine.pth")], scale=2)
    assert control.run_here(workspace, job).state is State.DONE
    (measured,) = read_measures(job.path)
    assert measured.scores[1].contender.title == "Network from a file: mine.pth"
    assert measured.scores[1].psnr_y < measured.scores[0].psnr_y  # its weights are random


def test_a_picture_that_cannot_be_measured_costs_only_itself(workspace):
    gone = ChosenPicture(sha256="0" * 64, label="lost")
    job = create_measure(workspace, [gone, picture(workspace), picture(workspace, 1, 17)], [BICUBIC], scale=4)
    assert control.run_here(workspace, job).state is State.DONE
    lost, good, small = read_measures(job.path)
    assert "lost is not in this lab" in lost.message
    assert good.scores
    assert "too few to be made 4 times smaller" in small.message
    assert means([lost, good, small])[0].pictures == 1


def test_a_job_that_measured_nothing_fails_with_the_reason(workspace):
    job = create_measure(workspace, [picture(workspace, 0, 16)], [BICUBIC], scale=4)
    end = control.run_here(workspace, job)
    assert end.state is State.FAILED
    assert "too few" in end.message


def test_what_was_measured_is_not_measured_again(workspace):
    job = create_measure(workspace, [picture(workspace, 0), picture(workspace, 1)], [BICUBIC], scale=2)
    control.run_here(workspace, job)
    path = job.path / "measures" / "000000.json"
    before = path.stat().st_mtime_ns
    (job.path / "measures" / "000001.json").write_text("torn{")
    (job.path / "end.json").unlink()
    control.run_here(workspace, job)
    assert len(read_measures(job.path)) == 2
    assert path.stat().st_mtime_ns == before


def test_means_are_of_the_pictures_that_were_measured():
    scores = [(30.0, 20.0), (32.0, 30.0)]
    measured = [
        Measured(
            index,
            "",
            10,
            10,
            (Score(BACK, mine, 0.9, mine, 0.9, 1.0), Score(BICUBIC, theirs, 0.8, theirs, 0.8, 1.0)),
        )
        for index, (mine, theirs) in enumerate(scores)
    ]
    first, second = means([*measured, Measured(2, "", 0, 0, message="lost")])
    assert (first.contender, first.psnr_y, first.better, first.pictures) == (BACK, 31.0, 2, 2)
    assert (second.psnr_y, second.better) == (25.0, 0)


@pytest.mark.parametrize(
    "asked", [{"contenders": []}, {"side": 100}, {"scale": 3}, {"pictures": []}, {"contenders": [Contender("own")]}]
)
def test_what_cannot_be_measured_is_refused_before_it_is_begun(workspace, asked):
    asked = {"pictures": [picture(workspace)], "contenders": [BICUBIC], "scale": 2} | asked
    pictures, contenders = asked.pop("pictures"), asked.pop("contenders")
    with pytest.raises(ConfigError):
        create_measure(workspace, pictures, contenders, **asked)
    assert not list_jobs(workspace)
