"""A fast build makes the same bytes as a plain one: every picture read for its own purpose, one after the other."""

import hashlib
import io
import json

import numpy as np
import pytest
from PIL import Image

from core.catalog.picture import PictureRef
from core.datasets.build import build_dataset
from core.datasets.copies import copy_of
from core.datasets.crew import open_crew
from core.datasets.fit import fit_picture, read_for
from core.datasets.measure import Measurement, MeasurementStore, known_measurements, measure, measure_pictures
from core.datasets.plan import FORMAT_VERSION, Plan, plan
from core.datasets.recipe import Recipe
from core.datasets.steps.step import Step
from core.datasets.taking import Take
from core.errors import AtelierError
from tests.core.datasets.conftest import Lab, noise


@pytest.fixture
def pictures(lab: Lab) -> list[PictureRef]:
    """JPEGs large enough to be decoded at 1/8 for one purpose and at 1/2 for another; small ones; some to leave out."""
    sizes = [(1100, 700), (560, 640), (300, 300), (90, 70), (1200, 200), (260, 330), (600, 600), (150, 700)]
    found = [add_jpeg(lab, noise(number, *size), artwork=number) for number, size in enumerate(sizes)]
    found += [add_jpeg(lab, Image.new("RGB", (400, 380), (40, 80, 120)), artwork=20), lab.add(noise(30), artwork=30)]
    found.append(PictureRef(**{**vars(found[0]), "artwork_id": "folder:again"}))
    broken = add_jpeg(lab, noise(40, 500, 500), artwork=40)
    path = lab.workspace.image(broken.sha256, broken.suffix)
    path.write_bytes(path.read_bytes()[:2000])
    return [*found, broken]


def add_jpeg(lab: Lab, picture: Image.Image, *, artwork: int) -> PictureRef:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=90)
    sha256 = hashlib.sha256(buffer.getvalue()).hexdigest()
    path = lab.workspace.image(sha256, "jpg")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(buffer.getvalue())
    return PictureRef(sha256, "jpg", f"folder:{artwork}", "A. Painter", picture.width, picture.height)


def plainly(lab: Lab, pictures: list[PictureRef], recipe: Recipe) -> tuple[Plan, bytes]:
    """The plan and images.npy, in the plainest way."""
    measurements = {}
    for picture in pictures:
        path = lab.workspace.image(picture.sha256, picture.suffix)
        try:
            measurements[picture.sha256] = measure(read_for(64, path), recipe.aspect)
        except AtelierError as error:
            measurements[picture.sha256] = Measurement(error=str(error))
    planned = plan(pictures, recipe, measurements)
    fitted = {
        v.picture.sha256: fit_picture(
            read_for(recipe.resolution, lab.workspace.image(v.picture.sha256, v.picture.suffix)), recipe
        )
        for v in planned.kept
    }
    rows = [fitted[verdict.picture.sha256] for verdict in planned.kept]
    for copy in recipe.row_copies:
        for verdict in planned.kept:
            if verdict.split == "train":
                rows.append(copy_of(fitted[verdict.picture.sha256], copy, recipe, verdict.picture.sha256))
    buffer = io.BytesIO()
    np.save(buffer, np.stack(rows))
    return planned, buffer.getvalue()


@pytest.mark.parametrize(
    ("recipe", "processes"),
    [
        (Recipe(resolution=64, copies=("flip-lr", "rot90"), test_share=0.3), 2),
        (Recipe(resolution=32, fit="smart", test_share=0.3), 0),
        (Recipe(resolution=128, fit="squash", max_cut_share=1.0), 0),
        (Recipe(resolution=64, fit="smart", aspect="3:4", max_cut_share=0.7), 0),
        (Recipe(resolution=96, fit="pad", min_deviation=0.0, seed=3), 0),
        (Recipe(resolution=48, steps=(Step(kind="rotate"),), steps_as="copies", drawn_copies=2, test_share=0.3), 0),
    ],
    ids=lambda value: value.in_words() if isinstance(value, Recipe) else "",
)
def test_a_pack_is_byte_for_byte_what_a_plain_build_makes(lab, pictures, recipe, processes):
    planned, expected = plainly(lab, pictures, recipe)
    dataset = build_dataset(lab.workspace, pictures, recipe, name="Fast", processes=processes).dataset
    assert (dataset.folder / "images.npy").read_bytes() == expected
    assert dataset.content_hash == planned.content_hash()
    assert dataset.manifest["counts"]["dropped"] == planned.counts.dropped
    assert dataset.manifest["images"]["sha256"] == hashlib.sha256(expected[128:]).hexdigest()
    index = (dataset.folder / "index.json").read_bytes()
    assert hashlib.sha256(index).hexdigest() == dataset.manifest["index"]["sha256"]
    assert index.splitlines()[1:-1] == [
        line.encode()
        for line in json.dumps(json.loads(index), ensure_ascii=False)[1:-1].replace("}, {", "},\n{").split("\n")
    ]


def test_the_hashes_of_a_plan_are_those_of_one_json_text(lab, pictures):
    """As they were made before: datasets of earlier days are found again by them."""
    recipe = Recipe(resolution=32)
    planned = plan(pictures, recipe, measure_pictures(lab.workspace, pictures))
    named = sorted({(v.picture.sha256, group) for v, group in zip(planned.verdicts, planned.groups, strict=True)})
    text = json.dumps([FORMAT_VERSION, recipe.identity(), named], sort_keys=True)
    assert planned.content_hash() == hashlib.sha256(text.encode()).hexdigest()
    labels = [[v.picture.sha256, v.picture.artist, "", "", [], []] for v in planned.kept]
    assert planned.labels_hash() == hashlib.sha256(json.dumps(labels).encode()).hexdigest()


def test_processes_measure_as_threads_do_and_what_is_known_is_that_of_the_pictures_asked_for(lab, pictures):
    takes = [
        Take(number, str(lab.workspace.image(picture.sha256, picture.suffix)), measure=True, fit=False)
        for number, picture in enumerate(pictures)
    ]
    found = []
    for processes in (0, 2):
        with open_crew(len(takes), processes=processes) as crew:
            found.append([taken for order in crew.take(takes) for taken in order])
    assert repr(found[0]) == repr(found[1])  # by their words: not-a-number equals nothing
    assert [taken.slot for taken in found[0]] == list(range(len(pictures)))
    measured = measure_pictures(lab.workspace, pictures)
    assert "cut off" in measured[pictures[-1].sha256].error
    wanted = {pictures[2].sha256, pictures[-1].sha256}
    known = known_measurements(lab.workspace, wanted, fit="smart")
    assert known == {pictures[2].sha256: measured[pictures[2].sha256]}


def test_a_build_measures_for_its_own_fit_and_a_page_completes_it(lab):
    pictures = lab.add_many(6)
    build_dataset(lab.workspace, pictures, Recipe(resolution=32), name="Cropped")
    names = {picture.sha256 for picture in pictures}
    assert known_measurements(lab.workspace, names, fit="crop").keys() == names
    assert known_measurements(lab.workspace, names, fit="squash").keys() == names
    assert not known_measurements(lab.workspace, names, fit="smart")
    assert not MeasurementStore(lab.workspace).known()
    complete = measure_pictures(lab.workspace, pictures)
    path = lab.workspace.image(pictures[0].sha256, "png")
    assert complete[pictures[0].sha256] == measure(read_for(64, path))
    assert known_measurements(lab.workspace, names, fit="smart") == complete
