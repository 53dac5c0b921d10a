"""The raw votes of a study as a table for other tools."""

import csv
import io

from core.studies.journal import VoteJournal
from core.studies.results.raters import summarise_raters
from core.studies.study import Study

COLUMNS = {
    "vote": "id of the vote, unique",
    "study": "id of the study",
    "rater": "random id of the rater",
    "item": "random id of the picture, its file name in the study's folder",
    "presentation": "id of the showing",
    "condition": "id of what competes",
    "condition_kind": "generated or real",
    "condition_label": "what competes, in words",
    "answer": "the answer on the scale of the study",
    "response_ms": "milliseconds from the picture on screen to the answer, measured in the browser",
    "shown_at": "when the picture was on screen, UTC, by the rater's clock",
    "at": "when the vote was written, UTC, by the server's clock",
    "fast": "1 if answered sooner than the study's rule for fast votes",
    "rater_flagged": "1 if the rater is flagged by the study's rules",
    "retracted": "1 if the rater took the vote back",
}  # column -> what it holds: the codebook


def votes_csv(study: Study, journal: VoteJournal) -> str:
    """All votes ever given, retracted ones marked, one row each, in the order in which they were given."""
    with journal.locked() as writer:
        every, retracted = list(writer.tallies.vote_ids.values()), set(writer.tallies.retracted)
    standing = [vote for vote in every if vote.id not in retracted]
    flagged = {summary.rater for summary in summarise_raters(study, standing, writer.tallies.raters) if summary.flags}
    conditions = {condition.id: condition for condition in study.conditions}
    buffer = io.StringIO()
    table = csv.writer(buffer, lineterminator="\n")
    table.writerow(COLUMNS)
    for vote in every:
        condition = conditions[study.items[vote.item].condition]
        table.writerow(
            [
                vote.id,
                study.id,
                vote.rater,
                vote.item,
                vote.presentation,
                condition.id,
                condition.kind,
                condition.label,
                vote.answer,
                vote.response_ms,
                vote.shown_at,
                vote.at,
                int(vote.response_ms < study.design.flags.fast_ms),
                int(vote.rater in flagged),
                int(vote.id in retracted),
            ]
        )
    return buffer.getvalue()
