"""The commands that search for settings: sweep and sweeps."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli_output import add_command, done, print_result, print_table, progress_line, remark
from core.errors import ConfigError
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.jobs.folder import JobFolder
    from core.sweeps.spec import SweepSpec
    from core.sweeps.sweep import Sweep

# Modules that cost time to load are imported by the commands that need them.


def add_commands(commands: Any) -> None:
    start = add_command(
        commands, "sweep", sweep, "search for settings in the background; prints the sweep's id as the last line"
    )
    start.add_argument("--preset", required=True, help="see: python -m core presets")
    start.add_argument("--dataset", required=True, help="a dataset's name or id")
    start.add_argument("--method", choices=("grid", "random", "tpe", "preference"), help="default: tpe, or the space's")
    start.add_argument(
        "--space", required=True, metavar="FILE.json", help="what to search; or the name of a ready one: see --spaces"
    )
    start.add_argument("--trials", type=int, help="how many runs; default: all of a grid, else 20")
    length = start.add_mutually_exclusive_group(required=True)
    length.add_argument("--images", type=int, help="pictures that each trial sees")
    length.add_argument("--minutes", type=float, help="as many as fit into this time, for each trial")
    length.add_argument("--epochs", type=int, help="passes over the dataset, for each trial")
    start.add_argument("--metric", help="what to make better: swd (default), or any that `evaluate` measures")
    start.add_argument(
        "--pruning", choices=("none", "median", "hyperband"), default="none", help="end trials early that fall behind"
    )
    start.add_argument(
        "--set", action="extend", nargs="+", default=[], metavar="KEY=VALUE", help="settings of all trials"
    )
    start.add_argument("--seed", type=int, default=0)
    start.add_argument("--at-once", type=int, default=1, help="trials beside each other, each on a device of its own")
    start.add_argument("--device", default="auto")
    start.add_argument("--title", default="")
    start.add_argument("--estimate", action="store_true", help="tell time, memory and disk; start nothing")
    start.add_argument("--wait", action="store_true", help="return when all trials have ended")
    listing = add_command(commands, "sweeps", sweeps, "list the sweeps, or the trials of one; stop, resume, extend it")
    listing.add_argument("sweep", nargs="?", help="a sweep's id, or part of it: its trials are listed")
    what = listing.add_mutually_exclusive_group()
    what.add_argument("--stop", action="store_true", help="stop it, and the trial at work; it can be resumed")
    what.add_argument("--resume", action="store_true", help="let a stopped, failed or lost one go on")
    what.add_argument("--extend", type=int, metavar="N", help="plan N trials more")
    what.add_argument("--spaces", action="store_true", help="list the ready spaces instead")
    listing.add_argument("--wait", action="store_true", help="return when it has ended")


def sweep(options: argparse.Namespace) -> None:
    from core.jobs import control
    from core.sweeps.estimate import estimate_sweep
    from core.sweeps.planning import create_sweep, look_ahead

    workspace = Workspace().create()
    spec = _spec(workspace, options)
    outlook = look_ahead(workspace, spec)
    needs = estimate_sweep(workspace, spec, outlook=outlook)
    told = (
        f"{needs.trials} trials: about {_duration(needs.seconds)} "
        f"({_duration(needs.shortest_seconds)} to {_duration(needs.longest_seconds)} each, {needs.measured}).\n"
        f"Memory {_size(needs.memory_bytes)}, disk {_size(needs.disk_bytes)}."
    )
    text = "\n".join([told, *needs.remarks, *([needs.problem] if needs.problem else [])])
    if options.estimate:
        print_result(options, asdict(needs), text)
        return
    if needs.problem:
        raise ConfigError(needs.problem)
    remark(text)
    job = create_sweep(workspace, spec, title=options.title)
    control.start(workspace, job)
    _follow(options, job)


def _spec(workspace: Workspace, options: argparse.Namespace) -> "SweepSpec":
    from core.datasets.listing import find_dataset
    from core.datasets.pack import open_pack
    from core.models.zoo import find_preset
    from core.sweeps.ready import READY
    from core.sweeps.space import Space
    from core.sweeps.spec import SWD, SweepSpec
    from core.training.settings import parse_pairs

    dataset = find_dataset(workspace, options.dataset)
    preset = find_preset(options.preset)
    ready = READY.get(options.space)
    space = ready.space if ready else _read_space(Path(options.space))
    size = Space.read(space, preset).size
    method = options.method or (ready.method if ready else "tpe")
    fixed: dict[str, Any] = {**(ready.fixed if ready else {}), **parse_pairs(options.set)}
    images = options.images or 0
    if options.epochs is not None:
        if options.epochs < 1:
            raise ConfigError(f"--epochs must be at least 1; got {options.epochs}.")
        images = options.epochs * len(open_pack(dataset.folder).train)
    trials = options.trials
    if trials is None:
        trials = size if method == "grid" and size is not None else ready.trials if ready else 20
    return SweepSpec(
        preset=preset.name,
        dataset_id=dataset.id,
        method=method,
        space=space,
        trials=trials,
        images=images,
        minutes=options.minutes or 0.0,
        metric=options.metric or SWD,
        pruning=options.pruning,
        seed=options.seed,
        fixed=fixed,
        device=options.device,
        at_once=options.at_once,
    )


def _read_space(path: Path) -> Any:
    from core.sweeps.ready import READY

    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"There is no file {path}, and no ready space of that name. Ready are: {', '.join(READY)}."
        ) from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} is no JSON file that can be read: {error}.") from error


def sweeps(options: argparse.Namespace) -> None:
    from core.jobs import control
    from core.sweeps.planning import extend
    from core.sweeps.sweep import find_sweep, list_sweeps, summary

    workspace = Workspace()
    if options.spaces:
        _list_spaces(options)
        return
    if options.sweep is None:
        if options.stop or options.resume or options.extend is not None:
            raise ConfigError("Which sweep? Name it: python -m core sweeps SWEEP ...")
        rows = [_row(asdict(summary(found))) for found in list_sweeps(workspace)]
        columns = ("id", "preset", "method", "state", "trials", "done", "pruned", "failed", "best")
        print_table(options, rows, columns, empty="There is no sweep yet. Start one with: python -m core sweep --help")
        return
    found = find_sweep(workspace, options.sweep)
    if options.stop:
        control.stop(workspace, found.job)
        if options.wait:
            control.wait(found.job, on_status=progress_line())
        print_result(options, {"id": found.id, "state": str(found.job.state())}, found.id)
    elif options.resume:
        control.resume(workspace, found.job)
        _follow(options, found.job)
    elif options.extend is not None:
        longer = extend(workspace, found, options.extend)
        remark(f"{longer.planned} trials are planned now.")
        _follow(options, found.job)
    else:
        _list_trials(options, found)


def _list_trials(options: argparse.Namespace, found: "Sweep") -> None:
    from core.sweeps.space import value_words

    strengths = found.strengths
    rows: list[dict[str, Any]] = []
    for trial in found.trials:
        row = {
            "trial": trial.number + 1,
            "state": str(trial.state),
            "value": trial.value,
            "epoch": trial.epoch,
            "run": trial.run_id,
            "params": dict(trial.params),
            "reason": trial.reason,
            "seconds": trial.seconds,
            "images": trial.images,
        }
        if strengths:
            row["preferred"] = strengths.get(trial.number)
        rows.append(row if options.json else {**row, **{name: value_words(v) for name, v in trial.params.items()}})
    columns = ("trial", "state", "value", *(("preferred",) if strengths else ()), *found.spec.found_space.names, "run")
    print_table(options, rows, columns, empty="It has no trial yet.")
    if not options.json and (importances := found.importances):
        told = ", ".join(f"{name} {share:.0%}" for name, share in importances.items())
        remark(f"What decides about the best trials: {told}.")


def _list_spaces(options: argparse.Namespace) -> None:
    from core.sweeps.ready import READY

    rows = [
        {
            "space": ready.name,
            "title": ready.title,
            "method": ready.method,
            "trials": ready.trials,
            "for": ready.preset or ", ".join(ready.families) or "any",
            "settings": dict(ready.space),
        }
        for ready in READY.values()
    ]
    print_table(options, rows, ("space", "title", "method", "trials", "for"), empty="")


def _row(facts: dict[str, Any]) -> dict[str, Any]:
    return {
        name: (round(value, 4) if isinstance(value, float) and name == "best" else value)
        for name, value in facts.items()
    }


def _follow(options: argparse.Namespace, job: "JobFolder") -> None:
    """With --wait: until it has ended. The id is the last line either way; Ctrl-C leaves it at work."""
    from core.jobs import control

    if options.wait:
        end = done(job, control.wait(job, on_status=progress_line()))
        remark(end.message)
    else:
        remark(f"{job.title} is {job.state()} in the background. Stop it with: python -m core sweeps {job.id} --stop")
    print_result(options, {"id": job.id, "state": str(job.state())}, job.id)


def _duration(seconds: float) -> str:
    minutes = seconds / 60
    if minutes < 1.5:
        return f"{seconds:.0f} seconds"
    return f"{minutes:.0f} minutes" if minutes < 90 else f"{minutes / 60:.1f} hours"


def _size(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{max(1, round(count / 1e6))} MB"
