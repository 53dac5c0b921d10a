import numpy as np
import pytest
from PIL import Image

from core.errors import ConfigError
from core.jobs import control
from core.jobs.folder import State
from core.pictures.chosen import PictureGoneError, keep_picture
from core.sampling.explorer import CannotError
from core.sampling.inversion import SearchSettings, search
from core.sampling.keeping import files, read_point
from core.sampling.points import Mixed
from core.sampling.project import PICTURE, PREVIEW, TARGET, create_project, projection_of


def a_target(explorer, number=3):
    """A picture that the model can draw, as a picture of the store."""
    data = files(explorer, explorer.seeds(99, 1, start=number))[0]
    return keep_picture(explorer_workspace(explorer), data, label="target.png")


def explorer_workspace(explorer):
    from core.workspace import Workspace

    return Workspace(explorer.folder.path.parents[1])


def test_a_picture_of_the_model_is_found_nearer_than_by_chance(explorers):
    explorer = explorers["vae"]
    target = explorer.draw(explorer.seeds(99, 1))[0]
    found = search(explorer, target, SearchSettings(4, 60, drawn=64))
    assert found.distance < 0.7 * found.drawn[0]
    assert (np.diff(found.drawn) >= 0).all()


def test_a_search_that_was_stopped_goes_on_to_the_very_same_end(explorers):
    explorer = explorers["gan"]
    target = explorer.draw(explorer.seeds(99, 1))[0]
    settings = SearchSettings(4, 24, drawn=64)
    whole = search(explorer, target, settings)
    kept = {}

    def look(found, state):
        kept.update(state=state)

    count = iter(range(100))
    search(explorer, target, settings, look=look, stop_requested=lambda: next(count) >= 14)
    assert kept["state"]["step"] == 14
    assert (search(explorer, target, settings, state=kept["state"]).z == whole.z).all()


def test_a_conditioned_model_also_finds_what_to_ask_for(explorers):
    explorer = explorers["conditioned"]
    target = explorer.draw(explorer.seeds(99, 1, words="ukiyo-e"))[0]
    given = explorer.read("ukiyo-e").vector
    assert (search(explorer, target, SearchSettings(2, 2, drawn=64), terms=given).terms == given).all()
    assert search(explorer, target, SearchSettings(2, 2, drawn=64)).terms.sum() in (0, 1)


def test_categories_of_an_infogan_are_searched_by_the_starts(explorers):
    explorer = explorers["infogan"]
    found = search(explorer, explorer.draw(explorer.seeds(99, 1))[0], SearchSettings(3, 4, drawn=64))
    assert found.z.shape == (explorer.latent_dim,)


def test_a_flow_is_not_searched(explorers):
    explorer = explorers["flow"]
    with pytest.raises(CannotError, match="encodes pictures at once"):
        search(explorer, np.zeros((32, 32, 3), np.uint8), SearchSettings(1, 1, drawn=64))


def test_the_job_leaves_a_point_that_draws_what_it_shows(explorers):
    explorer = explorers["gan"]
    workspace = explorer_workspace(explorer)
    chosen = a_target(explorer)
    job = create_project(workspace, explorer.run, chosen, starts=2, steps=20, device="cpu")
    end = control.run_here(workspace, job)
    assert end.state is State.DONE
    assert "of 512 drawn at random" in end.message
    found = projection_of(job)
    assert not found.stopped
    assert found.point.pictures() == (chosen,)
    assert isinstance(found.point.base, Mixed)  # with a palette of its own
    shown = np.asarray(Image.open(job.path / PICTURE))
    assert (explorer.draw([found.point])[0] == shown).all()
    assert read_point((job.path / PICTURE).read_bytes()) == found.point
    assert (np.asarray(Image.open(job.path / TARGET)) == explorer.draw(explorer.seeds(99, 1, start=3))[0]).all()
    assert Image.open(job.path / PREVIEW).width > Image.open(job.path / PREVIEW).height
    assert 0 <= found.near.error < 255


def test_a_stopped_job_keeps_what_was_nearest_and_can_go_on(explorers):
    explorer = explorers["gan"]
    workspace = explorer_workspace(explorer)
    job = create_project(workspace, explorer.run, a_target(explorer), starts=2, steps=30, device="cpu")
    end = control.run_here(workspace, job, on_progress=lambda status: (job.path / "stop").touch())
    assert end.state is State.STOPPED
    found = projection_of(job)
    assert found.stopped
    assert found.steps < 30
    (job.path / "stop").unlink()
    (job.path / "end.json").unlink()
    assert control.run_here(workspace, job).state is State.DONE
    assert projection_of(job).steps == 30


def test_what_cannot_be_searched_is_refused_before_a_job_is_made(explorers):
    explorer = explorers["gan"]
    workspace = explorer_workspace(explorer)
    chosen = a_target(explorer)
    with pytest.raises(ConfigError, match="steps must lie between"):
        create_project(workspace, explorer.run, chosen, steps=0)
    with pytest.raises(ConfigError, match="flow encodes"):
        create_project(workspace, explorers["flow"].run, chosen)
    from dataclasses import replace

    with pytest.raises(PictureGoneError):
        create_project(workspace, explorer.run, replace(chosen, sha256="c" * 64))
