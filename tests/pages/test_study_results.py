"""The results part of the Studies page."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.studies.design import StudyDesign
from core.studies.freeze import create_study
from core.studies.journal import VoteJournal
from core.studies.results.machine import HUMAN_FILE
from core.studies.stopping import StopRule
from tests.core.studies.conftest import DrawnPictures
from tests.core.studies.results.simulated import OfRun, by_condition, preferring, rate

_ROUTER = Path(__file__).resolve().parents[2] / "streamlit_app.py"


def open_page(study) -> AppTest:
    app = AppTest.from_file(_ROUTER, default_timeout=90).run()
    app.switch_page("app_pages/judge/studies.py")
    app.query_params["study"] = study.id
    app.run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    kinds = (app.title, app.header, app.subheader, app.markdown, app.caption, app.info, app.success, app.warning)
    return "\n".join(element.value for group in kinds for element in group)


@pytest.fixture
def make(workspace):
    def make(each=6, **design):
        sources = [DrawnPictures("generated", each, seed=1), DrawnPictures("real", each, seed=2)]
        return create_study(workspace, "Paintings", StudyDesign(enlargement="pixels", **design), sources)

    return make


def rated(study, generated, real, **options):
    journal = VoteJournal(study.path)
    return rate(study, journal, by_condition({"generated-1": generated, "real-1": real}), **options)


def table(app: AppTest, column: str):
    return next(frame.value for frame in app.dataframe if column in frame.value.columns)


def test_a_rating_study_shows_means_the_difference_and_how_far_it_is(make):
    study = make()
    rated(study, [2], [4])
    rated(study, [3], [4])
    app = open_page(study)
    assert [metric.value for metric in app.metric][:2] == ["24", "2"]
    said = texts(app)
    assert "**Generated minus real: −1.50**" in said.replace("\\", "")
    assert "Cliff's delta −1.00, large" in said
    assert "Not enough yet: 12 of 100 judgements" in "".join(p.proto.text for p in app.get("progress"))
    assert list(table(app, "By judgements")["Mean answer"]) == ["2.50", "4.00"]


def test_flagged_raters_can_be_left_out_and_both_results_are_in_the_table(make):
    study = make()
    rated(study, [2, 3], [4, 5])
    rated(study, [5, 4], [1, 2], response_ms=100)
    app = open_page(study)
    numbers = table(app, "Without flagged")
    assert list(numbers["Mean answer"]) == ["3.50", "3.00"]
    assert list(numbers["Without flagged"]) == ["2.50", "4.50"]
    app.toggle[0].set_value(True).run()
    assert app.metric[0].value == "12"


def test_leaving_out_everybody_says_so(make):
    study = make()
    rated(study, [2], [4], response_ms=100)
    app = open_page(study)
    app.toggle[0].set_value(True).run()
    assert not app.exception
    assert "Every judgement so far is flagged" in texts(app)


def test_interim_results_are_called_so(make):
    study = make(stop=StopRule("raters", 9))
    rated(study, [2], [4])
    assert "Interim results. The study stops after 9 raters have finished; 1 have finished" in texts(open_page(study))


def test_real_or_generated_shows_fool_rate_and_sensitivity(make):
    study = make(kind="real-or-generated")
    for _ in range(3):
        rated(study, [0, 1, 0], [1])
    app = open_page(study)
    row = table(app, "Fool rate").iloc[0]
    assert row["Fool rate"] == "33.3 % (6 of 18)"
    assert row["HYPE∞"].startswith("16.7 %")
    assert "Taken for real" in texts(app)


def test_timed_exposure_shows_where_raters_settled(make):
    study = make(kind="real-or-generated", exposure="staircase")
    rated(study, [0], [1])
    app = open_page(study)
    assert "How long people must look" in texts(app)
    assert list(table(app, "By judgements")["Exposure needed (HYPE time)"]) == ["470 ms", "–"]


def test_better_of_two_shows_the_ranking(make):
    study = make(kind="better-of-two")
    for _ in range(2):
        rate(study, VoteJournal(study.path), preferring(["real-1", "generated-1"]))
    app = open_page(study)
    ranks = table(app, "Rank (UB)")
    assert list(ranks["Condition"]) == ["Real", "Generated"]
    assert list(ranks["Won"]) == ["100%", "0%"]
    assert "The left picture was preferred" in texts(app)


def test_places_that_raters_pointed_at_are_drawn(make):
    study = make(ask_where=True)
    rated(study, [1], [5], point=lambda showing: (0.1, 0.1))
    assert "What gave it away" in texts(open_page(study))


def test_a_run_that_cannot_be_written_to_takes_nothing_from_the_page(workspace, make):
    study = create_study(workspace, "Epochs", StudyDesign(enlargement="pixels"), [OfRun("generated", 3, seed=1)])
    run = workspace.run("run-a")
    run.mkdir(parents=True)
    (run / "run.json").write_text('{"id": "run-a"}')
    (run / HUMAN_FILE).mkdir()  # where the file would lie
    rate(study, VoteJournal(study.path), by_condition({"generated-1": [2]}))
    app = open_page(study)
    assert "could not be written beside the runs" in texts(app)
    assert app.metric[0].value == "3"


def test_the_report_and_the_archive_can_be_taken(make):
    study = make()
    rated(study, [2], [4])
    labels = [button.proto.label for button in open_page(study).get("download_button")]
    assert {"Report (HTML)", "Report (Markdown)", "Raw votes (CSV)", "Everything (ZIP)"} <= set(labels)
