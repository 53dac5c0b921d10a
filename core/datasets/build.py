"""Build a dataset: pictures and a recipe become a pack on disk, once.

Each picture is decoded once, by all cores (`crew`), measured and fitted into a spool; when all are there, it is planned
which are kept, and the rows are written in order (`writing`). The spool and its record outlast a stop, a kill and a
power cut: the next build of the same pictures at the same size goes on with them.
"""

import contextlib
import hashlib
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from core.catalog.picture import PictureRef
from core.datasets.crew import open_crew
from core.datasets.fit import cut_share
from core.datasets.listing import Dataset, add_name, find_contents, list_datasets
from core.datasets.measure import Measurement, MeasurementStore, known_measurements
from core.datasets.plan import FORMAT_VERSION, Plan, plan
from core.datasets.recipe import Recipe, size_words
from core.datasets.spool import Spool, spool_key
from core.datasets.taking import Take
from core.datasets.writing import BuildStoppedError, Progress, write_pack
from core.errors import AtelierError, ConfigError
from core.files import sync_folder
from core.workspace import Workspace, slug

_UNDER_WAY = ".building-"  # how the folder of a build begins; a dataset has its own name once it is whole
_KEPT_SECONDS = 7 * 86_400.0  # a build that nobody goes on with is swept up
_PACK = "pack"  # in a build's folder


class DatasetError(AtelierError):
    """A dataset that cannot be built from what it was given."""


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
    processes: int | None = None,
) -> Built:
    """Make `data/datasets/<id>/` from pictures and a recipe.

    The same pictures, labels and recipe are built once: a second build returns the dataset that is there, and adds
    `name` to the names it is found by. A name that stands for other contents is refused. A dataset is frozen: when the
    catalog has learnt more labels since, the same pictures make a new dataset with the same content hash.
    Rows are made in a folder beside the others and moved into place in one step: no reader ever sees half a dataset.
    A build that did not end goes on where it was when the same pictures are built again at the same size.

    Args:
        selection: how the pictures were chosen, as JSON; recorded in the manifest.
        on_progress: called with done and total pictures and what is being done.
        processes: that decode; 0 for threads of this one. None: one for each core, where there are many pictures.
    Raises: ConfigError (the name), DatasetError (nothing to train on, no space), BuildStoppedError, CrewError.
    """
    name = checked_name(name)
    report: Progress = on_progress or _silent
    with _one_build_at_a_time(workspace, report, stop_requested):
        build = _Build(workspace, pictures, recipe, report, stop_requested, processes)
        with contextlib.closing(build):
            return build.run(name, selection)


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


def _silent(done: int, total: int, *, message: str, unit: str = "pictures") -> None:
    pass


@contextmanager
def _one_build_at_a_time(workspace: Workspace, report: Progress, stop_requested: Callable[[], bool]) -> Iterator[None]:
    """Hold the lab's build lock: a build takes all cores anyway, and its holder may sweep up after others."""
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
        yield
    finally:
        lock.release()


class _Build:
    """One build at work: what is known of its pictures so far, and their spool."""

    def __init__(
        self,
        workspace: Workspace,
        pictures: Sequence[PictureRef],
        recipe: Recipe,
        report: Progress,
        stop_requested: Callable[[], bool],
        processes: int | None,
    ) -> None:
        self.workspace, self.pictures, self.recipe = workspace, pictures, recipe
        self.report, self.stop_requested, self.processes = report, stop_requested, processes
        self.by_name = {picture.sha256: picture for picture in pictures}
        self.names = sorted(self.by_name)
        self.store = MeasurementStore(workspace, recipe.aspect)
        self.measurements = known_measurements(workspace, self.by_name, aspect=recipe.aspect, fit=recipe.fit)
        self.folder = workspace.datasets / f"{_UNDER_WAY}{spool_key(self.names, recipe, FORMAT_VERSION)}"
        self.spool = Spool(self.folder, self.names, recipe)
        self.left_to_take = 0

    def close(self) -> None:
        self.spool.close()

    def run(self, name: str, selection: Any) -> Built:
        _sweep(self.workspace, older_than=time.time() - _KEPT_SECONDS, but=self.folder)
        unmeasured = [one for one in self.names if one not in self.measurements]
        if unmeasured:
            self._open_spool()
            measured = [one for one in self.names if one in self.measurements]
            self.left_to_take = len(unmeasured) + sum(self._may_be_kept(one) for one in measured)
            self._take(unmeasured, measure=True)
        while True:
            planned = plan(self.pictures, self.recipe, self.measurements)
            existing = find_contents(self.workspace, planned.content_hash(), planned.labels_hash())
            refuse_taken_name(self.workspace, name, planned)
            if existing:
                self._clear()
                return Built(add_name(existing, name), is_new=False)
            _refuse_empty(planned)
            self._open_spool()
            missing = [v.picture.sha256 for v in planned.kept if not self.spool.holds(v.picture.sha256)]
            self.left_to_take = len(missing)
            if self._take(missing, measure=False):
                break  # else some could be measured, but not be read today: they are left out
        return Built(self._write(planned, name, selection), is_new=True)

    def _may_be_kept(self, name: str) -> bool:
        """As far as is known before planning: it is to be fitted and has not been."""
        return not self.spool.holds(name) and self._lively(name) and not self._too_narrow(name)

    def _lively(self, name: str) -> bool:
        return self.measurements[name].deviation(self.recipe.fit) >= self.recipe.min_deviation

    def _too_narrow(self, name: str) -> bool:
        width, height = self.by_name[name].width, self.by_name[name].height
        return bool(width and height) and cut_share(width, height, self.recipe.shape) > self.recipe.max_cut_share

    def _open_spool(self) -> None:
        if not self.spool.is_open:
            _refuse_full_disk(self.workspace, len(self.names) * self.spool.picture_bytes, but=self.folder)
            self.spool.open()

    def _take(self, names: Sequence[str], *, measure: bool) -> bool:
        """Decode these; whether all could be fitted that had to be."""
        self._open_spool()
        self._say()
        if not names:
            return True
        whole = True
        with (
            open_crew(len(names), recipe=self.recipe, spool=self.spool.pixels_path, processes=self.processes) as crew,
            contextlib.closing(crew.take(self._takes(names, measure=measure))) as taking,
        ):
            try:
                for taken in taking:
                    found = {self.names[one.slot]: one.measurement for one in taken if one.measurement is not None}
                    self.store.add({name: one for name, one in found.items() if not one.error})
                    errors = {self.names[one.slot]: Measurement(error=one.error) for one in taken if one.error}
                    self.measurements |= found | errors
                    whole &= not errors
                    self.spool.note([one.slot for one in taken if one.fitted])
                    self.left_to_take -= len(taken)
                    self._say()
                    if self.stop_requested():
                        raise BuildStoppedError(
                            f"Stopped with {len(self.names) - self.left_to_take:,} of {len(self.names):,} pictures "
                            "done. They are kept: resuming goes on from there."
                        )
            finally:
                self.spool.sync()
        return whole

    def _takes(self, names: Iterable[str], *, measure: bool) -> Iterator[Take]:
        for name in names:
            path = self.workspace.image(name, self.by_name[name].suffix)
            yield Take(self.spool.slots[name], str(path), measure, fit=not measure or not self._too_narrow(name))

    def _say(self) -> None:
        # Never as many as there are: a count is full once the dataset is there, and a job that is stopped with a full
        # count passes for done.
        done = min(len(self.names) - self.left_to_take, len(self.names) - 1)
        self.report(done, len(self.names), message="Decoding and fitting pictures")

    def _write(self, planned: Plan, name: str, selection: Any) -> Dataset:
        rows_bytes = planned.counts.rows * self.spool.picture_bytes
        _refuse_full_disk(self.workspace, rows_bytes, but=self.folder)
        hashes = (planned.content_hash() + planned.labels_hash()).encode()
        dataset_id = f"{slug(name)}-{hashlib.sha256(hashes).hexdigest()[:8]}"
        folder = self.folder / _PACK
        about = {"id": dataset_id, "name": name, "selection": selection}
        manifest = write_pack(
            folder, planned, self.spool, about, self.report, self.stop_requested, processes=self.processes
        )
        final = self.workspace.dataset(dataset_id)
        folder.rename(final)
        sync_folder(final.parent)
        self.report(planned.counts.rows, planned.counts.rows, message="Done", unit="rows")
        self._clear()
        return Dataset(final, manifest)

    def _clear(self) -> None:
        self.spool.close()
        shutil.rmtree(self.folder, ignore_errors=True)  # what is left of it is swept up by a later build


def _sweep(workspace: Workspace, *, older_than: float, but: Path) -> None:
    """Remove builds that did not end and that nobody has gone on with since (seconds since 1970)."""
    for leftover in workspace.datasets.glob(f"{_UNDER_WAY}*"):
        touched = max((path.stat().st_mtime for path in (leftover, *leftover.glob("*"))), default=0.0)
        if leftover != but and touched < older_than:
            shutil.rmtree(leftover, ignore_errors=True)


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


def _refuse_full_disk(workspace: Workspace, needed: int, *, but: Path) -> None:
    """Make space of what other builds left where it is wanted. Raises DatasetError."""
    if needed > _free(workspace):
        _sweep(workspace, older_than=time.time(), but=but)
    if needed > (free := _free(workspace)):
        raise DatasetError(
            f"The dataset needs {needed / 1e9:.1f} GB, but the disk has {free / 1e9:.1f} GB left. Choose a lower "
            "resolution or fewer copies, or make space."
        )


def _free(workspace: Workspace) -> float:
    """Bytes that a build may take."""
    return shutil.disk_usage(workspace.datasets).free * 0.95
