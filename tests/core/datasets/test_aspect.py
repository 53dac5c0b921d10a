"""Datasets of other than square shape."""

import numpy as np
import pytest
from PIL import Image

from core.catalog.picture import PictureRef
from core.datasets.build import build_dataset
from core.datasets.fit import centre_box, cut_share, cut_shares, fit_box, fit_picture, fit_to, smart_box
from core.datasets.measure import Measurement, MeasurementStore, measure_pictures
from core.datasets.pack import open_pack
from core.datasets.plan import plan
from core.datasets.recipe import ASPECTS, FITS, Recipe
from core.errors import ConfigError
from tests.core.datasets.conftest import noise

RED, BLUE = (200, 0, 0), (0, 0, 200)


@pytest.mark.parametrize(
    ("aspect", "resolution", "shape"),
    [
        ("1:1", 64, (64, 64)),
        ("4:5", 64, (64, 48)),
        ("3:4", 64, (64, 48)),
        ("2:3", 64, (64, 40)),
        ("1:2", 64, (64, 32)),
        ("3:2", 96, (64, 96)),
        ("4:5", 128, (128, 104)),
        ("2:1", 32, (16, 32)),
        ("1:1", 50, (50, 50)),
    ],
)
def test_the_longer_side_is_the_resolution_and_the_shorter_a_multiple_of_eight(aspect, resolution, shape):
    assert Recipe(aspect=aspect, resolution=resolution).shape == shape


@pytest.mark.parametrize("aspect", ASPECTS)
@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("size", [(90, 40), (40, 90), (33, 33), (300, 20), (64, 48), (1, 200)])
def test_every_fit_gives_every_picture_the_asked_shape(aspect, fit, size):
    recipe = Recipe(aspect=aspect, fit=fit)
    pixels = fit_picture(Image.new("RGB", size, RED), recipe)
    assert pixels.shape == (*recipe.shape, 3)
    assert (pixels == RED).all()


def test_a_crop_keeps_as_much_as_fits_and_nothing_outside_the_picture():
    assert centre_box(100, 100, (64, 48)) == (12, 0, 87, 100)
    assert centre_box(60, 100, (64, 48)) == (0, 10, 60, 90)
    assert centre_box(48, 64, (64, 48)) == (0, 0, 48, 64)
    generator = np.random.default_rng(0)
    for width, height in generator.integers(1, 400, (300, 2)):
        for shape in ((64, 48), (40, 64), (64, 32)):
            picture = Image.new("RGB", (int(width), int(height)))
            left, top, right, bottom = fit_box(picture, "crop", shape)
            assert 0 <= left < right <= width
            assert 0 <= top < bottom <= height
            assert right - left == width or bottom - top == height


def test_the_share_cut_is_that_of_the_two_aspects():
    assert cut_share(48, 64, (64, 48)) == 0
    assert cut_share(480, 640, (64, 48)) == 0
    assert cut_share(100, 100, (64, 48)) == 0.25
    assert cut_share(32, 64, (64, 48)) == pytest.approx(1 / 3)
    assert cut_share(200, 100, (200, 100)) == 0.75
    sizes = [(48, 64), (100, 100), (32, 64), (700, 30)]
    assert cut_shares(np.array(sizes), (64, 48)).tolist() == [cut_share(*size, (64, 48)) for size in sizes]


@pytest.mark.parametrize("sideways", [True, False])
def test_a_smart_crop_of_any_shape_goes_where_there_is_something_to_show(sideways):
    pixels = np.full((100, 400, 3), 120, np.uint8)
    pixels[:, 300:380] = np.random.default_rng(0).integers(0, 256, (100, 80, 3))
    picture = Image.fromarray(pixels if sideways else np.ascontiguousarray(pixels.transpose(1, 0, 2)))
    box = smart_box(picture, (100, 150) if sideways else (150, 100))
    first, last = (box[0], box[2]) if sideways else (box[1], box[3])
    assert last - first == 150
    assert first <= 300
    assert last >= 380


def test_bars_lie_on_the_sides_that_the_picture_does_not_fill():
    picture = Image.new("RGB", (100, 100), RED)
    pixels = fit_to(picture, (64, 48), "pad", "white")
    assert (pixels[8:56] == RED).all()
    assert (pixels[:8] == 255).all()
    assert (pixels[56:] == 255).all()
    sheet = Image.new("RGB", (30, 80), RED)
    sheet.paste(Image.new("RGB", (9, 80), BLUE), (0, 0))
    sheet.paste(Image.new("RGB", (9, 80), BLUE), (21, 0))
    pixels = fit_to(sheet, (64, 48), "pad", "edge")
    assert (pixels[:, :8] == BLUE).all()
    upright = Image.new("RGB", (66, 80), RED)  # higher than wide, yet too wide: bars above and below
    upright.paste(Image.new("RGB", (66, 9), BLUE), (0, 0))
    upright.paste(Image.new("RGB", (66, 9), BLUE), (0, 71))
    assert (fit_to(upright, (64, 48), "pad", "edge")[[0, -1]] == BLUE).all()


def test_a_built_dataset_of_another_shape_holds_what_was_asked(lab):
    recipe = Recipe(resolution=32, aspect="3:4", copies=("flip-lr", "rot180"), test_share=0.2)
    dataset = build_dataset(lab.workspace, lab.add_many(10, 60, 80), recipe, name="Portraits").dataset
    pack = open_pack(dataset.folder, verify=True)
    assert pack.images.shape == (10 + 16, 32, 24, 3)
    assert (pack.shape, pack.resolution) == ((32, 24), 32)
    assert (dataset.shape, dataset.resolution) == ((32, 24), 32)
    assert dataset.manifest["recipe"]["aspect"] == "3:4"
    assert dataset.manifest["recipe_in_words"].startswith("24 × 32 px, cropped in the middle to 3:4; ")
    assert dataset.recipe == recipe


def test_another_aspect_is_another_dataset_and_leaves_the_split_alone(lab):
    pictures = lab.add_many(20)
    packs = [
        open_pack(
            build_dataset(lab.workspace, pictures, Recipe(resolution=32, aspect=aspect), name=aspect).dataset.folder
        )
        for aspect in ("1:1", "3:4", "4:3", "4:5")
    ]
    assert len({pack.content_hash for pack in packs}) == 4
    held_out = [{pack.rows[row]["sha256"] for row in pack.test} for pack in packs]
    assert held_out[0]
    assert all(own == held_out[0] for own in held_out)


def test_square_recipes_keep_the_hashes_of_before_there_was_an_aspect():
    pictures = [PictureRef(f"{n:064x}", "png", f"folder:{n}", "A", 400, 300 + n) for n in range(4)]
    measured = {picture.sha256: Measurement(40, 40, 40) for picture in pictures}
    groups = {picture.sha256: picture.sha256 for picture in pictures}
    old = Recipe(resolution=128, fit="pad", pad_colour="white", copies=("rot90", "flip-lr"), seed=3)
    hashes = [plan(pictures, recipe, measured, groups).content_hash() for recipe in (Recipe(), old)]
    assert hashes == [
        "0238774c1c47edd6e3dd41e32a827dff1934b5b7fbe931c5c5b9d4a0e6d9a241",
        "545a1cba9f13c8e80716ad1e7da01731b58b84a0219d411c8bd497cbe784a6c9",
    ]


def test_a_picture_is_judged_by_what_the_asked_shape_cuts(lab):
    pictures = [lab.add(noise(1, 40, 80), artwork=1), lab.add(noise(2, 80, 40), artwork=2)]
    recipe = Recipe(resolution=32, aspect="1:2", max_cut_share=0.5, test_share=0)
    planned = plan(pictures, recipe, measure_pictures(lab.workspace, pictures, aspect="1:2"))
    assert {verdict.picture.width: round(verdict.cut_share, 3) for verdict in planned.verdicts} == {40: 0, 80: 0.75}
    assert [verdict.picture.width for verdict in planned.dropped] == [80]


def test_deviation_is_measured_for_the_asked_aspect_and_remembered_beside_that_of_squares(lab):
    picture = Image.new("RGB", (80, 80), RED)
    picture.paste(Image.new("RGB", (10, 80), BLUE), (0, 0))
    picture.paste(Image.new("RGB", (10, 80), BLUE), (70, 0))
    (ref,) = pictures = [lab.add(picture)]
    square = measure_pictures(lab.workspace, pictures)[ref.sha256]
    narrow = measure_pictures(lab.workspace, pictures, aspect="1:2")[ref.sha256]
    assert square.crop > 30
    assert narrow.crop < 3  # the middle half is red
    assert narrow.signature == square.signature
    assert MeasurementStore(lab.workspace).known() == {ref.sha256: square}
    assert MeasurementStore(lab.workspace, "1:2").known() == {ref.sha256: narrow}


@pytest.mark.parametrize("copies", [("rot90",), ("flip-lr", "rot270"), "all"])
def test_quarter_turns_of_other_shapes_are_refused(copies):
    with pytest.raises(ConfigError, match=r"rotated by (90|270)°.*do not have the aspect 3:4.*1:1"):
        Recipe(aspect="3:4", copies=copies)


@pytest.mark.parametrize("aspect", ["16:9", "", "3:4 ", 1])
def test_an_aspect_that_there_is_not_is_refused_with_those_there_are(aspect):
    with pytest.raises(ConfigError, match=r"No aspect.*4:5"):
        Recipe(aspect=aspect)


def test_small_pictures_count_as_enlarged_by_the_side_that_is_short(lab):
    pictures = [lab.add(noise(1, 24, 32), artwork=1), lab.add(noise(2, 23, 40), artwork=2)]
    recipe = Recipe(resolution=32, aspect="3:4", test_share=0)
    assert plan(pictures, recipe, measure_pictures(lab.workspace, pictures)).counts.enlarged == 1
