"""Commands about the installation: what it stands on, and backups."""

import argparse
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli_output import add_command, print_result, remark
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.system.database import CatalogState


def show_system(options: argparse.Namespace) -> None:
    from core import system
    from core.system import database, jobs, speed, weights
    from core.system.backups import backups

    workspace = Workspace().create()
    found = [*system.facts(workspace), *(system.check_torch() if options.torch else [])]
    if options.speed:
        found += [
            system.Fact("Speed", measure.name, f"{measure.value:,.1f} {measure.unit}", measure.concern)
            for measure in speed.measure_speed(workspace)
        ]
    state = database.catalog_state(workspace)
    files = weights.find_weights(workspace, verify=options.verify)
    troubles = jobs.job_troubles(workspace)
    made = backups(workspace)
    if options.json:
        print_result(
            options,
            {
                "facts": [asdict(fact) for fact in found],
                "catalog": {**_plain(asdict(state)), "concern": state.concern},
                "weights": [{"path": str(one.path), "bytes": one.bytes, "verdict": one.verdict} for one in files],
                "jobs": {str(job_state): count for job_state, count in jobs.job_counts(workspace).items()},
                "troubles": [_plain(asdict(trouble)) for trouble in troubles],
                "backups": [asdict(backup) for backup in made],
            },
            "",
        )
        return
    fact = system.Fact
    found += [
        fact("Catalog", "Open in", state.holder or "nothing"),
        fact("Catalog", "Schema", _schema_words(state), state.concern),
        fact("Backups", "Last", _backup_words(made[0].at, made[0].path) if made else "none"),
        *(fact("Weights", one.path.name, one.verdict) for one in files),
        *(fact("Jobs", trouble.title, str(trouble.state), f"{trouble.what} {trouble.fix}") for trouble in troubles),
    ]
    print(system.report(found))
    concerns = sum(bool(one.concern) for one in found)
    remark(f"{concerns} to look at, marked [!]" if concerns else "Everything that Atelier needs is here.")


def make_backup(options: argparse.Namespace) -> None:
    from core.system.backups import back_up

    made = back_up(Workspace().create(), options.folder)
    held = f"{made.pictures:,} pictures' records, {made.studies:,} studies with {made.votes:,} votes"
    text = f"{held}, read back\n{made.path}"
    print_result(options, asdict(made), text)


def check_backup(options: argparse.Namespace) -> None:
    from core.system import backups

    record = backups.check_backup(options.folder)
    text = f"whole: {len(record['files']):,} files, {record['studies']:,} studies with {record['votes']:,} votes"
    print_result(options, {name: record[name] for name in ("at", "rows", "studies", "votes")}, text)


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    shown = add_command(commands, "system", show_system, "what this installation runs on, and what is wrong with it")
    shown.add_argument("--speed", action="store_true", help="measure disk, decoding and arithmetic (about a second)")
    shown.add_argument("--torch", action="store_true", help="start torch and ask for its GPUs (some seconds)")
    shown.add_argument("--verify", action="store_true", help="compute the SHA-256 of the weights that are found")
    backup = add_command(commands, "backup", make_backup, "copy the catalog and all studies, and read the copy back")
    backup.add_argument("folder", type=Path, help="where to; the backup is a folder of its own in it")
    checked = add_command(commands, "check-backup", check_backup, "read a backup again, every byte")
    checked.add_argument("folder", type=Path, help="the backup, atelier-DATE-TIME")


def _schema_words(state: "CatalogState") -> str:
    if not state.bytes:
        return "not made yet"
    return str(state.schema_version) if state.schema_version else "not known while it is in use"


def _backup_words(at: float, path: str) -> str:
    return f"{time.strftime('%Y-%m-%d %H:%M', time.localtime(at))} in {path}"


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Path) else value for name, value in values.items()}
