"""Settling groups of look-alikes: one stays and the others are left out, or all stay. One act in the log, one undo.

Verdicts about the pairs, exclusions, and what the picture that stays takes over from the others change together, or
not at all. What the sources say stays as it is: tags of the others are given to the keeper, other facts that it lacks
are noted with it, each with the picture whose source tells it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import duckdb

from core.catalog import curation
from core.catalog.curation import EXCLUSION, OWNER, Act, UnknownPicturesError, log_act, log_pictures, utc_now
from core.catalog.look_alikes.taken_over import COLUMNS, give, give_back, take_over
from core.duplicates.keeper import MergedMetadata
from core.duplicates.verdicts import DIFFERENT, SAME
from core.errors import ConfigError

KEEP_ONE, KEEP_ALL, ASK_AGAIN = "keep_one", "keep_all", "ask_again"  # acts of the curation log
ACTS = (KEEP_ONE, KEEP_ALL, ASK_AGAIN)
MOST_APART = 64  # pictures that are called different from each other at once: 2,016 pairs
REASONS = {"exact": "duplicate of ", "similar": "similar to "}  # of an exclusion, with the hash of the picture kept
_TOPIC = "look-alikes"
_HASH_LETTERS = 12

Pair = tuple[str, str, str]  # one, other, "same" or "different"


@dataclass(frozen=True)
class Decision:
    """One of a group stays, or a few, and the others are left out."""

    pictures: tuple[str, ...]  # sha256
    kept: tuple[str, ...]  # at least one of them; the first takes over what only the others know
    merged: MergedMetadata | None = field(default=None, compare=False)  # what it takes over; None: nothing

    def __post_init__(self) -> None:
        if len(set(self.pictures)) < 2 or not self.kept or not set(self.kept) <= set(self.pictures):
            raise ConfigError("A decision needs at least two pictures, and one of them that stays.")

    @property
    def left_out(self) -> tuple[str, ...]:
        return tuple(sha256 for sha256 in self.pictures if sha256 not in self.kept)


def is_of_a_group(reason: str) -> bool:
    """Whether the reason of an exclusion names the one picture that was kept instead: nobody would choose it again."""
    return reason.startswith(tuple(REASONS.values()))


def keep_one(cursor: duckdb.DuckDBPyConnection, decisions: Sequence[Decision], kind: str, who: str = OWNER) -> Act:
    """Leave out all but those that are kept, and remember that they are the same.

    Args:
        cursor: inside a transaction.
        kind: "exact" or "similar": the words of the reason.
    Raises: ConfigError without a decision; UnknownPicturesError: nothing was changed.
    """
    if not decisions:
        raise ConfigError("There is no group to settle.")
    if kind not in REASONS:
        raise ConfigError(f"Look-alikes are {' or '.join(REASONS)}; got {kind!r}.")
    _check_known(cursor, (sha256 for decision in decisions for sha256 in decision.pictures))
    reasons = {
        sha256: f"{REASONS[kind]}{decision.kept[0][:_HASH_LETTERS]}"
        for decision in decisions
        for sha256 in decision.left_out
    }
    kept = {sha256 for decision in decisions for sha256 in decision.kept}
    if twice := kept & reasons.keys():
        raise ConfigError(f"Picture {min(twice)[:_HASH_LETTERS]} is to stay in one group and to go in another.")
    excluded = _excluded(cursor)
    leaving = {sha256: reason for sha256, reason in reasons.items() if sha256 not in excluded}
    coming_back = sorted(kept & excluded)
    said = next(iter(reasons.values()), "") if len(decisions) == 1 else f"{len(decisions):,} groups of {kind} pictures"
    act = _begin(cursor, KEEP_ONE, who, said, len(leaving), [*leaving, *coming_back], topic=EXCLUSION)
    _restore(cursor, coming_back)
    _exclude(cursor, leaving, act)
    pairs = [
        (decision.kept[0], sha256, SAME)
        for decision in decisions
        for sha256 in decision.pictures
        if sha256 != decision.kept[0]
    ]
    _judge(cursor, pairs, act)
    take_over(cursor, {d.kept[0]: d.merged for d in decisions if d.merged is not None}, act)
    return act


def keep_all(cursor: duckdb.DuckDBPyConnection, groups: Sequence[Sequence[str]], who: str = OWNER) -> Act:
    """Remember that the pictures of each group are different ones: they share no group again.

    Raises: ConfigError for a group of fewer than two, or of too many; UnknownPicturesError.
    """
    distinct = [list(dict.fromkeys(group)) for group in groups]
    for group in distinct:
        if not 2 <= len(group) <= MOST_APART:
            raise ConfigError(
                f"2 to {MOST_APART} pictures are called different at a time; got {len(group)}. Take fewer, or narrow "
                "the radius."
            )
    everyone = list(dict.fromkeys(sha256 for group in distinct for sha256 in group))
    return judge(cursor, [(a, b, DIFFERENT) for group in distinct for a, b in combinations(group, 2)], everyone, who)


def judge(
    cursor: duckdb.DuckDBPyConnection, pairs: Sequence[Pair], pictures: Sequence[str] = (), who: str = OWNER
) -> Act:
    """Remember a word for each pair; nothing is excluded. Raises: ConfigError, UnknownPicturesError."""
    if not pairs:
        raise ConfigError("A verdict needs at least one pair of pictures.")
    everyone = list(pictures) or list(dict.fromkeys(sha256 for pair in pairs for sha256 in pair[:2]))
    _check_known(cursor, everyone)
    words = " and ".join(sorted({"the same" if verdict == SAME else verdict for *_, verdict in pairs}))
    act = _begin(cursor, KEEP_ALL, who, words, len(everyone), everyone, topic=_TOPIC)
    _judge(cursor, pairs, act)
    return act


def ask_again(cursor: duckdb.DuckDBPyConnection, groups: Sequence[Sequence[str]], who: str = OWNER) -> Act:
    """Forget what was said about the pairs of each group, take back those that were left out for another of it, and
    what one of it took over from another."""
    inside = {sha256: place for place, group in enumerate(groups) for sha256 in group}
    rows = cursor.execute('SELECT "first", "second" FROM pair_verdicts').fetchall()
    pairs = [(one, other) for one, other in rows if one in inside and inside[one] == inside.get(other)]
    reasons = cursor.execute(
        "SELECT sha256, reason FROM exclusions WHERE sha256 IN (SELECT unnest(?::VARCHAR[])) AND image_number > 0",
        [list(inside)],
    ).fetchall()
    short = [{sha256[:_HASH_LETTERS] for sha256 in group} for group in groups]
    back = [
        sha256 for sha256, reason in reasons if is_of_a_group(reason) and reason.split()[-1] in short[inside[sha256]]
    ]
    facts = cursor.execute(
        f"SELECT {COLUMNS} FROM taken_over WHERE sha256 IN (SELECT unnest(?::VARCHAR[]))", [list(inside)]
    ).fetchall()
    facts = [fact for fact in facts if inside[fact[0]] == inside.get(fact[3])]
    if not pairs and not back:
        return Act(0, utc_now(), who, ASK_AGAIN, "", 0)
    act = _begin(cursor, ASK_AGAIN, who, "", len(back), back, topic=EXCLUSION, detail={"taken_over": facts})
    give_back(cursor, facts)
    _log_pairs(cursor, pairs, act)
    cursor.execute(
        """
        DELETE FROM pair_verdicts WHERE EXISTS (
            SELECT 1 FROM curation_log_pairs p
            WHERE p.act_number = ? AND p."first" = pair_verdicts."first" AND p."second" = pair_verdicts."second"
        )
        """,
        [act.number],
    )
    _restore(cursor, back)
    return act


def undo(cursor: duckdb.DuckDBPyConnection, act_number: int, who: str = OWNER) -> Act:
    """Undo an act of any kind. Of ACTS: pictures, pairs and what was taken over are put back as they were before; left
    alone is what a later act about the same thing changed. Raises as core.catalog.curation.undo."""
    row = cursor.execute("SELECT topic, act, detail FROM curation_log WHERE number = ?", [act_number]).fetchone()
    if row is None or row[1] not in ACTS:
        return curation.undo(cursor, act_number, who)
    at = utc_now()
    before = _before(cursor, act_number, row[0]) if row[0] == EXCLUSION else []
    pairs = cursor.execute(
        """
        SELECT p."first", p."second", p.verdict_before FROM curation_log_pairs p WHERE p.act_number = ?
        AND NOT EXISTS (
            SELECT 1 FROM curation_log_pairs later
            WHERE later.act_number > ? AND later."first" = p."first" AND later."second" = p."second"
        )
        """,
        [act_number, act_number],
    ).fetchall()
    if not before and not pairs:
        return Act(0, at, who, "undo", "", 0)
    hashes = [sha256 for sha256, _ in before]
    touched = len(hashes) or len({sha256 for pair in pairs for sha256 in pair[:2]})
    number = log_act(cursor, "undo", who=who, pictures=touched, detail={"undone_act": act_number}, at=at, topic=row[0])
    act = Act(number, at, who, "undo", "", touched)
    log_pictures(cursor, number, hashes)
    _restore(cursor, hashes)
    _exclude(cursor, {sha256: reason for sha256, reason in before if reason is not None}, act)
    _log_pairs(cursor, [pair[:2] for pair in pairs], act)
    _delete_pairs(cursor, [pair[:2] for pair in pairs if pair[2] is None])
    _store_pairs(cursor, [pair for pair in pairs if pair[2] is not None], act)
    facts = cursor.execute(f"SELECT {COLUMNS} FROM taken_over WHERE act_number = ?", [act_number]).fetchall()
    give_back(cursor, facts)
    give(cursor, json.loads(row[2]).get("taken_over", ()), act)
    return act


# ---- the parts of an act ---------------------------------------------------------------------------------------------


def _begin(
    cursor: duckdb.DuckDBPyConnection,
    kind: str,
    who: str,
    reason: str,
    pictures: int,
    touched: Sequence[str],
    *,
    topic: str,
    detail: dict[str, Any] | None = None,
) -> Act:
    at = utc_now()
    number = log_act(cursor, kind, who=who, reason=reason, pictures=pictures, detail=detail, at=at, topic=topic)
    log_pictures(cursor, number, touched)
    return Act(number, at, who, kind, reason, pictures)


def _before(cursor: duckdb.DuckDBPyConnection, act_number: int, about: str) -> list[tuple[str, str | None]]:
    """(picture, why it was excluded before the act), of those that no later act about the same thing touched."""
    return cursor.execute(
        """
        SELECT p.sha256, p.reason_before FROM curation_log_pictures p JOIN images i ON i.sha256 = p.sha256
        WHERE p.act_number = ? AND NOT EXISTS (
            FROM curation_log_pictures later JOIN curation_log l ON l.number = later.act_number
            WHERE later.sha256 = p.sha256 AND later.act_number > ? AND l.topic = ?
        )
        """,
        [act_number, act_number, about],
    ).fetchall()


def _excluded(cursor: duckdb.DuckDBPyConnection) -> set[str]:
    return {row[0] for row in cursor.execute("SELECT sha256 FROM exclusions").fetchall()}


def _exclude(cursor: duckdb.DuckDBPyConnection, reasons: Mapping[str, str], act: Act) -> None:
    if reasons:
        cursor.execute(
            """
            INSERT INTO exclusions (sha256, image_number, reason, excluded_at, who)
            SELECT i.sha256, i.number, t.reason, ?, ?
            FROM (SELECT unnest(?::VARCHAR[]) AS sha256, unnest(?::VARCHAR[]) AS reason) t JOIN images i USING (sha256)
            """,
            [act.at, act.who, list(reasons), list(reasons.values())],
        )


def _restore(cursor: duckdb.DuckDBPyConnection, hashes: Sequence[str]) -> None:
    if hashes:
        cursor.execute("DELETE FROM exclusions WHERE sha256 IN (SELECT unnest(?::VARCHAR[]))", [list(hashes)])


def _judge(cursor: duckdb.DuckDBPyConnection, pairs: Iterable[Pair], act: Act) -> None:
    words: dict[tuple[str, str], str] = {}
    for one, other, verdict in pairs:
        if verdict not in (SAME, DIFFERENT):
            raise ConfigError(f"A verdict is {SAME} or {DIFFERENT}; got {verdict!r}.")
        if one == other:
            raise ConfigError("A verdict needs two pictures; both are the same file.")
        words[min(one, other), max(one, other)] = verdict
    _log_pairs(cursor, words, act)
    _store_pairs(cursor, [(*pair, verdict) for pair, verdict in words.items()], act)


def _log_pairs(cursor: duckdb.DuckDBPyConnection, pairs: Iterable[tuple[str, str]], act: Act) -> None:
    """Which pairs an act judges, and how each stood before. Call it before the act changes them."""
    ordered = list(pairs)
    cursor.execute(
        """
        INSERT INTO curation_log_pairs (act_number, "first", "second", verdict_before)
        SELECT ?, t.one, t.other, v.verdict
        FROM (SELECT unnest(?::VARCHAR[]) AS one, unnest(?::VARCHAR[]) AS other) t
        LEFT JOIN pair_verdicts v ON v."first" = t.one AND v."second" = t.other
        """,
        [act.number, [pair[0] for pair in ordered], [pair[1] for pair in ordered]],
    )


def _store_pairs(cursor: duckdb.DuckDBPyConnection, pairs: Sequence[Pair], act: Act) -> None:
    cursor.execute(
        """
        INSERT INTO pair_verdicts
        SELECT t.one, t.other, t.verdict, ?, ?
        FROM (SELECT unnest(?::VARCHAR[]) AS one, unnest(?::VARCHAR[]) AS other, unnest(?::VARCHAR[]) AS verdict) t
        ON CONFLICT ("first", "second") DO UPDATE SET
            verdict = excluded.verdict, given_at = excluded.given_at, who = excluded.who
        """,
        [act.at, act.who, *([pair[place] for pair in pairs] for place in range(3))],
    )


def _delete_pairs(cursor: duckdb.DuckDBPyConnection, pairs: Sequence[tuple[str, str]]) -> None:
    cursor.execute(
        """
        DELETE FROM pair_verdicts WHERE ("first", "second") IN (
            SELECT (unnest(?::VARCHAR[]), unnest(?::VARCHAR[]))
        )
        """,
        [[one for one, _ in pairs], [other for _, other in pairs]],
    )


def _check_known(cursor: duckdb.DuckDBPyConnection, hashes: Iterable[str]) -> None:
    """Raises: UnknownPicturesError."""
    asked = list(dict.fromkeys(hashes))
    unknown = cursor.execute(
        "SELECT t.sha256 FROM (SELECT unnest(?::VARCHAR[]) AS sha256) t ANTI JOIN images i ON i.sha256 = t.sha256",
        [asked],
    ).fetchall()
    if unknown:
        raise UnknownPicturesError([row[0] for row in unknown], len(asked))
