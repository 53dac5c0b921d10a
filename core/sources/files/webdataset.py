"""WebDataset shards: tar archives in which a picture and what is said of it share a name (0001.jpg, 0001.json).

One shard, or a folder of them; our own exports are such folders.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property, partial
from pathlib import PurePosixPath

from core.images import ImageError
from core.sources.artwork import Artwork, FileSource, Item, SourceError
from core.sources.files.class_folders import SPLITS
from core.sources.files.described_row import DescribedRows
from core.sources.files.format import Opening, Recognition
from core.sources.files.pictures import file_artwork
from core.sources.files.survey import Survey
from core.sources.files.tar_tree import TarTree
from core.sources.files.tree import FileTree
from core.sources.files.unused import left_aside

TITLE = "WebDataset shards"
_SHARD = ".tar"
_PAIRED = 0.5  # share of the pictures that must have a record: whole collections fail at some
_MAX_RECORD_BYTES = 10_000_000
_TEXTS = (".txt", ".text", ".caption")  # captions beside a picture


def recognise(survey: Survey, opening: Opening) -> Recognition | None:
    """See core.sources.files.format.Format. Of a shard only the list of its files is read."""
    if not _may_be(survey):
        return None
    source = WebDatasetSource(survey, opening)
    try:
        if not source.is_paired:
            return None
        shards = len(source.shards)
        return Recognition(
            "webdataset",
            TITLE,
            source.total(),
            f"{shards:,} {'shard' if shards == 1 else 'shards'} in which pictures have records of the same name.",
            splits=source.splits(),
            notes=tuple(source.notes),
        )
    finally:
        source.close_shards()


def open_format(survey: Survey, opening: Opening) -> "FileSource":
    """See core.sources.files.format.Format."""
    return WebDatasetSource(survey, opening)


class WebDatasetSource:
    """Every picture of the shards, in their order, with its record.

    Raises: SourceError if there is no shard, or one is damaged.
    """

    def __init__(self, survey: Survey, opening: Opening) -> None:
        self.tables: list[str] = []
        self.notes: list[str] = []
        self._opening = opening
        self._tree = survey.tree
        self._own: list[TarTree] = []  # opened here, and closed here
        self.shards = self._shards(survey)
        if not self.shards:
            raise SourceError(f"{survey.tree.title} holds no WebDataset shards: tar archives of pictures and records.")
        self.left_aside: Counter[str] = (
            left_aside(survey, survey.archives) if self._own else Counter(survey.tree.left_aside)
        )

    @cached_property
    def is_paired(self) -> bool:
        """Whether most of the pictures have a record beside them."""
        return bool(self.total()) and sum(shard.paired for shard in self.shards) >= _PAIRED * self.total()

    def total(self) -> int:
        return sum(len(shard.survey.pictures) for shard in self.shards)

    def splits(self) -> dict[str, int]:
        counts: Counter[str] = Counter()
        for shard in self.shards:
            counts[shard.split] += len(shard.survey.pictures)
        del counts[""]
        return dict(+counts)

    def items(self) -> Iterator[Item]:
        if not self.total():
            raise SourceError(f"Found no picture in the shards of {self._tree.title}.")
        for shard in self.shards:
            for key in shard.survey.pictures:
                read = partial(shard.survey.tree.read, key, self._opening.limits.max_bytes)
                yield Item(f"{shard.name}/{key}" if shard.name else key, shard.artwork(key), read)

    def table(self, key: str) -> bytes:
        raise SourceError(f"There is no table {key!r} for pictures in shards; their labels lie beside them.")

    def close_shards(self) -> None:
        """Close the archives that were opened here, but not the tree."""
        for tree in self._own:
            tree.close()

    def close(self) -> None:
        self.close_shards()
        self._tree.close()

    def _shards(self, survey: Survey) -> list["_Shard"]:
        if survey.pictures:
            return [_Shard("", survey.tree, self._opening.name)]
        shards = []
        try:
            for key in survey.archives:
                if not key.lower().endswith(_SHARD):
                    continue
                tree = TarTree(survey.tree.path(key, self._opening.scratch), self._opening.scratch)
                self._own.append(tree)
                shards.append(_Shard(key, tree, self._opening.name))
        except BaseException:
            self.close_shards()
            raise
        return shards


class _Shard:
    """One archive.

    Args:
        name: of the shard within its folder; "" where it is all that there is.
    """

    def __init__(self, name: str, tree: FileTree, source: str) -> None:
        self.name = name
        self.survey = Survey(tree)
        self._source = source
        self._beside = frozenset(self.survey.others)
        first = re.match(r"[a-z]+", PurePosixPath(name or tree.title).name.lower())
        self.split = SPLITS.get(first[0], "") if first else ""

    @property
    def paired(self) -> int:
        """Pictures with a record."""
        return sum(f"{_stem(key)}.json" in self._beside for key in self.survey.pictures)

    def artwork(self, key: str) -> Artwork:
        record = self._record(f"{_stem(key)}.json")
        told = next((text for suffix in _TEXTS if (text := self._text(f"{_stem(key)}{suffix}"))), "")
        if told:
            record.setdefault("caption", told)
        if not record:
            return file_artwork(self._source, key)
        return DescribedRows(self._source, record).artwork(record, key, split=self.split)

    def _record(self, key: str) -> dict[str, object]:
        """{} where there is none, or it is no JSON: the picture is not worse for it."""
        try:
            value = json.loads(self._text(key) or "{}")
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}

    def _text(self, key: str) -> str:
        if key not in self._beside:
            return ""
        try:
            return self.survey.tree.read(key, _MAX_RECORD_BYTES).decode("utf-8", "replace").strip()
        except ImageError:
            return ""


def _may_be(survey: Survey) -> bool:
    """By names alone: archives and nothing else that is a picture, or one archive with records beside its pictures."""
    if survey.pictures:
        others = set(survey.others)
        return isinstance(survey.tree, TarTree) and any(f"{_stem(key)}.json" in others for key in survey.pictures)
    return any(key.lower().endswith(_SHARD) for key in survey.archives)


def _stem(key: str) -> str:
    """The key up to the first dot of the name, as WebDataset groups files."""
    path = PurePosixPath(key)
    return (path.parent / path.name.partition(".")[0]).as_posix()
