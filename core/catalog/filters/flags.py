"""Which pictures an issue of quality flags, in SQL: the same as core.quality.issues.flag for each of the collections.

A picture is flagged where one of its collections flags it: by that collection's thresholds, and only while the issue is
not how most of that collection is, nor called normal there.
"""

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
    """A measure over `images i LEFT JOIN picture_measures q`; "size" for "size_score", which a collection decides."""
    if measure == "aspect":
        return "least(i.width, i.height)::DOUBLE / greatest(i.width, i.height)"
    if measure == "size_score":
        return _SIZE
    if measure in QUALITY_MEASURES:
        return f"q.{measure}::DOUBLE"
    assert measure in MEASURES, measure
    return f"i.{measure}::DOUBLE"


def flagged_sql(issue: Issue) -> str:
    """A query for the numbers of the pictures. Nothing in it comes from outside: an issue is one of ISSUES."""
    of_size = issue.measure == "size_score"
    quantiles = """,
            quantile_cont(value, 0.25) OVER (PARTITION BY collection) AS first_size,
            quantile_cont(value, 0.75) OVER (PARTITION BY collection) AS third_size, value AS size"""
    value = _SIZE_SCORE if of_size else "value"
    sign = "<" if issue.direction == "below" else ">"
    return f"""
        WITH members AS (
            SELECT DISTINCT m.collection, a.image_number AS number
            FROM memberships m JOIN artworks a ON a.number = m.artwork_number
        ), valued AS (
            SELECT members.collection, members.number, {measure_sql(issue.measure)} AS value
            FROM members JOIN images i ON i.number = members.number
            LEFT JOIN picture_measures q ON q.image_number = members.number
        ), judged AS (
            SELECT v.collection, v.number,
                   coalesce({value} {sign} coalesce(
                       try_cast(json_extract_string(s.settings, '$.thresholds.{issue.name}') AS DOUBLE),
                       {issue.threshold!r}::DOUBLE), false) AS flagged,
                   coalesce(list_contains(from_json(json_extract(s.settings, '$.normal'), '["VARCHAR"]'),
                                          '{issue.name}'), false) AS normal
            FROM (SELECT *{quantiles if of_size else ""} FROM valued) v
            LEFT JOIN quality_thresholds s ON s.collection = v.collection
        ), shares AS (
            SELECT collection, avg(flagged::INTEGER) AS share FROM judged GROUP BY collection
        )
        SELECT judged.number FROM judged JOIN shares ON shares.collection = judged.collection
        WHERE flagged AND NOT normal AND share <= {MAX_PREVALENCE!r}"""
