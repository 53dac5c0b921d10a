"""The tree that a pickle describes, as inert records: no class is looked up, nothing is called.

Python's own reader makes what a pickle asks for, which is why a pickle from elsewhere can run anything. This one knows
the two dozen instructions that torch writes for a tree of modules, refuses all others, and puts a record where an
object would be made.
"""

import pickletools
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any


class PickleRefusedError(ValueError):
    """Something in the pickle is not for a tree of modules."""


@dataclass(frozen=True)
class Name:
    """A class or function that would be imported."""

    module: str
    name: str


@dataclass(frozen=True)
class Call:
    function: object
    arguments: object


@dataclass(frozen=True)
class Stored:
    """Something kept outside of the pickle."""

    key: object


@dataclass(eq=False)
class Instance:
    """An object; its state is what would be given to it."""

    kind: object
    state: object = field(default=None)


_MARK = object()
_PLAIN = {"BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE", "SHORT_BINUNICODE"}
_EMPTY: dict[str, Any] = {"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple}
_KNOWN = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


def read_tree(data: bytes, *, tables: Collection[Name] = ()) -> object:
    """The tree of the first pickle in data.

    Args:
        tables: functions whose calls without arguments stand for an empty table, such as OrderedDict; attributes that
            such a table is given are dropped.
    Raises: PickleRefusedError.
    """
    stack: list[Any] = []
    memo: dict[int, Any] = {}
    try:
        for opcode, argument, _ in pickletools.genops(data):
            name, number = opcode.name, argument if isinstance(argument, int) else 0
            if name == "STOP":
                break
            if name in ("BINPUT", "LONG_BINPUT"):
                memo[number] = stack[-1]
            elif name in ("BINGET", "LONG_BINGET"):
                stack.append(memo[number])
            elif name == "BUILD" and tables and isinstance(stack[-2], dict):
                stack.pop()
            elif name != "PROTO":
                _follow(name, argument, stack)
                if name == "REDUCE" and any(stack[-1] == Call(table, ()) for table in tables):
                    stack[-1] = {}
        (tree,) = stack
    except PickleRefusedError:
        raise
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise PickleRefusedError(f"its tree of modules is damaged ({error})") from error
    return tree


def _follow(name: str, argument: Any, stack: list[Any]) -> None:
    if name in _PLAIN:
        stack.append(argument)
    elif name in _EMPTY:
        stack.append(_EMPTY[name]())
    elif name in _KNOWN:
        stack.append(_KNOWN[name])
    elif name == "MARK":
        stack.append(_MARK)
    elif name == "GLOBAL":
        stack.append(Name(*argument.split(" ", 1)))
    elif name in _TUPLES:
        stack.append(tuple(_last(stack, _TUPLES[name])))
    elif name == "TUPLE":
        stack.append(tuple(_since_mark(stack)))
    elif name in ("APPEND", "APPENDS"):
        items = [stack.pop()] if name == "APPEND" else _since_mark(stack)
        _of_kind(stack[-1], list).extend(items)
    elif name in ("SETITEM", "SETITEMS"):
        items = _last(stack, 2) if name == "SETITEM" else _since_mark(stack)
        _of_kind(stack[-1], dict).update(zip(items[::2], items[1::2], strict=True))
    elif name == "BINPERSID":
        stack.append(Stored(stack.pop()))
    elif name == "REDUCE":
        function, arguments = _last(stack, 2)
        stack.append(Call(function, arguments))
    elif name == "NEWOBJ":
        kind, _ = _last(stack, 2)
        stack.append(Instance(kind))
    elif name == "BUILD":
        state = stack.pop()
        _of_kind(stack[-1], Instance).state = state
    else:
        raise PickleRefusedError(f"its pickle has the instruction {name}")


def _last(stack: list[Any], count: int) -> list[Any]:
    if len(stack) < count:
        raise PickleRefusedError("its tree of modules is damaged")
    taken = stack[-count:]
    del stack[-count:]
    return taken


def _since_mark(stack: list[Any]) -> list[Any]:
    place = len(stack) - 1
    while stack[place] is not _MARK:
        place -= 1
        if place < 0:
            raise PickleRefusedError("its tree of modules is damaged")
    return _last(stack, len(stack) - place)[1:]


def _of_kind(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise PickleRefusedError("its tree of modules is damaged")
    return value
