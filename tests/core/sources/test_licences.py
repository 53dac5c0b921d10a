import pytest

from core.sources import licences


@pytest.mark.parametrize(
    ("words", "normal"),
    [
        ("CC0", "CC0"),
        ("CC0-1.0", "CC0"),
        ("CC0 1.0 Universal", "CC0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0"),
        ("Public domain", "Public domain"),
        ("Public Domain US", "Public domain"),
        ("https://creativecommons.org/publicdomain/mark/1.0/", "Public domain"),
        ("CC BY-SA 4.0", "CC BY-SA 4.0"),
        ("cc-by-nc 2.0", "CC BY-NC 2.0"),
        ("CC BY", "CC BY"),
        ("https://creativecommons.org/licenses/by-nc-sa/3.0/", "CC BY-NC-SA 3.0"),
        ("Fair Use", "In copyright"),
        ("© Artists Rights Society (ARS), New York", "In copyright"),
        ("Copyrighted", "In copyright"),
        ("Not in the public domain", "In copyright"),
        ("This is no longer in the public domain", "In copyright"),
        ("  ", ""),
        ("unknown", ""),
        ("Ask the museum", "Ask the museum"),
    ],
)
def test_a_licence_gets_one_spelling_whoever_words_it(words, normal):
    assert licences.normal(words) == normal


def test_a_normal_licence_stays_as_it_is():
    for licence in ("CC0", "Public domain", "CC BY-SA 4.0", "In copyright", ""):
        assert licences.normal(licence) == licence


@pytest.mark.parametrize("licence", ["", "In copyright", "CC BY 4.0", "Ask the museum"])
def test_what_is_not_stated_or_restricted_is_not_free(licence):
    assert not licences.accepted(licence, licences.FREE_ONLY)
    assert licences.accepted(licence, licences.ANY)


@pytest.mark.parametrize("licence", ["CC0", "Public domain"])
def test_public_domain_and_cc0_are_free(licence):
    assert licences.accepted(licence, licences.FREE_ONLY)
