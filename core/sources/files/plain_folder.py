"""Pictures in a folder, with nothing known but their paths."""

from core.sources.artwork import FileSource
from core.sources.files.format import Opening, Recognition
from core.sources.files.pictures import PicturesSource
from core.sources.files.survey import Survey

TITLE = "Folder of pictures"


def recognise(survey: Survey, opening: Opening) -> Recognition | None:
    """See core.sources.files.format.Format."""
    if not survey.pictures:
        return None
    folders = len(survey.by_folder)
    where = "one folder" if folders == 1 else f"{folders:,} folders, whose names become tags"
    return Recognition("folder", TITLE, len(survey.pictures), f"Pictures in {where}.")


def open_format(survey: Survey, opening: Opening) -> FileSource:
    """See core.sources.files.format.Format."""
    return PicturesSource(survey, name=opening.name, limits=opening.limits)
