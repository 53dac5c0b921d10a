"""What commands print: results on standard output, progress and remarks on standard error."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from core.errors import AtelierError

if TYPE_CHECKING:
    from core.jobs.folder import End, JobFolder, Status


def done(job: "JobFolder", end: "End") -> "End":
    from core.jobs.folder import State

    if end.state is State.FAILED:
        raise AtelierError(f"{end.message} (The log is {job.log_path}.)" if end.traceback else end.message)
    if end.state is not State.DONE:
        raise AtelierError(f"{job.title} is {end.state}: {end.message}")
    return end


def progress_line() -> "Callable[[Status], None]":
    """Shows a status on one line that is written over in a terminal, and every ten seconds elsewhere."""
    terminal = sys.stderr.isatty()
    last = 0.0

    def show(status: "Status") -> None:
        nonlocal last
        if not terminal and time.monotonic() - last < 10:
            return
        last = time.monotonic()
        parts = [
            f"    {status.share:4.0%}  {status.done:,} of {status.total:,} {status.unit}" if status.total else "    "
        ]
        if status.rate_per_second:
            parts.append(f"{status.rate_per_second:,.0f}/s")
        if status.eta_seconds:
            parts.append(f"{status.eta_seconds:,.0f} s left")
        if status.message:
            parts.append(status.message)
        line = "  ".join(parts)
        sys.stderr.write(f"\r\033[K{line[:160]}" if terminal else line + "\n")
        if terminal and status.total and status.done >= status.total:
            sys.stderr.write("\r\033[K")
        sys.stderr.flush()

    return show


def remark(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def print_result(options: argparse.Namespace, value: dict[str, Any], text: str) -> None:
    print(json.dumps(value, ensure_ascii=False) if options.json else text)


def print_table(options: argparse.Namespace, rows: list[dict[str, Any]], columns: Sequence[str], *, empty: str) -> None:
    if options.json:
        print(json.dumps(rows, ensure_ascii=False))
        return
    if not rows:
        remark(empty)
        return
    cells = [list(columns), *([_cell(row.get(column)) for column in columns] for row in rows)]
    widths = [max(len(row[index]) for row in cells) for index in range(len(columns))]
    numeric = [all(_is_number(row.get(column)) for row in rows) for column in columns]
    for row in cells:
        aligned = [
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(row, widths, numeric, strict=True)
        ]
        print("  ".join(aligned).rstrip())


def _cell(value: Any) -> str:
    if _is_number(value):
        return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"
    return "" if value is None else str(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def add_command(
    group: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    function: Callable[[argparse.Namespace], None],
    description: str,
) -> argparse.ArgumentParser:
    command = group.add_parser(name, help=description, description=description[0].upper() + description[1:] + ".")
    command.add_argument("--json", action="store_true", help="print one JSON value")
    command.set_defaults(command=function)
    return command
