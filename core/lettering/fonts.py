"""The fonts of words in pictures, and how words are fitted into a width.

Noto Sans (SIL Open Font License, OFL.txt) lies beside this module, for Latin, Greek and Cyrillic: Pillow's own font has
hardly more than ASCII, and what a system has installed nobody knows. Other scripts are asked of the system.
"""

from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

Font = ImageFont.FreeTypeFont

_FOLDER = Path(__file__).parent
_FILES = {False: _FOLDER / "NotoSans-Regular.ttf", True: _FOLDER / "NotoSans-Bold.ttf"}
# Where Chinese, Japanese, Korean and other letters may be: Linux, macOS, Windows.
_OF_SYSTEMS = (
    "NotoSansCJK-Regular.ttc",
    "Arial Unicode.ttf",
    "Hiragino Sans GB.ttc",
    "PingFang.ttc",
    "msgothic.ttc",
    "YuGothM.ttc",
    "malgun.ttf",
    "segoeui.ttf",
    "wqy-microhei.ttc",
    "DejaVuSans.ttf",
)


def font_for(text: str, size: int, *, bold: bool = False) -> Font:
    """Our own font; for a text with letters that it lacks, the first of this system that has them all.

    Where none has, our own draws boxes for what it lacks.

    Args:
        size: of the letters, in pixels.
    """
    own = _opened(str(_FILES[bold]), size)
    if has_all(own, text):
        return own
    for name in _OF_SYSTEMS:
        font = _of_system(name, size)
        if font is not None and has_all(font, text):
            return font
    return own


def has_all(font: Font, text: str) -> bool:
    """Whether the font has every letter of a text."""
    missing = bytes(font.getmask("\U0010ffff"))
    return all(bytes(font.getmask(letter)) != missing for letter in set(text) if ord(letter) > 126)


def line_height(size: int) -> int:
    """Pixels from one line to the next."""
    return round(size * 1.36)


def cut(text: str, font: Font, width: float) -> str:
    """As much of a text as fits into `width` pixels; what is left out is told by dots."""
    if font.getlength(text) <= width:
        return text
    kept = text
    while kept and font.getlength(f"{kept}…") > width:
        kept = kept[:-1]
    return f"{kept.rstrip(' ,·')}…" if kept else ""


def wrapped(parts: list[str], font: Font, width: float, most_lines: int, *, between: str = " · ") -> list[str]:
    """Facts in lines, each fact kept together where it fits; the last line ends in dots where some are left out."""
    lines: list[str] = []
    for part in parts:
        longer = f"{lines[-1]}{between}{part}" if lines else part
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        elif len(lines) < most_lines:
            lines.append(cut(part, font, width))
        else:
            lines[-1] = cut(longer, font, width)
            break
    return lines


@lru_cache(maxsize=64)
def _opened(path: str, size: int) -> Font:
    # the basic engine lays letters out alike everywhere; the other is not in every build of Pillow
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=64)
def _of_system(name: str, size: int) -> Font | None:
    try:
        return ImageFont.truetype(name, size)
    except OSError:
        return None
