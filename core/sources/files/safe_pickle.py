"""Pickles of plain data and numpy arrays, read without running anything that they ask for.

A pickle is a program: the usual way to load one lets the file call any function it names. Here every instruction is
looked at before the first is carried out, and the handful of names that an array is made of are answered by functions
of our own that only ever build plain values, so that a file can neither call, import nor reserve anything.
"""

import io
import pickle
import pickletools
from collections.abc import Callable
from typing import Any

import numpy as np

from core.errors import AtelierError

MAX_BYTES = 1_000_000_000  # CIFAR-100 has 150 MB in one file
_MAX_STEPS = 20_000_000  # instructions; a batch of 10,000 pictures takes 30,000 to 120,000
_DATA_KINDS = frozenset("bui")  # of numpy: booleans and whole numbers

# instructions that build plain data, and the three that arrays need besides: a name, a call, a state
_STEP_NAMES = (
    "PROTO FRAME STOP MARK POP POP_MARK DUP "
    "NONE NEWTRUE NEWFALSE INT LONG LONG1 LONG4 BININT BININT1 BININT2 FLOAT BINFLOAT "
    "STRING BINSTRING SHORT_BINSTRING UNICODE BINUNICODE SHORT_BINUNICODE BINUNICODE8 "
    "BINBYTES SHORT_BINBYTES BINBYTES8 BYTEARRAY8 "
    "EMPTY_LIST LIST APPEND APPENDS EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3 "
    "EMPTY_DICT DICT SETITEM SETITEMS "
    "PUT BINPUT LONG_BINPUT MEMOIZE GET BINGET LONG_BINGET "
    "GLOBAL STACK_GLOBAL REDUCE BUILD"
)
_STEPS = frozenset(_STEP_NAMES.split())
_PUTS = frozenset({"PUT", "BINPUT", "LONG_BINPUT"})


class PickleError(AtelierError):
    """The bytes are no pickle, a damaged one, or one that asks for more than plain data."""


def load_pickle(data: bytes, name: str) -> Any:
    """The value in a pickle: None, numbers, text, bytes, lists, tuples, dicts and numpy arrays of whole numbers.

    Text written by Python 2 comes as bytes, so that the keys of a dict may be either; see `entry`.

    Args:
        name: what to call the file in messages.
    Raises: PickleError.
    """
    if len(data) > MAX_BYTES:
        raise PickleError(f"{name} has {len(data) / 1e6:,.0f} MB; at most {MAX_BYTES / 1e6:,.0f} MB are read.")
    _look_through(data, name)
    try:
        return _plain(_PlainUnpickler(io.BytesIO(data), encoding="bytes").load())
    except _RefusedError as error:
        raise PickleError(f"{name} is not read: {error}") from error
    except _DAMAGED as error:
        raise PickleError(f"{name} is damaged: {str(error)[:200] or type(error).__name__}. Get it again.") from error


def entry(value: Any, *names: str) -> Any:
    """The first of these entries that a dict has, under its name as text or as bytes; None: it has none of them."""
    for name in names:
        for key in (name, name.encode()):
            if isinstance(value, dict) and key in value:
                return value[key]
    return None


def text(value: Any) -> str:
    """Text that may have been written as bytes, by Python 2."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


class _RefusedError(Exception):
    """What a pickle asks for and may not have, as the end of a sentence about the file."""


# what reading a file of wrong bytes can raise: pickle promises nothing about that
_DAMAGED = (
    pickle.UnpicklingError,
    ValueError,  # and UnicodeDecodeError
    EOFError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    MemoryError,
    RecursionError,
    ImportError,
)


def _look_through(data: bytes, name: str) -> None:
    """Refuse unknown instructions, and places in the memo further out than there are instructions: the reader of the
    standard library would reserve memory for all places up to there.
    """
    steps = 0
    try:
        for operation, argument, _ in pickletools.genops(io.BytesIO(data)):
            steps += 1
            if operation.name not in _STEPS:
                raise PickleError(
                    f"{name} is not read: it holds {operation.name}, which plain data has no need of. "
                    "A file that asks for more than data may do harm."
                )
            if steps > _MAX_STEPS or (operation.name in _PUTS and int(argument or 0) > steps):
                raise PickleError(f"{name} is not read: it is no pickle as Python writes them.")
    except (ValueError, LookupError, OverflowError, UnicodeError) as error:
        raise PickleError(f"{name} is no pickle, or was cut off: {str(error)[:200]}. Get it again.") from error


class _Array:
    """An array on its way: numpy makes an empty one, then sets its state."""

    def __init__(self) -> None:
        self.value: np.ndarray = np.empty(0, np.uint8)

    def __setstate__(self, state: Any) -> None:
        _version, shape, dtype, by_columns, content = state
        self.value = _array(content, dtype, shape, by_columns)


class _Type:
    """A dtype on its way: its kind and size, then, as its state, the order of its bytes."""

    def __init__(self, kind: Any, *_: Any) -> None:
        self.kind = text(kind)
        self.order = "|"

    def __setstate__(self, state: Any) -> None:
        self.order = text(state[1])

    def dtype(self) -> np.dtype:
        dtype = np.dtype(self.kind)
        if dtype.kind not in _DATA_KINDS:
            raise _RefusedError(f"it holds an array of {self.kind}, and only arrays of whole numbers are read.")
        return dtype if self.order in "|=" else dtype.newbyteorder(self.order)  # type: ignore[arg-type]


def _array(content: Any, dtype: Any, shape: Any, by_columns: Any) -> np.ndarray:
    if isinstance(content, str):  # bytes of Python 2, read as text
        content = content.encode("latin-1")
    if not isinstance(dtype, _Type) or not isinstance(content, bytes | bytearray):
        raise _RefusedError("it holds an array whose content is not plain bytes.")
    return np.frombuffer(content, dtype.dtype()).reshape(shape, order="F" if by_columns else "C")


def _from_buffer(content: Any, dtype: Any, shape: Any, order: Any) -> _Array:
    made = _Array()
    made.value = _array(content, dtype, shape, order == "F")
    return made


def _number(dtype: Any, content: Any) -> int:
    return int(_array(content, dtype, (1,), False)[0])


def _encoded(value: Any, encoding: Any) -> bytes:
    """Bytes as Python 3 writes them for Python 2."""
    if encoding != "latin1" or not isinstance(value, str):
        raise _RefusedError(f"it holds text to be encoded as {encoding!r}, where only latin1 stands for bytes.")
    return value.encode("latin-1")


_NUMPY_CORES = ("numpy.core", "numpy._core")  # before and since numpy 2
_ANSWERS: dict[tuple[str, str], Callable[..., Any]] = {
    ("numpy", "ndarray"): lambda *_: _Array(),
    ("numpy", "dtype"): _Type,
    ("_codecs", "encode"): _encoded,
    ("__builtin__", "bytes"): lambda: b"",  # how empty bytes are written for Python 2
    **{(f"{core}.multiarray", "_reconstruct"): lambda *_: _Array() for core in _NUMPY_CORES},
    **{(f"{core}.multiarray", "scalar"): _number for core in _NUMPY_CORES},
    **{(f"{core}.numeric", "_frombuffer"): _from_buffer for core in _NUMPY_CORES},
}


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Callable[..., Any]:
        answer = _ANSWERS.get((module, name))
        if answer is None:
            raise _RefusedError(
                f"it asks for {module}.{name}, which plain data has no need of. "
                "A file that asks for more than data may do harm."
            )
        return lambda *arguments: answer(*arguments)  # a new one each time: a pickle may set attributes of what it got


def _plain(value: Any) -> Any:
    """The value with its arrays finished, as far down as datasets have them: in a dict, or a list in a dict."""
    if isinstance(value, _Array):
        return value.value
    if isinstance(value, dict):
        return {key: item.value if isinstance(item, _Array) else item for key, item in value.items()}
    return value
