import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.features import fill as filling
from core.features.descriptor import COLOUR_AND_TEXTURE, describe
from core.features.fill import fill
from core.features.store import FeatureStore
from core.images import inspect
from tests.core.pictures import noise


@pytest.fixture
def thumbs(tmp_path) -> Path:
    """Thumbnails of six pictures, the fourth of them damaged."""
    for number in range(6):
        buffer = io.BytesIO()
        noise(12, 9, number).resize((160, 120)).save(buffer, "PNG")
        data = b"RIFF" if number == 3 else inspect(buffer.getvalue()).thumbnail
        (tmp_path / f"{name(number)}.webp").write_bytes(data)
    return tmp_path


def name(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


NAMES = [name(number) for number in range(6)]


def test_a_stopped_job_goes_on_where_it_was_and_unreadable_thumbnails_are_told(thumbs):
    told = []

    def run(**options) -> filling.Filled:
        return fill(
            thumbs / "store", COLOUR_AND_TEXTURE, NAMES, lambda name: thumbs / f"{name}.webp", batch=2, **options
        )

    first = run(progress=lambda done, total: told.append((done, total)), stop_requested=lambda: len(told) == 1)
    assert (first.described, first.stopped, told) == (2, True, [(2, 6)])
    second = run()
    assert (second.described, second.stopped, list(second.unreadable)) == (3, False, [name(3)])
    assert run().described == 0
    store = FeatureStore(thumbs / "store", COLOUR_AND_TEXTURE)
    assert store.missing(NAMES) == [name(3)]
    with Image.open(thumbs / f"{name(4)}.webp") as thumbnail:
        assert np.allclose(store.vector(name(4)), describe(thumbnail.convert("RGB")), atol=2e-3)


def test_a_lost_thumbnail_does_not_end_the_job(thumbs):
    (thumbs / f"{name(0)}.webp").unlink()
    result = fill(thumbs / "store", COLOUR_AND_TEXTURE, NAMES, lambda name: thumbs / f"{name}.webp")
    assert (result.described, sorted(result.unreadable)) == (4, sorted([name(0), name(3)]))
