"""The method report: complete, true to the results, and harmless whatever people wrote."""

import re
from html.parser import HTMLParser

import pytest

from core.studies.design import StudyDesign
from core.studies.freeze import create_study
from core.studies.journal import VoteJournal
from core.studies.report import report
from core.studies.report_forms import as_html, as_markdown
from core.studies.results.study_results import results
from core.studies.wording import Wording

from .conftest import DrawnPictures
from .results.simulated import by_condition, preferring, rate


def made(study, journal):
    return report(results(study, journal), results(study, journal, without_flagged=True))


def test_the_report_tells_method_raters_rules_results_and_limits(study, journal):
    for _ in range(3):
        rate(study, journal, by_condition({"generated-1": [2, 3], "real-1": [4, 5]}))
    rate(study, journal, by_condition({"generated-1": [3], "real-1": [3]}), response_ms=100)
    text = as_markdown(made(study, journal))
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings == [
        "In short",
        "Design",
        "What competed",
        "Who rated",
        "Results",
        "How sure",
        "Limits",
        "How this was made",
    ]
    assert "4 raters rated single pictures on a scale from 1 to 5 (48 judgements" in text
    assert "1 answered too fast, 1 gave one and the same answer" in text
    assert "takes 12 of 48 judgements away" in text
    assert "Generated 2.62" in text
    assert "Without flagged raters and votes (36 judgements left): Generated 2.50" in text
    assert "Cliff's delta" in text
    assert "With 4 raters, intervals by resampling raters are likely too narrow." in text
    assert "3.9" in text
    assert "other pictures and other raters" in text


def test_what_people_wrote_is_no_markup_in_the_report(workspace):
    wording = Wording("Is <script>alert(1)</script> | *this* [good](http://127.0.0.1)?", lowest="<b>no", highest="yes")
    sources = [DrawnPictures("generated", 3, seed=1), DrawnPictures("real", 3, seed=2)]
    design = StudyDesign(wordings={"en": wording}, enlargement="pixels")
    study = create_study(workspace, "A <img src=x onerror=alert(1)> title", design, sources)
    journal = VoteJournal(study.path)
    rate(study, journal, by_condition({"generated-1": [2], "real-1": [4]}))
    page, text = as_html(made(study, journal)), as_markdown(made(study, journal))
    tags = Tags()
    tags.feed(page)
    assert not {"script", "img", "b", "a"} & tags.seen
    assert "default-src 'none'" in page
    assert r"\<script\>" in text
    assert r"\[good\]" in text
    table = next(line for line in text.splitlines() if line.startswith("| en |"))
    assert len(re.findall(r"(?<!\\)\|", table)) == 6  # five cells


def test_the_page_is_a_document_that_loads_nothing_and_shows_the_intervals(study, journal):
    rate(study, journal, by_condition({"generated-1": [2, 3], "real-1": [4, 5]}))
    page = as_html(made(study, journal))
    assert page.startswith("<!doctype html>")
    assert "src=" not in page
    assert "href=" not in page
    assert page.count("<circle") == 2
    assert 'aria-label="Mean answer, with 95 % intervals: Generated 2.50; Real 4.50"' in page


@pytest.mark.parametrize("kind", ["real-or-generated", "better-of-two"])
def test_each_kind_of_study_has_a_report(workspace, kind):
    sources = [DrawnPictures("generated", 4, seed=1), DrawnPictures("real", 4, seed=2)]
    study = create_study(workspace, "Any", StudyDesign(kind=kind, enlargement="pixels"), sources)
    journal = VoteJournal(study.path)
    for _ in range(3):
        by = (
            preferring(["real-1", "generated-1"])
            if kind == "better-of-two"
            else by_condition({"generated-1": [0, 1], "real-1": [1]})
        )
        rate(study, journal, by)
    text = as_markdown(made(study, journal))
    if kind == "better-of-two":
        assert "chose the better of two pictures" in text
        assert "12 of 12" in text
        assert "| 1 | 1 | Real |" in text
    else:
        assert "Generated 50.0 %" in text
        assert "HYPE∞" in text


def test_a_study_nobody_answered_has_a_report_that_says_so(study, journal):
    assert "Nobody has answered yet." in as_markdown(made(study, journal))
    assert "<circle" not in as_html(made(study, journal))


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
