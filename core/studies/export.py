"""What leaves a study: raw and cleaned votes with their codebook, the manifest and the report, in a folder or archive.

Answers of raters who withdrew never leave, nor do links.
"""

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import ConfigError
from core.studies.journal import Vote, VoteJournal
from core.studies.kinds import LEFT, REAL, RIGHT
from core.studies.report import report
from core.studies.report_forms import as_html, as_markdown
from core.studies.results.raters import is_fast, summarise_raters
from core.studies.results.study_results import results
from core.studies.study import Study
from core.studies.votes_table import pictures_of

if TYPE_CHECKING:
    import pyarrow

COLUMNS = {
    "vote": "id of the vote, unique",
    "study": "id of the study",
    "kind": "kind of the study",
    "rater": "random id of the rater",
    "language": "language of the wording that the rater read",
    "via": "how the rater came: open (the link for everybody) or invitation:<number>",
    "role": "main: counts; practice, attention, repeat: do not",
    "trial": "id of what was answered: one picture, or a pair",
    "item": "random id of the picture that is judged, its file's name in the study; of a preference, the left one",
    "condition": "id of what competes that the picture belongs to",
    "condition_kind": "generated, preset, real, restyled or noise",
    "condition_label": "what competes, in words",
    "opponent": "the other picture of a pair: the right one of a preference, the real one beside the judged one",
    "opponent_condition": "what that one belongs to",
    "shown": "the pictures as they were on screen, left first, separated by blanks",
    "presentation": "id of the showing",
    "answer": "as given: on the scale; 0 generated, 1 real; 1 the left one, 2 the right one, 0 no difference",
    "taken_for_real": "real or generated alone: 1 if the picture was called real",
    "correct": "real or generated alone: 1 if that was right",
    "preferred": "better of two alone: id of the condition that was preferred; empty for no difference",
    "response_ms": "milliseconds from the picture on screen to the answer, measured in the browser",
    "gap_ms": "milliseconds since the rater's event before, by the server's clock",
    "exposure_ms": "timed exposure alone: how long the picture was to be seen",
    "seen_ms": "timed exposure alone: how long it was on screen, measured in the browser",
    "point_x": "where the rater pointed, from the left, 0 to 1",
    "point_y": "where the rater pointed, from the top, 0 to 1",
    "shown_at": "when the picture was on screen, UTC, by the rater's clock",
    "at": "when the vote was written, UTC, by the server's clock",
    "fast": "1 if answered sooner than the study's rule for fast votes",
    "rater_flagged": "1 if the rater is flagged by the study's rules",
    "retracted": "1 if the rater took the vote back",
}  # column -> what it holds: the codebook

_ITEM_COLUMNS = {
    "item": "random id of the picture",
    "condition": "id of the condition",
    "condition_kind": "generated, preset, real, restyled or noise",
    "condition_label": "the condition in words",
    "condition_role": "competes, reference (stands beside what is judged) or attention (an obvious fake)",
    "sha256": "of the PNG file that raters saw",
    "provenance": "JSON: where exactly the picture came from",
    "brightness": "mean perceived brightness, 0 to 1",
    "contrast": "standard deviation of the brightness",
    "sharpness": "variance of edges, 0 to 1",
    "colourfulness": "0 is grey, above about 0.33 vivid",
}
_INTEGERS = {
    *("answer", "taken_for_real", "correct", "response_ms", "gap_ms", "exposure_ms", "seen_ms"),
    *("fast", "rater_flagged", "retracted"),
}
_REALS = {"point_x", "point_y"}
Row = dict[str, Any]


def vote_rows(study: Study, journal: VoteJournal) -> list[Row]:
    """All votes ever given, retracted ones marked, in the order in which they were given; COLUMNS says what is in them.

    Without those of raters who withdrew.
    """
    with journal.locked() as writer:
        tallies = writer.tallies
        every = [vote for vote in tallies.vote_ids.values() if vote.rater in tallies.raters]
        retracted, raters = set(tallies.retracted), dict(tallies.raters)
    every = [vote for vote in every if vote.item in study.trials]
    standing = [vote for vote in every if vote.id not in retracted]
    flagged = {summary.rater for summary in summarise_raters(study, standing, raters) if summary.flags}
    return [
        _row(study, vote)
        | {
            "language": raters[vote.rater].language,
            "via": raters[vote.rater].via,
            "rater_flagged": int(vote.rater in flagged),
            "retracted": int(vote.id in retracted),
        }
        for vote in every
    ]


def clean_rows(rows: list[Row]) -> list[Row]:
    """What the cleaned results rest on: standing votes that count, without fast ones and flagged raters."""
    return [
        row for row in rows if row["role"] == "main" and not (row["retracted"] or row["fast"] or row["rater_flagged"])
    ]


def votes_csv(study: Study, journal: VoteJournal) -> str:
    """The raw votes."""
    return _csv(vote_rows(study, journal), COLUMNS)


def export_study(study: Study, journal: VoteJournal, out: Path) -> list[Path]:
    """Write everything into a new folder; return its files.

    Raises: ConfigError if the folder has something in it.
    """
    out = out.expanduser()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(f"{out} is there already and not an empty folder. Choose another name.")
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for name, content in _files(study, journal).items():
        path = out / name
        path.write_bytes(content)
        written.append(path)
    return written


def export_archive(study: Study, journal: VoteJournal) -> bytes:
    """The same as a zip file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _files(study, journal).items():
            archive.writestr(f"{study.id}/{name}", content)
    return buffer.getvalue()


def _files(study: Study, journal: VoteJournal) -> dict[str, bytes]:
    raw = vote_rows(study, journal)
    clean = clean_rows(raw)
    made = report(results(study, journal), results(study, journal, without_flagged=True))
    return {
        "votes-raw.csv": _csv(raw, COLUMNS).encode(),
        "votes-raw.parquet": _parquet(raw),
        "votes-clean.csv": _csv(clean, COLUMNS).encode(),
        "votes-clean.parquet": _parquet(clean),
        "items.csv": _csv(_item_rows(study), _ITEM_COLUMNS).encode(),
        "codebook.md": _codebook(study, len(raw), len(clean)).encode(),
        "manifest.json": (study.path / "manifest.json").read_bytes(),
        "report.md": as_markdown(made).encode(),
        "report.html": as_html(made).encode(),
    }


def _row(study: Study, vote: Vote) -> Row:
    item, other = pictures_of(study, vote)
    condition = study.condition_of(item)
    measure = study.design.scale.measure
    x, y = vote.point or (None, None)
    row: Row = {
        "vote": vote.id,
        "study": study.id,
        "kind": study.design.kind,
        "rater": vote.rater,
        "language": "",
        "via": "",
        "role": vote.role,
        "trial": vote.item,
        "item": item,
        "condition": condition.id,
        "condition_kind": condition.kind,
        "condition_label": condition.label,
        "opponent": other,
        "opponent_condition": study.condition_of(other).id if other else None,
        "shown": " ".join(vote.shown),
        "presentation": vote.presentation,
        "answer": vote.answer,
        "taken_for_real": None,
        "correct": None,
        "preferred": None,
        "response_ms": vote.response_ms,
        "gap_ms": vote.gap_ms,
        "exposure_ms": vote.exposure_ms,
        "seen_ms": vote.seen_ms,
        "point_x": x,
        "point_y": y,
        "shown_at": vote.shown_at,
        "at": vote.at,
        "fast": int(is_fast(vote, study.design.flags)),
    }
    if measure == "detection":
        row["taken_for_real"] = int(vote.answer == REAL)
        row["correct"] = int((vote.answer == REAL) == condition.is_real)
    elif measure == "preference" and vote.answer in (LEFT, RIGHT):
        row["preferred"] = study.condition_of(vote.shown[0 if vote.answer == LEFT else 1]).id
    return row


def _item_rows(study: Study) -> list[Row]:
    rows = []
    for item in study.items.values():
        condition = study.condition_of(item.id)
        rows.append(
            {
                "item": item.id,
                "condition": condition.id,
                "condition_kind": condition.kind,
                "condition_label": condition.label,
                "condition_role": condition.role,
                "sha256": item.sha256,
                "provenance": json.dumps(item.provenance, ensure_ascii=False),
                **{name: item.measures.get(name) for name in ("brightness", "contrast", "sharpness", "colourfulness")},
            }
        )
    return rows


def _csv(rows: list[Row], columns: dict[str, str]) -> str:
    buffer = io.StringIO()
    table = csv.DictWriter(buffer, list(columns), lineterminator="\n")
    table.writeheader()
    table.writerows(rows)  # None becomes an empty cell
    return buffer.getvalue()


def _parquet(rows: list[Row]) -> bytes:
    """With the codebook as the description of each column."""
    import pyarrow
    from pyarrow import parquet

    schema = pyarrow.schema(
        [
            pyarrow.field(name, _type_of(name, pyarrow), metadata={"description": words})
            for name, words in COLUMNS.items()
        ]
    )
    table = pyarrow.Table.from_pylist(rows, schema=schema)
    buffer = io.BytesIO()
    parquet.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def _type_of(column: str, arrow: Any) -> "pyarrow.DataType":
    if column in _INTEGERS:
        return arrow.int64()
    return arrow.float64() if column in _REALS else arrow.string()


def _codebook(study: Study, raw: int, clean: int) -> str:
    rules = study.design.flags
    answers = ", ".join(map(str, study.design.answers))
    lines = [
        f"# Codebook of the study {study.id}",
        "",
        f"- `votes-raw` (.csv and .parquet, {raw:,} rows): every vote ever given, with practice, attention items and "
        "repeats, and those that were taken back, all marked. Raters who withdrew are not in it.",
        f"- `votes-clean` ({clean:,} rows): standing votes that count, without fast ones (sooner than {rules.fast_ms} "
        "ms) and without flagged raters. The rules were fixed when the study opened; report.md lists them.",
        "- `items.csv`: the pictures. `manifest.json`: the design and everything that was frozen. `report.md`, "
        "`report.html`: what came out.",
        "",
        f"Answers that could be given: {answers}.",
        "",
    ]
    for title, columns in (("Votes", COLUMNS), ("Pictures", _ITEM_COLUMNS)):
        lines += [f"## {title}", "", "| column | what it holds |", "|---|---|"]
        lines += [f"| `{name}` | {words} |" for name, words in columns.items()]
        lines.append("")
    return "\n".join(lines)
