"""What the README.md of a Hugging Face dataset says in its YAML head: the names of classes, and a licence.

Only these two entries of the head are looked at, and only the part of YAML in which they are written is understood:
mappings, lists, plain and quoted text.
"""

import re
from dataclasses import dataclass, field
from typing import Any

MAX_CHARACTERS = 2_000_000
_MAX_DEPTH = 40
_ENTRIES = frozenset({"license", "dataset_info"})


@dataclass(frozen=True)
class DatasetCard:
    """Empty where nothing is said."""

    class_names: dict[str, list[str]] = field(default_factory=dict)  # column -> names, by their numbers
    licence: str = ""


def read_card(text: str) -> DatasetCard:
    """Raises: ValueError if the head is written in a way that is not understood."""
    head = _head(text[:MAX_CHARACTERS])
    licence = head.get("license", "")
    licence = ", ".join(licence) if isinstance(licence, list) and all(isinstance(x, str) for x in licence) else licence
    infos = head.get("dataset_info", {})
    names: dict[str, list[str]] = {}
    for info in infos if isinstance(infos, list) else [infos]:
        features = info.get("features") if isinstance(info, dict) else None
        for feature in features if isinstance(features, list) else []:
            found = _class_names(feature) if isinstance(feature, dict) else None
            if found:
                names.setdefault(str(feature.get("name")), found)
    return DatasetCard(names, licence if isinstance(licence, str) else "")


def _class_names(feature: dict[str, Any]) -> list[str] | None:
    """{"name": "style", "dtype": {"class_label": {"names": {"0": "Abstract", ...}}}}, or with a list of names."""
    kind = feature.get("dtype")
    label = kind.get("class_label") if isinstance(kind, dict) else None
    names = label.get("names") if isinstance(label, dict) else None
    if isinstance(names, list):
        return [str(name) for name in names]
    if not isinstance(names, dict):
        return None
    by_number = {int(number): str(name) for number, name in names.items()}
    if sorted(by_number) != list(range(len(by_number))):
        raise ValueError("the classes are not numbered from 0 without a gap")
    return [by_number[number] for number in range(len(by_number))]


def _head(text: str) -> dict[str, Any]:
    lines = text.lstrip("\ufeff").splitlines()
    if not lines or lines[0].strip() != "---":
        return {}
    end = next((number for number, line in enumerate(lines[1:], 1) if line.strip() in ("---", "...")), None)
    if end is None:
        raise ValueError("the head has no end")
    wanted: list[str] = []
    inside = False
    for line in lines[1:end]:
        if line[:1] not in ("", " ", "-", "#"):  # an entry of the head itself
            inside = line.partition(":")[0].strip() in _ENTRIES
        if inside:
            wanted.append(line)
    reader = _Lines(wanted)
    value = reader.block(0, 0)
    if reader.here is not None:
        raise ValueError(f"not understood: {reader.here[1][:60]}")
    return value if isinstance(value, dict) else {}


class _Lines:
    """The lines of a head that say something, as (indentation, text), and how far they have been read."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = [
            (len(line) - len(line.lstrip(" ")), line.strip())
            for line in lines
            if line.strip() and not line.lstrip().startswith("#")
        ]
        self._next = 0

    @property
    def here(self) -> tuple[int, str] | None:
        return self._lines[self._next] if self._next < len(self._lines) else None

    def block(self, least: int, depth: int) -> Any:
        """The mapping, list or text that begins here, if it is indented by `least` or more; None: it is not."""
        if depth > _MAX_DEPTH:
            raise ValueError("nested too deeply")
        if self.here is None or self.here[0] < least:
            return None
        indentation, text = self.here
        if _is_entry(text):
            return self._list(indentation, depth)
        if _KEY.match(text):
            return self._mapping(indentation, depth)
        return self._text(indentation)

    def _list(self, indentation: int, depth: int) -> list[Any]:
        values = []
        while self.here is not None and self.here[0] == indentation and _is_entry(self.here[1]):
            text = self.here[1][1:]
            inner = indentation + 1 + len(text) - len(text.lstrip(" "))
            if text.strip():  # "- name: image": what stands behind the dash begins a block of its own
                self._lines[self._next] = (inner, text.strip())
                values.append(self.block(inner, depth + 1))
            else:
                self._next += 1
                values.append(self.block(indentation + 1, depth + 1))
        return values

    def _mapping(self, indentation: int, depth: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while self.here is not None and self.here[0] == indentation:
            match = _KEY.match(self.here[1])
            if match is None or _is_entry(self.here[1]):
                break
            self._next += 1
            key, rest = str(_scalar(match[1])), (match[2] or "").strip()
            if rest[:1] in ("|", ">"):
                values[key] = self._skip_deeper(indentation)
            elif rest and not rest.startswith("#"):
                values[key] = _scalar(rest)
            else:  # a list may stand as far left as the key it belongs to
                listed = self.here is not None and self.here[0] == indentation and _is_entry(self.here[1])
                values[key] = self.block(indentation if listed else indentation + 1, depth + 1)
        return values

    def _text(self, indentation: int) -> Any:
        value = _scalar(self._lines[self._next][1])
        self._next += 1
        if self.here is not None and self.here[0] > indentation:
            raise ValueError(f"not understood: {self.here[1][:60]}")
        return value

    def _skip_deeper(self, indentation: int) -> str:
        parts = []
        while self.here is not None and self.here[0] > indentation:
            parts.append(self.here[1])
            self._next += 1
        return " ".join(parts)


_KEY = re.compile(
    r"""((?:'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|[^\s'"\[\]{}&*!|>%@`#,-][^#]*?|-[^\s#][^#]*?))\s*:(?:\s+(.*))?$"""
)


def _is_entry(text: str) -> bool:
    return text == "-" or text.startswith("- ")


def _scalar(text: str) -> Any:
    """Text without its quotes or the comment behind it; "[a, b]" as a list. Numbers stay text."""
    text = text.strip()
    if text.startswith("'"):
        match = re.match(r"'((?:[^']|'')*)'\s*(?:#.*)?$", text)
        if match:
            return match[1].replace("''", "'")
    elif text.startswith('"'):
        match = re.match(r'"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$', text)
        if match:
            return re.sub(r"\\(.)", r"\1", match[1])
    elif text.startswith("[") and (match := re.match(r"\[(.*)\]\s*(?:#.*)?$", text)):
        parts = re.findall(r"""\s*('(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|[^,]+)\s*(?:,|$)""", match[1])
        return [_scalar(part) for part in parts if part.strip()]
    elif text[:1] not in ("{", "&", "*", "!", "|", ">", "%", "@", "`"):
        return re.split(r"\s+#", text, maxsplit=1)[0]
    raise ValueError(f"not understood: {text[:60]}")
