"""The provenance card, the flags of a picture, and the facet of quality on the Catalog page."""

import pytest

from core.catalog.catalog import Catalog
from core.catalog.ingest import ingest_pending
from core.workspace import Workspace
from tests.core.catalog.ledgers import Jobs, sha
from tests.pages.test_catalog import heading, open_page


@pytest.fixture
def pictures(workspace: Workspace) -> None:
    """Five pictures from a museum, of which the first is dark."""
    jobs = Jobs(workspace)
    address = {"page_url": "https://museum.example/1", "image_url": "https://museum.example/1.jpg", "licence": "CC0"}
    rows = [jobs.stored(f"{number}", number, source="met", title="<b>Sea</b>", **address) for number in range(1, 6)]
    rows[0]["facts"]["measures"] = {"brightness_p99": 0.1}
    jobs.collect("seas", rows)
    with Catalog(workspace.catalog) as catalog:
        ingest_pending(catalog, workspace)


def test_the_card_tells_where_a_picture_comes_from_and_who_decided_what(pictures: None, workspace: Workspace) -> None:
    with Catalog(workspace.catalog) as catalog:
        catalog.exclude([sha(1)], "poor *scan*", who="Eve")
        catalog.dismiss([sha(1)], "odd_size", who="Ada")
        catalog.judge([(sha(1), sha(2), "different")], who="Bo")
    page = open_page(picture=sha(1))
    card = " ".join(element.proto.body for element in page.get("html"))
    for told in ("https://museum.example/1.jpg", "CC0", "met, 1", "In seas", "Fine: odd size", "Ada, ", "Bo, "):
        assert told in card, told
    assert any(code.value == sha(1) for code in page.code)
    assert any("**Excluded**: poor \\*scan\\*" in markdown.value for markdown in page.markdown)
    assert any("by Eve" in caption.value for caption in page.caption)
    assert any(caption.value == "In no dataset yet." for caption in page.caption)


def test_a_flag_is_told_with_its_value_and_called_fine_there(pictures: None, workspace: Workspace) -> None:
    page = open_page(picture=sha(1))
    assert any("0.1, below 0.32 in seas" in caption.value for caption in page.caption)
    page.get_by_key("picture-flag-dark-seas").click().run()
    assert not page.exception
    with Catalog(workspace.catalog) as catalog:
        assert catalog.picture(sha(1)).history[0].act == "dismiss"


def test_the_facet_of_quality_counts_within_the_filters_and_narrows(pictures: None) -> None:
    page = open_page(facets="true")
    facet = page.get_by_key("facet-flag")
    assert [option.content for option in facet.proto.options] == ["Dark **1**"]
    facet.set_value(["dark"]).run()
    assert page.get_by_key("where").value == 'flag = "dark"'
    assert heading(page) == "1 picture"
