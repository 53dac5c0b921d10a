"""What the rating pages say around the owner's wording, in the languages that we speak.

    texts = TEXTS[language]
    texts.start, texts.count.format(number=3, total=40)

To add a language: a module like `english.py`, a line here, and its wordings in `core.studies.wording`. The tests tell
which text or placeholder is missing.
"""

from collections.abc import Sequence

from core.studies.languages.chinese import CHINESE
from core.studies.languages.english import ENGLISH
from core.studies.languages.french import FRENCH
from core.studies.languages.german import GERMAN
from core.studies.languages.italian import ITALIAN
from core.studies.languages.japanese import JAPANESE
from core.studies.languages.portuguese import PORTUGUESE
from core.studies.languages.spanish import SPANISH
from core.studies.languages.texts import Texts

TEXTS: dict[str, Texts] = {
    "en": ENGLISH,
    "de": GERMAN,
    "fr": FRENCH,
    "es": SPANISH,
    "it": ITALIAN,
    "pt": PORTUGUESE,
    "ja": JAPANESE,
    "zh": CHINESE,
}


def language_of(locale: str | None, offered: Sequence[str]) -> str:
    """Which of the languages a study offers suits a visitor, the first one if none does.

    Args:
        locale: as browsers tell it, "de-AT" or "zh-Hans-CN"; None if unknown.
        offered: language codes, the study's own first; at least one.

    >>> language_of("de-AT", ["en", "de"])
    'de'
    """
    wanted = (locale or "").replace("_", "-").split("-")[0].lower()
    return wanted if wanted in offered else offered[0]


__all__ = ["TEXTS", "Texts", "language_of"]
