"""The source of a network alone, out of this package: what its class needs, and nothing else, as one plain module.

Starting at a class, every function, class and constant that it mentions is taken over from the modules where they
stand, in the order in which they stand; imports of this package resolve to the definitions themselves, all others are
kept. Works on the text of the modules: what is taken looks as it was written.
"""

import ast
import importlib.util
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

_PACKAGE = "core"


@dataclass(frozen=True)
class _Import:
    """An imported name: `name` of `module`, or the module itself where name is empty."""

    module: str
    name: str
    line: str

    @property
    def is_ours(self) -> bool:
        return self.module.split(".")[0] == _PACKAGE


@dataclass
class _Module:
    name: str
    definitions: dict[str, ast.stmt] = field(default_factory=dict)  # top-level name -> what defines it
    imports: dict[str, _Import] = field(default_factory=dict)  # name used here -> where it comes from
    lines: list[str] = field(default_factory=list)

    def text(self, statement: ast.stmt) -> str:
        """The statement as it is written, with its decorators, and comments directly above it or behind it."""
        decorators = getattr(statement, "decorator_list", [])
        first = min([statement.lineno, *(decorator.lineno for decorator in decorators)])
        while first > 1 and self.lines[first - 2].startswith("#"):
            first -= 1
        lines = self.lines[first - 1 : statement.end_lineno]
        for line, begin, end, name in sorted(self._renamed(statement), reverse=True):
            written = lines[line - first].encode()  # positions are told in bytes
            lines[line - first] = (written[:begin] + name.encode() + written[end:]).decode()
        return "\n".join(lines)

    def _renamed(self, statement: ast.stmt) -> Iterator[tuple[int, int, int, str]]:
        """Where something of this package goes by another name than where it is defined: line, from, to, new text."""
        for node in ast.walk(statement):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                source = self.imports.get(node.value.id)
                if source is not None and source.is_ours and not source.name:  # module.name
                    yield node.value.lineno, node.value.col_offset, (node.end_col_offset or 0) - len(node.attr), ""
            elif isinstance(node, ast.Name):
                source = self.imports.get(node.id)
                if source is not None and source.is_ours and source.name not in ("", node.id):
                    yield node.lineno, node.col_offset, node.end_col_offset or 0, source.name


def bundled_source(places: Iterable[str]) -> str:
    """One module's text that defines each "module:name" and all that these need.

    Raises ValueError if two modules give different things the same name.
    """
    taken: dict[str, dict[str, ast.stmt]] = {}  # module -> what is taken of it, modules in the order of need
    imports: set[str] = set()
    owners: dict[str, str] = {}

    def take(module_name: str, name: str) -> None:
        module = _parsed(module_name)
        if name in module.imports:
            source = module.imports[name]
            if not source.is_ours:
                imports.add(source.line)
            elif source.name:
                take(source.module, source.name)
            return  # of a module of ours, what is mentioned with it
        statement = module.definitions.get(name)
        if statement is None or name in taken.get(module_name, {}):
            return  # a builtin or a local name; or done already
        if owners.setdefault(name, module_name) != module_name:
            raise ValueError(f"{name} is defined in {owners[name]} and in {module_name}")
        taken.setdefault(module_name, {})[name] = statement
        for mentioned in _names(statement):
            take(module_name, mentioned)
        for owner, mentioned in _attributes(statement):
            whole = module.imports.get(owner)
            if whole is not None and whole.is_ours and not whole.name:
                take(whole.module, mentioned)

    for place in places:
        take(*place.split(":"))
    text = "\n".join(_sorted_imports(imports)) + "\n"
    between_constants = False
    for module_name in _in_order_of_import(taken):
        module = _parsed(module_name)
        for statement in sorted({id(s): s for s in taken[module_name].values()}.values(), key=lambda s: s.lineno):
            constant = isinstance(statement, ast.Assign | ast.AnnAssign)
            text += ("" if constant and between_constants else "\n\n") + module.text(statement) + "\n"
            between_constants = constant
    return text


def _in_order_of_import(names: Iterable[str]) -> list[str]:
    """These modules, each after those it imports."""
    wanted, order, seen = list(names), list[str](), set[str]()

    def visit(name: str) -> None:
        if name in seen:
            return
        seen.add(name)
        for source in _parsed(name).imports.values():
            if source.module in wanted:
                visit(source.module)
        order.append(name)

    for name in wanted:
        visit(name)
    return order


@cache
def _parsed(name: str) -> _Module:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ValueError(f"the source of {name} is not there")
    source = Path(spec.origin).read_text(encoding="utf-8")
    module = _Module(name, lines=source.splitlines())
    for statement in ast.parse(source).body:
        match statement:
            case ast.FunctionDef() | ast.ClassDef():
                module.definitions[statement.name] = statement
            case ast.Assign() | ast.AnnAssign():
                targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                for target in targets:
                    for node in ast.walk(target):
                        if isinstance(node, ast.Name):
                            module.definitions[node.id] = statement
            case ast.Import():
                for alias in statement.names:
                    used = alias.asname or alias.name.split(".")[0]
                    as_name = f" as {alias.asname}" if alias.asname else ""
                    module.imports[used] = _Import(alias.name, "", f"import {alias.name}{as_name}")
            case ast.ImportFrom():
                for alias in statement.names:
                    as_name = f" as {alias.asname}" if alias.asname else ""
                    line = f"from {statement.module} import {alias.name}{as_name}"
                    found = _Import(statement.module or "", alias.name, line)
                    if found.is_ours and _is_module(found.module, alias.name):
                        found = _Import(f"{found.module}.{alias.name}", "", line)
                    module.imports[alias.asname or alias.name] = found
    return module


def _names(statement: ast.stmt) -> Iterator[str]:
    """Every name that a statement mentions, also in annotations written as text."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Name):
            yield node.id
        for annotation in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
                yield from (part.id for part in ast.walk(ast.parse(annotation.value)) if isinstance(part, ast.Name))


def _attributes(statement: ast.stmt) -> Iterator[tuple[str, str]]:
    """Every `name.attribute`."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield node.value.id, node.attr


def _is_module(package: str, name: str) -> bool:
    spec = importlib.util.find_spec(package)
    is_package = spec is not None and spec.submodule_search_locations is not None
    return is_package and importlib.util.find_spec(f"{package}.{name}") is not None


def _sorted_imports(lines: Iterable[str]) -> list[str]:
    """Plain imports first; names of one module on one line."""
    plain = sorted(line for line in lines if line.startswith("import "))
    names: dict[str, list[str]] = {}
    for line in sorted(line for line in lines if line.startswith("from ")):
        module, _, name = line.removeprefix("from ").partition(" import ")
        names.setdefault(module, []).append(name)
    return plain + [f"from {module} import {', '.join(parts)}" for module, parts in sorted(names.items())]
