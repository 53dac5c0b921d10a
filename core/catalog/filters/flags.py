"""Which pictures an issue of quality flags, in SQL: the same as core.quality.issues.flag for each of the collections.

A picture is flagged where one of its collections flags it: by that collection's thresholds, and only while the issue is
not how most of that collection is, nor called normal there, and nobody called the picture fine as to the issue.
"""

from collections.abc import Sequence

from core.catalog.ledger import MEASURES
from core.quality.issues import MAX_PREVALENCE, Issue
from core.quality.measures import MEASURES as QUALITY_MEASURES

_SIZE = "sqrt(i.width::DOUBLE * i.height)"
_LOWEST = "greatest(0.0::DOUBLE, first_size - 3 * (third_size - first_size))"
_HIGHEST = "(third_size + 3 * (third_size - first_size))"
# See core.quality.issues.size_scores
_SIZE_SCORE = f"""
    CASE WHEN {_HIGHEST} = {_LOWEST} THEN (size = {_LOWEST})::INTEGER::DOUBLE
    ELSE greatest(0.0::DOUBLE, 1 - abs(size - ({_LOWEST} + {_HIGHEST}) / 2) / ({_HIGHEST} - {_LOWEST})) END"""


def measure_sql(measure: str) -> str:
    """A measure over `images i LEFT JOIN picture_measures q`; for "size_score", which is of a collection, the size."""
    if measure == "aspect":
        return "least(i.width, i.height)::DOUBLE / greatest(i.width, i.height)"
    if measure == "size_score":
        return _SIZE
    if measure in QUALITY_MEASURES:
        return f"q.{measure}::DOUBLE"
    assert measure in MEASURES, measure
    return f"i.{measure}::DOUBLE"


def flagged_sql(issues: Sequence[Issue]) -> str:
    """A query for the numbers of the pictures that any of these flags. Nothing in it comes from outside."""
    measures = dict.fromkeys(issue.measure for issue in issues)
    values = ", ".join(f"{measure_sql(measure)} AS {measure}" for measure in measures)
    quantiles = """,
        quantile_cont(size_score, 0.25) OVER (PARTITION BY collection) AS first_size,
        quantile_cont(size_score, 0.75) OVER (PARTITION BY collection) AS third_size, size_score AS size"""
    telling = " OR ".join(
        f"({name} AND NOT {name}_normal AND {name}_share <= {MAX_PREVALENCE!r} AND judged.number NOT IN "
        f"(SELECT image_number FROM fine_pictures WHERE issue = '{name}'))"
        for name in _names(issues)
    )
    return f"""
        WITH members AS (
            SELECT DISTINCT m.collection, a.image_number AS number
            FROM memberships m JOIN artworks a ON a.number = m.artwork_number
        ), valued AS (
            SELECT members.collection, members.number, {values}
            FROM members JOIN images i ON i.number = members.number
            LEFT JOIN picture_measures q ON q.image_number = members.number
        ), settled AS (
            SELECT collection, {", ".join(_settings_sql(issue) for issue in issues)}
            FROM quality_thresholds
        ), judged AS (
            SELECT v.collection, v.number, {", ".join(_judged_sql(issue) for issue in issues)}
            FROM (SELECT *{quantiles if "size_score" in measures else ""} FROM valued) v
            LEFT JOIN settled s ON s.collection = v.collection
        ), shares AS (
            SELECT collection, {", ".join(f"avg({name}::INTEGER) AS {name}_share" for name in _names(issues))}
            FROM judged GROUP BY collection
        )
        SELECT judged.number FROM judged JOIN shares ON shares.collection = judged.collection WHERE {telling}"""


def _names(issues: Sequence[Issue]) -> list[str]:
    return [issue.name for issue in issues]


def _settings_sql(issue: Issue) -> str:
    """What people set for a collection: a threshold, and whether the issue is normal there."""
    return f"""
        try_cast(json_extract_string(settings, '$.thresholds.{issue.name}') AS DOUBLE) AS {issue.name}_cut,
        list_contains(from_json(json_extract(settings, '$.normal'), '["VARCHAR"]'), '{issue.name}')
            AS {issue.name}_usual"""


def _judged_sql(issue: Issue) -> str:
    value = _SIZE_SCORE if issue.measure == "size_score" else f"v.{issue.measure}"
    sign = "<" if issue.direction == "below" else ">"
    return f"""
        coalesce({value} {sign} coalesce(s.{issue.name}_cut, {issue.threshold!r}::DOUBLE), false) AS {issue.name},
        coalesce(s.{issue.name}_usual, false) AS {issue.name}_normal"""
