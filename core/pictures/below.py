"""The pictures of a folder on this computer, each by its path: for work that opens them where they lie."""

import os
from pathlib import Path

from core.errors import ConfigError
from core.image_formats import ACCEPTED, PICTURE_SUFFIXES
from core.pictures.chosen import ChosenPicture

MOST_FILES = 100_000


def pictures_below(folder: Path) -> list[ChosenPicture]:
    """Files that by their names are pictures, in order, those of sub-folders too, but nothing hidden. None is opened.

    Raises: ConfigError if there is no such folder, no picture in it, or more than MOST_FILES.
    """
    folder = folder.expanduser()
    if not folder.is_dir():
        raise ConfigError(f"There is no folder {folder}. Give the folder in which the pictures lie.")
    found: list[ChosenPicture] = []
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and Path(name).suffix.lower().lstrip(".") in PICTURE_SUFFIXES:
                found.append(ChosenPicture(path=str(Path(parent, name).resolve()), label=name))
        if len(found) > MOST_FILES:
            raise ConfigError(f"{folder} holds more than {MOST_FILES:,} pictures. Choose one of its sub-folders.")
    if not found:
        raise ConfigError(f"{folder} holds no {ACCEPTED} picture. Choose another folder.")
    return found
