"""A study of the first manifest format, as its files lay there, keeps its results."""

import json

import pytest

from core.studies.export import votes_csv
from core.studies.journal import VoteJournal
from core.studies.report import report
from core.studies.report_forms import as_markdown
from core.studies.results.study_results import results
from core.studies.study import Study

FLAGS = {"fast_ms": 500, "fast_share": 0.2, "straight_line_votes": 8, "straight_line_share": 0.95}
DESIGN = {
    "question": "How convincing is this as a painting?",
    "kind": "rate-1-to-5",
    "instructions": "Go by your first impression.",
    "items_per_rater": None,
    "enlargement": "smooth",
    "recommended_judgements": 100,
    "recommended_raters": 15,
    "flags": FLAGS,
    "practice": 0,
    "attention": 0,
    "repeats": 0,
}


@pytest.fixture
def old(workspace):
    """Two pictures of two conditions, one rater who took an answer back and gave another."""
    path = workspace.studies / "20260101-000000-old-abcd"
    (path / "images").mkdir(parents=True)
    conditions = [
        {"id": f"{kind}-1", "kind": kind, "label": f"{kind} pictures", "count": 1, "source": {}, "notes": []}
        for kind in ("generated", "real")
    ]
    items = [
        {"id": name * 16, "condition": f"{kind}-1", "sha256": "", "provenance": {}}
        for name, kind in (("a", "generated"), ("b", "real"))
    ]
    manifest = {
        "format": 1,
        "id": path.name,
        "title": "Old",
        "created": "2026-01-01T00:00:00.000Z",
        "design": DESIGN,
        "display": {"width": 512, "height": 512, "native_width": 64, "native_height": 64},
        "conditions": conditions,
        "items": items,
    }
    (path / "manifest.json").write_text(json.dumps(manifest))
    (path / "access.json").write_text(
        json.dumps({"token": "t" * 22, "is_open": True, "changed": "2026-01-01T00:00:00.000Z"})
    )
    at = {"rater": "r" * 16, "at": "2026-01-01T10:00:00.000Z"}
    events = [{"event": "joined", **at}]
    for number, (item, answer) in enumerate((("a", 2), ("b", 5), ("a", 3))):
        shown = {"presentation": f"p{number}", "item": item * 16}
        events.append({"event": "assigned", **shown, **at})
        timing = {"response_ms": 1500, "shown_at": "2026-01-01T09:59:58.000Z"}
        events.append({"event": "vote", "vote": f"v{number}", **shown, "answer": answer, **timing, **at})
        if number == 1:
            events.append({"event": "retraction", "vote": "v0", **at})
    (path / "votes.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    return Study(path)


def test_an_old_study_has_its_results(old):
    found = results(old, VoteJournal(old.path))
    assert [score.value for score in found.scores] == [3, 5]
    assert (found.counts.judgements, found.counts.started, found.counts.finished) == (2, 1, 1)
    assert found.raters[0].via == "open"
    assert found.flagged == ()


def test_an_old_study_has_its_report_and_export(old):
    journal = VoteJournal(old.path)
    text = as_markdown(report(results(old, journal), results(old, journal, without_flagged=True)))
    assert "How convincing is this as a painting?" in text
    assert len(votes_csv(old, journal).splitlines()) == 4
