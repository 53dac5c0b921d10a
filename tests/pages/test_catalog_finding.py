"""The Catalog page's filter field, facets and histograms."""

from collections.abc import Iterator

import pytest
import streamlit as st

from core.workspace import Workspace
from tests.core.catalog.ledgers import Jobs
from tests.pages.test_catalog import heading, open_page, press


@pytest.fixture(autouse=True)
def fresh_server() -> Iterator[None]:
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.fixture
def pictures(workspace: Workspace) -> Jobs:
    """Three prints by Ada (1830, 1831, 1855), two paintings by Bo without a year."""
    jobs = Jobs(workspace)
    prints = [
        jobs.stored(f"{number}", number, artist="Ada", style="Ukiyo-e", title=f"Wave {number}", date=date)
        for number, date in ((1, "1830"), (2, "1831"), (3, "c. 1855"))
    ]
    jobs.collect("prints", prints)
    jobs.collect("paintings", [jobs.stored(f"{number}", number, artist="Bo", style="Cubism") for number in (4, 5)])
    return jobs


def test_the_filter_field_narrows_together_with_the_other_filters(pictures: Jobs) -> None:
    page = open_page()
    page.get_by_key("where").set_value("year >= 1831").run()
    assert heading(page) == "2 pictures"
    page.get_by_key("q").set_value("1855").run()
    assert heading(page) == "1 picture"
    press(page, "Clear filters")
    assert heading(page) == "5 pictures"
    assert page.get_by_key("where").value == ""


def test_the_filter_field_lives_in_the_url(pictures: Jobs) -> None:
    assert heading(open_page(where="style = Cubism")) == "2 pictures"


def test_a_filter_that_nobody_understands_says_where_and_keeps_what_was_typed(pictures: Jobs) -> None:
    page = open_page(q="wave")
    page.get_by_key("where").set_value("yaer >= 1831").run()
    assert not page.exception
    assert any("Did you mean year?" in error.value.replace("\\", "") for error in page.error)
    assert any(code.value.startswith("⟨here⟩") for code in page.code)
    assert page.get_by_key("where").value == "yaer >= 1831"
    assert page.get_by_key("q").value == "wave"
    assert not page.subheader  # nothing that could be taken for what the filter finds, and no way to act on it
    page.get_by_key("where").set_value("year >= 1831").run()
    assert heading(page) == "2 pictures"
