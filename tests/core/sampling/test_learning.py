import io

import numpy as np
import pytest
from PIL import Image

from core.errors import ConfigError
from core.jobs import control
from core.jobs.folder import State
from core.pictures.chosen import ChosenPicture, keep_picture
from core.sampling import learned
from core.sampling.explorer import load_explorer
from core.sampling.learned import learn
from core.sampling.learning import create_direction, learned_of, sheet_of
from core.workspace import Workspace
from tests.core.sampling.test_directions import Painter


def plain_pictures(count, low, high, seed=0):
    """Pictures of nearly one grey each, between two shades."""
    random = np.random.default_rng(seed)
    shades = random.uniform(low, high, (count, 1, 1, 1))
    return (shades + random.normal(0, 4, (count, 32, 32, 3))).clip(0, 255).astype(np.uint8)


@pytest.fixture
def painter(explorers, monkeypatch):
    monkeypatch.setitem(learned._DRAWN, "gan", 200)
    explorer = load_explorer(explorers.workspace, explorers["gan"].run, 1)
    explorer.network, explorer.latent_dim = Painter(), Painter.latent_dim
    return explorer


def test_light_and_dark_pictures_teach_the_number_that_makes_pictures_light(painter):
    found = learn(painter, plain_pictures(12, 170, 230), plain_pictures(12, 20, 90), "lighter")
    assert np.argmax(np.abs(found.vector)) == 2
    assert found.vector[2] > 0
    assert found.facts["held_out"] > 0.9
    assert found.facts["after"] > found.facts["back"] + 0.3
    assert "told apart well" in found.facts["words"]


def test_sets_that_differ_in_nothing_teach_nothing_and_say_so(painter):
    found = learn(painter, plain_pictures(20, 20, 230, 1), plain_pictures(20, 20, 230, 2), "nothing")
    assert found.facts["held_out"] < 0.75


def chosen_pictures(workspace, pictures):
    found = []
    for number, picture in enumerate(pictures):
        buffer = io.BytesIO()
        Image.fromarray(picture).save(buffer, "PNG")
        found.append(keep_picture(workspace, buffer.getvalue(), label=f"{number}.png"))
    return found


def test_the_job_learns_a_direction_that_the_run_keeps(explorers, monkeypatch):
    monkeypatch.setitem(learned._DRAWN, "vae", 64)
    explorer = explorers["vae"]
    workspace = Workspace(explorer.folder.path.parents[1])
    light, dark = (chosen_pictures(workspace, plain_pictures(6, *shades)) for shades in ((170, 230), (20, 90)))
    gone = ChosenPicture(sha256="d" * 64, label="gone.png")
    job = create_direction(
        workspace,
        explorer.run,
        title="lighter",
        towards=[*light, gone],
        away=dark,
        names=("light", "dark"),
        device="cpu",
    )
    end = control.run_here(workspace, job)
    assert end.state is State.DONE
    assert "held out, by latents" in end.message
    assert "gone.png is left out" in job.log_tail()
    found = learned_of(workspace, job)
    assert found.direction.title == "lighter"
    assert found.direction.facts["sets"] == ["light", "dark"]
    assert load_explorer(workspace, explorer.run).direction(found.direction.id).title == "lighter"
    assert Image.open(sheet_of(job)).width > 7 * 90


def test_sets_that_are_too_small_or_shared_are_refused(explorers):
    explorer = explorers["vae"]
    workspace = Workspace(explorer.folder.path.parents[1])
    some = [ChosenPicture(sha256=f"{number:064x}") for number in range(12)]
    with pytest.raises(ConfigError, match="The set warm has 2 pictures that the other has not"):
        create_direction(
            workspace, explorer.run, title="x", towards=some[:7], away=some[2:], names=("warm", "cold"), device="cpu"
        )
    with pytest.raises(ConfigError, match="needs a name"):
        create_direction(workspace, explorer.run, title=" ", towards=some[:6], away=some[6:], device="cpu")
