"""Which weights and states of a run stay on disk: a policy, and a cap on the bytes. Grids always stay."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from core.training.base_settings import TrainingSettings
from core.training.run_folder import RunFolder


@dataclass(frozen=True)
class Kept:
    """A file that could go."""

    path: Path
    epoch: int
    is_state: bool  # everything to branch from; else the averaged weights
    size: int  # bytes


def tidy(
    run: RunFolder, settings: TrainingSettings, best_epoch: int | None, *, evaluated: Iterable[int] = ()
) -> list[Path]:
    """Delete what the settings do not keep; return what was deleted. For the process that owns the run folder.

    Args:
        best_epoch: by the training's own measure.
        evaluated: the best epochs by the metrics of evaluations.
    """
    files = [
        *_files(run.weight_epochs(), run.weights_path, is_state=False),
        *_files(run.state_epochs(), run.state_path, is_state=True),
    ]
    gone = [
        kept.path
        for kept in superfluous(
            files,
            saved=[epoch for epoch in run.epochs() if epoch],
            best_epoch=best_epoch,
            evaluated=evaluated,
            keep_weights=settings.keep_weights,
            keep_states_every=settings.keep_states_every,
            cap_bytes=int(settings.disk_cap_gb * 1e9),
        )
    ]
    for path in gone:
        path.unlink(missing_ok=True)
    return gone


def superfluous(
    files: Iterable[Kept],
    *,
    saved: list[int],
    best_epoch: int | None,
    keep_weights: str,
    keep_states_every: int,
    cap_bytes: int,
    evaluated: Iterable[int] = (),
) -> list[Kept]:
    """What to delete, in the order in which it would be missed least.

    The newest and the best epoch always stay, even above the cap: without them a run would have been for nothing. So
    do the weights of those that an evaluation found to be the best: somebody asked for that.

    Args:
        saved: the epochs that were ever saved, ascending.
        keep_states_every: counted in saved epochs, so that the kept ones do not move when more are saved.
    """
    files = list(files)
    newest = max((kept.epoch for kept in files), default=0)
    precious = {newest} if keep_weights == "newest" else {newest, best_epoch}
    evaluated = set(evaluated)
    found_best = {kept for kept in files if not kept.is_state and kept.epoch in evaluated}
    gone: list[Kept] = []
    for kept in files:
        if kept.epoch in precious or kept in found_best:
            continue
        if kept.is_state:
            number = saved.index(kept.epoch) + 1 if kept.epoch in saved else 0
            if not keep_states_every or number % keep_states_every:
                gone.append(kept)
        elif keep_weights != "all":
            gone.append(kept)
    left = [kept for kept in files if kept not in gone]
    spared = [kept for kept in left if kept.epoch in precious or kept in found_best]
    excess = sum(kept.size for kept in left) - cap_bytes
    # States first, for they are large and only a branch needs them; the oldest first.
    candidates = sorted((kept for kept in left if kept not in spared), key=lambda k: (not k.is_state, k.epoch))
    if excess > 0:  # the states of the newest and best are dearer than any other file but their weights
        candidates += sorted((k for k in spared if k.is_state), key=lambda k: k.epoch == newest)
    for kept in candidates:
        if excess <= 0:
            break
        gone.append(kept)
        excess -= kept.size
    return gone


def _files(epochs: list[int], place: Callable[[int], Path], *, is_state: bool) -> list[Kept]:
    return [Kept(place(epoch), epoch, is_state, place(epoch).stat().st_size) for epoch in epochs]
