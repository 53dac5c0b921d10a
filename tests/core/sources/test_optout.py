"""Opt-outs in headers, and which of them concern us."""

import pytest

from core.sources.artwork import ItemError
from core.sources.web.optout import opt_out, refuse_opt_out


def tags(*lines: str) -> list[tuple[str, str]]:
    return [("Content-Type", "image/jpeg"), *(("X-Robots-Tag", line) for line in lines)]


@pytest.mark.parametrize("directive", ["noai", "noimageai", "noindex", "noimageindex"])
def test_each_of_the_four_directives_opts_out(directive):
    assert opt_out(tags(directive)) == f"X-Robots-Tag: {directive}"


def test_none_means_noindex_and_so_opts_out():
    assert opt_out(tags("none")) == "X-Robots-Tag: none"


@pytest.mark.parametrize(
    "lines",
    [
        ("noimageai, noindex",),
        ("nofollow, NoAI",),
        ("  noarchive ,noai  ",),
        ("nofollow", "noai"),
        ("otherbot: noai", "noindex"),
        ("atelier: noai",),
        ("Atelier : noai",),
        ("otherbot: nofollow, atelier: nosnippet, noai",),
        ("*: noai",),
        ("unavailable_after: 25 Jun 2030 15:00:00 PST, noai",),
        ("unavailable_after: Wednesday, 25-Jun-30 15:00:00 UTC, noai",),
        ("unavailable_after: 25 Jun 2030, 15:00:00 PST, noai",),
        ("max-image-preview: large, noai",),
    ],
)
def test_an_opt_out_is_found_in_lists_in_several_lines_and_under_our_name(lines):
    assert opt_out(tags(*lines)) is not None


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("",),
        ("all",),
        ("index, follow",),
        ("nofollow, noarchive, nosnippet",),
        ("otherbot: noai",),
        ("otherbot: noai, noindex",),
        ("otherbot: nofollow, noai", "thirdbot: noindex"),
        ("atelier: nofollow, otherbot: noai",),
        ("ateliers: noai",),
        ("unavailable_after: 25 Jun 2030 15:00:00 PST",),
        ("max-snippet: 0",),
        ("noaim",),
    ],
)
def test_what_is_no_opt_out_or_is_said_to_others_does_not_apply(lines):
    assert opt_out(tags(*lines)) is None


def test_the_name_of_the_header_is_read_in_any_case():
    assert opt_out([("x-ROBOTS-tag", "noai")]) == "X-Robots-Tag: noai"


def test_a_reservation_of_text_and_data_mining_opts_out():
    assert opt_out([("TDM-Reservation", " 1 ")]) == "tdm-reservation: 1"
    assert opt_out([("tdm-reservation", "0"), ("tdm-policy", "https://museum.example/1")]) is None


def test_an_opt_out_is_final_and_not_a_fault_to_be_tried_again():
    with pytest.raises(ItemError) as caught:
        refuse_opt_out(tags("noimageai, noindex"), "https://museum.example/a.jpg", status=200, attempts=2)
    error = caught.value
    assert (error.reason, error.final, error.status, error.attempts) == ("opted_out", True, 200, 2)
    assert "noimageai" in str(error)
    assert "https://museum.example/a.jpg" in str(error)


def test_an_answer_without_opt_out_passes():
    refuse_opt_out(tags("otherbot: noai"), "https://museum.example/a.jpg")
