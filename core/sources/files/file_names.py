"""File names of WikiArt's datasets: "vincent-van-gogh_still-life-1887.jpg", sometimes spoilt on their way."""

import re
import unicodedata
from pathlib import PurePosixPath

from core.sources.files.slugs import person, words, work

# how a letter in UTF-8 looks where its bytes were taken for Latin letters, and then put in lower case
_SPOILT = re.compile("[Â-Ôâ-ô][^\x00-\x7f]{1,3}")
_ENCODINGS = ("cp1252", "latin-1")


def file_key(path: str) -> str:
    """By which a picture and the row that names it are compared: the file's name, in lower case, accents mended."""
    return repaired(PurePosixPath(path.strip().replace("\\", "/")).name).casefold()


def folder_key(path: str) -> str:
    """As file_key, with the folder in which the file lies: "Realism/a_b.jpg"."""
    parts = PurePosixPath(path.strip().replace("\\", "/")).parts[-2:]
    return repaired("/".join(parts)).casefold()


def of_artist_and_work(path: str) -> tuple[str, str, str]:
    """Title, artist and date from a file called {artist}_{work}; the artist is "" where there is no "_"."""
    stem = repaired(PurePosixPath(path).stem)
    artist, underscore, rest = stem.partition("_")
    if not underscore or not artist or not rest:
        return words(stem), "", ""
    title, date = work(rest)
    return title, person(artist), date


def repaired(text: str) -> str:
    """The text with its accents, where it is certain what they were: "grã©goire" is "grégoire", "são" stays."""
    if text.isascii():
        return text
    composed = unicodedata.normalize("NFC", text)
    return _SPOILT.sub(lambda found: _letters(found[0]), composed)


def _letters(spoilt: str) -> str:
    """The letters that were taken for others; what is given where there is no such reading, or more than one."""
    readings = set()
    for encoding in _ENCODINGS:
        for whole in (spoilt, spoilt[0].upper() + spoilt[1:], spoilt.upper()):
            try:
                letters = whole.encode(encoding).decode("utf-8")
            except UnicodeError:
                continue
            if all(unicodedata.category(letter)[0] in "LM" for letter in letters):
                readings.add(letters.lower() if spoilt == spoilt.lower() else letters)
    return readings.pop() if len(readings) == 1 else spoilt
