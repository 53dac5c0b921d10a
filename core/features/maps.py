"""Maps of pictures, kept: where each lies, computed once for the same pictures, descriptor and method.

    data/maps/<key>/map.json        what it is of
    data/maps/<key>/names.bin       32 bytes for each picture: its sha256, in the order of the map
    data/maps/<key>/places.npy      (N, 2) float32 within -1..1
    data/maps/latest/<scope>.json   the key of the last map of a scope, such as a filter, whatever pictures it had then

Pictures stand in the order of a curve that fills the plane (Morton, 1966), so that near numbers lie near each
other: what is in sight is in few sheets of thumbnails. All of it can be computed again.
"""

import hashlib
import io
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError
from core.features.layout import map_of_components, map_of_neighbours
from core.features.search import Progress
from core.features.store import FeatureStore
from core.files import read_json, write_bytes, write_json
from core.workspace import Workspace

MOST_PICTURES = 200_000  # on one map; of more, as many drawn by their hashes
METHODS = {
    "neighbours": "What looks alike lies together; distances between far groups mean nothing",
    "components": "The two directions in which the pictures differ most; distances mean something",
}
# Up to so many pictures a map takes less than about two seconds on one core, so that a page may wait for it.
QUICK = {"neighbours": 400, "components": 60_000}
_MOST_SCOPES = 60
_VERSION = 1
_NAME_BYTES = 32
_GRID = 1 << 16  # places a side, of the curve


@dataclass(frozen=True)
class PictureMap:
    """Where pictures lie."""

    key: str  # of its contents
    method: str  # one of METHODS
    descriptor: str  # its name
    made: float  # seconds since 1970
    names: NDArray[np.uint8]  # (N, 32) sha256, along the curve
    places: NDArray[np.float32]  # (N, 2) within -1..1

    def __len__(self) -> int:
        return len(self.names)


def map_key(method: str, descriptor: str, names: NDArray[np.uint8]) -> str:
    """Of the pictures as a set. names: (N, 32) sha256."""
    if method not in METHODS:
        raise ConfigError(f"No map called {method!r}. There are: {', '.join(METHODS)}.")
    digest = hashlib.sha256(f"{_VERSION}\n{method}\n{descriptor}\n".encode())
    digest.update(_sorted(names).tobytes())
    return digest.hexdigest()[:24]


def is_quick(method: str, pictures: int) -> bool:
    return pictures <= QUICK[method]


def drawn_by_hash(names: NDArray[np.uint8], most: int = MOST_PICTURES) -> NDArray[np.int64]:
    """Which of these pictures a map shows: all, or as many as it holds, in a way that says the same tomorrow."""
    if len(names) <= most:
        return np.arange(len(names))
    keys = np.ascontiguousarray(names[:, -8:]).view(np.uint64).ravel()
    return np.sort(np.argpartition(keys, most)[:most])


def arranged(
    store: FeatureStore, rows: NDArray[np.int64], method: str, *, made: float, progress: Progress | None = None
) -> PictureMap:
    """Compute the map of some rows of a store. progress: see core.features.layout."""
    mask = np.zeros(len(store), dtype=bool)
    mask[rows] = True
    shown = np.flatnonzero(mask)
    if method == "components":
        places = map_of_components(store.shards, mask=mask)[shown]
    else:
        places = map_of_neighbours(store.shards, mask=mask, progress=progress)[shown]
    names = store.digests(shown)
    order = _along_the_curve(places)
    key = map_key(method, store.descriptor.name, names)
    return PictureMap(key, method, store.descriptor.name, made, names[order], places[order])


def keep_map(workspace: Workspace, found: PictureMap, scope: str) -> None:
    """Write it; the file that says what it is comes last, so that a torn one is none."""
    folder = map_folder(workspace, found.key)
    write_bytes(folder / "names.bin", found.names.tobytes())
    write_bytes(folder / "places.npy", _saved(found.places))
    facts = {
        "method": found.method,
        "descriptor": found.descriptor,
        "made": found.made,
        "pictures": len(found),
        "version": _VERSION,
    }
    write_json(folder / "map.json", facts)
    write_json(_latest_path(workspace, scope), {"key": found.key, "made": found.made})
    _forget_old(workspace)


def _forget_old(workspace: Workspace) -> None:
    """Keep the maps of the scopes that were arranged last; of the others, and of what a scope once was, nothing."""
    latest = workspace.data / "maps" / "latest"
    by_age = sorted(latest.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in by_age[_MOST_SCOPES:]:
        path.unlink(missing_ok=True)
    wanted = {"latest"}
    for path in by_age[:_MOST_SCOPES]:
        value = read_json(path)
        if isinstance(value, dict):
            wanted.add(str(value.get("key")))
    for folder in (workspace.data / "maps").iterdir():
        if folder.name not in wanted:
            shutil.rmtree(folder, ignore_errors=True)  # somebody may just read it: the next time will do


def read_map(workspace: Workspace, key: str) -> PictureMap | None:
    """None where it was not computed, or its files are damaged: it can be made again."""
    folder = map_folder(workspace, key)
    try:
        facts = read_json(folder / "map.json")
        if not isinstance(facts, dict) or facts.get("version") != _VERSION:
            return None
        names = np.fromfile(folder / "names.bin", np.uint8).reshape(-1, _NAME_BYTES)
        places = np.load(folder / "places.npy", allow_pickle=False)
        if len(names) != facts["pictures"] or places.shape != (len(names), 2):
            return None
        return PictureMap(key, facts["method"], facts["descriptor"], float(facts["made"]), names, places)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def latest_map(workspace: Workspace, scope: str) -> PictureMap | None:
    """The last map of a scope, which may lack pictures that came since."""
    try:
        value = read_json(_latest_path(workspace, scope))
    except (OSError, ValueError):
        return None
    key = value.get("key") if isinstance(value, dict) else None
    return read_map(workspace, key) if isinstance(key, str) and _is_key(key) else None


def map_folder(workspace: Workspace, key: str) -> Path:
    return workspace.data / "maps" / key


def _latest_path(workspace: Workspace, scope: str) -> Path:
    return workspace.data / "maps" / "latest" / f"{hashlib.sha256(scope.encode()).hexdigest()[:24]}.json"


def _is_key(text: str) -> bool:
    return len(text) == 24 and all(digit in "0123456789abcdef" for digit in text)


def _sorted(names: NDArray[np.uint8]) -> NDArray[Any]:
    return np.sort(np.ascontiguousarray(names).view(f"S{_NAME_BYTES}").ravel())


def _saved(places: NDArray[np.float32]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, places.astype(np.float32), allow_pickle=False)
    return buffer.getvalue()


def _along_the_curve(places: NDArray[np.float32]) -> NDArray[np.int64]:
    grid = np.clip((places + 1) / 2 * (_GRID - 1), 0, _GRID - 1).astype(np.uint64)
    code = _spread(grid[:, 0]) | _spread(grid[:, 1]) << np.uint64(1)
    return np.argsort(code, kind="stable")


def _spread(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """16 bits with a gap behind each."""
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        values = (values | values << np.uint64(shift)) & np.uint64(mask)
    return values
