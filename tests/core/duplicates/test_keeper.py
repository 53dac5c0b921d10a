from dataclasses import replace
from itertools import permutations

import pytest

from core.duplicates.keeper import Candidate, merge_metadata, suggest_keeper

PLAIN = Candidate("a" * 64, 1000, 800, 200_000, "JPEG")
OTHER = replace(PLAIN, sha256="b" * 64)


def keeper(*candidates: Candidate) -> tuple[str, str]:
    """(first letter, first reason), the same whatever the order."""
    found = {suggest_keeper(order).keeper for order in permutations(candidates)}
    assert len(found) == 1
    suggestion = suggest_keeper(candidates)
    assert set(suggestion.against) == {candidate.sha256 for candidate in candidates} - {suggestion.keeper}
    return suggestion.keeper[0], suggestion.reasons[0]


def test_more_pixels_win_and_the_reason_says_how_many():
    assert keeper(PLAIN, replace(OTHER, width=2000, height=1600)) == (
        "b",
        "more pixels: 2,000 x 1,600 pixels, against 1,000 x 800 pixels",
    )


def test_a_cut_border_does_not_outweigh_a_format_without_loss():
    assert keeper(replace(PLAIN, width=1010), replace(OTHER, format="PNG")) == ("b", "a format without loss: PNG")


def test_a_clearly_larger_file_wins_over_provenance_and_a_slightly_larger_one_does_not():
    known = replace(OTHER, licence="CC0", page_url="https://example.org/1")
    assert keeper(replace(PLAIN, bytes=400_000), known)[0] == "a"
    assert keeper(replace(PLAIN, bytes=210_000), known) == ("b", "better provenance: licence and page are known")


def test_what_was_excluded_is_not_kept():
    assert keeper(replace(PLAIN, width=4000, excluded=True), OTHER)[0] == "b"


def test_equal_pictures_are_decided_and_it_is_said_that_nothing_decides():
    letter, reason = keeper(PLAIN, OTHER)
    assert letter == "a"
    assert "equal in everything" in reason


def test_the_others_are_told_where_they_fell_behind():
    small = replace(PLAIN, sha256="c" * 64, width=100, height=80)
    unknown = replace(PLAIN, licence="CC0")
    suggestion = suggest_keeper([small, unknown, replace(OTHER, licence="CC0", page_url="https://example.org")])
    assert suggestion.keeper == OTHER.sha256
    assert suggestion.against == {small.sha256: "fewer pixels: 100 x 80 pixels", PLAIN.sha256: "its page is unknown"}


def test_one_picture_is_no_group():
    with pytest.raises(ValueError, match="two"):
        suggest_keeper([PLAIN])


def test_the_keeper_takes_over_what_only_others_know_and_contradictions_are_shown():
    first = replace(PLAIN, title="Green", tags=("stripes",))
    second = replace(OTHER, title="Green on blue", artist="A. Painter", tags=("stripes", "blue"))
    merged = merge_metadata([first, second], first.sha256)
    assert merged.filled == {"artist": ("A. Painter", second.sha256)}
    assert merged.tags == ("stripes", "blue")
    assert merged.conflicts == {"title": ((second.sha256, "Green on blue"),)}
