"""Survey: what kinds of files a tree holds, looked at once for all formats."""

from collections import Counter, defaultdict
from functools import cached_property
from pathlib import PurePosixPath

from core.image_formats import sniff
from core.sources.files.tree import FileTree, kind_of


class Survey:
    """A tree with its files sorted by kind. A picture is known by its suffix, and without one by its first bytes."""

    def __init__(self, tree: FileTree) -> None:
        self.tree = tree
        self.pictures: list[str] = []
        self.tables: list[str] = []  # CSV and TSV
        self.archives: list[str] = []
        self.others: list[str] = []
        kinds = {"picture": self.pictures, "table": self.tables, "archive": self.archives}
        for key in tree.keys:
            kind = kind_of(key) or ("picture" if sniff(tree.head(key)) else "other")
            kinds.get(kind, self.others).append(key)

    @property
    def left_aside(self) -> Counter[str]:
        """What a source of pictures does not offer; see core.sources.files.tree.LEFT_ASIDE."""
        counts = Counter(self.tree.left_aside)
        counts.update({"table": len(self.tables), "archive": len(self.archives), "other": len(self.others)})
        return +counts

    @cached_property
    def by_folder(self) -> dict[tuple[str, ...], list[str]]:
        """Folder, as its parts -> the pictures that lie directly in it."""
        folders: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for key in self.pictures:
            folders[PurePosixPath(key).parts[:-1]].append(key)
        return dict(folders)

    @cached_property
    def common_folder(self) -> tuple[str, ...]:
        """The folders that all pictures lie below: archives often hold one folder that holds everything."""
        folders = list(self.by_folder)
        if not folders:
            return ()
        common = folders[0]
        for folder in folders[1:]:
            common = common[
                : next((i for i, (a, b) in enumerate(zip(common, folder, strict=False)) if a != b), len(folder))
            ]
        return common

    def named(self, *names: str) -> list[str]:
        """Keys of the files that are called so, in lower case."""
        return [key for key in self.tree.keys if PurePosixPath(key).name.lower() in names]
