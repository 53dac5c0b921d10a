"""A folder as the readers of datasets see it."""

from pathlib import Path


class FolderTree:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.title = root.name
        self.keys = sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())

    def read(self, key: str) -> bytes:
        return (self.root / key).read_bytes()

    def path(self, key: str, scratch: Path) -> Path:
        return self.root / key


def open_tree(path: Path) -> FolderTree:
    return FolderTree(path)
