"""Acts about look-alikes in words, for whoever tells what was done: the timeline, and the line about the last act."""

from collections.abc import Sequence

from core.catalog.look_alikes.settling import ACTS, ASK_AGAIN, KEEP_ALL, KEEP_ONE
from core.catalog.look_alikes.taken_over import TakenOver
from ui.jobs import plain

ICONS = {KEEP_ONE: ":material/content_copy:", KEEP_ALL: ":material/call_split:", ASK_AGAIN: ":material/replay:"}


def told(act: str, number: int, reason: str) -> str | None:
    """None for an act of another kind."""
    if act not in ACTS:
        return None
    many = "1 picture" if number == 1 else f"{number:,} pictures"
    if act == KEEP_ONE:
        return f"Excluded {many}: {plain(reason)}"
    if act == KEEP_ALL:
        return f"Called {many} {plain(reason)}"
    return f"Forgot verdicts, {many} back" if number else "Forgot verdicts"


def taken_over_rows(facts: Sequence[TakenOver]) -> dict[str, str]:
    """Label -> value, for a table: facts that a picture has from look-alikes that were left out."""
    rows: dict[str, list[str]] = {}
    for fact in facts:
        name = {"page_url": "Page"}.get(fact.field, fact.field.capitalize())
        rows.setdefault(f"{name}, taken over from {fact.told_by[:12]}", []).append(fact.value)
    return {label: ", ".join(values) for label, values in rows.items()}
