"""What a column of Compare can show of a run: samples, those of raw weights, reconstructions, nearest neighbours."""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from core.errors import AtelierError
from core.training.run_folder import RunFolder
from core.workspace import Workspace
from ui import runs
from ui.samples import Frame, place_name
from ui.samples_post import Picture

KINDS = {
    "samples": "Samples",
    "raw": "Raw weights",
    "reconstructions": "Reconstructions",
    "nearest": "Nearest training pictures",
}
LINKED = frozenset({"samples", "raw", "nearest"})  # their cells are the latents, in order
_FILE = re.compile(r"(epoch|raw|reconstructions)-(\d{4,})\.png")
_KIND_OF = {"epoch": "samples", "raw": "raw", "reconstructions": "reconstructions"}
Listing = dict[str, tuple[tuple[int, int], ...]]  # kind -> (epoch, version of its file), ascending


def kinds(run: RunFolder, workspace: Workspace) -> dict[str, str]:
    """What there is of this run, with how it is called."""
    listed = listing(run)
    there = {kind for kind, found in listed.items() if found}
    if "samples" in there and workspace.dataset(run.dataset_id).is_dir():
        there.add("nearest")
    return {kind: label for kind, label in KINDS.items() if kind in there}


def frames(run: RunFolder, kind: str, workspace: Workspace) -> Sequence[Frame]:
    """Ascending by epoch."""
    return _frames(str(run.path), kind, _changed(run), workspace)


@st.cache_resource(max_entries=64, show_spinner=False)
def _frames(path: str, kind: str, changed: int, _workspace: Workspace) -> tuple[Frame, ...]:
    """Kept: five hundred epochs in four columns are two thousand of them, wanted again wherever a person rests."""
    run = RunFolder(Path(path))
    path_of = {"raw": run.raw_grid, "reconstructions": run.reconstructions}.get(kind, run.grid)
    listed = listing(run)["samples" if kind == "nearest" else kind]
    images = runs.images_at_each(run, [epoch for epoch, _ in listed])
    return tuple(
        Frame(
            epoch,
            path_of(epoch),
            place_name(epoch),
            f"{seen:,} images" if epoch else "",
            version=version,
            make=partial(beside_nearest, _workspace, run, epoch) if kind == "nearest" else None,
        )
        for (epoch, version), seen in zip(listed, images, strict=True)
    )


def cell(run: RunFolder, kind: str) -> tuple[int, int]:
    """(width, height) in pixels of what counts as one picture."""
    height, width = run.shape
    return (2 * width if kind == "nearest" else width), height


def listing(run: RunFolder) -> Listing:
    """Looked up anew when the folder has changed: files come into it and are replaced, never written in place."""
    changed = _changed(run)
    return _listing(str(run.samples), changed) if changed else dict.fromkeys(_KIND_OF.values(), ())


def _changed(run: RunFolder) -> int:
    """When a file last came into the folder of samples or was replaced there; 0 where there is none."""
    try:
        return run.samples.stat().st_mtime_ns
    except OSError:
        return 0


@st.cache_data(max_entries=64, show_spinner=False)
def _listing(folder: str, changed: int) -> Listing:
    found: dict[str, list[tuple[int, int]]] = {kind: [] for kind in _KIND_OF.values()}
    for path in Path(folder).iterdir():
        if match := _FILE.fullmatch(path.name):
            try:
                found[_KIND_OF[match[1]]].append((int(match[2]), path.stat().st_mtime_ns))
            except FileNotFoundError:
                continue  # removed just now
    return {kind: tuple(sorted(listed)) for kind, listed in found.items()}


def beside_nearest(workspace: Workspace, run: RunFolder, epoch: int) -> Picture:
    """Each sample of an epoch, and to its right the training picture nearest to it; copies are flagged."""
    import numpy as np

    from core.datasets.pack import open_pack
    from core.metrics.nearest import grid_pictures, nearest_of_grid
    from core.training.grids import make_grid

    try:
        nearest = nearest_of_grid(workspace, run, epoch)
        pack = open_pack(workspace.dataset(run.dataset_id))
    except AtelierError as error:
        return Picture(b"", refused=str(error))
    samples = grid_pictures(run, epoch)
    real = np.asarray(pack.images[nearest.rows])
    real = np.where(nearest.mirrored[:, None, None, None], real[:, :, ::-1], real)
    across = max(1, round(len(samples) ** 0.5 / 2))  # pairs: as wide as the grid of samples, and twice as tall
    grid = make_grid(np.concatenate([samples, real], axis=2), across)
    said = [
        _in_words(pack.rows[row], float(distance), bool(mirrored), bool(copied))
        for row, distance, mirrored, copied in zip(
            nearest.rows, nearest.distances, nearest.mirrored, nearest.is_copy, strict=True
        )
    ]
    return Picture(_png(grid), said=said, flagged=[int(number) for number in nearest.is_copy.nonzero()[0]])


def _in_words(row: Mapping[str, object], distance: float, mirrored: bool, copied: bool) -> str:
    of = f" by {row['artist']}" if row.get("artist") else ""
    return f"nearest: a picture{of}{', mirrored' if mirrored else ''}, at a distance of {distance:.1f}" + (
        " (nearer than chance: a copy)" if copied else ""
    )


def _png(grid: object) -> bytes:
    import io

    from PIL import Image

    assert isinstance(grid, Image.Image)
    buffer = io.BytesIO()
    grid.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
