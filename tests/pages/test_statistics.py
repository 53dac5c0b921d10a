"""The Statistics page, through the app's own router, over invented pictures."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.catalog.catalog import Catalog
from core.catalog.facets import choice
from core.catalog.ingest import ingest_pending
from core.catalog.selection import Selection
from core.catalog.statistics import palette_counts
from core.workspace import Workspace
from tests.core.catalog.ledgers import Jobs
from ui.statistics_charts import clicked_bar, highest_share
from ui.statistics_panels import narrowed

_APP = Path(__file__).parents[2] / "streamlit_app.py"


@pytest.fixture
def pictures(workspace: Workspace) -> None:
    """Three dated prints by Ada under CC0, two paintings by Bo of which nothing else is known."""
    jobs = Jobs(workspace)
    prints = [
        jobs.stored(f"{number}", number, artist="Ada", style="Ukiyo-e", date=f"18{number}0", licence="CC0")
        for number in (1, 2, 3)
    ]
    jobs.collect("prints", prints)
    jobs.collect("paintings", [jobs.stored(f"{number}", number, artist="Bo") for number in (4, 5)])
    with Catalog(workspace.catalog) as catalog:
        ingest_pending(catalog, workspace)
        catalog.save_selection("Ukiyo-e", Selection(where="style = Ukiyo-e"))


def open_page(**address: str) -> AppTest:
    page = AppTest.from_file(str(_APP), default_timeout=30).run().switch_page("app_pages/gather/statistics.py")
    for name, value in address.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def figures(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def titles(page: AppTest) -> list[str]:
    return [markdown.value.strip("*") for markdown in page.markdown if markdown.value.startswith("**")]


def test_an_empty_lab_is_sent_to_collect(workspace: Workspace) -> None:
    page = open_page()
    assert any("Collect some first" in markdown.value for markdown in page.markdown)


def test_everything_that_is_known_is_plotted_and_nothing_else(pictures: None) -> None:
    page = open_page()
    told = figures(page)
    assert (told["Pictures"], told["Artists"], told["With a year"], told["With a licence"]) == ("5", "2", "60%", "60%")
    shown = titles(page)
    for title in ("Colours", "Artist", "Style", "Year of the work", "Collected, by day", "Size", "Licence"):
        assert title in shown
    assert "Genre" not in shown  # nobody knows any
    assert "Your tags" not in shown
    assert any("Not known of 2." in caption.value for caption in page.caption)


def test_the_filters_of_the_catalog_narrow_it_and_stand_in_the_address(pictures: None) -> None:
    assert figures(open_page(where="artist = Bo"))["Pictures"] == "2"
    page = open_page(collection="prints")
    assert figures(page)["Pictures"] == "3"
    page.get_by_key("where").set_value("year > 9000").run()
    assert any("Nothing matches" in caption.value for caption in page.caption)
    page.get_by_key("where").set_value("yaer > 1").run()
    assert any("Did you mean year?" in error.value.replace("\\", "") for error in page.error)
    assert not page.metric


def test_two_selections_stand_side_by_side(pictures: None) -> None:
    page = open_page(collection="paintings")
    assert page.get_by_key("with").options == ["collection: paintings", "collection: prints", "saved: Ukiyo-e"]
    page.get_by_key("with").set_value("saved: Ukiyo-e").run()
    assert not page.exception
    assert [subheader.value.replace("\\", "") for subheader in page.subheader][-2:] == ["This selection", "Ukiyo-e"]
    assert [caption.value for caption in page.caption if "pictures" in caption.value][-2:] == [
        "2 pictures",
        "3 pictures",
    ]
    assert titles(open_page(**{"with": "collection: prints"})).count("Decade of the work") == 2
    assert open_page(**{"with": "collection: gone"}).get_by_key("with").value is None


def test_a_bar_asks_for_its_pictures_within_the_selection(pictures: None, workspace: Workspace) -> None:
    with Catalog(workspace.catalog) as catalog:
        selection = Selection(artists=("Ada",), where="style = Ukiyo-e and width > 1")
        by_style = narrowed(selection, "style", choice("style", [""]))
        assert (by_style.artists, catalog.count(by_style)) == (("Ada",), 0)
        assert catalog.count(narrowed(selection, "artist", choice("artist", ["Bo"]))) == 0
        assert catalog.count(narrowed(Selection(artists=("Ada",)), "artist", choice("artist", ["Bo"]))) == 2
        found = palette_counts(catalog, Selection())
        assert highest_share(found) == 1.0  # all have the same two colours


def test_a_click_is_read_from_what_the_browser_says() -> None:
    assert clicked_bar({"selection": {"bar": [{"bar": 3.0}]}}) == 3
    for nothing in (None, {}, {"selection": {"bar": []}}, {"selection": {"bar": [{}]}}):
        assert clicked_bar(nothing) is None
