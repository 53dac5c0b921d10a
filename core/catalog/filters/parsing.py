"""From what a person wrote to a tree, or to a sentence that says where it cannot be understood, and why."""

import difflib
import re
from datetime import datetime
from typing import NamedTuple

from core.catalog.filters.fields import FIELDS, Field
from core.catalog.filters.tree import Any, Comparison, Filter, Not, Value, Words, together
from core.errors import ConfigError

LONGEST = 8_000  # characters
MOST_TERMS = 500
DEEPEST = 40  # brackets within brackets
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<operator>!=|<=|>=|!~|=|<|>|~|\(|\)|,)
      | (?P<word>[^\s"'()=<>~!,]+)
      | (?P<stray>\S)
    )""",
    re.VERBOSE | re.DOTALL,
)
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?", re.IGNORECASE)
_UNITS = {"kb": 1e3, "mb": 1e6, "gb": 1e9, "px": 1.0, "k": 1e3, "m": 1e6}
_TIMES = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d", "%Y-%m", "%Y")
_RESERVED = ("and", "or", "not", "in", "is", "between")
_ORDERED = ("<", "<=", ">", ">=")


class FilterError(ConfigError):
    """A filter that cannot be understood. `at`: the character where, from 0."""

    def __init__(self, message: str, text: str, at: int) -> None:
        self.at = at
        around = text[max(0, at - 24) : at + 24].replace("\n", " ")
        super().__init__(f"{message} (at character {at + 1}, near {around!r})" if text.strip() else message)


class _Token(NamedTuple):
    kind: str  # "text", "operator", "word", "end"
    text: str  # without quotes
    at: int

    def means(self, word: str) -> bool:
        return self.kind == "word" and self.text.lower() == word


def parse(text: str) -> Filter:
    """Read a filter. Nothing at all means everything.

    Raises: FilterError.
    """
    if len(text) > LONGEST:
        raise FilterError(f"The filter has {len(text):,} characters; {LONGEST:,} are allowed.", text, LONGEST)
    return _Reader(text).whole()


class _Reader:
    """Recursive descent; the grammar stands in the names of the methods."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens(text)
        self._place = 0
        self._terms = 0

    def whole(self) -> Filter:
        if self._next.kind == "end":
            return together([])
        found = self._either(0)
        if self._next.kind != "end":
            self._refuse(f"{self._next.text!r} does not belong here")
        return found

    def _either(self, depth: int) -> Filter:
        """all ("or" all)*"""
        parts = [self._all(depth)]
        while self._takes("or"):
            parts.append(self._all(depth))
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def _all(self, depth: int) -> Filter:
        """one ("and"? one)*"""
        parts = [self._one(depth)]
        while True:
            if self._takes("and") or self._begins_one():
                parts.append(self._one(depth))
            else:
                return together(parts)

    def _one(self, depth: int) -> Filter:
        """ "not" one | "(" either ")" | comparison | words"""
        if depth > DEEPEST:
            self._refuse(f"more than {DEEPEST} brackets or nots stand within each other")
        if self._takes("not"):
            return Not(self._one(depth + 1))
        if self._takes("("):
            found = self._either(depth + 1)
            self._expect(")")
            return found
        self._terms += 1
        if self._terms > MOST_TERMS:
            self._refuse(f"more than {MOST_TERMS} conditions")
        token = self._next
        if token.kind == "end":
            self._refuse("something is missing at the end")
        if token.kind == "operator" or (token.kind == "word" and token.text.lower() in _RESERVED):
            self._refuse(f"a field, a word or '(' was expected, not {token.text!r}")
        self._place += 1
        if token.kind == "text":
            return Words(token.text)
        return self._after(token)

    def _after(self, token: _Token) -> Filter:
        """What a word turns out to be: the field of a comparison, a flag, or a word to look for."""
        following = self._next
        compares = (following.kind == "operator" and following.text not in "(),") or any(
            following.means(word) for word in ("in", "is", "between")
        )
        field = FIELDS.get(token.text.lower())
        if not compares:
            if field is not None and field.kind == "flag":
                return Comparison(field.name, "true")
            return Words(token.text)
        if field is None:
            near = difflib.get_close_matches(token.text.lower(), FIELDS, 1)
            hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(FIELDS)}."
            self._place -= 1
            self._refuse(f"nothing called {token.text!r} is known of pictures. {hint}")
            raise AssertionError
        return self._comparison(field)

    def _comparison(self, field: Field) -> Filter:
        if self._takes("is"):
            negated = self._takes("not")
            for state in ("known", "unknown"):
                if self._takes(state):
                    return _turned(Comparison(field.name, state), negated)
            if field.kind == "flag":
                return self._flag(field, negated)
            self._refuse("after 'is' comes 'known' or 'unknown'")
        if self._takes("in"):
            self._expect("(")
            values = [self._value(field)]
            while self._takes(","):
                values.append(self._value(field))
            self._expect(")")
            if field.kind == "flag":
                self._refuse(f"{field.name} is yes or no; it has no list of values")
            return Comparison(field.name, "in", tuple(dict.fromkeys(values)))
        if self._takes("between"):
            if field.kind not in ("number", "time"):
                self._refuse(f"{field.name} has no order, so nothing lies between two of its values")
            low = self._value(field)
            self._expect("and")
            return Comparison(field.name, "between", (low, self._value(field)))
        operator = self._next.text
        self._place += 1
        if operator in _ORDERED and field.kind not in ("number", "time"):
            self._refuse(f"{field.name} has no order; use =, != or ~")
        if operator in ("~", "!~") and field.kind not in ("text", "words"):
            self._refuse(f"{field.name} holds no text to look into; use =, < or >")
        if field.kind == "flag":
            return self._flag(field, operator == "!=")
        if field.kind == "words" and operator in ("=", "!="):
            operator = {"=": "~", "!=": "!~"}[operator]
        return Comparison(field.name, operator, (self._value(field),))

    def _flag(self, field: Field, negated: bool) -> Filter:
        token = self._next
        meant = {"yes": True, "true": True, "no": False, "false": False}.get(token.text.lower())
        if meant is None:
            self._refuse(f"{field.name} is yes or no")
        self._place += 1
        return _turned(Comparison(field.name, "true"), negated is bool(meant))

    def _value(self, field: Field) -> Value:
        token = self._next
        if token.kind not in ("word", "text"):
            self._refuse(f"a value for {field.name} was expected")
        value: Value | None = token.text
        if field.kind == "number":
            value = _number(token.text)
            if value is None:
                self._refuse(f"{field.name} is compared with a number, not {token.text!r}")
        elif field.kind == "time":
            value = _time(token.text)
            if value is None:
                self._refuse(f"{field.name} is compared with a date like 2026-11-21, not {token.text!r}")
        self._place += 1
        assert value is not None
        return value

    # ---- tokens

    @property
    def _next(self) -> _Token:
        return self._tokens[self._place]

    def _begins_one(self) -> bool:
        token = self._next
        if token.kind == "operator":
            return token.text == "("
        return token.kind == "text" or (
            token.kind == "word" and (token.text.lower() == "not" or token.text.lower() not in _RESERVED)
        )

    def _takes(self, word: str) -> bool:
        token = self._next
        if token.means(word) or (token.kind == "operator" and token.text == word):
            self._place += 1
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._takes(word):
            found = "the end" if self._next.kind == "end" else repr(self._next.text)
            self._refuse(f"{word!r} was expected, not {found}")

    def _refuse(self, what: str) -> None:
        sentence = f"This filter cannot be understood: {what}"
        raise FilterError(sentence if sentence.endswith((".", "?")) else f"{sentence}.", self._text, self._next.at)


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        found = match[kind]
        at = match.start(kind)
        if kind == "stray":
            missing = "a closing quote is missing" if found in "\"'" else f"{found!r} does not belong here"
            raise FilterError(f"This filter cannot be understood: {missing}.", text, at)
        if kind == "text":
            found = re.sub(r"\\(.)", r"\1", found[1:-1], flags=re.DOTALL)
        tokens.append(_Token(kind, found, at))
    return [*tokens, _Token("end", "", len(text))]


def _turned(found: Filter, negated: bool) -> Filter:
    return Not(found) if negated else found


def _number(text: str) -> float | None:
    match = _NUMBER.match(text)
    if match is None:
        return None
    unit = text[match.end() :].lower()
    if unit and unit not in _UNITS:
        return None
    return float(match[0]) * _UNITS.get(unit, 1.0)


def _time(text: str) -> str | None:
    """ISO 8601, UTC."""
    for form in _TIMES:
        try:
            return datetime.strptime(text, form).isoformat(sep=" ")
        except ValueError:
            continue
    return None
