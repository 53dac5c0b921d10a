"""CIFAR-10, CIFAR-100 and the CIFAR release of ArtBench-10: batches of 32 x 32 pictures, as pickles or plain records.

ArtBench-10.csv beside them says who painted what. Classes are told by their names: their numbers differ from release
to release.
"""

import re
import threading
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath

from core.images import ImageError
from core.sources.artwork import Artwork, Item, SourceError
from core.sources.files import artbench_table
from core.sources.files.cifar_batches import (
    SIDE,
    Batch,
    ClassNames,
    check_labels,
    read_binary,
    read_listed_names,
    read_pickled,
    read_pickled_names,
)
from core.sources.files.format import Opening, Recognition
from core.sources.files.plain_png import plain_png
from core.sources.files.slugs import are_styles, is_artbench, style, words
from core.sources.files.survey import Survey
from core.sources.files.unused import left_aside

TITLE = "CIFAR batches"

_BATCH = re.compile(r"(?:data_batch_\d+|test_batch)(\.bin)?")
_BATCH_OF_100 = re.compile(r"(?:train|test)(\.bin)?")  # CIFAR-100; names so plain count only beside class names
_PICKLED_NAMES = ("meta", "batches.meta")
_LISTED_NAMES = ("batches.meta.txt", "fine_label_names.txt")
_COARSE_NAMES = "coarse_label_names.txt"
_BATCHES_KEPT = 2  # 30 MB each


@dataclass(frozen=True)
class _File:
    key: str
    split: str  # "train" or "test"
    label_bytes: int  # of a binary batch; 0: a pickle


@dataclass(frozen=True)
class _Folder:
    """The batches that lie side by side, in the order in which the table of ArtBench counts their pictures."""

    files: tuple[_File, ...]
    names_keys: tuple[str, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        return (*(file.key for file in self.files), *self.names_keys)

    @property
    def is_pickled(self) -> bool:
        return self.files[0].label_bytes == 0


def recognise(survey: Survey, opening: Opening) -> Recognition | None:
    """See core.sources.files.format.Format. The batches are read for it: only they say how many pictures they hold."""
    if not _folders(survey.tree.keys):
        return None
    source = CifarSource(survey, opening)
    return Recognition(
        "cifar",
        f"ArtBench-10, {TITLE}" if is_artbench(source.classes()) else TITLE,
        source.total(),
        source.found(),
        dict(source.classes()),
        dict(source.splits()),
        tuple(source.notes),
    )


def open_format(survey: Survey, opening: Opening) -> "CifarSource":
    """See core.sources.files.format.Format."""
    return CifarSource(survey, opening)


class CifarSource:
    """Every picture of the batches in a tree of files, as a PNG.

    Raises: SourceError if a batch is damaged, holds more than data, or has a label without a name.
    """

    def __init__(self, survey: Survey, opening: Opening) -> None:
        self.left_aside: Counter[str] = Counter()
        self.tables: list[str] = []
        self.notes: list[str] = []
        self._tree = tree = survey.tree
        self._name = opening.name
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Batch] = OrderedDict()
        folders = _folders(tree.keys)
        if not folders:
            raise SourceError(
                f"Found no CIFAR batches in {tree.title} (data_batch_1, test_batch, or the same with .bin)."
            )
        pickled = [folder for folder in folders if folder.is_pickled]
        if pickled and len(pickled) < len(folders):  # ArtBench-10 is handed out as both; they are the same pictures
            self.notes.append("The binary batches are left aside: the same pictures are in the Python batches.")
        used = {key for folder in pickled or folders for key in folder.keys}
        self.left_aside = left_aside(survey, used)
        self._artworks = [
            (file, row, artwork) for folder in pickled or folders for file, row, artwork in self._described(folder)
        ]

    def total(self) -> int:
        return len(self._artworks)

    def found(self) -> str:
        """What was recognised, in a sentence."""
        files = {file for file, _, _ in self._artworks}
        kind = "binary" if any(file.label_bytes for file in files) else "Python"
        return f"{len(files)} {kind} batches of pictures of {SIDE} × {SIDE} pixels."

    def classes(self) -> Counter[str]:
        return Counter(artwork.metadata["class"] for _, _, artwork in self._artworks)

    def splits(self) -> Counter[str]:
        return Counter(file.split for file, _, _ in self._artworks)

    def items(self) -> Iterator[Item]:
        if not self._artworks:
            raise SourceError(f"The CIFAR batches in {self._tree.title} are empty.")
        for file, row, artwork in self._artworks:
            yield Item(f"{file.key}#{row:05d}", artwork, partial(self._read, file, row))

    def table(self, key: str) -> bytes:
        raise SourceError(
            f"There is no table {key!r} for the pictures of CIFAR batches; their labels lie in the batches."
        )

    def close(self) -> None:
        self._tree.close()

    def _described(self, folder: _Folder) -> Iterator[tuple[_File, int, Artwork]]:
        names = self._class_names(folder)
        labels = {file: self._labels(file, names) for file in folder.files}
        of_split: dict[str, list[int]] = defaultdict(list)
        for file, batch in labels.items():
            of_split[file.split] += batch.fine
        fine = dict(enumerate(names.fine))
        rows, fine = self._artbench_rows(of_split, fine)
        if not fine:
            self.notes.append("There are no class names beside the batches, so classes are told by their numbers.")
        are_all_styles = names.are_styles or are_styles(fine.values())
        place: Counter[str] = Counter()
        for file, batch in labels.items():
            for row, label in enumerate(batch.fine):
                class_name = fine.get(label, "")
                coarse = names.coarse[batch.coarse[row]] if names.coarse and batch.coarse else ""
                metadata = {"split": file.split, "class": class_name or str(label), "file": batch.file_names[row]}
                artwork = Artwork(
                    source=self._name,
                    source_id="",
                    style=(style(class_name) or words(class_name)) if are_all_styles else "",
                    tags=tuple(words(tag) for tag in (class_name, coarse) if tag and not are_all_styles),
                    metadata={key: value for key, value in metadata.items() if value},
                )
                described = rows.get((file.split, place[file.split]))
                place[file.split] += 1
                yield file, row, artbench_table.described(artwork, described) if described else artwork

    def _labels(self, file: _File, names: ClassNames) -> "_Labels":
        batch = self._batch(file)
        check_labels(batch.labels, names.fine, file.key)
        check_labels(batch.coarse_labels, names.coarse, file.key)
        return _Labels(batch.labels, batch.coarse_labels, batch.file_names or [""] * len(batch.labels))

    def _artbench_rows(
        self, labels: dict[str, list[int]], names: dict[int, str]
    ) -> tuple[artbench_table.Rows, dict[int, str]]:
        """The table's rows and the classes' names, if there is a table and it is about these pictures."""
        for key in self._tree.keys:
            if PurePosixPath(key).name.lower() != artbench_table.FILE_NAME:
                continue
            try:
                rows = artbench_table.read_artbench_table(self._bytes(key), key)
                names = artbench_table.class_names(rows, labels, names)
            except (SourceError, ValueError) as error:
                self.notes.append(
                    f"{key} does not belong to these batches: {error}. Its artists and titles are not used."
                )
                continue
            self.notes.append(f"Artists, titles and rights are those of {key}.")
            return rows, names
        return {}, names

    def _class_names(self, folder: _Folder) -> ClassNames:
        """From the files beside the batches; empty if there are none."""
        fine: list[str] = []
        coarse: list[str] = []
        for key in folder.names_keys:
            name = PurePosixPath(key).name
            data = self._bytes(key)
            if name in _PICKLED_NAMES:
                return read_pickled_names(data, key)
            if name == _COARSE_NAMES:
                coarse = read_listed_names(data)
            else:
                fine = read_listed_names(data)
        return ClassNames(fine, coarse)

    def _read(self, file: _File, row: int) -> bytes:
        return plain_png(self._batch(file).picture(row))

    def _bytes(self, key: str) -> bytes:
        try:
            return self._tree.read(key)
        except ImageError as error:  # what trees raise, since most of their files are pictures
            raise SourceError(f"{key} could not be read: {error}") from error

    def _batch(self, file: _File) -> Batch:
        """Pictures are asked for about in order, so the batches read last are the ones that are needed."""
        with self._lock:
            batch = self._kept.get(file.key)
            if batch is None:
                data = self._bytes(file.key)
                if file.label_bytes:
                    batch = read_binary(data, file.key, label_bytes=file.label_bytes)
                else:
                    batch = read_pickled(data, file.key)
                self._kept[file.key] = batch
            self._kept.move_to_end(file.key)
            while len(self._kept) > _BATCHES_KEPT:
                self._kept.popitem(last=False)
            return batch


@dataclass(frozen=True)
class _Labels:
    fine: list[int]
    coarse: list[int]  # empty where there are none
    file_names: list[str]  # "" where there are none


def _folders(keys: Iterable[str]) -> list[_Folder]:
    """Folders with batches, in the order of their names. "train" and "test" count only beside class names."""
    by_folder: dict[str, dict[str, str]] = defaultdict(dict)
    for key in keys:
        path = PurePosixPath(key)
        by_folder[path.parent.as_posix()][path.name] = key
    return [found for _, files in sorted(by_folder.items()) if (found := _folder(files))]


def _folder(files: dict[str, str]) -> _Folder | None:
    pickled = [files[name] for name in files if _BATCH.fullmatch(name) and not name.endswith(".bin")]
    binary = [files[name] for name in files if _BATCH.fullmatch(name) and name.endswith(".bin")]
    label_bytes = 1
    if not pickled and not binary:
        label_bytes = 2
        of_100 = [files[name] for name in files if _BATCH_OF_100.fullmatch(name)]
        pickled = [key for key in of_100 if not key.endswith(".bin") and "meta" in files]
        binary = [key for key in of_100 if key.endswith(".bin") and _LISTED_NAMES[1] in files]
    if pickled:
        names = next((files[name] for name in _PICKLED_NAMES if name in files), None)
        return _Folder(tuple(_file(key, 0) for key in _numbered(pickled)), (names,) if names else ())
    if binary:
        listed = tuple(files[name] for name in (*_LISTED_NAMES, _COARSE_NAMES) if name in files)
        return _Folder(tuple(_file(key, label_bytes) for key in _numbered(binary)), listed)
    return None


def _file(key: str, label_bytes: int) -> _File:
    return _File(key, "test" if PurePosixPath(key).name.startswith("test") else "train", label_bytes)


def _numbered(keys: list[str]) -> list[str]:
    """data_batch_1, data_batch_2, ..., data_batch_10, then the test batch."""
    return sorted(
        keys,
        key=lambda key: (
            "test" in PurePosixPath(key).name,
            [int(n) for n in re.findall(r"\d+", PurePosixPath(key).name)],
        ),
    )
