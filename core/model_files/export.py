"""A run's network as a file for other programs, with an example beside it that draws from it without Atelier."""

import json
import math
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from core.files import write_bytes
from core.model_files import onnx_file, safetensors_file, torchscript_file
from core.model_files.example import example_source
from core.model_files.facts import FORMS, ONNX_PACKAGES, ModelFileError, check_packages, facts_of
from core.training.run_folder import RunFolder
from core.training.weights import load_network


def export_network(run: RunFolder, epoch: int | None, form: str, out: Path) -> Path:
    """Write the network of an epoch, by default the newest, and an example; return the file.

    Beside `out` stand `NAME.example.py`, and for safetensors the facts once more for people, `NAME.json`.

    Args:
        form: one of FORMS.
        out: ends in the form's suffix; a file of that name is replaced.
    Raises: NotFoundError for a run or epoch that is not there; WeightsError; ModelFileError.
    """
    if form not in FORMS:
        raise ModelFileError(f"A network leaves as {', '.join(FORMS)}; got {form!r}.")
    out = Path(out).expanduser()
    if out.suffix.lower() != FORMS[form]:
        raise ModelFileError(f"A file of the form {form} is called NAME{FORMS[form]}; got {out.name!r}.")
    if form == "onnx":
        check_packages(*ONNX_PACKAGES)
    network, saved = load_network(run.weights(epoch), torch.device("cpu"))
    example = _example_inputs(network, saved["network"])
    config = saved["network"]
    shape = (config.get("height") or config["resolution"], config.get("breadth") or config["resolution"])
    facts = facts_of(saved, run.settings, latent_dim=example[0].shape[1], shape=shape)
    try:
        if form == "safetensors":
            safetensors_file.write(network, facts, out)
            text = json.dumps(json.loads(facts), ensure_ascii=False, indent=1) + "\n"
            write_bytes(out.with_name(f"{out.name}.json"), text.encode())
        elif form == "torchscript":
            torchscript_file.write(network, example, facts, out)
        else:
            onnx_file.write(network, example, facts, out)
        write_bytes(example_path(out), example_source(form, json.loads(facts), out.name).encode())
    except OSError as error:
        raise ModelFileError(
            f"{out} could not be written: {error.strerror or error}. Choose a folder that can be written to, on a disk "
            "with enough space."
        ) from error
    return out


def example_path(out: Path) -> Path:
    return out.with_name(f"{out.name}.example.py")


def companions(out: Path) -> list[Path]:
    """What stands beside an exported file."""
    return [path for path in (example_path(out), out.with_name(f"{out.name}.json")) if path.exists()]


def _example_inputs(network: nn.Module, config: dict[str, Any]) -> tuple[Tensor, ...]:
    """Two latents, spread over a wave so that no number is special, and terms where the network takes them."""
    latent_dim = int(network.latent_dim)  # type: ignore[arg-type]
    z = torch.sin(torch.arange(2.0 * latent_dim) * math.sqrt(2)).view(2, latent_dim)
    terms = int(config.get("terms", 0))
    return (z, torch.eye(2, terms)) if terms else (z,)
