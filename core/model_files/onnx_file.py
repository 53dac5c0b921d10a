"""A network as ONNX: the computation, the weights under their own names, the facts in its metadata.

Reading one back takes the weights alone: nothing of the computation is run.
"""

import contextlib
import io
import logging
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from core.files import write_bytes
from core.model_files.facts import KEY, ONNX_PACKAGES, ModelFileError, check_packages, read
from core.model_files.stepping import repeated_steps

_MOST_BYTES = 2**31 - 1  # what one protobuf message, and so one file without parts, can hold
_DTYPES = {1: torch.float32, 7: torch.int64, 9: torch.bool, 10: torch.float16, 11: torch.float64, 16: torch.bfloat16}


def write(network: nn.Module, example: tuple[Tensor, ...], facts: str, out: Path) -> None:
    """Write the network's computation for batches of any size. Raises ModelFileError."""
    check_packages(*ONNX_PACKAGES)
    import onnx

    names = ["z", "terms"][: len(example)]
    batch = torch.export.Dim("batch")
    contiguous = network.to(memory_format=torch.contiguous_format)
    try:
        with _quiet(), torch.no_grad(), repeated_steps():
            program = torch.onnx.export(
                contiguous,
                example,
                input_names=names,
                output_names=["images"],
                dynamic_shapes=tuple({0: batch} for _ in example),
                dynamo=True,
                optimize=False,  # it renames and folds weights; whatever runs the file optimises it anyway
                external_data=False,
                verbose=False,
            )
    except torch.onnx.OnnxExporterError as error:
        raise ModelFileError(
            f"This network cannot be written as ONNX by torch {torch.__version__}: {str(error).splitlines()[0]:.300}. "
            "Export it as torchscript or safetensors."
        ) from error
    assert program is not None
    model = program.model_proto
    _forget_origins(model.graph)
    _add_unused(model.graph, network)
    del model.metadata_props[:]
    model.metadata_props.add(key=KEY, value=facts)
    model.producer_name = "Atelier"
    if model.ByteSize() > _MOST_BYTES:
        raise ModelFileError("This network has more than 2 GB, which one ONNX file cannot hold. Export it otherwise.")
    onnx.checker.check_model(model)
    write_bytes(out, model.SerializeToString())


def read_file(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Facts, and every weight by its name. Raises ModelFileError."""
    check_packages("onnx")
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        model = onnx.load_model_from_string(path.read_bytes())  # opens no other file
    except (DecodeError, OSError, ValueError) as error:
        raise _damaged(path, str(error)) from error
    texts = [entry.value for entry in model.metadata_props if entry.key == KEY]
    facts = read(texts[0] if len(texts) == 1 else None, path.name)
    return facts, {weight.name: _tensor(weight, path) for weight in model.graph.initializer if weight.name}


def _tensor(weight: Any, path: Path) -> Tensor:
    """Of an onnx.TensorProto that holds its numbers itself, as raw bytes."""
    sizes = tuple(weight.dims)
    dtype = _DTYPES.get(weight.data_type)
    numbers = torch.Size(sizes).numel() if all(0 < size < 2**40 for size in sizes) else -1
    if dtype is None or weight.external_data or numbers * dtype.itemsize != len(weight.raw_data):
        raise _damaged(path, f"its tensor {weight.name:.80} cannot be read")
    return torch.frombuffer(bytearray(weight.raw_data), dtype=dtype).reshape(sizes).clone()


def _forget_origins(graph: Any) -> None:
    """Remove what the exporter notes at every node of where in the source it comes from: most of a file's bytes."""
    del graph.metadata_props[:]
    for entry in (*graph.value_info, *graph.input, *graph.output, *graph.initializer):
        del entry.metadata_props[:]
    del graph.value_info[:]
    for node in graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
        for attribute in node.attribute:
            if attribute.HasField("g"):
                _forget_origins(attribute.g)


def _add_unused(graph: Any, network: nn.Module) -> None:
    """What drawing does not need, as a VAE's encoder, stays in the file, so that it comes back whole."""
    from onnx import numpy_helper

    there = {weight.name for weight in graph.initializer}
    for name, tensor in network.state_dict().items():
        if name not in there:
            graph.initializer.append(numpy_helper.from_array(tensor.contiguous().numpy(), name))


@contextlib.contextmanager
def _quiet() -> Any:
    """The exporter tells of its inner trials on every channel there is; a failure reaches us as an exception."""
    level = logging.root.manager.disable
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        logging.disable(logging.ERROR)
        try:
            yield
        finally:
            logging.disable(level)


def _damaged(path: Path, why: str) -> ModelFileError:
    return ModelFileError(f"{path.name} is damaged or cut short ({why:.200}). Export the run again, or copy it again.")
