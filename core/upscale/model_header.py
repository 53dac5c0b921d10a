"""Which tensors a file of weights holds, told without torch and without making a single one.

A file from elsewhere is looked at here first. Whatever is not a plain table of tensors of a sane size never reaches
torch at all: programs under another name, packed bombs, tensors that claim more numbers than the file has bytes.
"""

import io
import json
import math
import pickletools
import zipfile
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.model_files.pickle_tree import Call, Name, PickleRefusedError, Stored, read_tree
from core.upscale.errors import ModelRefusedError

SUFFIXES = (".safetensors", ".pth")
MOST_BYTES = 4 << 30  # of a file: fifty times the largest that is usual
_MOST_HEADER_BYTES = 32 << 20  # of names and shapes
_MOST_TENSORS = 20_000
_MOST_DIMENSIONS = 8
_WRAPPERS = ("params_ema", "params-ema", "params", "state_dict", "model_state_dict", "model", "net")
_PREFIXES = ("module.", "netG.")
_MAGIC_NUMBER = 0x1950A86A20F9469CFC6C  # first pickle of what torch wrote before 1.6

_BYTES = {
    "float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "int64": 8, "int32": 4, "int16": 2, "int8": 1, "uint8": 1,
    "bool": 1,
}  # fmt: skip
_SAFETENSORS_KINDS = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64", "I32": "int32",
    "I16": "int16", "I8": "int8", "U8": "uint8", "BOOL": "bool",
}  # fmt: skip
_STORAGE_KINDS = {
    "DoubleStorage": "float64", "FloatStorage": "float32", "HalfStorage": "float16", "BFloat16Storage": "bfloat16",
    "LongStorage": "int64", "IntStorage": "int32", "ShortStorage": "int16", "CharStorage": "int8",
    "ByteStorage": "uint8", "BoolStorage": "bool",
}  # fmt: skip
_TABLE = Name("collections", "OrderedDict")
_TENSOR = Name("torch._utils", "_rebuild_tensor_v2")
_PARAMETER = Name("torch._utils", "_rebuild_parameter")
_HARMLESS = {_TABLE, _TENSOR, _PARAMETER, *(Name("torch", kind) for kind in _STORAGE_KINDS)}


@dataclass(frozen=True)
class TensorFacts:
    shape: tuple[int, ...]
    kind: str  # "float32"

    @property
    def numbers(self) -> int:
        return math.prod(self.shape)


@dataclass(frozen=True)
class Header:
    tensors: dict[str, TensorFacts]  # by their names without wrappers and prefixes
    names: dict[str, tuple[str, ...]]  # those names -> the keys that lead to them in the file
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return {name: facts.shape for name, facts in self.tensors.items()}

    @property
    def parameters(self) -> int:
        return sum(facts.numbers for facts in self.tensors.values())


def read_header(path: Path) -> Header:
    """Raises: ModelRefusedError, which says what the file is instead."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ModelRefusedError(_why_not(path.name, suffix))
    try:
        if not path.is_file():
            raise ModelRefusedError(f"There is no file {path}. Give the path of a .safetensors or .pth file.")
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise ModelRefusedError(
                f"{path.name} has {size / 1e9:.1f} GB; networks of up to {MOST_BYTES / 1e9:.0f} GB are opened."
            )
        with path.open("rb") as file:
            head = file.read(16)
        header = _safetensors(path, size) if suffix == ".safetensors" else _pth(path, size, head)
    except OSError as error:
        raise ModelRefusedError(f"{path} cannot be read: {error.strerror or error}.") from error
    _check(path.name, header, size)
    return header


def _why_not(name: str, suffix: str) -> str:
    reasons = {
        ".pt": "By custom, .pt is TorchScript: a program, which would run when it is opened.",
        ".ckpt": "A checkpoint of a training may hold programs besides its weights.",
        ".onnx": "ONNX holds a computation, not the weights of a network that is known here.",
    }
    known = reasons.get(suffix, "Networks come as .safetensors or .pth.")
    return f"{name} is not opened. {known} Get the network as .safetensors, or as .pth that holds weights alone."


# --- safetensors


def _safetensors(path: Path, size: int) -> Header:
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= min(_MOST_HEADER_BYTES, size - 8):
            raise _damaged(path.name, "its header does not fit into it")
        text = file.read(length)
    try:
        value = json.loads(text)
        metadata = value.pop("__metadata__", {})
        found = {str(name): _safetensors_entry(entry, size - 8 - length) for name, entry in value.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged(path.name, "its header is no table of tensors") from error
    if not isinstance(metadata, dict) or not all(isinstance(entry, str) for entry in metadata.values()):
        raise _damaged(path.name, "its metadata are no texts")
    names = _without_prefix({name: (name,) for name in found})
    return Header({name: found[keys[-1]] for name, keys in names.items()}, names, metadata)


def _safetensors_entry(entry: Any, size: int) -> TensorFacts:
    facts = TensorFacts(tuple(entry["shape"]), _SAFETENSORS_KINDS[entry["dtype"]])
    begin, end = entry["data_offsets"]
    if not 0 <= begin <= end <= size:
        raise ValueError("outside of the file")
    return facts


# --- pth


def _pth(path: Path, size: int, head: bytes) -> Header:
    if head.startswith(b"PK\x03\x04"):
        tree = _tree_of(path, _zipped(path, size))
    elif head.startswith(b"\x80"):
        tree = _tree_of(path, _legacy(path))
    else:
        short = ", or it was cut short" if size < 1000 else ""
        raise ModelRefusedError(f"{path.name} is no file of weights that torch wrote{short}. Get it from its maker.")
    keys: tuple[str, ...] = ()
    table = tree
    while isinstance(table, dict):
        inside = next((key for key in _WRAPPERS if isinstance(table.get(key), dict)), None)
        if inside is None and len(table) == 1 and isinstance(next(iter(table.values())), dict):
            inside = next(iter(table))
        if inside is None or len(keys) == 4:
            break
        table, keys = table[inside], (*keys, inside)
    if not isinstance(table, dict):
        raise ModelRefusedError(f"{path.name} holds no table of tensors. Choose the file that its maker published.")
    found: dict[str, TensorFacts] = {}
    for name, value in table.items():
        facts = _tensor(value)
        if not isinstance(name, str) or facts is None:
            raise ModelRefusedError(
                f"{path.name} holds {str(name)[:60]!r}, which is no tensor, among its weights. Choose the file that "
                "its maker published, not one saved in the midst of a training."
            )
        found[name] = facts
    names = _without_prefix({name: (*keys, name) for name in found})
    return Header({name: found[place[-1]] for name, place in names.items()}, names)


def _zipped(path: Path, size: int) -> bytes:
    """The pickle that names the tensors. Raises: ModelRefusedError."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            inner = [entry.filename.partition("/")[2] for entry in entries]
            if any(name == "constants.pkl" or name.startswith("code/") for name in inner):
                raise ModelRefusedError(
                    f"{path.name} is TorchScript under another name: a program, which would run when it is opened. "
                    "Get the network as .safetensors, or as .pth that holds weights alone."
                )
            packed = any(entry.compress_type != zipfile.ZIP_STORED for entry in entries)
            if packed or sum(entry.file_size for entry in entries) > size:
                raise ModelRefusedError(f"{path.name} is packed as torch never packs weights, so it is not opened.")
            pickles = [entry for entry, name in zip(entries, inner, strict=True) if name == "data.pkl"]
            if len(pickles) != 1 or pickles[0].file_size > _MOST_HEADER_BYTES:
                raise ModelRefusedError(f"{path.name} is no file of weights that torch wrote. Get it from its maker.")
            return archive.read(pickles[0])
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, KeyError, RuntimeError) as error:
        raise _damaged(path.name, str(error)) from error


def _legacy(path: Path) -> bytes:
    """Of a file from before torch 1.6: four pickles in a row, of which the last names the tensors."""
    with path.open("rb") as file:
        start = io.BytesIO(file.read(_MOST_HEADER_BYTES))
    for number in range(4):
        begin = start.tell()
        try:
            deque(pickletools.genops(start), maxlen=0)
        except (ValueError, OverflowError, MemoryError) as error:
            raise _damaged(path.name, str(error)) from error
        data = start.getvalue()[begin : start.tell()]
        _refuse_programs(path, data)
        if number == 0 and not _is_magic(data):
            raise ModelRefusedError(
                f"{path.name} is a Python pickle that torch did not write. Opening one can run whatever its maker "
                "wished, so it is not opened."
            )
    return data


def _is_magic(data: bytes) -> bool:
    try:
        return read_tree(data) == _MAGIC_NUMBER
    except PickleRefusedError:
        return False


def _tree_of(path: Path, data: bytes) -> object:
    _refuse_programs(path, data)
    try:
        return read_tree(data, tables=(_TABLE,))
    except PickleRefusedError as error:
        raise ModelRefusedError(
            f"{path.name} holds more than weights: {error}. Nothing of it was run. Get the network as .safetensors."
        ) from error


def _refuse_programs(path: Path, data: bytes) -> None:
    """Raises: ModelRefusedError if the pickle names anything besides tensors and their tables."""
    try:
        texts: list[str] = []
        for opcode, argument, _ in pickletools.genops(data):
            name = None
            if opcode.name in ("GLOBAL", "INST"):
                name = Name(*str(argument).split(" ", 1))
            elif opcode.name == "STACK_GLOBAL":
                name = Name(*(["", "", *texts][-2:]))
            elif isinstance(argument, str):
                texts.append(argument)
            if name is not None and name not in _HARMLESS:
                raise ModelRefusedError(
                    f"{path.name} is not opened: besides weights it holds {name.module}.{name.name}, and opening it "
                    "could run a program. Nothing of it was run. Get the network as .safetensors."
                )
    except (ValueError, TypeError, OverflowError, MemoryError) as error:
        raise _damaged(path.name, str(error)) from error


def _tensor(value: object) -> TensorFacts | None:
    """None for anything but a tensor."""
    match value:
        case Call(function, (tensor, *_)) if function == _PARAMETER:
            return _tensor(tensor)
        case Call(function, (Stored(("storage", Name("torch", storage), *_)), int(), tuple(shape), tuple(), *_)) if (
            function == _TENSOR and storage in _STORAGE_KINDS
        ):
            return TensorFacts(shape, _STORAGE_KINDS[storage])
    return None


# --- both


def _without_prefix(names: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    for prefix in _PREFIXES:
        if names and all(name.startswith(prefix) for name in names):
            names = {name.removeprefix(prefix): keys for name, keys in names.items()}
    return names


def _check(name: str, header: Header, size: int) -> None:
    if not header.tensors:
        raise ModelRefusedError(f"{name} holds no tensors. Choose the file that its maker published.")
    if len(header.tensors) > _MOST_TENSORS:
        raise ModelRefusedError(f"{name} holds {len(header.tensors):,} tensors; at most {_MOST_TENSORS:,} are opened.")
    claimed = 0
    for tensor, facts in header.tensors.items():
        sane = len(facts.shape) <= _MOST_DIMENSIONS and all(type(side) is int and side >= 0 for side in facts.shape)
        if not sane:
            raise _damaged(name, f"{tensor[:60]} has the shape {str(facts.shape)[:60]}")
        claimed += facts.numbers * _BYTES[facts.kind]
    if claimed > size:
        raise ModelRefusedError(
            f"{name} is not opened: its tensors claim {claimed / 1e6:,.0f} MB, but the file has {size / 1e6:,.0f} MB. "
            "It is cut short or forged; get it from its maker."
        )


def _damaged(name: str, reason: str) -> ModelRefusedError:
    return ModelRefusedError(f"{name} is damaged or cut short ({reason[:120]}). Get it again.")
