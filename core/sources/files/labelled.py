"""The pictures of a tree, described by a dataset's own tables."""

from collections.abc import Collection

from core.sources.files.format import Opening
from core.sources.files.pictures import Describe, PicturesSource
from core.sources.files.survey import Survey


class LabelledSource(PicturesSource):
    """As PicturesSource, but tables that are used already are not left aside, nor offered as labels.

    Args:
        used: keys of the tables and other files from which `describe` takes what it knows.
    """

    def __init__(
        self,
        survey: Survey,
        opening: Opening,
        *,
        describe: Describe,
        used: Collection[str],
        keys: list[str] | None = None,
    ) -> None:
        super().__init__(survey, name=opening.name, limits=opening.limits, describe=describe, keys=keys)
        used = set(used)
        self.tables = [key for key in self.tables if key not in used]
        self.left_aside["table"] = len(self.tables)
        self.left_aside["other"] = sum(key not in used for key in survey.others)
        self.left_aside = +self.left_aside
