from collections import Counter

import numpy as np
import pytest
from PIL import Image

from core.sources.painter.colour import Paint, distance, oklch_to_srgb
from core.sources.painter.easel import Easel
from core.sources.painter.painting import FAMILIES, LONGEST_SIDE, paint, plan
from core.sources.painter.palettes import PAINTS, PALETTES, mix_palette
from core.sources.painter.texture import bristles, clouds, noise, weave

COUNT = 400


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def easel(width: int = 120, height: int = 90, cloth: str = "chalk") -> Easel:
    return Easel(generator(), width, height, PAINTS[cloth])


def first_of(family: str) -> int:
    return next(index for index in range(10_000) if plan(index).family == family)


@pytest.fixture(scope="module")
def of_each_family() -> dict[str, Image.Image]:
    return {family: paint(first_of(family)) for family in FAMILIES}


def deviation_of_tiles(picture: Image.Image, side: int = 16) -> np.ndarray:
    """The deviation of the brightness within each tile of the picture, in 8-bit steps."""
    grey = np.asarray(picture.convert("L"), np.float32)
    rows, columns = grey.shape[0] // side, grey.shape[1] // side
    tiles = grey[: rows * side, : columns * side].reshape(rows, side, columns, side)
    return tiles.std(axis=(1, 3))


def test_the_same_seed_and_index_give_the_same_picture() -> None:
    assert paint(5, seed=3).tobytes() == paint(5, seed=3).tobytes()


def test_a_picture_does_not_depend_on_those_painted_before() -> None:
    alone = paint(8).tobytes()
    paint(7)
    assert paint(8).tobytes() == alone


def test_another_index_or_seed_gives_another_picture() -> None:
    pictures = [paint(4), paint(5), paint(4, seed=1)]
    assert len({np.asarray(picture.resize((16, 16))).tobytes() for picture in pictures}) == 3


def test_a_negative_index_is_refused() -> None:
    with pytest.raises(ValueError):
        plan(-1)


def test_every_family_appears_among_four_hundred_and_none_rules() -> None:
    counts = Counter(plan(index).family for index in range(COUNT))
    assert counts.keys() == FAMILIES.keys()
    assert max(counts.values()) < COUNT / 5


def test_portrait_landscape_and_square_formats_all_occur() -> None:
    aspects = np.array([(decided := plan(index)).width / decided.height for index in range(COUNT)])
    assert (aspects < 0.87).mean() > 0.2
    assert (aspects > 1.15).mean() > 0.2
    assert (abs(aspects - 1) < 0.12).mean() > 0.1
    assert aspects.min() > 0.3
    assert aspects.max() < 2.6


def test_the_longest_side_is_about_640_pixels() -> None:
    longest = [max(decided.width, decided.height) for decided in map(plan, range(COUNT))]
    assert min(longest) > 0.94 * LONGEST_SIDE
    assert max(longest) <= LONGEST_SIDE


def test_palettes_are_many_and_reach_around_the_colour_circle() -> None:
    palettes = [plan(index).palette for index in range(COUNT)]
    assert len({palette.name for palette in palettes}) > 35
    strong = [paint.hue for palette in palettes for paint in palette.paints[:2] if paint.chroma > 0.08]
    sectors = np.bincount((np.array(strong) // 60).astype(int), minlength=6)
    assert sectors.min() > 0.03 * sectors.sum()


def test_the_lead_can_be_told_from_its_ground() -> None:
    palettes = [mix_palette(generator(seed)) for seed in range(300)]
    assert min(distance(palette.ground, palette.lead) for palette in palettes) > 0.03
    assert np.median([distance(palette.ground, palette.lead) for palette in palettes]) > 0.2


def test_every_palette_names_paints_that_exist() -> None:
    assert {name for palette in PALETTES.values() for name in palette} <= PAINTS.keys()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_picture_is_as_large_as_planned(family: str, of_each_family: dict[str, Image.Image]) -> None:
    decided = plan(first_of(family))
    assert of_each_family[family].size == (decided.width, decided.height)
    assert of_each_family[family].mode == "RGB"


@pytest.mark.parametrize("family", FAMILIES)
def test_no_part_of_a_picture_is_perfectly_flat(family: str, of_each_family: dict[str, Image.Image]) -> None:
    assert deviation_of_tiles(of_each_family[family]).min() > 0.3


@pytest.mark.parametrize("family", sorted(FAMILIES.keys() - {"quiet", "zips"}))
def test_a_picture_is_not_nearly_one_colour(family: str, of_each_family: dict[str, Image.Image]) -> None:
    small = np.asarray(of_each_family[family].resize((32, 32)), np.float32)
    assert small.std(axis=(0, 1)).max() > 5


@pytest.mark.parametrize("family", FAMILIES)
def test_no_edge_is_a_staircase(family: str, of_each_family: dict[str, Image.Image]) -> None:
    """An aliased edge jumps from one colour to the other within one pixel; a painted one needs at least two."""
    grey = np.asarray(of_each_family[family].convert("L"), np.float32)
    for steps in (np.abs(np.diff(grey, axis=0)), np.abs(np.diff(grey, axis=1).T)):
        before_and_after = np.maximum(steps[:-2], steps[2:])
        lonely = (steps[1:-1] > 90) & (before_and_after < 0.08 * steps[1:-1])
        assert lonely.mean() < 1.5e-3


def test_a_covering_layer_hides_what_lies_below() -> None:
    canvas = easel()
    canvas.lay(np.ones(canvas.shape, np.float32), PAINTS["cobalt"], tooth=0.0)
    assert np.allclose(canvas.density, PAINTS["cobalt"].density[:, None, None], atol=1e-4)


def test_yellow_glazed_over_blue_is_green() -> None:
    canvas = easel()
    for name in ("cerulean", "lemon"):
        canvas.stain(np.ones(canvas.shape, np.float32), PAINTS[name], mottle=0.0, cloud=0.0)
    red, green, blue = canvas.density.mean(axis=(1, 2))
    assert green < red
    assert green < blue


def test_a_stain_can_only_darken() -> None:
    canvas = easel()
    before = canvas.density.copy()
    canvas.stain(np.ones(canvas.shape, np.float32), PAINTS["rose"], mottle=0.5, cloud=0.5)
    assert (canvas.density >= before).all()


def test_a_box_covers_its_inside_and_nothing_beyond_its_edge() -> None:
    canvas = easel(200, 200)
    cover = canvas.edge(canvas.box(0.25, 0.25, 0.75, 0.75))
    assert cover[100, 100] == 1
    assert cover[20, 100] == 0
    assert cover[100, 190] == 0
    assert cover.mean() == pytest.approx(0.25, abs=0.01)


def test_a_polygon_has_the_area_of_its_corners() -> None:
    canvas = easel(200, 200)
    cover = canvas.edge(canvas.polygon([(0.1, 0.1), (0.9, 0.1), (0.1, 0.9)]))
    assert cover.mean() == pytest.approx(0.32, abs=0.01)


@pytest.mark.parametrize(
    "field",
    [
        weave(generator(), 200, 300, 2.5),
        clouds(generator(), 200, 300, 60, 3, 0.6),
        bristles(generator(), 200, 300, upright=True, fineness=2.5),
        bristles(generator(), 200, 300, upright=False, fineness=2.5),
    ],
    ids=["weave", "clouds", "bristles upright", "bristles level"],
)
def test_a_field_of_irregularity_is_centred_and_of_deviation_one(field: np.ndarray) -> None:
    assert field.shape == (200, 300)
    assert field.dtype == np.float32
    assert abs(float(field.mean())) < 0.1
    assert float(field.std()) == pytest.approx(1, abs=0.1)


def test_noise_does_not_repeat_as_a_tile() -> None:
    field = noise(generator(), 64, 512, 4.0, 4.0)
    row = (field - field.mean()) / field.std()
    correlations = [float((row[:, :256] * row[:, shift : shift + 256]).mean()) for shift in range(24, 256)]
    assert max(correlations) < 0.25


def test_bristles_run_along_the_stroke() -> None:
    upright = bristles(generator(), 200, 200, upright=True, fineness=2.5)
    along, across = np.abs(np.diff(upright, axis=0)).mean(), np.abs(np.diff(upright, axis=1)).mean()
    assert along < 0.4 * across


def test_a_colour_outside_srgb_loses_chroma_not_hue() -> None:
    vivid = oklch_to_srgb(0.6, 0.4, 264)
    assert vivid.min() >= 0
    assert vivid.max() <= 1
    assert vivid.argmax() == 2


def test_a_paint_stays_a_colour_however_far_it_is_shifted() -> None:
    shifted = Paint("test", 0.5, 0.2, 350).shifted(lightness=2.0, chroma=9.0, hue=30)
    assert shifted.lightness <= 1
    assert shifted.chroma < 0.3
    assert 0 <= shifted.hue < 360
