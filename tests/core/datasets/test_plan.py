import numpy as np
import pytest
from PIL import Image

from core.datasets.measure import MeasurementStore, measure_pictures
from core.datasets.plan import NEAR_SOLID, REPEATED, TOO_NARROW, UNREADABLE, plan
from core.datasets.recipe import Recipe
from core.datasets.twins import find_twins
from tests.core.datasets.conftest import noise


def planned(lab, pictures, **settings):
    return plan(pictures, Recipe(**settings), measure_pictures(lab.workspace, pictures))


def halves(low: int, high: int) -> Image.Image:
    """Left half one grey, right half another: the deviation is half their distance."""
    pixels = np.full((64, 64, 3), low, np.uint8)
    pixels[:, 32:] = high
    return Image.fromarray(pixels)


def test_a_picture_that_loses_more_than_the_share_is_dropped_with_its_figure(lab):
    wide, at_the_limit = lab.add(noise(1, 101, 50), artwork=1), lab.add(noise(2, 100, 50), artwork=2)
    result = planned(lab, [wide, at_the_limit], max_cut_share=0.5)
    (dropped,) = result.dropped
    assert (dropped.picture, dropped.reason) == (wide, TOO_NARROW)
    assert dropped.detail == "50% would be cut away, over 50%"
    assert planned(lab, [wide, at_the_limit], max_cut_share=1.0).counts.kept == 2


def test_a_near_solid_picture_is_dropped_with_its_deviation(lab):
    faint, clear = lab.add(halves(100, 110), artwork=1), lab.add(halves(100, 112), artwork=2)
    result = planned(lab, [faint, clear], min_deviation=5.5)
    (dropped,) = result.dropped
    assert (dropped.picture, dropped.reason) == (faint, NEAR_SOLID)
    assert dropped.deviation == pytest.approx(5, abs=0.1)
    assert dropped.detail.startswith("deviation 5.0, under 5.5") or dropped.detail.startswith("deviation 4.9")
    assert planned(lab, [faint, clear], min_deviation=0).counts.kept == 2


def test_deviation_is_taken_after_fitting(lab):
    pixels = np.full((60, 120, 3), 90, np.uint8)
    pixels[:, :20] = (250, 0, 0)  # outside the centre square
    picture = lab.add(Image.fromarray(pixels))
    assert planned(lab, [picture], fit="crop", min_deviation=5).counts.dropped[NEAR_SOLID] == 1
    assert planned(lab, [picture], fit="squash", min_deviation=5).counts.dropped[NEAR_SOLID] == 0
    assert planned(lab, [picture], fit="smart", min_deviation=5).counts.dropped[NEAR_SOLID] == 0


def test_padding_does_not_make_a_plain_picture_lively(lab):
    picture = lab.add(Image.new("RGB", (40, 60), (10, 10, 10)))
    dropped = planned(lab, [picture], fit="pad", pad_colour="white", min_deviation=5).counts.dropped
    assert dropped[NEAR_SOLID] == 1


def test_a_file_that_cannot_be_read_is_dropped_and_stops_nothing(lab):
    whole, broken, missing = lab.add_many(3)
    lab.workspace.image(broken.sha256, broken.suffix).write_bytes(b"\x89PNG\r\n\x1a\nnothing more")
    lab.workspace.image(missing.sha256, missing.suffix).unlink()
    result = planned(lab, [whole, broken, missing])
    assert {verdict.picture for verdict in result.dropped} == {broken, missing}
    assert result.counts.dropped[UNREADABLE] == 2
    assert all(verdict.detail for verdict in result.dropped)


def test_a_file_that_came_back_is_measured_again(lab):
    (picture,) = lab.add_many(1)
    path = lab.workspace.image(picture.sha256, picture.suffix)
    data = path.read_bytes()
    path.unlink()
    assert planned(lab, [picture]).counts.kept == 0
    path.write_bytes(data)
    assert planned(lab, [picture]).counts.kept == 1


def test_one_picture_of_two_artworks_is_kept_once(lab):
    first, second = lab.add(noise(1), artwork=1), lab.add(noise(1), artwork=2)
    assert first.sha256 == second.sha256
    result = planned(lab, [first, second, lab.add(noise(2), artwork=3)])
    assert result.counts.dropped[REPEATED] == 1
    assert result.counts.kept == 2


def test_artworks_that_share_a_picture_stay_on_one_side(lab):
    shared_by_both = noise(100)
    pictures = [lab.add(shared_by_both, artwork=1), lab.add(shared_by_both, artwork=2)]
    pictures += [lab.add(noise(101), artwork=1), lab.add(noise(102), artwork=2)]
    pictures += [lab.add(noise(number), artwork=10 + number) for number in range(20)]
    for seed in range(10):
        result = planned(lab, pictures, test_share=0.3, seed=seed)
        sides = {verdict.split for verdict in result.kept if verdict.picture.artwork_id in ("folder:1", "folder:2")}
        assert len(sides) == 1


def test_the_same_picture_saved_again_stays_on_the_side_of_its_twin(lab):
    original = noise(7, 120, 120)
    saved_again = original.resize((90, 90), Image.Resampling.LANCZOS)
    twins = [lab.add(original, artwork=1), lab.add(saved_again, artwork=2)]
    pictures = [*twins, *(lab.add(noise(number), artwork=number) for number in range(10, 30))]
    for seed in range(10):
        result = planned(lab, pictures, test_share=0.3, seed=seed)
        assert len({verdict.split for verdict in result.kept if verdict.picture in twins}) == 1


def signature(*, shift: int = 0, contrast: int = 100) -> str:
    """A checkerboard of 8 x 8 fields, two greys `contrast` apart."""
    fields = np.indices((8, 8)).sum(axis=0) % 2 * contrast + 50 + shift
    return np.repeat(fields.astype(np.uint8)[..., None], 3, axis=2).tobytes().hex()


def test_twins_are_nearly_equal_everywhere_and_not_merely_alike():
    signatures = {"a": signature(), "b": signature(shift=2), "c": signature(shift=6), "d": signature(contrast=90)}
    signatures["e"] = signature(shift=4, contrast=92)  # the same means as "a" over any quarter, but 4 off everywhere
    assert [set(pair) for pair in find_twins(signatures)] == [{"a", "b"}]
    assert find_twins({}) == []
    assert find_twins({"a": signature()}) == []


def test_a_picture_saved_a_thousand_times_makes_a_thousand_pairs_and_one_group():
    equal = {f"{number:04}": signature(contrast=60) for number in range(1000)}
    plain = {f"plain {number}": signature(contrast=1) for number in range(3)}
    pairs = find_twins({**equal, **plain})
    assert {first for first, _ in pairs} == {"0000"}
    assert {second for _, second in pairs} == set(equal) - {"0000"}


def test_plain_pictures_are_never_taken_for_twins():
    assert find_twins({"a": signature(contrast=10), "b": signature(contrast=11)}) == []


def test_counts_follow_the_pictures_from_selection_to_rows(lab):
    pictures = [*lab.add_many(20), lab.add(noise(50, 100, 20), artwork=50), lab.add(halves(9, 9), artwork=51)]
    counts = planned(lab, pictures, copies=("flip-lr", "rot90"), test_share=0.2, resolution=64).counts
    assert (counts.pictures, counts.kept, counts.train, counts.test) == (22, 20, 16, 4)
    assert counts.dropped == {UNREADABLE: 0, REPEATED: 0, TOO_NARROW: 1, NEAR_SOLID: 1}
    assert (counts.copies, counts.rows, counts.groups) == (32, 52, 20)
    assert counts.enlarged == 20  # 40 px pictures shown at 64 px


def test_a_changed_threshold_leaves_everybody_else_on_their_side(lab):
    pictures = lab.add_many(60)
    before = {v.picture: v.split for v in planned(lab, pictures, min_deviation=0).kept}
    after = {v.picture: v.split for v in planned(lab, pictures, min_deviation=68).kept}
    assert 20 < len(after) < 60
    assert sum(before[picture] != side for picture, side in after.items()) <= 3


def test_measurements_are_remembered_and_shared_between_stores(lab):
    pictures = lab.add_many(5)
    first, second = MeasurementStore(lab.workspace), MeasurementStore(lab.workspace)
    assert second.known() == {}
    found = measure_pictures(lab.workspace, pictures, store=first)
    decoded = []
    again = measure_pictures(
        lab.workspace, pictures, store=second, on_progress=lambda done, total: decoded.append(total)
    )
    assert again == found
    assert decoded == [0]


def test_measuring_can_be_stopped_and_keeps_what_it_has(lab):
    pictures = lab.add_many(100)
    asked = iter([False, True])
    found = measure_pictures(lab.workspace, pictures, stop_requested=lambda: next(asked))
    assert len(found) == 16
    assert MeasurementStore(lab.workspace).known() == found
