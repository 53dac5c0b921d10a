"""Which pictures have a look-alike among those that are kept, in SQL: `duplicate = exact`, `duplicate = similar`.

Exact ones are told by the digests of their pixels as they are now; similar ones by the last search that was kept (see
core.catalog.look_alikes.searching). A picture that was called different from all the others of its group has none.
"""

from collections.abc import Sequence

from core.catalog.filters.tree import Comparison
from core.catalog.text import fold

KINDS = ("exact", "similar")
_MEMBERS = {
    "exact": """
        SELECT pixels AS of_group, sha256, image_number AS number FROM picture_measures
        WHERE pixels IS NOT NULL AND image_number > 0""",
    "similar": """
        SELECT g.scope || ' ' || g.group_number AS of_group, g.sha256, i.number
        FROM similar_groups g JOIN images i ON i.sha256 = g.sha256""",
}


def asked_for(part: Comparison) -> list[str]:
    """Any of which a comparison of the field "duplicate" asks for; "unknown" asks that there be none."""
    match part.operator:
        case "=" | "in":
            names = {fold(str(value)) for value in part.values}
            return [kind for kind in KINDS if kind in names]
        case "~":
            return [kind for kind in KINDS if fold(str(part.values[0])) in kind]
    return list(KINDS)


def look_alikes_sql(kinds: Sequence[str]) -> str:
    """A query for the numbers of the pictures that have a look-alike of any of these KINDS."""
    return " UNION ".join(f"({_of_kind(_MEMBERS[kind])})" for kind in kinds)


def _of_kind(members: str) -> str:
    return f"""
        WITH members AS (
            SELECT m.of_group, m.sha256, m.number, (x.image_number IS NULL)::INTEGER AS kept
            FROM ({members}) m LEFT JOIN exclusions x ON x.image_number = m.number
        ), counted AS (
            SELECT of_group, sum(kept) AS kept FROM members GROUP BY of_group HAVING count(*) > 1
        ), told_apart AS (
            SELECT "first" AS one, "second" AS other FROM pair_verdicts WHERE verdict = 'different'
            UNION ALL SELECT "second", "first" FROM pair_verdicts WHERE verdict = 'different'
        ), apart AS (
            SELECT a.of_group, a.number, sum(b.kept) AS kept FROM told_apart t
            JOIN members a ON a.sha256 = t.one JOIN members b ON b.sha256 = t.other AND b.of_group = a.of_group
            GROUP BY a.of_group, a.number
        )
        SELECT members.number FROM members JOIN counted ON counted.of_group = members.of_group
        LEFT JOIN apart ON apart.of_group = members.of_group AND apart.number = members.number
        WHERE counted.kept - members.kept - coalesce(apart.kept, 0) > 0"""
