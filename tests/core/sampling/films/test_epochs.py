"""Films of epochs before they are written: what stands in their frames, pixel by pixel."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from core.errors import ConfigError, NotFoundError
from core.images import read_image
from core.sampling.films.epochs import EpochFilm
from core.sampling.films.request import FilmRequest
from core.sampling.films.series import curve_keys, read_series, usual_curves
from core.training.grids import cells
from core.training.run_folder import RunFolder

BARE = FilmRequest("grid", ("run",), caption="none", size=300)


def film(request: FilmRequest, *runs: RunFolder) -> EpochFilm:
    return EpochFilm(replace(request, runs=tuple(run.id for run in runs)), runs, [run.id for run in runs])


def cell(run: RunFolder, epoch: int, number: int) -> np.ndarray:
    return np.asarray(cells(read_image(run.grid(epoch)), (32, 32))[number])


def test_every_kept_epoch_is_shown_in_its_own_pixels_enlarged_by_a_whole_number(gan: RunFolder) -> None:
    made = film(BARE, gan)
    frames = list(made.frames())
    assert (made.epochs, made.zooms, made.size) == ([0, 1, 2, 3], [2], (268, 268))  # 4 x 64 and 3 gaps of 4
    each = len(frames) // 4
    for number, epoch in enumerate(made.epochs):
        pixels = np.asarray(frames[number * each])
        fifth = pixels[68 : 68 + 64, 68 : 68 + 64]
        assert np.array_equal(fifth, cell(gan, epoch, 5).repeat(2, axis=0).repeat(2, axis=1))


def test_chosen_latents_stand_alone_and_larger(gan: RunFolder) -> None:
    made = film(replace(BARE, layout="latent", latents=(7,)), gan)
    first = np.asarray(next(made.frames()))
    assert made.zooms == [9]
    assert np.array_equal(first, cell(gan, 0, 7).repeat(9, axis=0).repeat(9, axis=1))


def test_a_fade_mixes_the_two_epochs_it_lies_between(gan: RunFolder) -> None:
    request = replace(
        BARE, layout="latent", latents=(2,), fade=1.0, easing="linear", seconds=1.0, frames_per_second=10, epochs=(1, 3)
    )
    frames = list(film(request, gan).frames())
    wanted = 0.5 * cell(gan, 1, 2)[0, 0] + 0.5 * cell(gan, 3, 2)[0, 0]
    assert np.abs(np.asarray(frames[5])[0, 0] - wanted).max() <= 1
    assert np.array_equal(np.asarray(frames[-1])[0, 0], cell(gan, 3, 2)[0, 0])


def test_what_stays_the_same_is_the_same_object(gan: RunFolder) -> None:
    frames = list(film(replace(BARE, seconds=1.0), gan).frames())
    assert len(frames) == 40
    assert len({id(frame) for frame in frames}) == 4


def test_runs_stand_side_by_side_each_at_its_newest_epoch_until_then(gan: RunFolder, vae: RunFolder) -> None:
    request = FilmRequest("static", ("a", "b"), curves=("swd",), size=640)
    made = film(request, gan, vae)
    frame = next(made.frames())
    assert frame.size == (640, 360)
    left, right = (pane.box for pane in made.stage.panes)
    assert right[0] >= left[2]
    other = np.asarray(cells(read_image(vae.grid(0)), (32, 32))[0])
    assert np.array_equal(np.asarray(frame)[right[1] : right[1] + 32, right[0] : right[0] + 32], other)


def test_raw_grids_and_reconstructions_can_be_shown(gan: RunFolder, vae: RunFolder) -> None:
    raw = film(replace(BARE, shown="raw"), gan)
    assert raw.epochs == [1, 2, 3]  # before training there is nothing to average
    pixels = np.asarray(next(raw.frames()))[:64, :64]
    wanted = np.asarray(cells(read_image(gan.raw_grid(1)), (32, 32))[0])
    assert np.array_equal(pixels, wanted.repeat(2, axis=0).repeat(2, axis=1))
    back = film(replace(BARE, shown="reconstructions"), vae)
    assert back.size == (270, 66)  # 8 pictures, and below each what came back
    with pytest.raises(NotFoundError):
        film(replace(BARE, shown="reconstructions"), gan)


def test_what_a_run_does_not_have_is_refused_with_what_it_has(gan: RunFolder) -> None:
    with pytest.raises(ConfigError, match="0, 1, 2, 3"):
        film(replace(BARE, epochs=(2, 9)), gan)
    with pytest.raises(ConfigError, match="0 to 15"):
        film(replace(BARE, latents=(16,)), gan)
    with pytest.raises(ConfigError, match="loss_generator"):
        film(replace(BARE, layout="static", curves=("fid",)), gan)


def test_curves_are_what_was_logged_and_measured(gan: RunFolder, vae: RunFolder) -> None:
    assert {"loss_generator", "swd"} <= set(curve_keys(gan))
    assert usual_curves([gan]) == ("loss_generator", "loss_discriminator")
    assert usual_curves([vae]) == ("swd",)
    assert usual_curves([gan, vae]) == ("swd",)
    scores = read_series(gan, "swd")
    assert scores.y.tolist() == [row["value"] for row in gan.scores()]
    assert scores.floor == gan.scores()[0]["floor"]


@pytest.mark.parametrize("ground", ["dark", "light"])
def test_settings_and_scores_are_written_where_they_are_asked_for(gan: RunFolder, ground: str) -> None:
    def ink(caption: str) -> int:
        made = film(FilmRequest("grid", ("run",), caption=caption, size=400, ground=ground), gan)
        frame = next(made.frames())
        for pane in made.stage.panes:
            frame.paste(frame.getpixel((0, 0)), pane.box)  # type: ignore[arg-type]
        return len(np.unique(np.asarray(frame).reshape(-1, 3), axis=0)) if caption != "none" else _written(frame)

    assert ink("none") == 0
    assert ink("epoch") > 10
    assert ink("all") > ink("epoch")


def _written(frame: Image.Image) -> int:
    pixels = np.asarray(frame)
    return int((pixels != pixels[0, 0]).any(axis=2).sum())
