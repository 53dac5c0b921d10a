import io
import pickle
from functools import partial

import numpy as np
from PIL import Image

from core.sources.painter.painting import FAMILIES, plan
from core.sources.sample import artwork, jpeg, paint, painting, paintings


def test_a_painting_is_a_jpeg_of_the_picture_with_its_artwork() -> None:
    described, data = painting(3, 1)
    assert described == artwork(3, 1)
    opened = Image.open(io.BytesIO(data))
    assert opened.format == "JPEG"
    difference = np.asarray(opened, np.float32) - np.asarray(paint(3, seed=1), np.float32)
    assert np.abs(difference).mean() < 4


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert list(paintings(3, 7)) == list(paintings(3, 7))


def test_a_longer_series_begins_with_the_shorter_one() -> None:
    assert list(paintings(3))[:2] == list(paintings(2))


def test_different_indices_give_different_bytes() -> None:
    assert len({data for _, data in paintings(6)}) == 6


def test_an_artwork_says_that_it_is_synthetic_and_free() -> None:
    described = artwork(11, 2)
    decided = plan(11, seed=2)
    assert (described.source, described.source_id) == ("sample", "2-11")
    assert described.artist == "Atelier painter"
    assert described.licence == "CC0"
    assert described.synthetic
    assert described.style == FAMILIES[decided.family].words
    assert described.metadata["family"] == decided.family
    assert described.metadata["palette"] == decided.palette.name
    assert (described.metadata["seed"], described.metadata["index"]) == ("2", "11")


def test_a_title_names_a_paint_that_was_used() -> None:
    for index in range(60):
        described = artwork(index)
        paints = described.metadata["paints"].split(", ")
        assert any(paint in described.title.lower() for paint in paints[:2])
        assert described.title.endswith(f"no. {index + 1}")
        assert described.title[0].isupper()


def test_source_ids_are_unique_across_series() -> None:
    ids = {artwork(index, seed).source_id for seed in range(3) for index in range(50)}
    assert len(ids) == 150


def test_painting_can_be_sent_to_another_process() -> None:
    sent = pickle.loads(pickle.dumps(partial(jpeg, 2, 5)))
    assert sent() == jpeg(2, 5)
