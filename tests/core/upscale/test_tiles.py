"""A picture in pieces gives what the whole would; too little memory makes the pieces smaller."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.upscale.errors import StoppedError, UpscaleError
from core.upscale.layouts import Layout
from core.upscale.model_files import Model
from core.upscale.network import Network
from core.upscale.report import Report
from core.upscale.tiles import OutOfMemoryError, run_tiled, spans
from tests.core.upscale.made import SMALL_COMPACT, SMALL_RRDB, SMALL_RRDB_X2, bare, network, painting


def made_by(layout: Layout) -> Callable[[np.ndarray], np.ndarray]:
    return lambda tile: bare(layout, tile)


def repeated(tile: np.ndarray) -> np.ndarray:
    return tile.repeat(2, axis=0).repeat(2, axis=1)


def model(run: Callable[[torch.Tensor], torch.Tensor], **options: object) -> Model:
    return Model(run, lambda device, dtype: None, "a test", 2, 3, 4, 100, 100, **options)  # type: ignore[arg-type]


def doubled(pictures: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.interpolate(pictures, scale_factor=2, mode="nearest")


@pytest.mark.parametrize(
    ("layout", "size", "tile"),
    [(SMALL_COMPACT, (50, 61), 24), (SMALL_RRDB, (100, 173), 128), (SMALL_RRDB_X2, (100, 341), 288)],
)
def test_tiles_give_what_the_whole_picture_gives(layout: Layout, size: tuple[int, int], tile: int) -> None:
    picture = painting(*size)
    overlap = -(-layout.reach * 4 // 3)
    assert tile >= 4 * overlap
    odd = [-length % layout.multiple for length in size]
    wanted = bare(layout, np.pad(picture, ((0, odd[0]), (0, odd[1]), (0, 0)), "symmetric"))
    wanted = wanted[: size[0] * layout.scale, : size[1] * layout.scale]
    told: list[tuple[int, int, str]] = []
    report = Report(progress=lambda *args: told.append(args))
    found = run_tiled(
        made_by(layout),
        picture,
        scale=layout.scale,
        tile=tile,
        overlap=overlap,
        multiple=layout.multiple,
        report=report,
    )
    assert len(told) > 1
    assert told[-1] == (len(told), len(told), "tiles")
    assert np.abs(found - wanted).max() < 2e-6


def test_an_overlap_shorter_than_the_reach_can_be_seen_in_the_numbers() -> None:
    picture = painting(50, 61)
    found = run_tiled(made_by(SMALL_COMPACT), picture, scale=4, tile=24, overlap=1)
    assert np.abs(found - bare(SMALL_COMPACT, picture)).max() > 1e-4


@pytest.mark.parametrize(
    ("length", "tile", "overlap", "multiple"), [(500, 64, 16, 1), (130, 64, 0, 1), (512, 96, 20, 8)]
)
def test_at_every_pixel_the_shares_of_the_tiles_add_up_to_one(
    length: int, tile: int, overlap: int, multiple: int
) -> None:
    found = spans(length, tile, overlap, multiple, scale=2)
    total = np.zeros(length * 2)
    for span in found:
        assert (span.end - span.begin, span.begin % multiple) == (tile, 0)
        total[span.begin * 2 : span.end * 2] += span.shares
    assert np.allclose(total, 1, atol=1e-6)


def test_what_lies_at_the_cut_edge_of_a_tile_never_counts() -> None:
    first, second, *_ = spans(300, 96, 16, 1, scale=1)
    assert not first.shares[-12:].any()
    assert not second.shares[:12].any()


def test_too_little_memory_halves_the_tiles_until_they_fit() -> None:
    notes: list[str] = []

    def narrow(tile: np.ndarray) -> np.ndarray:
        if max(tile.shape[:2]) > 100:
            raise OutOfMemoryError
        return repeated(tile)

    picture = painting(90, 330)
    found = run_tiled(narrow, picture, scale=2, tile=0, overlap=8, report=Report(note=notes.append))
    assert np.allclose(found, repeated(picture), atol=1e-6)
    assert notes == [f"Out of memory; going on with tiles of {side} pixels." for side in (165, 82)]


def test_a_device_too_small_for_64_pixels_is_told_in_words() -> None:
    sides: list[int] = []

    def never(tile: np.ndarray) -> np.ndarray:
        sides.append(max(tile.shape[:2]))
        raise OutOfMemoryError

    with pytest.raises(UpscaleError, match="even for a tile of 64 pixels"):
        run_tiled(never, painting(90, 200), scale=2, tile=0, overlap=8)
    assert sides == [200, 100, 64]


def test_a_stop_between_tiles_says_how_far_it_was() -> None:
    count = 0

    def counted(tile: np.ndarray) -> np.ndarray:
        nonlocal count
        count += 1
        return repeated(tile)

    with pytest.raises(StoppedError, match=r"Stopped after 2 of 4 tiles\."):
        run_tiled(
            counted, painting(100, 100), scale=2, tile=64, overlap=4, report=Report(stop_requested=lambda: count == 2)
        )


def test_the_preview_shows_the_tiles_that_are_done_over_the_picture_as_it_came() -> None:
    shown: list[np.ndarray] = []
    picture = np.full((100, 100, 3), 0.25, np.float32)
    run_tiled(
        lambda tile: repeated(tile) * 2, picture, scale=2, tile=64, overlap=4, report=Report(preview=shown.append)
    )
    assert shown[0].shape == (200, 200, 3)
    assert np.allclose(shown[0][:80, :80], 0.5, atol=1e-5)
    assert np.allclose(shown[0][150:, 150:], 0.25, atol=1e-5)


def test_a_network_that_runs_out_of_memory_goes_on_with_smaller_tiles() -> None:
    notes: list[str] = []

    def hungry(pictures: torch.Tensor) -> torch.Tensor:
        if pictures.shape[3] > 80:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return doubled(pictures)

    picture = painting(70, 150)
    found = Network(model(hungry), "hungry").run(picture, report=Report(note=notes.append))
    assert np.allclose(found, repeated(picture), atol=1e-6)
    assert notes == ["Out of memory; going on with tiles of 75 pixels."]


def test_another_error_of_a_network_is_not_taken_for_too_little_memory() -> None:
    def broken(pictures: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("sizes do not match")

    with pytest.raises(RuntimeError, match="sizes do not match"):
        Network(model(broken), "broken").run(painting(20, 20))


def test_a_network_that_divides_pictures_itself_is_given_the_whole() -> None:
    widths: list[int] = []

    def wide(pictures: torch.Tensor) -> torch.Tensor:
        widths.append(pictures.shape[3])
        return doubled(pictures)

    Network(model(wide, tiling="no"), "wide").run(painting(70, 150), tile=64)
    assert widths == [150]

    def hungry(pictures: torch.Tensor) -> torch.Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    with pytest.raises(UpscaleError, match="cannot do a picture of 150 pixels in pieces"):
        Network(model(hungry, tiling="no"), "hungry").run(painting(70, 150))


def test_a_picture_smaller_than_a_network_takes_is_mirrored_to_size_and_cut_again() -> None:
    sizes: list[tuple[int, ...]] = []

    def large(pictures: torch.Tensor) -> torch.Tensor:
        sizes.append(tuple(pictures.shape))
        return doubled(pictures)

    picture = painting(10, 20)
    found = Network(model(large, smallest=16), "large").run(picture)
    assert sizes == [(1, 3, 16, 20)]
    assert np.allclose(found, repeated(picture), atol=1e-6)


def test_a_grey_network_makes_each_colour_by_itself() -> None:
    def grey(pictures: torch.Tensor) -> torch.Tensor:
        assert pictures.shape == (3, 1, 10, 20)
        return doubled(pictures)

    picture = painting(10, 20)
    wrapped = Model(grey, lambda device, dtype: None, "grey", 2, 1, 4, 100, 100)
    assert np.allclose(Network(wrapped, "grey").run(picture), repeated(picture), atol=1e-6)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_network_that_makes_no_numbers_is_told_in_words(value: float) -> None:
    broken = Network(model(lambda pictures: doubled(pictures) * value), "broken")
    with pytest.raises(UpscaleError, match="no numbers"):
        broken.run(painting(20, 20) + 0.1)


def test_a_network_that_makes_another_size_than_it_says_is_told_in_words() -> None:
    with pytest.raises(UpscaleError, match="made 60 x 60 pixels of 20 x 20, but 40 x 40"):
        Network(model(lambda pictures: pictures.repeat(1, 1, 3, 3)), "three").run(painting(20, 20))


def test_the_usual_overlap_covers_the_reach_of_a_short_network() -> None:
    found = Network(Model(network(SMALL_COMPACT), lambda *_: None, "", 4, 3, SMALL_COMPACT.reach, 100, 100), "small")
    assert found.usual_overlap * 3 // 4 >= SMALL_COMPACT.reach


def test_a_border_is_mirrored_before_and_cut_after() -> None:
    given: list[torch.Tensor] = []

    def seen(pictures: torch.Tensor) -> torch.Tensor:
        given.append(pictures)
        return doubled(pictures)

    picture = painting(10, 20)
    found = Network(model(seen, border=3), "own").run(picture)
    assert given[0].shape == (1, 3, 16, 26)
    assert torch.equal(given[0][0, :, 2, 3:23], given[0][0, :, 3, 3:23])
    assert np.allclose(found, repeated(picture), atol=1e-6)


def test_a_heavy_network_on_a_processor_is_given_tiles_of_some_seconds() -> None:
    widths: list[int] = []

    def heavy(pictures: torch.Tensor) -> torch.Tensor:
        widths.append(pictures.shape[3])
        return doubled(pictures)

    heavy_model = replace(model(heavy), operations=2_000_000)
    Network(heavy_model, "heavy").run(painting(400, 700))
    assert len(widths) > 1
    assert max(widths) == 256
    assert Network(replace(heavy_model, operations=100), "light").run(painting(20, 700)).shape == (40, 1400, 3)
    assert widths[-1] == 700
