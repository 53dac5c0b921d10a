"""The commands that train: presets, train, runs, stop and resume."""

import argparse
import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from core.cli_output import add_command, done, print_result, print_table, progress_line, remark
from core.errors import ConfigError
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.jobs.folder import JobFolder

# Modules that cost time to load (torch) are imported by the commands that need them.


def add_commands(commands: Any) -> None:
    start = add_command(
        commands, "train", train, "start a training in the background; prints the run id as the last line"
    )
    start.add_argument("--preset", required=True, help="see: python -m core presets")
    start.add_argument("--dataset", required=True, help="a dataset's name or id")
    length = start.add_mutually_exclusive_group(required=True)
    length.add_argument("--epochs", type=int, help="passes over the dataset")
    length.add_argument("--images", type=int, help="pictures to see in all; the last epoch may be cut short")
    length.add_argument("--minutes", type=float, help="as many pictures as fit, by the speed measured on this machine")
    start.add_argument(
        "--set", action="extend", nargs="+", default=[], metavar="KEY=VALUE", help="change settings of the preset"
    )
    start.add_argument(
        "--from",
        dest="start",
        metavar="RUN[:EPOCH]",
        help="branch from an epoch of a run: everything goes on from there",
    )
    start.add_argument(
        "--transfer", action="store_true", help="with --from: begin anew, with those of its weights that fit"
    )
    start.add_argument(
        "--devices",
        type=int,
        default=1,
        help="how many GPUs share each batch (default 1); on a machine without one, so many processes do",
    )
    start.add_argument("--estimate", action="store_true", help="tell time, memory and disk; start nothing")
    start.add_argument("--wait", action="store_true", help="return when the training has ended")
    add_command(commands, "presets", list_presets, "list what can be trained, with its cost and where it comes from")
    add_command(commands, "runs", list_runs, "list the runs")
    stop = add_command(commands, "stop", stop_run, "stop a run after its current step; it can be resumed")
    stop.add_argument("run")
    stop.add_argument("--pause", action="store_true", help="the same, shown as paused")
    stop.add_argument("--wait", action="store_true", help="return when it has stopped")
    resume = add_command(commands, "resume", resume_run, "let a stopped, failed or lost run go on")
    resume.add_argument("run")
    resume.add_argument("--wait", action="store_true", help="return when the training has ended")


def train(options: argparse.Namespace) -> None:
    from core.datasets.listing import find_dataset
    from core.jobs import control
    from core.jobs.devices import slots_for
    from core.jobs.folder import JobFolder
    from core.training.estimate import estimate
    from core.training.runs import create_run, plan_run
    from core.training.settings import parse_pairs
    from core.training.starting import Start

    workspace = Workspace().create()
    dataset = find_dataset(workspace, options.dataset)
    overrides: dict[str, Any] = {**parse_pairs(options.set), "devices": options.devices}
    if options.transfer and not options.start:
        raise ConfigError("--transfer says how to begin --from another run: name that run too.")
    start = Start.read(options.start, "transfer" if options.transfer else "branch") if options.start else None
    if start is not None:
        start = Start(find_run_job(workspace, start.run).id, start.epoch, start.kind)
    length: dict[str, Any] = {"epochs": options.epochs, "images": options.images}
    if options.minutes is not None:
        length = {"images": _images_in(options.minutes, workspace, options.preset, dataset.id, overrides)}
    planned = plan_run(workspace, options.preset, dataset.id, overrides=overrides, start=start, **length)
    needs = estimate(workspace, planned, slots_for(planned["device"])[0])
    if options.estimate:
        _tell(options, planned, needs)
        return
    if needs.problem:
        raise ConfigError(needs.problem)
    run_id = create_run(workspace, options.preset, dataset.id, overrides=overrides, start=start, **length)
    job = JobFolder(workspace.run(run_id))
    control.start(workspace, job)
    follow(options, job)


def _images_in(minutes: float, workspace: Workspace, preset: str, dataset_id: str, overrides: dict[str, Any]) -> int:
    from core.jobs.devices import slots_for
    from core.training.estimate import estimate
    from core.training.runs import plan_run

    if not minutes > 0 or math.isinf(minutes):
        raise ConfigError(f"--minutes must be a number above 0; got {minutes:g}.")
    one_epoch = plan_run(workspace, preset, dataset_id, 1, overrides)
    speed = estimate(workspace, one_epoch, slots_for(one_epoch["device"])[0])
    images = max(1, round(minutes * 60 * speed.images_per_second))
    remark(f"{minutes:g} minutes: {images:,} images ({speed.images_per_second:.0f} a second, {speed.measured}).")
    return images


def _tell(options: argparse.Namespace, planned: dict[str, Any], needs: Any) -> None:
    total = planned["images"] or planned["epochs"] * planned["train_count"]
    text = (
        f"{total:,} images: about {_duration(needs.seconds)} at {needs.images_per_second:.0f} images a second "
        f"({needs.measured}).\nMemory {_size(needs.memory_bytes)}, disk {_size(needs.disk_bytes)}."
    )
    if needs.problem:
        text += f"\n{needs.problem}"
    print_result(options, {"images": total, **asdict(needs)}, text)


def _duration(seconds: float) -> str:
    minutes = seconds / 60
    if minutes < 1:
        return f"{seconds:.0f} seconds"
    return f"{minutes:.0f} minutes" if minutes < 90 else f"{minutes / 60:.1f} hours"


def _size(count: float) -> str:
    """As the form says it."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{max(1, round(count / 1e6))} MB"


def list_presets(options: argparse.Namespace) -> None:
    from core.models.describe import describe
    from core.models.zoo import PRESETS

    rows: list[dict[str, Any]] = []
    for preset in PRESETS.values():
        found = describe(preset.name, preset.resolutions[0])
        rows.append(
            {
                "preset": preset.name,
                "title": preset.title,
                "family": preset.family,
                "resolution": preset.resolutions[0],
                "parameters": {network.role: network.parameters for network in found.networks},
                "macs": {network.role: network.macs for network in found.networks},
                "origin": preset.origin,
                "mended": preset.mended,
                "description": preset.description,
                "M parameters": round(found.parameters / 1e6, 2),
                "M MACs": round(found.macs / 1e6),
                "px": preset.resolutions[0],
            }
        )
    if options.json:
        rows = [
            {name: value for name, value in row.items() if name not in ("M parameters", "M MACs", "px")} for row in rows
        ]
    print_table(options, rows, ("preset", "family", "px", "M parameters", "M MACs", "origin"), empty="")


def list_runs(options: argparse.Namespace) -> None:
    from core.training import runs

    rows = [_run_row(summary) for summary in runs.list_runs(Workspace())]
    columns = ("id", "preset", "dataset", "state", "epoch", "images_seen")
    print_table(options, rows, columns, empty="There is no run yet. Start one with: python -m core train --help")


def stop_run(options: argparse.Namespace) -> None:
    from core.jobs import control

    workspace = Workspace()
    job = find_run_job(workspace, options.run)
    control.stop(workspace, job, reason="pause" if options.pause else "stop")
    if options.wait:
        control.wait(job, on_status=progress_line())
    print_result(options, {"id": job.id, "state": str(job.state())}, job.id)


def resume_run(options: argparse.Namespace) -> None:
    from core.jobs import control

    workspace = Workspace()
    job = find_run_job(workspace, options.run)
    control.resume(workspace, job)
    follow(options, job)


def _run_row(summary: Any) -> dict[str, Any]:
    return {
        "id": summary.id,
        "preset": summary.preset,
        "dataset": summary.dataset_name,
        "state": str(summary.state),
        "epoch": summary.epoch,
        "epochs": summary.epochs,
        "images_seen": summary.images_seen,
    }


def find_run_job(workspace: Workspace, name: str) -> "JobFolder":
    """A run by its id, or by any part of it that no other run shares."""
    from core.errors import NotFoundError
    from core.jobs.folder import list_jobs

    runs = [job for job in list_jobs(workspace) if job.kind == "train"]
    exact = [job for job in runs if job.id == name]
    near = exact or [job for job in runs if name and name in job.id]
    if len(near) == 1:
        return near[0]
    if near:
        raise ConfigError(f"{name!r} may mean {', '.join(job.id for job in near[:6])}. Write more of the id.")
    raise NotFoundError("run", name, [job.id for job in runs])


def follow(options: argparse.Namespace, job: "JobFolder") -> None:
    """With --wait: until the run ends. The id is the last line either way; Ctrl-C leaves the run at work."""
    from core.jobs import control

    if options.wait:
        done(job, control.wait(job, on_status=progress_line()))
    else:
        remark(f"{job.title} is {job.state()} in the background. Stop it with: python -m core stop {job.id}")
    print_result(options, {"id": job.id, "state": str(job.state())}, job.id)
