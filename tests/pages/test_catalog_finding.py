"""The Catalog page's filter field, facets and histograms."""

import pytest
from streamlit.testing.v1 import AppTest

from core.catalog.selection import Selection
from core.workspace import Workspace
from tests.core.catalog.ledgers import Jobs
from tests.pages.test_catalog import heading, open_page, press
from ui.catalog_filters import address_of
from ui.catalog_histograms import clicked_bars
from ui.catalog_where import with_condition


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


def facet(page: AppTest, field: str) -> list[str]:
    return [option.replace("\\", "") for option in page.get_by_key(f"facet-{field}").options]


def test_facets_count_and_a_click_narrows_and_takes_back(pictures: Jobs) -> None:
    page = open_page(facets="true")
    assert facet(page, "style") == ["Ukiyo-e **3**", "Cubism **2**"]
    page.get_by_key("facet-style").set_value(["Cubism"]).run()
    assert not page.exception
    assert page.get_by_key("where").value == 'style = "Cubism"'
    assert heading(page) == "2 pictures"
    assert facet(page, "style") == ["Ukiyo-e **3**", "Cubism **2**"]  # what else there would be
    assert facet(page, "artist")[0] == "Bo **2**"
    page.get_by_key("facet-style").set_value([]).run()
    assert heading(page) == "5 pictures"


def test_a_facet_that_has_a_filter_of_its_own_sets_that(pictures: Jobs) -> None:
    page = open_page(facets="true")
    page.get_by_key("facet-artist").set_value(["Ada"]).run()
    assert page.get_by_key("artist").value == ["Ada"]
    assert page.get_by_key("where").value == ""
    assert heading(page) == "3 pictures"
    page.get_by_key("artist").set_value([]).run()
    assert page.get_by_key("facet-artist").value == []
    assert heading(page) == "5 pictures"


def test_a_facet_leaves_the_rest_of_the_filter_alone(pictures: Jobs) -> None:
    page = open_page(facets="true", where="width > 1 and style = Cubism")
    assert page.get_by_key("facet-style").value == ["Cubism"]
    page.get_by_key("facet-style").set_value(["Cubism", "Ukiyo-e"]).run()
    assert page.get_by_key("where").value == 'width > 1 and style in ("Cubism", "Ukiyo-e")'
    assert heading(page) == "5 pictures"


def test_facets_are_not_counted_before_they_are_asked_for(pictures: Jobs) -> None:
    assert not [pills for pills in open_page().button_group if (pills.key or "").startswith("facet-")]


def test_a_clicked_bar_filters_and_is_taken_back_by_another_click(pictures: Jobs) -> None:
    """The click itself happens in a browser: here is what it sets going."""
    where = with_condition("width > 1", "year", "year >= 1831 and year < 1832")
    assert where == "width > 1 and year >= 1831 and year < 1832"
    page = open_page(facets="true", where=where)
    assert heading(page) == "1 picture"
    press(page, "Any year")
    assert page.get_by_key("where").value == "width > 1"
    assert clicked_bars({"selection": {"bar": [{"bar": 3}]}}) == [3]
    assert clicked_bars(None) == clicked_bars({"selection": {}}) == []


def test_a_decade_is_a_facet_too(pictures: Jobs) -> None:
    page = open_page(facets="true")
    assert facet(page, "decade") == ["1830s **2**", "1850s **1**"]
    page.get_by_key("facet-decade").set_value(["1830"]).run()
    assert page.get_by_key("where").value == "decade in (1830)"
    assert page.get_by_key("facet-decade").value == ["1830"]
    assert heading(page) == "2 pictures"


def test_a_click_on_a_facet_leaves_a_filter_alone_that_nobody_understands(pictures: Jobs) -> None:
    page = open_page(facets="true")
    page.get_by_key("where").set_value("year >=")  # typed, and at once a facet clicked
    page.get_by_key("facet-style").set_value(["Cubism"]).run()
    assert not page.exception
    assert page.get_by_key("where").value == "year >="
    assert any("cannot be understood" in error.value for error in page.error)


def test_an_address_asks_for_all_that_a_selection_does(pictures: Jobs) -> None:
    wanted = Selection(
        collections=("prints",),
        artists=("Ada",),
        licences=("",),
        min_side=2,
        max_side=5000,
        orientation="landscape",
        excluded="all",
        text="wave",
        synthetic=False,
        where="year > 1830",
    )
    assert open_page(**address_of(wanted)).session_state["catalog-filter"] == wanted
    assert address_of(Selection()) == {}
