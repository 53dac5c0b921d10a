"""The command line: `python -m core COMMAND` calls the same functions as the pages.

What a script wants goes to standard output (with --json: one JSON value); progress and remarks go to standard error.
A refusal is one clear line and exit status 1; a mistyped command exits with 2.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from core import __version__
from core.cli_access import add_commands as add_access_commands
from core.cli_animate import add_commands as add_film_commands
from core.cli_catalog import add_choice, open_catalog, selection_of
from core.cli_catalog import add_commands as add_catalog_commands
from core.cli_catalog_looks import add_commands as add_look_commands
from core.cli_collect import add_commands as add_collect_commands
from core.cli_collect import ingest
from core.cli_datasets import add_commands as add_dataset_commands
from core.cli_evaluate import add_commands as add_evaluation_commands
from core.cli_gallery import add_commands as add_gallery_commands
from core.cli_models import add_commands as add_model_commands
from core.cli_output import add_command, done, print_result, progress_line, remark
from core.cli_recipes import add_recipe_commands, add_recipe_options, recipe_of
from core.cli_sample import add_commands as add_sample_commands
from core.cli_sample import save_samples
from core.cli_studies import add_commands as add_study_commands
from core.cli_style import add_commands as add_style_commands
from core.cli_style_jobs import add_commands as add_style_job_commands
from core.cli_style_weights import add_commands as add_weight_commands
from core.cli_sweep import add_commands as add_sweep_commands
from core.cli_system import add_commands as add_system_commands
from core.cli_train import add_commands as add_training_commands
from core.cli_upscale import add_commands as add_upscale_commands
from core.cli_upscaler import add_commands as add_upscaler_commands
from core.errors import AtelierError, ConfigError
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.jobs.folder import End, JobFolder

# Modules that cost time to load (torch, DuckDB, Pillow) are imported by the commands that need them.


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], None] = options.command
    try:
        command(options)
    except AtelierError as error:
        print(f"atelier: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("atelier: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `... | head` has seen enough
        sys.stderr.close()
        return 0
    return 0


# ---- dataset ---------------------------------------------------------------------------------------------------------


def build_dataset(options: argparse.Namespace) -> None:
    from core.datasets.job import built_dataset_id, create_build
    from core.jobs import control

    if not (options.collection or options.where or options.selection):
        raise ConfigError("Which pictures? Say it with --collection, --where or --selection.")
    workspace = Workspace().create()
    recipe = recipe_of(workspace, options)
    with open_catalog(workspace) as catalog:
        selection = selection_of(catalog, options)
        pictures = catalog.pictures_for(selection)
    job = create_build(workspace, pictures, recipe, name=options.name, selection=selection.to_json())
    end = done(job, control.run_here(workspace, job, on_progress=progress_line()))
    dataset_id = built_dataset_id(job)
    print_result(
        options, {"dataset": dataset_id, "name": options.name, "message": end.message}, f"{end.message}\n{dataset_id}"
    )


# ---- the whole chain -------------------------------------------------------------------------------------------------


def demo(options: argparse.Namespace) -> None:
    from core.demo import DemoSettings, first_steps
    from core.jobs import control

    began = time.monotonic()
    workspace = Workspace().create()
    chosen = {"count": options.count, "epochs": options.epochs}
    settings = DemoSettings(seed=options.seed, **{name: value for name, value in chosen.items() if value is not None})

    def do(job: "JobFolder") -> "End":
        end = control.run_here(workspace, job, on_progress=progress_line())
        remark(f"    {end.message}")
        return end

    result = first_steps(workspace, settings, do=do, say=lambda number, words: remark(f"{number + 1}/4  {words}"))
    remark("4/4  Sampling")
    ingest(workspace)
    run = workspace.run(result.run_id)
    out = options.out or run / "demo.png"
    save_samples(workspace, result.run_id, out, count=64, columns=8, seed=settings.seed)
    seconds = round(time.monotonic() - began, 1)
    remark(f"Done in {seconds:g} s. See everything in the app: streamlit run streamlit_app.py")
    print_result(options, {**asdict(result), "out": str(out), "seconds": seconds}, str(out))


# ---- the commands and their options ----------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m core",
        description="Atelier from the command line. The lab is the folder ATELIER_HOME, else the project's own.",
    )
    parser.add_argument("--version", action="version", version=f"atelier {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    add_collect_commands(commands)
    add_model_commands(commands)

    add_look_commands(add_catalog_commands(commands))

    dataset = commands.add_parser("dataset", help="turn collections into datasets").add_subparsers(
        required=True, metavar="ACTION"
    )
    build = add_command(dataset, "build", build_dataset, "build a dataset; prints its id as the last line")
    add_choice(build)
    build.add_argument("--name", required=True)
    add_recipe_options(build)
    add_dataset_commands(dataset)
    add_recipe_commands(dataset)

    add_training_commands(commands)
    add_evaluation_commands(commands)
    add_film_commands(commands)
    add_sweep_commands(commands)
    add_study_commands(commands)
    add_style_commands(commands)
    add_style_job_commands(commands)
    add_weight_commands(commands)
    add_gallery_commands(commands)
    add_upscale_commands(commands)
    add_upscaler_commands(commands)
    add_access_commands(commands)
    add_system_commands(commands)

    add_sample_commands(commands)

    whole = add_command(commands, "demo", demo, "the whole chain on the sample collection, in about two minutes")
    whole.add_argument("--count", type=int, help="paintings (default 400)")
    whole.add_argument("--epochs", type=int, help="default 20: more take longer and look better")
    whole.add_argument("--seed", type=int, default=0)
    whole.add_argument("--out", type=Path, help="the grid; by default demo.png in the run's folder")
    return parser
