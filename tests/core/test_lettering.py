"""Words in pictures: the fonts that come with Atelier, and words fitted into a width."""

from core.lettering.fonts import cut, font_for, has_all, wrapped


def test_our_font_has_what_european_names_and_numbers_need() -> None:
    for bold in (False, True):
        assert has_all(font_for("a", 20, bold=bold), "Žofia Łódź, Ångström × Brâncuși “naïve” – Ελλάς, Москва… ±½ 30 °")
    assert not has_all(font_for("a", 20), "北斎")


def test_digits_are_equally_wide_so_that_numbers_stand_still_as_they_change() -> None:
    font = font_for("0", 24, bold=True)
    assert len({font.getlength(digit) for digit in "0123456789"}) == 1


def test_a_long_text_is_cut_and_says_so_by_dots() -> None:
    font = font_for("a", 16)
    assert cut("short", font, 200) == "short"
    found = cut("a very long title of a run that nobody reads to its end", font, 150)
    assert found.endswith("…")
    assert 100 < font.getlength(found) <= 150


def test_facts_stay_whole_and_what_does_not_fit_is_told_by_dots() -> None:
    font = font_for("a", 16)
    lines = wrapped(["batch 16", "learning rate 0.002", "seed 0", "latent of 64", "loss hinge"], font, 190, 2)
    assert len(lines) == 2
    assert lines[0] == "batch 16"
    assert lines[1].startswith("learning rate 0.002")
    assert lines[1].endswith("…")
    assert all(font.getlength(line) <= 190 for line in lines)
