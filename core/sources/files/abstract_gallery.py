"""Kaggle's Abstract Art Gallery: 2,872 pictures without labels, in two folders that each hold a folder of their name.

The folders are halves of one upload, not classes.
"""

import re
from pathlib import PurePosixPath

from core.sources.artwork import Artwork, FileSource
from core.sources.files.format import Opening, Recognition
from core.sources.files.labelled import LabelledSource
from core.sources.files.survey import Survey

TITLE = "Abstract Art Gallery"
_NAME = re.compile(r"abstract_image_(\d+)", re.IGNORECASE)


def recognise(survey: Survey, opening: Opening) -> Recognition | None:
    """See core.sources.files.format.Format."""
    if not survey.pictures or not all(_NAME.fullmatch(PurePosixPath(key).stem) for key in survey.pictures):
        return None
    return Recognition(
        "abstract_gallery",
        TITLE,
        len(survey.pictures),
        "Every file is called Abstract_image and a number.",
        notes=(
            "This dataset has no labels: its folders are parts of one upload, so nothing is taken from their names.",
            "The dataset does not tell the rights of its pictures, so they are unknown.",
        ),
    )


def open_format(survey: Survey, opening: Opening) -> FileSource:
    """See core.sources.files.format.Format."""

    def describe(key: str) -> Artwork:
        path = PurePosixPath(key)
        number = _NAME.fullmatch(path.stem)
        return Artwork(
            source=opening.name,
            source_id="",
            title=f"Abstract image {number[1]}" if number else path.stem,
            metadata={"file": path.name, "folder": path.parent.as_posix()},
        )

    return LabelledSource(survey, opening, describe=describe, used=())
