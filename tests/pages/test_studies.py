"""The page where owners open studies and read their results."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.studies.design import StudyDesign
from core.studies.freeze import create_study
from core.studies.journal import VoteJournal
from core.studies.links import access
from core.studies.study import list_studies
from core.studies.voting import ballot, cast, join
from core.workspace import Workspace
from tests.core.studies.conftest import DrawnPictures

_ROUTER = Path(__file__).resolve().parents[2] / "streamlit_app.py"
SHOWN = "2026-11-21T10:00:00.000Z"


@pytest.fixture(autouse=True)
def fresh_caches() -> Iterator[None]:
    st.cache_resource.clear()
    st.cache_data.clear()
    yield
    st.cache_resource.clear()


def open_page(**parameters: str) -> AppTest:
    app = AppTest.from_file(_ROUTER, default_timeout=30).run()
    app.switch_page("app_pages/judge/studies.py")
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


@pytest.fixture
def study(workspace: Workspace):
    sources = [DrawnPictures("generated", 6, seed=1), DrawnPictures("real", 6, seed=2)]
    return create_study(workspace, "Paintings *of* sorts", StudyDesign(enlargement="pixels"), sources)


def rate(study, *, generated: int, real: int, response_ms: int = 1500) -> None:
    journal = VoteJournal(study.path)
    rater = join(study, journal)
    while (now := ballot(study, journal, rater)).current:
        answer = generated if study.items[now.current.item].condition == "generated-1" else real
        cast(study, journal, rater, now.current.presentation, answer, response_ms=response_ms, shown_at=SHOWN)


def texts(app: AppTest) -> str:
    kinds = (app.title, app.header, app.markdown, app.caption, app.info, app.success, app.warning, app.error, app.code)
    return "\n".join(element.value for group in kinds for element in group)


def test_without_a_run_the_page_leads_to_training(workspace):
    assert "No run has kept an epoch yet" in texts(open_page())


def test_the_list_shows_counts_and_state_and_opens_a_study(workspace, study):
    rate(study, generated=2, real=4)
    app = open_page()
    assert "Open · 12 pictures · 12 votes · 1 rater" in texts(app)
    app.button(key=f"open-{study.id}").click().run()
    assert app.query_params["study"] == study.id
    assert app.title[0].value == "Paintings *of* sorts"


def test_a_study_shows_its_link_and_that_nobody_answered_yet(workspace, study):
    app = open_page(study=study.id)
    assert app.code[0].value.endswith(f"/rate?link={access(study).token}")
    assert "Nobody has answered yet" in texts(app)


def test_results_show_means_the_difference_and_whether_it_is_enough(workspace, study):
    rate(study, generated=2, real=4)
    rate(study, generated=3, real=4)
    app = open_page(study=study.id)
    assert [metric.value for metric in app.metric][:2] == ["24", "2"]
    said = texts(app)
    assert "Generated minus real: −1.50" in said
    assert "Cliff's delta −1.00, large" in said
    assert "Not enough yet: 12 of 100 recommended judgements" in said
    table = app.dataframe[0].value
    assert list(table["Mean"]) == [2.5, 4.0]
    assert list(table["Judgements"]) == [12, 12]


def test_flagged_raters_can_be_left_out_and_both_means_are_in_the_table(workspace, study):
    rate(study, generated=2, real=4)
    rate(study, generated=5, real=1, response_ms=100)
    app = open_page(study=study.id)
    assert list(app.dataframe[0].value["Mean"]) == [3.5, 2.5]
    assert list(app.dataframe[0].value["Without flagged"]) == [2.0, 4.0]
    app.toggle[0].set_value(True).run()
    assert app.metric[0].value == "12"


def test_votes_reach_the_catalog(workspace, study):
    from core.catalog.catalog import Catalog

    rate(study, generated=2, real=4)
    open_page(study=study.id)
    with Catalog(workspace.catalog) as catalog:
        assert catalog.read("SELECT count(*), avg(answer) FROM study_votes") == [(12, 3.0)]


def test_a_study_is_closed_and_opened_again(workspace, study):
    app = open_page(study=study.id)
    next(button for button in app.button if button.label == "Close the study").click().run()
    assert not access(study).is_open
    next(button for button in app.button if button.label == "Open it again").click().run()
    assert access(study).is_open


def test_a_replaced_link_is_another_one(workspace, study):
    before = access(study).token
    app = open_page(study=study.id)
    next(button for button in app.button if button.label == "Make a new link").click().run()
    assert app.code[0].value.endswith(access(study).token)
    assert access(study).token != before


def test_an_unknown_study_is_refused_with_a_way_back(workspace, study):
    app = open_page(study="../../etc")
    assert "No study called" in app.error[0].value
    app.button[0].click().run()
    assert "study" not in app.query_params


def test_a_study_is_opened_from_a_run_and_its_test_split(workspace):
    """The whole way: an untrained generator's weights, a pack with a test split, the form, the frozen pictures."""
    run_id = untrained_run(workspace)
    app = open_page(run=run_id, epoch="2")
    app.number_input(key="study-generated").set_value(3)
    app.number_input(key="study-real").set_value(9).run()
    assert "9 real pictures are asked for, but the test split holds 4" in texts(app)
    next(button for button in app.button if button.label.startswith("Freeze")).click().run()
    assert not app.exception
    (made,) = list_studies(workspace)
    assert app.query_params["study"] == made.id
    assert [(condition.kind, condition.count) for condition in made.conditions] == [("generated", 3), ("real", 4)]
    assert {item.provenance.get("epoch") for item in made.items.values()} == {2, None}
    assert "the test split holds only 4" in texts(app)


def test_a_title_that_names_the_run_is_refused_and_nothing_entered_is_lost(workspace):
    run_id = untrained_run(workspace)
    app = open_page()
    app.text_input(key="study-title").set_value(f"Is {run_id} any good?")
    app.text_input(key="study-question").set_value("How moving is this?")
    next(button for button in app.button if button.label.startswith("Freeze")).click().run()
    assert "so know what competes" in app.error[0].value
    assert app.text_input(key="study-question").value == "How moving is this?"
    assert list_studies(workspace) == []


def untrained_run(workspace: Workspace) -> str:
    """A run folder whose epoch 2 holds the weights a network is born with, and the dataset it names."""
    from core.models.zoo import build_networks
    from core.training.run_folder import RunFolder
    from core.training.runs import create_run
    from core.training.weights import save_weights
    from tests.core.studies.test_freeze import write_pack

    images = np.random.default_rng(0).integers(0, 256, (16, 32, 32, 3), np.uint8)
    write_pack(workspace.dataset("tiny"), images, ["train"] * 12 + ["test"] * 4)
    run = RunFolder(workspace.run(create_run(workspace, "quick-gan", "tiny", 2)))
    facts = {name: run.settings[name] for name in ("architecture", "network")}
    networks = build_networks(facts["architecture"], facts["network"])
    save_weights(networks["generator"], run.weights_path(2), facts)
    return run.id
