"""What raters read, in every language."""

import dataclasses
import re
import string

import pytest

from core.errors import ConfigError
from core.studies.kinds import KINDS
from core.studies.languages import TEXTS, Texts, language_of
from core.studies.wording import usual, usual_consent

LANGUAGES = sorted(TEXTS)


def holes(text: str) -> set[str]:
    """The names that are filled in."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def fields_of(texts: Texts) -> dict[str, str]:
    values = dataclasses.asdict(texts)
    return {name: value for name, value in values.items() if isinstance(value, str)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_exists_and_has_the_same_places_to_fill_as_in_english(language):
    english = fields_of(TEXTS["en"])
    for name, text in fields_of(TEXTS[language]).items():
        assert text, name
        assert text.strip() == text, name
        assert holes(text) == holes(english[name]), name


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_no_text_was_left_in_english(language):
    english = fields_of(TEXTS["en"])
    same = {name for name, text in fields_of(TEXTS[language]).items() if text == english[name] and len(text) > 8}
    assert same <= {"milliseconds"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_has_a_usual_wording_in_every_language(kind, language):
    wording = usual(kind, language)
    assert wording.question.rstrip().endswith(("?", "？"))
    assert wording.instructions
    ends = bool(wording.lowest), bool(wording.highest)
    assert ends == ((False, False) if kind == "better-of-two" else (True, True))
    assert usual_consent(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_holds_markdown_or_markup(language):
    texts = [*fields_of(TEXTS[language]).values(), usual_consent(language)]
    texts += [text for kind in KINDS for text in dataclasses.astuple(usual(kind, language))]
    for text in texts:
        assert not re.search(r"[*_`<>\[\]\\]|  ", re.sub(r"{\w+}", "7", text)), text


def test_numbers_take_the_sign_of_the_language():
    assert (TEXTS["en"].number(3.25, 2), TEXTS["de"].number(3.25, 2)) == ("3.25", "3,25")
    assert (TEXTS["en"].share(0.714), TEXTS["fr"].share(0.714)) == ("71%", "71 %")


@pytest.mark.parametrize(
    ("locale", "expected"),
    [("de-AT", "de"), ("zh-Hans-CN", "zh"), ("pt_BR", "pt"), ("nl", "fr"), ("", "fr"), (None, "fr")],
)
def test_a_visitors_language_is_chosen_among_those_offered(locale, expected):
    assert language_of(locale, ["fr", "de", "zh", "pt"]) == expected


def test_unknown_languages_and_kinds_are_refused_by_name():
    with pytest.raises(ConfigError, match="'tlh'"):
        usual("rate-1-to-5", "tlh")
    with pytest.raises(ConfigError, match="'rate-1-to-7'"):
        usual("rate-1-to-7", "en")
