"""Films as jobs: the files that come out, opened and counted."""

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from core.errors import ConfigError, NotFoundError
from core.images import read_image
from core.jobs import control
from core.jobs.folder import JobFolder, State
from core.sampling.explorer import load_explorer
from core.sampling.films.epochs import EpochFilm
from core.sampling.films.grown import painter_of
from core.sampling.films.job import POSTER, create_film, films_of, made_film, plan_film, request_of
from core.sampling.films.request import FilmRequest
from core.sampling.films.walk import WalkFilm
from core.sampling.points import seed_points
from core.training.grids import cells
from core.training.run_folder import RunFolder
from core.workspace import Workspace


def make(workspace: Workspace, request: FilmRequest) -> JobFolder:
    job = create_film(workspace, request)
    end = control.run_here(workspace, job)
    assert end.state is State.DONE, end.traceback
    return job


def read_gif(path: Path) -> tuple[list[np.ndarray], float]:
    """Frames, seconds."""
    frames, seconds = [], 0.0
    with Image.open(path) as film:
        for index in range(getattr(film, "n_frames", 1)):
            film.seek(index)
            seconds += film.info["duration"] / 1000
            frames.append(np.asarray(film.convert("RGB")))
    return frames, seconds


def read_mp4(path: Path) -> tuple[list[np.ndarray], float]:
    with av.open(str(path)) as film:
        seconds = float(film.duration or 0) / 1e6
        return [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)], seconds


def walk_of(gan: RunFolder, count: int = 3, **settings: object) -> FilmRequest:
    points = tuple(point.to_json() for point in seed_points(gan.id, 3, 0, count))
    usual = {"points": points, "caption": "none", "size": 160, "seconds": 0.4, "frames_per_second": 10}
    return FilmRequest("walk", (gan.id,), **{**usual, **settings})  # type: ignore[arg-type]


def test_a_gif_has_one_frame_for_each_epoch_and_holds_the_last(shared: Workspace, gan: RunFolder) -> None:
    request = FilmRequest("grid", (gan.id,), caption="none", size=320, suffix=".gif", seconds=1.5, hold_seconds=2)
    job = make(shared, request)
    frames, seconds = read_gif(job.path / "film.gif")
    assert (len(frames), seconds) == (4, pytest.approx(4 * 1.5 + 2))
    made, plan = made_film(job), plan_film(shared, request)
    assert made is not None
    assert (made.frames, made.seconds) == (4, 8.0)
    assert (made.width, made.height, made.seconds) == (plan.width, plan.height, plan.seconds)
    assert frames[0].shape == (made.height, made.width, 3)
    first = np.asarray(cells(read_image(gan.grid(2)), (32, 32))[0]).repeat(2, axis=0).repeat(2, axis=1)
    assert np.abs(frames[2][:64, :64].astype(int) - first).mean() < 12  # 256 colours


@pytest.mark.parametrize("layout", ["expanding", "rolling", "static"])
def test_each_layout_of_a_curve_becomes_an_mp4_of_the_planned_length(
    shared: Workspace, gan: RunFolder, layout: str
) -> None:
    request = FilmRequest(layout, (gan.id,), size=320, seconds=0.2, hold_seconds=0.5)
    job, plan = make(shared, request), plan_film(shared, request)
    frames, seconds = read_mp4(job.path / "film.mp4")
    assert frames[0].shape == (180, 320, 3)
    assert plan.frames == 8  # of 10 a second
    assert len(frames) == 8 + 5
    assert seconds == pytest.approx(plan.seconds, abs=0.01)
    assert read_image(job.path / POSTER).size == (320, 180)


def test_a_fade_has_its_frames_between_the_epochs(shared: Workspace, gan: RunFolder) -> None:
    request = FilmRequest(
        "latent",
        (gan.id,),
        latents=(0,),
        caption="none",
        size=160,
        seconds=0.4,
        fade=0.5,
        frames_per_second=20,
        hold_seconds=0,
        suffix=".gif",
    )
    frames, seconds = read_gif(make(shared, request).path / "film.gif")
    # of 8 in each epoch 4 stand still as one, and the first of the way looks like them too
    assert len(frames) == 3 * (1 + 3) + 1
    assert seconds == pytest.approx(1.6)


def test_a_walk_goes_through_its_points_and_ends_on_the_last(shared: Workspace, gan: RunFolder) -> None:
    request = walk_of(gan)
    explorer = load_explorer(shared, gan.id, 3)
    film = WalkFilm(request, gan, "A run")
    frames = [np.asarray(frame) for frame in film.frames(explorer)]
    points = explorer.draw(film.points)
    assert (len(frames), film.zooms) == (2 * 4 + 1, [5])
    for number, point in zip((0, 4, 8), points, strict=True):
        shown = frames[number][::5, ::5].astype(int)
        assert np.abs(shown - point).max() <= 1
    assert not np.array_equal(frames[0], frames[2])


def test_a_loop_ends_where_it_began_without_showing_it_twice(shared: Workspace, gan: RunFolder) -> None:
    job = make(shared, walk_of(gan, 2, loop=True, caption="all", size=320, suffix=".gif"))
    frames, seconds = read_gif(job.path / "film.gif")
    assert (len(frames), seconds) == (8, pytest.approx(0.8))
    assert job.kind == "animate-walk"


def test_points_go_through_the_epochs_as_each_epoch_draws_them(shared: Workspace, gan: RunFolder) -> None:
    moved = [point.at(gan.id, 2) for point in seed_points(gan.id, 3, 5, 2)]
    request = FilmRequest(
        "grown", (gan.id,), points=tuple(point.to_json() for point in moved), caption="none", size=160, hold_seconds=0
    )
    job = create_film(shared, request)
    film = EpochFilm(request, [gan], ["A run"])
    assert (job.kind, film.epochs) == ("animate-walk", [1, 2, 3])
    assert film.grown is not None
    film.grown.painter = painter_of(shared, film.grown.points, "cpu")
    frames = list(film.frames())
    for number, epoch in enumerate((1, 2, 3)):
        drawn = load_explorer(shared, gan.id, epoch).draw(seed_points(gan.id, epoch, 5, 2))
        shown = np.asarray(frames[number * len(frames) // 3])[::2, ::2][:32, :32].astype(int)
        assert np.abs(shown - drawn[0]).max() <= 1
    assert control.run_here(shared, job).state is State.DONE


def test_points_of_another_epoch_are_refused(shared: Workspace, gan: RunFolder) -> None:
    request = walk_of(gan)
    mixed = (*request.points[:1], seed_points(gan.id, 2, 0, 1)[0].to_json())
    with pytest.raises(ConfigError, match="epoch 2"):
        create_film(shared, FilmRequest("walk", (gan.id,), points=mixed))


def test_a_film_of_too_many_frames_or_of_no_run_is_refused_before_it_is_a_job(
    shared: Workspace, gan: RunFolder
) -> None:
    with pytest.raises(NotFoundError):
        create_film(shared, FilmRequest("grid", ("20200101-000000-gone-0000",)))
    with pytest.raises(ConfigError, match="up to"):
        create_film(shared, walk_of(gan, 64, seconds=30.0, frames_per_second=60))


def test_a_stopped_film_leaves_no_half_and_is_made_anew(shared: Workspace, gan: RunFolder) -> None:
    job = create_film(shared, FilmRequest("grid", (gan.id,), size=320, seconds=4.0, fade=1.0, hold_seconds=0))
    end = control.run_here(shared, job, on_progress=lambda status: job.is_active and control.stop(shared, job))
    assert end.state is State.STOPPED
    assert "anew" in end.message
    assert made_film(job) is None
    assert not list(job.path.glob("film*"))
    assert control.run_here(shared, job).state is State.DONE
    assert made_film(job) is not None


def test_films_of_a_run_are_found_by_it_newest_first(shared: Workspace, gan: RunFolder, vae: RunFolder) -> None:
    request = FilmRequest("grid", (vae.id,), epochs=(1,), caption="none", size=160, seconds=0.1, hold_seconds=0)
    one, two = make(shared, request), make(shared, request)
    assert {job.id for job in films_of(shared, [vae.id])} >= {one.id, two.id}
    assert one.id not in {job.id for job in films_of(shared, [gan.id])}
    assert request_of(one) == request
