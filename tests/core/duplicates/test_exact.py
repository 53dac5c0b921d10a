import io
from itertools import combinations

from PIL import Image

from core.duplicates.exact import exact_candidates, exact_groups, pixel_digest
from core.images import inspect, read_image
from tests.core.pictures import noise


def saved(picture: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def test_equal_pixels_in_other_files_are_exact_duplicates_and_another_quality_is_not():
    picture = noise(40, 30, 1).resize((320, 240))
    files = {
        "png": saved(picture, "PNG"),
        "png-packed-less": saved(picture, "PNG", compress_level=1),
        "bmp": saved(picture, "BMP"),
        "jpeg": saved(picture, "JPEG", quality=90),
        "other": saved(noise(40, 30, 2).resize((320, 240)), "PNG"),
    }
    facts = {name: inspect(data).facts for name, data in files.items()}
    candidates = exact_candidates(
        list(files), [(fact.width, fact.height) for fact in facts.values()], [fact.phash for fact in facts.values()]
    )
    assert {"png", "png-packed-less", "bmp"} <= set(candidates)
    assert "other" not in candidates
    digests = {name: pixel_digest(read_image(files[name])) for name in candidates}
    assert exact_groups(digests) == [("bmp", "png", "png-packed-less")]


def test_hashes_that_crowd_together_are_all_worth_decoding():
    bits = [sum(1 << bit for bit in chosen) for count in range(5) for chosen in combinations(range(20), count)]
    names = [f"{number:04d}" for number in range(len(bits))]  # 19 million pairs, none farther apart than 8 bits
    assert exact_candidates(names, [(800, 600)] * len(bits), [f"{value:016x}" for value in bits]) == names


def test_pixels_in_another_shape_are_another_picture():
    assert pixel_digest(Image.new("RGB", (20, 30))) != pixel_digest(Image.new("RGB", (30, 20)))


def test_small_groups_come_first():
    digests = {"a": "1", "b": "1", "c": "1", "y": "2", "z": "2", "alone": "3"}
    assert exact_groups(digests) == [("y", "z"), ("a", "b", "c")]
