"""Commands that let networks leave the lab, and bring them back."""

import argparse
from pathlib import Path

from core.cli_output import add_command, print_result
from core.workspace import Workspace


def export_run(options: argparse.Namespace) -> None:
    from core.cli_train import find_run_job
    from core.model_files.export import companions, export_network
    from core.training.run_folder import RunFolder

    run = RunFolder(find_run_job(Workspace(), options.run).path)
    out = export_network(run, options.epoch, options.format, options.out)
    files = [out, *companions(out)]
    epoch = run.latest() if options.epoch is None else options.epoch
    value = {"run": run.id, "epoch": epoch, "format": options.format, "files": [str(path) for path in files]}
    print_result(options, value, text="\n".join(map(str, files)))


def import_model(options: argparse.Namespace) -> None:
    from core.model_files.importing import import_network

    run_id = import_network(Workspace().create(), options.file, options.title)
    print_result(options, {"run": run_id}, text=run_id)


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`export` and `import-model`."""
    leave = add_command(commands, "export", export_run, "write a run's network as a file that runs without Atelier")
    leave.add_argument("run")
    leave.add_argument("--epoch", type=int, help="default: the newest")
    leave.add_argument("--format", required=True, choices=("safetensors", "torchscript", "onnx"))
    leave.add_argument("--out", type=Path, required=True, help="ends in .safetensors, .pt or .onnx")

    bring = add_command(commands, "import-model", import_model, "make a run of an exported file; prints the run's id")
    bring.add_argument("file", type=Path)
    bring.add_argument("--title", default="", help="by default after preset and file")
