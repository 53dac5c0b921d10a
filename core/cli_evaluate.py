"""The command that measures epochs of a run: evaluate."""

import argparse
from pathlib import Path
from typing import Any

from core.cli_output import add_command, done, print_result, print_table, progress_line, remark
from core.cli_train import find_run_job
from core.errors import ConfigError
from core.workspace import Workspace

# Modules that cost time to load (torch) are imported by the commands that need them.


def add_commands(commands: Any) -> None:
    measure = add_command(
        commands,
        "evaluate",
        evaluate,
        "measure epochs of a run: how close its samples are to real pictures, how varied, whether they are copies",
    )
    measure.add_argument("run", help="a run's id, or a part of it")
    measure.add_argument("--epochs", default="all", help="all (default), last, best, or numbers with commas between")
    measure.add_argument(
        "--metrics", help="with commas between (default swd,ms_ssim,memorisation,colour,edges); 'all' for what can be"
    )
    measure.add_argument(
        "--against",
        default="test",
        help="test (default: the pictures held out), train, or a folder of pictures, fitted by the run's own recipe",
    )
    measure.add_argument("--count", type=int, help="pictures on each side (default: all there are, up to 2,048)")
    measure.add_argument("--seed", type=int, default=0)
    measure.add_argument("--device", default="auto", help="auto (default), cpu, cuda or cuda:0")
    measure.add_argument("--resize", default="torch-fidelity", help="for Inception: torch-fidelity (default) or clean")
    measure.add_argument("--csv", type=Path, help="write everything that was ever measured of the run to this file")


def evaluate(options: argparse.Namespace) -> None:
    from core.jobs import control
    from core.metrics.evaluation import create_planned, results
    from core.metrics.leaderboard import scores_csv
    from core.metrics.plan import USUAL_METRICS, estimate_evaluation, plan_evaluation
    from core.metrics.registry import METRICS

    workspace = Workspace().create()
    run = find_run_job(workspace, options.run)
    metrics = list(METRICS) if options.metrics == "all" else _names(options.metrics) or list(USUAL_METRICS)
    is_folder = options.against not in ("test", "train")
    plan = plan_evaluation(
        workspace,
        [run.id],
        epochs=_epochs(options.epochs),
        metrics=metrics,
        against="folder" if is_folder else options.against,
        folder=options.against if is_folder else None,
        count=options.count,
        seed=options.seed,
        device=options.device,
        resize=options.resize,
    )
    for why, keys in _by_reason(plan["cannot"]).items():
        remark(f"Not measured ({', '.join(keys)}): {why}")
    for text in plan["runs"][0]["remarks"]:
        remark(text)
    remark(f"{plan['measurements']} measurements, about {_duration(estimate_evaluation(workspace, plan))}.")
    job = create_planned(workspace, plan)
    end = done(job, control.run_here(workspace, job, on_progress=progress_line()))
    rows = results(workspace, job)
    if options.csv:
        options.csv.write_text(scores_csv(workspace, [run.id]), encoding="utf-8")
    if options.json:
        value = {"run": run.id, "job": job.id, "rows": rows, "cannot": plan["cannot"], "message": end.message}
        print_result(options, value, "")
        return
    columns = ("epoch", "metric", "value", "low", "high", "floor", "ceiling", "count", "against")
    shown = [
        {**row, **{name: _number(row[name]) for name in ("value", "low", "high", "floor", "ceiling")}} for row in rows
    ]
    print_table(options, shown, columns, empty="Nothing was measured.")
    remark(end.message)


def _by_reason(cannot: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Why -> the metrics that it keeps from being measured."""
    reasons: dict[str, list[str]] = {}
    for one in cannot:
        keys = reasons.setdefault(str(one["why"]), [])
        if one["metric"] not in keys:
            keys.append(str(one["metric"]))
    return reasons


def _names(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]


def _epochs(text: str) -> str | list[int]:
    if text in ("all", "last", "best"):
        return text
    try:
        return [int(number) for number in _names(text)]
    except ValueError:
        raise ConfigError(f"--epochs is all, last, best or numbers with commas between; got {text!r}.") from None


def _number(value: float | None) -> str:
    """To four digits, whatever the size: a table's two decimals would say 0.00 of a share of 0.004."""
    return "" if value is None else f"{value:.4g}"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 90 else f"{seconds / 60:.0f} minutes"
