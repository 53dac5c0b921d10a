"""From a tree to a condition over `images i`, with the values of its ?s. Only names of FIELDS reach the SQL."""

from typing import Any as AnyValue

from core.catalog.filters.fields import FIELDS, Field
from core.catalog.filters.flags import flagged_sql
from core.catalog.filters.look_alikes import asked_for, look_alikes_sql
from core.catalog.filters.tree import All, Any, Comparison, Filter, Not, Words
from core.catalog.text import fold, storable
from core.quality.issues import ISSUES, Issue

Condition = tuple[str, list[AnyValue]]
_FOLDED = ("sha256", "orientation")  # hold nothing that could be folded
_OF_COLLECTION = "a.number IN (SELECT m.artwork_number FROM memberships m WHERE {})"


def condition(found: Filter) -> Condition:
    """What a picture must satisfy. A picture that several artworks show fits if one of them does; conditions that are
    joined by "and" are asked of the same one."""
    match found:
        case All(parts):
            return _all(parts)
        case Any(parts):
            return _joined([condition(part) for part in parts], " OR ")
        case Not(inner):
            sql, values = condition(inner)
            return f"NOT coalesce({sql}, false)", values  # what is not known is not so
        case Comparison(name, "!=" | "!~" as operator, values):
            return condition(Not(Comparison(name, operator[1:], values)))
        case Comparison("flag"):
            return _of_flags(found)
        case Comparison("duplicate"):
            kinds = asked_for(found)
            sql = f"i.number IN ({look_alikes_sql(kinds)})" if kinds else "false"
            return (f"NOT ({sql})" if found.operator == "unknown" else sql), []
        case Comparison("picked"):
            return _of_picks(found)
        case Comparison(name) if FIELDS[name].level == "image":
            return _compared(found)
        case _:
            sql, values = of_artwork(found)
            return _shown_by(sql), values


def split(found: Filter) -> tuple[Condition, Condition]:
    """The same in two: over `images i`, and what one artwork that shows the picture must satisfy, over `artworks a`.
    A picture fits where both do."""
    parts = found.parts if isinstance(found, All) else (found,)
    of_artworks = [of_artwork(part) for part in parts if asks_an_artwork(part)]
    others = [condition(part) for part in parts if not asks_an_artwork(part)]
    return _joined(others, " AND "), _joined(of_artworks, " AND ")


def _all(parts: tuple[Filter, ...]) -> Condition:
    of_artworks = [part for part in parts if asks_an_artwork(part)]
    others = [condition(part) for part in parts if not asks_an_artwork(part)]
    if of_artworks:
        sql, values = _joined([of_artwork(part) for part in of_artworks], " AND ")
        others.append((_shown_by(sql), values))
    return _joined(others, " AND ") if others else ("true", [])


def asks_an_artwork(part: Filter) -> bool:
    """Whether one artwork that shows the picture has to satisfy it, and not the picture."""
    if isinstance(part, Words):
        return True
    return isinstance(part, Comparison) and part.operator not in ("!=", "!~") and FIELDS[part.field].level != "image"


def _shown_by(sql: str) -> str:
    return f"i.number IN (SELECT a.image_number FROM artworks a WHERE {sql})"


def of_artwork(part: Filter) -> Condition:
    """Over `artworks a`."""
    if isinstance(part, Words):
        words = fold(part.text).split()
        return " AND ".join(["contains(a.search, ?)"] * len(words)) or "true", list(words)
    assert isinstance(part, Comparison)
    field = FIELDS[part.field]
    if field.level == "artwork":
        return _compared(part)
    if field.level == "tag":
        return _of_tags(part)
    if part.operator in ("known", "unknown"):
        sql = _OF_COLLECTION.format("true")
        return (sql if part.operator == "known" else f"NOT {sql}"), []
    sql, values = _compared(part)
    return _OF_COLLECTION.format(sql), values


def _of_tags(part: Comparison) -> Condition:
    """Functions over a source's whole list: 60 ms at a million pictures, against 1.4 s for a subquery over its entries.
    Those that people gave stand in a table of their own."""
    values: list[AnyValue] = []
    match part.operator:
        case "known" | "unknown":
            told, given = "len(a.tags) > 0", "true"
        case "=":
            told, given = "list_contains(a.tags, ?)", "tag = ?"
            values = [storable(str(part.values[0]))]
        case "in":
            told, given = "list_has_any(a.tags, ?::VARCHAR[])", "tag IN (SELECT unnest(?::VARCHAR[]))"
            values = [[storable(str(value)) for value in part.values]]
        case _:
            told = "contains(lower(strip_accents(array_to_string(a.tags, chr(31)))), ?)"
            given = "contains(lower(strip_accents(tag)), ?)"
            values = [fold(str(part.values[0]))]
    given = f"a.image_number IN (SELECT image_number FROM picture_tags WHERE {given})"
    sql = {"source_tag": told, "my_tag": given}.get(part.field, f"({told} OR {given})")
    return ("NOT " if part.operator == "unknown" else "") + sql, values * (2 if part.field == "tag" else 1)


def issues_asked(part: Comparison) -> list[Issue]:
    """Any of which a comparison of the field "flag" asks for; "unknown" asks that there be none."""
    match part.operator:
        case "=" | "in":
            names = {fold(str(value)) for value in part.values}
            return [issue for issue in ISSUES if issue.name in names]  # another name is no issue of any picture
        case "~":
            return [issue for issue in ISSUES if fold(str(part.values[0])) in issue.name]
    return list(ISSUES)


def _of_flags(part: Comparison) -> Condition:
    asked = issues_asked(part)
    sql = f"i.number IN ({flagged_sql(asked)})" if asked else "false"
    return (f"NOT ({sql})" if part.operator == "unknown" else sql), []


def _of_picks(part: Comparison) -> Condition:
    """Sets are looked up by their whole name."""
    names = [storable(str(value)) for value in part.values]
    condition = "pick IN (SELECT unnest(?::VARCHAR[]))" if names else "true"
    sql = f"i.sha256 IN (SELECT sha256 FROM picked WHERE {condition})"
    return (f"NOT ({sql})" if part.operator == "unknown" else sql), [names] if names else []


def _compared(part: Comparison) -> Condition:
    """One comparison where its field stands."""
    field = FIELDS[part.field]
    match part.operator:
        case "true":
            return field.sql, []
        case "known" | "unknown":
            missing = f"{field.sql} = ''" if field.kind in ("text", "words") else f"{field.sql} IS NULL"
            return (missing if part.operator == "unknown" else f"NOT coalesce({missing}, true)"), []
        case "between":
            return f"{field.sql} BETWEEN {_mark(field)} AND {_mark(field)}", list(part.values)
        case "in" if field.kind == "text":
            return f"{field.sql} IN (SELECT unnest(?::VARCHAR[]))", [[storable(str(value)) for value in part.values]]
        case "in":
            return f"{field.sql} IN ({', '.join([_mark(field)] * len(part.values))})", list(part.values)
        case "~" if field.kind == "words":
            return of_artwork(Words(str(part.values[0])))
        case "~":
            folded = field.sql if field.name in _FOLDED else f"lower(strip_accents({field.sql}))"
            return f"contains({folded}, ?)", [fold(str(part.values[0]))]
        case operator:
            value = part.values[0]
            return f"{field.sql} {operator} {_mark(field)}", [storable(value) if isinstance(value, str) else value]


def _mark(field: Field) -> str:
    return "?::TIMESTAMP" if field.kind == "time" else "?"


def _joined(parts: list[Condition], word: str) -> Condition:
    return word.join(f"({sql})" for sql, _ in parts), [value for _, values in parts for value in values]
