"""Class folders, as torchvision's ImageFolder reads them: class/picture.jpg, or train/class/picture.jpg.

A class becomes a tag, and a style where all of them are names of styles; both stand in the metadata, with the split.
"""

from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePosixPath

from core.sources.artwork import Artwork, FileSource
from core.sources.files.format import Opening, Recognition
from core.sources.files.pictures import PicturesSource, file_artwork
from core.sources.files.slugs import are_styles, is_unknown, style, words
from core.sources.files.survey import Survey

TITLE = "Class folders"
SPLITS = {
    "train": "train",
    "training": "train",
    "test": "test",
    "testing": "test",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
}


@dataclass(frozen=True)
class ClassLayout:
    """Where class and split stand in the paths of a tree."""

    root: int  # folders before the split or class, the same for every picture
    has_splits: bool
    classes: dict[str, int]  # folder name -> pictures
    splits: dict[str, int]

    def of(self, key: str) -> tuple[str, str]:
        """Class and split of a picture; the split is "" where there is none."""
        folders = PurePosixPath(key).parts[self.root : -1]
        return folders[-1], SPLITS[folders[0].lower()] if self.has_splits else ""


def class_layout(survey: Survey) -> ClassLayout | None:
    """The layout, if every picture lies in a class folder, all at the same depth, with two classes at least."""
    folders = {folder: len(keys) for folder, keys in survey.by_folder.items()}
    depths = {len(folder) for folder in folders}
    if len(depths) != 1:
        return None
    depth = depths.pop()
    names = {folder[depth - 2].lower() for folder in folders} if depth >= 2 else set()
    has_splits = bool(names) and names <= SPLITS.keys()
    root = depth - (2 if has_splits else 1)
    if root < 0 or len({folder[:root] for folder in folders}) != 1:
        return None
    classes: Counter[str] = Counter()
    splits: Counter[str] = Counter()
    for folder, count in folders.items():
        classes[folder[-1]] += count
        if has_splits:
            splits[SPLITS[folder[root].lower()]] += count
    if len(classes) < 2 or classes.keys() <= SPLITS.keys():  # train/ and test/ alone are a split without classes
        return None
    return ClassLayout(root, has_splits, dict(sorted(classes.items())), dict(splits))


def recognise(survey: Survey, opening: Opening) -> Recognition | None:
    """See core.sources.files.format.Format."""
    layout = class_layout(survey)
    if layout is None:
        return None
    what = "styles" if are_styles(layout.classes) else "classes"
    below = f" below {', '.join(layout.splits)}" if layout.has_splits else ""
    return Recognition(
        "classes",
        TITLE,
        len(survey.pictures),
        f"Every picture lies in one of {len(layout.classes):,} folders{below}, which are taken for its {what}.",
        classes=layout.classes,
        splits=layout.splits,
    )


def open_format(survey: Survey, opening: Opening) -> FileSource:
    """See core.sources.files.format.Format."""
    layout = class_layout(survey)
    describe = None
    if layout is not None:
        describe = partial(classified, layout, are_styles(layout.classes), opening.name)
    return PicturesSource(survey, name=opening.name, limits=opening.limits, describe=describe)


def classified(layout: ClassLayout, classes_are_styles: bool, source: str, key: str) -> Artwork:
    """What a path in class folders tells."""
    artwork = file_artwork(source, key)
    class_name, split = layout.of(key)
    metadata = artwork.metadata | {"class": class_name} | ({"split": split} if split else {})
    known = words(class_name) if not is_unknown(class_name) else ""
    if classes_are_styles:
        return replace(artwork, style=style(class_name) or known, tags=(), metadata=metadata)
    return replace(artwork, tags=(known,) if known else (), metadata=metadata)
