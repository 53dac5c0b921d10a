"""Build a dataset: pictures and a recipe become a pack on disk, once."""

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from os import cpu_count
from typing import Any, Protocol

import numpy as np
from filelock import FileLock, Timeout

from core.catalog.picture import PictureRef
from core.datasets.fit import Pixels, apply_copy, fit_picture, read_for
from core.datasets.listing import Dataset, add_name, find_contents, list_datasets
from core.datasets.measure import Measurement, measure_pictures
from core.datasets.pack import IMAGES, INDEX, MANIFEST, hash_pixels
from core.datasets.plan import FORMAT_VERSION, Plan, Verdict, picture_labels, plan
from core.datasets.recipe import Recipe, size_words
from core.errors import AtelierError, ConfigError
from core.files import write_bytes, write_json
from core.workspace import Workspace, slug

_UNDER_WAY = ".building-"  # how the folder of a dataset begins until it is whole
_CHUNK = 64  # pictures between two looks at the stop request


class DatasetError(AtelierError):
    """A dataset that cannot be built from what it was given."""


class BuildStoppedError(AtelierError):
    """The build was asked to stop. Nothing half-built is left; measurements are kept, so the next try is faster."""


class Progress(Protocol):
    def __call__(self, done: int, total: int, *, message: str) -> None: ...


@dataclass(frozen=True)
class Built:
    dataset: Dataset
    is_new: bool  # False: the same contents had been built before, and were given the name as one more


def build_dataset(
    workspace: Workspace,
    pictures: Sequence[PictureRef],
    recipe: Recipe,
    *,
    name: str,
    selection: Any = None,
    on_progress: Progress | None = None,
    stop_requested: Callable[[], bool] = lambda: False,
) -> Built:
    """Make `data/datasets/<id>/` from pictures and a recipe.

    The same pictures, labels and recipe are built once: a second build returns the dataset that is there, and adds
    `name` to the names it is found by. A name that stands for other contents is refused. A dataset is frozen: when the
    catalog has learnt more labels since, the same pictures make a new dataset with the same content hash.
    Rows are made in a folder beside the others and moved into place in one step: no reader ever sees half a dataset.

    Args:
        selection: how the pictures were chosen, as JSON; recorded in the manifest.
        on_progress: called with done and total pictures and what is being done.
    Raises: ConfigError (the name), DatasetError (nothing to train on, no space), BuildStoppedError.
    """
    name = checked_name(name)
    report: Progress = on_progress or _silent
    with _one_build_at_a_time(workspace, report, stop_requested):
        measurements, measured = _measure(workspace, pictures, recipe.aspect, report, stop_requested)
        while True:
            planned = plan(pictures, recipe, measurements)
            existing = find_contents(workspace, planned.content_hash(), planned.labels_hash())
            refuse_taken_name(workspace, name, planned)
            if existing:
                return Built(add_name(existing, name), is_new=False)
            _refuse_empty(planned)
            try:
                dataset = _write(workspace, planned, name, selection, _after(measured, report), stop_requested)
            except _UnreadableError as error:  # readable when it was measured: leave it out and say so
                measurements = {**measurements, error.sha256: Measurement(error=str(error))}
                continue
            return Built(dataset, is_new=True)


def checked_name(name: str) -> str:
    """A dataset's name without blanks around it. Raises ConfigError."""
    name = " ".join(name.split())
    if not name or len(name) > 80 or not name.isprintable():
        raise ConfigError(f"A dataset needs a name of 1 to 80 printable characters; got {name!r}.")
    return name


def refuse_taken_name(workspace: Workspace, name: str, planned: Plan) -> None:
    """Raise ConfigError if the name stands for a dataset with other contents: a name finds one dataset."""
    content_hash, labels_hash = planned.content_hash(), planned.labels_hash()
    for dataset in list_datasets(workspace):
        if name not in (*dataset.names, dataset.id):
            continue
        if dataset.content_hash != content_hash:
            raise ConfigError(
                f"There is already a dataset called {name!r} with other contents "
                f"({dataset.counts['kept']} pictures, {size_words(dataset.shape)}). Choose another name."
            )
        if dataset.labels_hash != labels_hash:
            raise ConfigError(
                f"There is already a dataset called {name!r} with the same pictures, but other labels: a dataset keeps "
                "the labels of its day. Choose another name to build it with those of today."
            )


def free_name(workspace: Workspace, wanted: str) -> str:
    """`wanted`, or with the first number behind it that no dataset carries yet."""
    taken = {name for dataset in list_datasets(workspace) for name in (*dataset.names, dataset.id)}
    names = (wanted if number == 1 else f"{wanted} {number}" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


class _UnreadableError(Exception):
    def __init__(self, sha256: str, reason: str) -> None:
        super().__init__(reason)
        self.sha256 = sha256


def _silent(done: int, total: int, *, message: str) -> None:
    pass


@contextmanager
def _one_build_at_a_time(workspace: Workspace, report: Progress, stop_requested: Callable[[], bool]) -> Iterator[None]:
    """Hold the lab's build lock: a build takes all cores anyway, and its holder may sweep up after killed builds."""
    workspace.datasets.mkdir(parents=True, exist_ok=True)
    lock = FileLock(workspace.datasets / ".build.lock")
    while True:
        try:
            lock.acquire(timeout=0.5)
            break
        except Timeout:
            if stop_requested():
                raise BuildStoppedError("Stopped while waiting for another dataset to be built.") from None
            report(0, 0, message="Waiting for another dataset to be built")
    try:
        for leftover in workspace.datasets.glob(f"{_UNDER_WAY}*"):
            shutil.rmtree(leftover)
        yield
    finally:
        lock.release()


def _measure(
    workspace: Workspace,
    pictures: Sequence[PictureRef],
    aspect: str,
    report: Progress,
    stop_requested: Callable[[], bool],
) -> tuple[dict[str, Measurement], int]:
    """The measurements, and how many pictures had to be decoded for them."""
    measured = 0

    def on_progress(done: int, total: int) -> None:
        nonlocal measured
        measured = total
        if total:
            report(done, total + len(pictures), message="Measuring pictures")

    measurements = measure_pictures(
        workspace, pictures, aspect=aspect, on_progress=on_progress, stop_requested=stop_requested
    )
    if any(picture.sha256 not in measurements for picture in pictures):
        raise BuildStoppedError("Stopped while measuring. What was measured is kept.")
    return measurements, measured


def _after(measured: int, report: Progress) -> Progress:
    """Progress that goes on counting where measuring ended."""

    def go_on(done: int, total: int, *, message: str) -> None:
        report(measured + done, measured + total, message=message)

    return go_on


def _refuse_empty(planned: Plan) -> None:
    counts = planned.counts
    if counts.pictures == 0:
        raise DatasetError("The selection holds no pictures. Choose a collection or loosen the filters.")
    if counts.train == 0:
        lost = ", ".join(f"{number} {reason}" for reason, number in counts.dropped.items() if number)
        raise DatasetError(
            f"None of the {counts.pictures} pictures is left to train on ({lost}). Raise the share that may be lost, "
            "lower the least deviation, or choose other pictures."
        )


def _write(
    workspace: Workspace,
    planned: Plan,
    name: str,
    selection: Any,
    report: Progress,
    stop_requested: Callable[[], bool],
) -> Dataset:
    recipe, kept = planned.recipe, planned.kept
    shape = (planned.counts.rows, *recipe.shape, 3)
    _refuse_full_disk(workspace, int(np.prod(shape)))
    content_hash = planned.content_hash()
    labels_hash = planned.labels_hash()
    dataset_id = f"{slug(name)}-{hashlib.sha256((content_hash + labels_hash).encode()).hexdigest()[:8]}"
    folder = workspace.datasets / f"{_UNDER_WAY}{content_hash[:16]}"
    folder.mkdir()
    try:
        images = np.lib.format.open_memmap(folder / IMAGES, mode="w+", dtype=np.uint8, shape=shape)
        rows = _index(planned)
        _fill(images, workspace, kept, recipe, report, stop_requested)
        images.flush()
        index_bytes = b"[\n" + b",\n".join(json.dumps(row, ensure_ascii=False).encode() for row in rows) + b"\n]\n"
        write_bytes(folder / INDEX, index_bytes)
        manifest = {
            "format": FORMAT_VERSION,
            "id": dataset_id,
            "name": name,
            "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "content_hash": content_hash,
            "recipe": recipe.to_json(),
            "recipe_in_words": recipe.in_words(),
            "selection": selection,
            "counts": asdict(planned.counts),
            "artists": _artists(kept),
            "labelled": _labelled(kept),
            "synthetic": sum(verdict.picture.synthetic for verdict in kept),  # pictures drawn by a program
            "images": {"shape": list(shape), "dtype": "uint8", "sha256": hash_pixels(images)},
            "index": {"sha256": hashlib.sha256(index_bytes).hexdigest(), "labels_sha256": labels_hash},
            "dropped": [_dropped_row(verdict) for verdict in planned.dropped],
        }
        write_json(folder / MANIFEST, manifest)
        del images  # Windows does not rename a folder with an open file in it
        final = workspace.dataset(dataset_id)
        folder.rename(final)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Dataset(final, manifest)


def _index(planned: Plan) -> list[dict[str, Any]]:
    """One object per row: first every picture as it is, then the copies of the training pictures, kind by kind."""
    kept = planned.kept
    train = [verdict for verdict in kept if verdict.split == "train"]
    rows = [_row(verdict, "") for verdict in kept]
    return rows + [_row(verdict, copy) for copy in planned.recipe.copies for verdict in train]


def _fill(
    images: Pixels,
    workspace: Workspace,
    kept: Sequence[Verdict],
    recipe: Recipe,
    report: Progress,
    stop_requested: Callable[[], bool],
) -> None:
    """Fit every kept picture into its rows, in the order of `_index`."""
    train_number = {number: place for place, number in enumerate(n for n, v in enumerate(kept) if v.split == "train")}

    def fill(number: int) -> None:
        picture = kept[number].picture
        try:
            pixels = fit_picture(read_for(recipe.resolution, workspace.image(picture.sha256, picture.suffix)), recipe)
        except AtelierError as error:
            raise _UnreadableError(picture.sha256, str(error)) from error
        images[number] = pixels
        if number in train_number:
            for kind, copy in enumerate(recipe.copies):
                images[len(kept) + kind * len(train_number) + train_number[number]] = apply_copy(pixels, copy)

    with ThreadPoolExecutor(cpu_count() or 1) as pool:  # Pillow decodes and resizes outside Python's lock
        for start in range(0, len(kept), _CHUNK):
            if stop_requested():
                raise BuildStoppedError(
                    f"Stopped after {start} of {len(kept)} pictures. No half-built dataset is left."
                )
            for _ in pool.map(fill, range(start, min(start + _CHUNK, len(kept)))):
                pass
            report(min(start + _CHUNK, len(kept)), len(kept), message="Fitting pictures")


def _refuse_full_disk(workspace: Workspace, needed: int) -> None:
    free = shutil.disk_usage(workspace.datasets).free
    if needed > free * 0.95:
        raise DatasetError(
            f"The dataset needs {needed / 1e9:.1f} GB, but the disk has {free / 1e9:.1f} GB left. Choose a lower "
            "resolution or fewer copies, or make space."
        )


def _row(verdict: Verdict, copy: str) -> dict[str, Any]:
    picture = verdict.picture
    return {
        "sha256": picture.sha256,
        "artwork": picture.artwork_id,
        "title": picture.title,
        **picture_labels(picture),
        "copy": copy,
        "split": verdict.split,
    }


def _dropped_row(verdict: Verdict) -> dict[str, Any]:
    return {
        "sha256": verdict.picture.sha256,
        "artwork": verdict.picture.artwork_id,
        "artist": verdict.picture.artist,
        "reason": verdict.reason,
        "detail": verdict.detail,
        "cut_share": round(verdict.cut_share, 4),
        "deviation": None if np.isnan(verdict.deviation) else verdict.deviation,
    }


def _artists(kept: Sequence[Verdict]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for verdict in kept:
        artist = verdict.picture.artist or "unknown"
        counts[artist] = counts.get(artist, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _labelled(kept: Sequence[Verdict]) -> dict[str, int]:
    """Kind of label -> kept pictures that have one."""
    labels = [picture_labels(verdict.picture) for verdict in kept]
    return {name: sum(bool(own[name]) for own in labels) for name in labels[0]}
