"""What an evaluation will measure, what it cannot measure and why, and how long it takes. Loads no torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.datasets.pack import Pack
from core.errors import ConfigError
from core.metrics.errors import MetricError
from core.metrics.inception import USUAL_RESIZE, check_resize, inception_state
from core.metrics.references import AGAINST, MOST, available, open_run_pack, picture_files, too_few
from core.metrics.registry import METRICS, find_metric
from core.models.zoo import find_architecture
from core.training.measured import recall
from core.training.run_folder import RunFolder
from core.workspace import Workspace

USUAL_METRICS = ("swd", "ms_ssim", "memorisation", "colour", "edges")
PACK_METRICS = ("memorisation", "discriminator", "reconstruction", "active_units")  # compare with the run's own dataset
_EPOCHS = ("all", "last", "best")
# Seconds a picture of 64 x 64 on one core, until they were measured on this machine
_SECONDS = {
    "swd": 0.02,
    "ms_ssim": 0.004,
    "memorisation": 0.002,
    "colour": 0.001,
    "edges": 0.001,
    "discriminator": 0.004,
    "reconstruction": 0.006,
    "active_units": 0.003,
}
_SECONDS_INCEPTION = 0.1  # whatever the size: it is brought to 299 pixels
_PIXELS = 64 * 64
_LEAST = 0.3  # seconds of any measurement: opening weights, drawing


@dataclass(frozen=True)
class PlannedRun:
    """What will be measured of one run."""

    run: str
    title: str
    count: int  # pictures on each side; 0 where nothing is compared with the reference
    metrics: dict[str, list[int]]  # metric -> epochs
    remarks: list[str]  # about counts that say little


def plan_evaluation(
    workspace: Workspace,
    run_ids: Sequence[str],
    *,
    epochs: str | Sequence[int] = "all",
    metrics: Sequence[str] = USUAL_METRICS,
    against: str = "test",
    folder: Path | str | None = None,
    count: int | None = None,
    seed: int = 0,
    device: str = "auto",
    resize: str = USUAL_RESIZE,
) -> dict[str, Any]:
    """The settings of an evaluation and what they come to, as JSON.

    Args:
        epochs: "all" whose weights were kept, the "last" one, the "best" ones by what was measured so far, or numbers.
        against: a key of AGAINST; "folder" takes `folder`.
        count: pictures on each side; by default as many as there are real ones, up to 2,048.
    Returns: {"settings", "runs": [{"run", "title", "count", "metrics": {metric: [epoch]}, "remarks": [text]}],
        "cannot": [{"run", "metric", "epochs", "why"}], "measurements": how many numbers}
    Raises: ConfigError for wishes that cannot be, and where nothing at all can be measured; NotFoundError for a run.
    """
    keys = list(dict.fromkeys(metrics))
    if not keys:
        raise ConfigError("Choose at least one metric.")
    for key in keys:
        find_metric(key)
    if not run_ids:
        raise ConfigError("Choose at least one run.")
    if against not in AGAINST:
        raise ConfigError(f"Samples are compared with {', '.join(AGAINST)}; got {against!r}.")
    if count is not None and not 2 <= count <= 1_000_000:
        raise ConfigError(f"count must be from 2 to 1,000,000 pictures; got {count}.")
    check_resize(resize)
    files = 0
    if against == "folder":
        if not folder:
            raise ConfigError("Which folder? Name one with pictures to compare with.")
        folder = Path(folder).expanduser().absolute()
        files = len(picture_files(folder))
    settings: dict[str, Any] = {
        "metrics": keys,
        "against": against,
        "folder": str(folder) if against == "folder" else "",
        "count": count,
        "seed": seed,
        "device": device,
        "resize": resize,
    }
    planned, cannot = [], []
    inception = inception_state(workspace) if any(METRICS[key].needs == "inception" for key in keys) else None
    for run_id in dict.fromkeys(run_ids):
        run = RunFolder(workspace.run(run_id))
        chosen = _epochs(run, epochs)
        found, missing = _plan_run(workspace, run, chosen, keys, against, files, count, inception)
        cannot += missing
        if found.metrics:
            planned.append(found)
    if not planned:
        raise ConfigError("Nothing of this can be measured. " + " ".join(dict.fromkeys(one["why"] for one in cannot)))
    settings["measurements"] = {one.run: one.metrics for one in planned}
    return {
        "settings": settings,
        "runs": [vars(one) for one in planned],
        "cannot": cannot,
        "measurements": sum(len(of) for one in planned for of in one.metrics.values()),
    }


def estimate_evaluation(workspace: Workspace, plan: dict[str, Any]) -> float:
    """Seconds that a plan takes, by what was measured on this machine before; roughly, where nothing was."""
    speeds = speed_file(workspace)
    device = str(plan["settings"]["device"])
    total = 0.0
    for planned in plan["runs"]:
        height, width = RunFolder(workspace.run(planned["run"])).shape
        for metric, epochs in planned["metrics"].items():
            pictures = planned["count"] or MOST // 4
            known = recall(speeds, "evaluation", speed_key(metric, device))
            each = float(known) if known else guessed_seconds(metric)
            scale = 1.0 if METRICS[metric].needs == "inception" else height * width / _PIXELS
            baselines = 2 if metric not in PACK_METRICS else 0
            total += (len(epochs) + baselines) * max(_LEAST, each * pictures * scale)
    return total


def guessed_seconds(metric: str) -> float:
    return _SECONDS.get(metric, _SECONDS_INCEPTION)


def seconds_a_picture(metric: str, seconds: float, count: int, shape: tuple[int, int]) -> float:
    """What one picture of 64 x 64 took, for `estimate_evaluation`."""
    scale = 1.0 if METRICS[metric].needs == "inception" else shape[0] * shape[1] / _PIXELS
    return seconds / max(1.0, count * scale)


def speed_file(workspace: Workspace) -> Path:
    return workspace.data / "metrics" / "speed.json"


def speed_key(metric: str, device: str) -> str:
    """device: as torch or a person names it; "auto" counts as the processor until a GPU was measured."""
    return f"{metric} {'cuda' if device.startswith('cuda') else 'cpu'}"


def _plan_run(
    workspace: Workspace,
    run: RunFolder,
    chosen: list[int],
    keys: list[str],
    against: str,
    files: int,
    count: int | None,
    inception: Any,
) -> tuple[PlannedRun, list[dict[str, Any]]]:
    missing: list[dict[str, Any]] = []
    title = str(run.request.get("title") or run.id)

    def cannot(metric: str, why: str, of: list[int] | None = None) -> None:
        missing.append({"run": run.id, "metric": metric, "epochs": chosen if of is None else of, "why": why})

    try:
        pack: Pack | None = open_run_pack(workspace, run)
        trouble = ""
    except MetricError as error:
        pack, trouble = None, str(error)
    metrics: dict[str, list[int]] = {}
    most = available(pack, against, files) if pack else 0
    for key in keys:
        why = trouble or _why_not(run, pack, key, against, most, inception)
        if why:
            cannot(key, why)
            continue
        of = chosen
        if key == "discriminator":
            kept = set(run.state_epochs())
            of = [epoch for epoch in chosen if epoch in kept]
            if left := [epoch for epoch in chosen if epoch not in kept]:
                those = ", ".join(map(str, sorted(kept))) or "none"
                cannot(key, f"{run.id}: the whole state was kept of these epochs only: {those}.", left)
        if of:
            metrics[key] = of
    each = min(most, MOST if count is None else count)
    remarks = [
        f"{METRICS[key].title}: {each:,} pictures on each side; below {METRICS[key].smallest:,} the number says little."
        for key in metrics
        if key not in PACK_METRICS and each < METRICS[key].smallest
    ]
    if count is not None and count > most and any(key not in PACK_METRICS for key in metrics):
        remarks.append(f"{count:,} pictures were asked for; there are {most:,} on each side.")
    compared = any(key not in PACK_METRICS for key in metrics)
    return PlannedRun(run.id, title, each if compared else 0, metrics, remarks), missing


def _why_not(run: RunFolder, pack: Pack | None, key: str, against: str, most: int, inception: Any) -> str:
    """Why a metric cannot be measured of a run; "" where it can."""
    metric = METRICS[key]
    if metric.needs == "inception" and not inception.is_usable:
        return str(inception.problem)
    if (
        metric.needs == "discriminator"
        and "discriminator" not in find_architecture(run.settings["architecture"]).networks
    ):
        return f"{run.id} has no discriminator: its family is {run.family}."
    if metric.needs == "autoencoder" and run.family != "vae":
        return f"{run.id} is no variational autoencoder: its family is {run.family}."
    if pack is None:
        return ""
    if key in ("discriminator", "reconstruction") and len(pack.test) < 2:
        return f"The dataset {pack.name} holds out {len(pack.test)} pictures, and {metric.title.lower()} needs some."
    if key not in PACK_METRICS and most < 2:
        return too_few(pack.name if against != "folder" else "the folder", against, most)
    height, width = run.shape
    if key == "swd" and (height != width or height < 16 or height & (height - 1)):
        return (
            f"The sliced Wasserstein distance needs squares of 16, 32, 64, … pixels; {run.id} has {width} × {height}."
        )
    if key == "ms_ssim" and min(height, width) < 16:
        return f"MS-SSIM needs pictures of at least 16 pixels a side; {run.id} has {width} × {height}."
    return ""


def _epochs(run: RunFolder, wanted: str | Sequence[int]) -> list[int]:
    run.request  # noqa: B018  raises where there is no such run
    kept = [epoch for epoch in run.weight_epochs() if epoch]
    if not kept:
        raise ConfigError(f"{run.id} has no weights yet. Let it train until the first epoch is saved.")
    if isinstance(wanted, str):
        if wanted not in _EPOCHS:
            raise ConfigError(f"Epochs are all, last, best or numbers; got {wanted!r}.")
        best = {run.best_epoch(), *run.best_epochs().values()} & set(kept)
        return {"all": kept, "last": kept[-1:], "best": sorted(epoch for epoch in best if epoch) or kept[-1:]}[wanted]
    if not wanted:
        raise ConfigError("Choose at least one epoch.")
    if unknown := sorted(set(wanted) - set(kept)):
        raise ConfigError(
            f"{run.id} has no weights of epoch {', '.join(map(str, unknown))}. "
            f"It has those of: {', '.join(map(str, kept[:20]))}{' …' if len(kept) > 20 else ''}."
        )
    return sorted(set(wanted))
