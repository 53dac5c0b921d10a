"""A network as TorchScript: a zip archive with the traced computation, its tensors, and the facts beside them.

Loading such a file with torch.jit.load may run code that stands in it, before anything about it is known. So it is read
here without: the archive's list, the facts, and from the pickled tree of modules only where each tensor lies. The
pickle is interpreted by `core.model_files.pickle_tree`, which knows no function to call.
"""

import io
import re
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from core.files import write_bytes
from core.model_files.facts import KEY, MOST_BYTES, ModelFileError, read
from core.model_files.pickle_tree import Call, Instance, Name, PickleRefusedError, Stored, read_tree
from core.model_files.stepping import FreeWalk, ToldWalk
from core.models.flow import Flow

_FACTS = f"{KEY}.json"
_IN_A_WALK = "velocity.network"  # where a flow stands in the loop that asks it
_MOST_TREE_BYTES = 16_000_000
_DTYPES = {
    "FloatStorage": torch.float32,
    "DoubleStorage": torch.float64,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "BoolStorage": torch.bool,
}


def write(network: nn.Module, example: tuple[Tensor, ...], facts: str, out: Path) -> None:
    """Trace the network on the example's inputs, whose first size may then be any other, and write it.

    A flow is traced for one step, which a loop repeats.
    """
    buffer = io.BytesIO()
    with warnings.catch_warnings(), torch.no_grad():
        # Told as deprecated since torch 2.10, and still the one form that runs on torch alone, also from C++.
        warnings.filterwarnings("ignore", message=".*torch.jit.*is deprecated", category=FutureWarning)
        # Loops over levels and bands are of fixed length: that they are unrolled is what is wanted.
        warnings.filterwarnings("ignore", category=torch.jit.TracerWarning)
        if isinstance(network, Flow):
            walk = (ToldWalk if len(example) > 1 else FreeWalk)(network, *example[1:])
            computation = torch.jit.script(walk)
        else:
            computation = torch.jit.trace(network, example, check_trace=False)
        torch.jit.save(computation, buffer, _extra_files={_FACTS: facts})
    write_bytes(out, buffer.getvalue())


def read_facts(path: Path) -> dict[str, Any]:
    """Raises ModelFileError."""
    with _opened(path) as archive:
        found = [
            info for info in archive.infolist() if re.fullmatch(rf"[^/]+/extra/{re.escape(_FACTS)}", info.filename)
        ]
        if len(found) != 1 or found[0].file_size > MOST_BYTES:
            return read(None, path.name)
        return read(_entry(archive, found[0].filename, path), path.name)


def read_tensors(path: Path, names: list[str]) -> dict[str, Tensor]:
    """Those of `names` that the file holds. Raises ModelFileError."""
    with _opened(path) as archive:
        roots = [info for info in archive.infolist() if re.fullmatch(r"[^/]+/data\.pkl", info.filename)]
        if len(roots) != 1 or roots[0].file_size > _MOST_TREE_BYTES:
            raise ModelFileError(f"{path.name} is no TorchScript file that Atelier wrote. Export the run again.")
        root = roots[0].filename.rpartition("/")[0]
        try:
            tree = read_tree(_entry(archive, roots[0].filename, path))
        except PickleRefusedError as error:
            raise ModelFileError(
                f"{path.name} holds more than a traced network: {error}. Nothing of it was run. Only files made by "
                "Atelier's own export can be imported."
            ) from error
        tree = _find(tree, _IN_A_WALK) or tree
        found = {name: _find(tree, name) for name in names}
        return {
            name: _tensor(archive, root, call, path, name) for name, call in found.items() if isinstance(call, Call)
        }


def _find(tree: object, name: str) -> object:
    for part in name.split("."):
        tree = tree.state.get(part) if isinstance(tree, Instance) and isinstance(tree.state, dict) else None
    return tree


def _tensor(archive: zipfile.ZipFile, root: str, call: Call, path: Path, name: str) -> Tensor:
    """The tensor that a pickled call would make of its storage, offset, sizes and strides."""
    match call:
        case Call(
            Name("torch._utils", "_rebuild_tensor_v2"),
            (Stored(("storage", Name("torch", kind), str(key), *_)), int(offset), tuple(sizes), tuple(strides), *_),
        ) if kind in _DTYPES and re.fullmatch(r"\d{1,9}", key) and len(sizes) == len(strides):
            numbers = [offset, *sizes, *strides]
            if all(type(number) is int and 0 <= number < 2**40 for number in numbers):
                flat = torch.frombuffer(bytearray(_entry(archive, f"{root}/data/{key}", path)), dtype=_DTYPES[kind])
                last = offset + sum((size - 1) * stride for size, stride in zip(sizes, strides, strict=True))
                if all(sizes) and last < len(flat):
                    return flat.as_strided(sizes, strides, offset).clone(memory_format=torch.contiguous_format)
    raise ModelFileError(f"{path.name} is damaged: its tensor {name} cannot be found in it. Export the run again.")


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
        raise _damaged(path, error) from error


def _entry(archive: zipfile.ZipFile, name: str, path: Path) -> bytes:
    try:
        info = archive.getinfo(name)
        if info.file_size > max(MOST_BYTES, _MOST_TREE_BYTES) and info.compress_type != zipfile.ZIP_STORED:
            raise ModelFileError(f"{path.name} is packed as torch never packs tensors, so it is not read.")
        return archive.read(info)
    except (zipfile.BadZipFile, zlib.error, KeyError, OSError, EOFError, RuntimeError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> ModelFileError:
    return ModelFileError(f"{path.name} is damaged or cut short ({error}). Export the run again, or copy it again.")
