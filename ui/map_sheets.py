"""Sheets of thumbnails for a map: of every hundred pictures that stand one behind the other on its curve.

They are made when a view first needs them, and kept beside the map: nothing in them changes.
"""

from core.features.maps import PictureMap, map_folder
from core.files import write_bytes
from core.images import sprite_sheet
from core.workspace import Workspace

CELL = 96  # pixels, square
COLUMNS = 10
_A_SHEET = COLUMNS * COLUMNS


def sheet_count(found: PictureMap) -> int:
    return -(-len(found) // _A_SHEET)


def sheet(workspace: Workspace, found: PictureMap, number: int) -> bytes:
    """WebP of COLUMNS x COLUMNS cells. Thumbnails that are lost leave theirs empty."""
    path = map_folder(workspace, found.key) / f"sheet-{number:05d}.webp"
    try:
        return path.read_bytes()
    except FileNotFoundError:
        names = found.names[number * _A_SHEET : (number + 1) * _A_SHEET]
        made = sprite_sheet([workspace.thumb(name.tobytes().hex()) for name in names], cell=CELL, columns=COLUMNS)
        write_bytes(path, made)
        return made
