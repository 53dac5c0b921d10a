"""Using a picture's point again: what of it this lab still has. No torch here."""

from dataclasses import dataclass, replace

from core.errors import AtelierError
from core.pictures.chosen import ChosenPicture, file_of
from core.sampling.directions import Direction
from core.sampling.points import Point
from core.sampling.records import Record
from core.training.run_folder import RunFolder
from core.training.runs import list_runs
from core.workspace import Workspace


@dataclass(frozen=True)
class Again:
    point: Point  # of a run and epoch of this lab where can_draw; else as it was
    directions: tuple[Direction, ...]  # for Explorer.adopt: the point needs them, whether the run still has them or not
    can_draw: bool
    exact: bool  # by the very weights that drew the picture
    notes: tuple[str, ...]  # what is missing or other than it was, a sentence each

    @property
    def words(self) -> str:
        return " ".join(self.notes)


def used_again(workspace: Workspace, record: Record) -> Again:
    """Look for the weights of a record, which may have come out of anybody's file, in this lab.

    First at their place; if that holds others, or is gone, in the other runs; then the nearest epoch of the same run
    serves, and draws another picture, which is told.
    """
    point, notes = record.point, _missing_pictures(workspace, record.point)
    exact = _weights_at(workspace, point.run, point.epoch, record.weights)
    if exact:
        return Again(point, record.directions, can_draw=True, exact=True, notes=notes)
    elsewhere = _same_weights(workspace, record)
    if elsewhere is not None:
        run, epoch = elsewhere
        told = f"The weights are those of {run}, epoch {epoch}, here."
        return Again(point.at(run, epoch), record.directions, can_draw=True, exact=True, notes=(told, *notes))
    try:
        epochs = RunFolder(workspace.run(point.run)).weight_epochs()
    except AtelierError:
        epochs = []
    if not epochs:
        told = f"{record.label} is not in this lab: there is no run {point.run} with weights. Import its network."
        return Again(point, record.directions, can_draw=False, exact=False, notes=(told, *notes))
    if point.epoch in epochs:
        told = (
            f"The weights of {point.run}, epoch {point.epoch}, are not those that drew this picture: it will differ."
            if record.weights
            else "The file does not tell which weights drew this picture: it may differ."
        )
        return Again(point, record.directions, can_draw=True, exact=False, notes=(told, *notes))
    nearest = min(epochs, key=lambda epoch: (abs(epoch - point.epoch), epoch))
    told = (
        f"The weights of epoch {point.epoch} were not kept; epoch {nearest} of the same run stands in, and the picture "
        "will differ."
    )
    return Again(point.at(point.run, nearest), record.directions, can_draw=True, exact=False, notes=(told, *notes))


def _weights_at(workspace: Workspace, run: str, epoch: int, weights: str) -> bool:
    from core.sampling.weights_hash import hash_weights

    try:
        path = RunFolder(workspace.run(run)).weights_path(epoch)
        return bool(weights) and hash_weights(path) == weights
    except (AtelierError, OSError, ValueError):
        return False


def _same_weights(workspace: Workspace, record: Record) -> tuple[str, int] | None:
    """Where else these weights lie: an imported network, or a run that was copied.

    Of each run the newest epoch and the one of the same number are looked at: reading all weights of a lab would take
    minutes.
    """
    if not record.weights:
        return None
    for run in list_runs(workspace):
        if run.id == record.point.run or record.model.get("preset") not in ("", None, run.preset, "imported"):
            continue
        epochs = RunFolder(workspace.run(run.id)).weight_epochs()
        for epoch in sorted({*epochs[-1:], record.point.epoch} & set(epochs), reverse=True):
            if _weights_at(workspace, run.id, epoch, record.weights):
                return run.id, epoch
    return None


def _missing_pictures(workspace: Workspace, point: Point) -> tuple[str, ...]:
    """They are not needed to draw: the latent stands in the point. But their lineage leads nowhere then."""
    return tuple(
        f"{picture.name}, which it came from, is not in this lab: it can be drawn all the same."
        for picture in point.pictures()
        if not _is_here(workspace, picture)
    )


def _is_here(workspace: Workspace, picture: ChosenPicture) -> bool:
    try:
        file_of(workspace, replace(picture, path=""))
    except AtelierError:
        return False
    return True
