"""The Duplicates page, through the app's own router. Choosing and deciding by hand is tested in a browser."""

from pathlib import Path

import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.catalog.catalog import Catalog
from core.catalog.ingest import ingest_pending
from core.catalog.look_alikes.searching import kept_searches
from core.catalog.measured import rows_to_describe
from core.catalog.selection import Selection
from core.features.job import create_describe
from core.jobs import control
from core.workspace import Workspace
from tests.core.catalog.collected import collect_pictures
from tests.core.catalog.ledgers import Jobs
from tests.core.pictures import encoded, noise
from ui.duplicates_groups import GroupAct, act_of

_APP = Path(__file__).parents[2] / "streamlit_app.py"
_PAGE = "app_pages/gather/duplicates.py"


def scene(seed: int) -> Image.Image:
    return noise(12, 9, seed).resize((96, 72))


@pytest.fixture
def collected(workspace: Workspace) -> dict[str, str]:
    """Three scenes: one packed twice and scaled down, one compressed, one alone."""
    jobs = Jobs(workspace)
    hashes = collect_pictures(
        jobs,
        "scans",
        {
            "a.png": encoded(scene(1)),
            "a again.png": encoded(scene(1), compress_level=1),
            "b.png": encoded(scene(2)),
            "c.png": encoded(scene(3)),
        },
        artist="Ada",
    )
    hashes |= collect_pictures(
        jobs,
        "web",
        {
            "a small.jpg": encoded(scene(1).resize((72, 54)), "JPEG", quality=92),
            "b poor.jpg": encoded(scene(2), "JPEG", quality=60),
        },
        date="1931",
    )
    return hashes


@pytest.fixture
def described(workspace: Workspace, collected: dict[str, str]) -> dict[str, str]:
    with Catalog(workspace.catalog) as catalog:
        ingest_pending(catalog, workspace)
        control.run_here(workspace, create_describe(workspace, rows_to_describe(catalog, Selection(excluded="all"))))
        ingest_pending(catalog, workspace)
    return collected


def open_page(path: str = _PAGE, **query: str) -> AppTest:
    page = AppTest.from_file(str(_APP), default_timeout=60)
    page.run()
    page.switch_page(path)
    for name, value in query.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def groups(page: AppTest) -> list[tuple[str, ...]]:
    return page.session_state["duplicates-work"].groups


def said(page: AppTest) -> str:
    shown = [*page.caption, *page.markdown, *page.subheader, *page.info, *page.warning]
    return "\n".join(element.value.replace("\\", "") for element in shown)


def press(page: AppTest, label: str) -> AppTest:
    next(button for button in page.button if button.label == label).click().run()
    assert not page.exception
    return page


def test_an_empty_catalog_is_sent_to_collect(workspace: Workspace) -> None:
    assert "No pictures yet" in said(open_page())


def test_before_pictures_are_described_the_page_says_what_it_cannot_know(collected: dict[str, str]) -> None:
    page = open_page()
    assert "Not compared yet" in said(page)
    assert "Describe pictures" in [button.label for button in page.button]
    page = open_page(list="Similar")
    assert "by hash alone, the weaker way: nothing is described yet" in said(page)
    assert len(groups(page)) == 2


def test_equal_and_similar_pictures_stand_in_two_lists(described: dict[str, str], workspace: Workspace) -> None:
    page = open_page()
    equals = tuple(sorted((described["a.png"], described["a again.png"])))
    assert groups(page) == [equals]
    page = open_page(list="Similar")
    assert {frozenset(group) for group in groups(page)} == {
        frozenset((equals[0], described["a small.jpg"])),
        frozenset((described["b.png"], described["b poor.jpg"])),
    }
    table = page.dataframe[0].value
    assert table.columns.tolist()[1:] == ["Groups", "Pictures in them", "Would be excluded", "Largest group"]
    assert table["Groups"].tolist()[-1] == 2
    assert "1 picture with the pixels of another one stand under Duplicates" in said(page)
    with Catalog(workspace.catalog) as catalog:
        (kept,) = kept_searches(catalog)
        assert (kept.groups, kept.radius) == (2, 10)


def test_the_radius_and_the_scope_come_from_the_address(described: dict[str, str]) -> None:
    page = open_page(list="Similar", radius="0", collection="web")
    assert groups(page) == []
    assert "Nothing similar" in said(page)
    assert page.get_by_key("radius").value == "0"
    page = open_page(list="Similar", radius="77")  # nobody offers that
    assert page.get_by_key("radius").value == "10"


def test_colour_and_texture_alone_are_a_way_of_looking_with_its_own_measure(described: dict[str, str]) -> None:
    page = open_page(list="Similar", way="Colours and texture")
    assert page.get_by_key("likeness").value == "75"
    assert "compared by colour and texture alone" in said(page)
    assert any(described["a small.jpg"] in group for group in groups(page))


def test_all_suggestions_are_accepted_at_once_with_a_count_before(
    described: dict[str, str], workspace: Workspace
) -> None:
    page = press(open_page(list="Similar"), "Accept suggestions")
    assert [metric.value for metric in page.metric][:2] == ["2", "2"]
    page.get_by_key("duplicates-bulk-do").click().run()
    assert not page.exception
    with Catalog(workspace.catalog) as catalog:
        assert catalog.count(Selection(excluded="excluded")) == 2
        assert [fact.value for fact in catalog.taken_over(described["b.png"])] == ["1931"]
        assert catalog.acts()[0].act == "keep_one"
    page = open_page(list="Similar")
    assert groups(page) == []
    page = open_page(list="Settled")
    assert "2 groups, the last word first" in said(page)


def test_the_catalog_says_how_old_the_search_is_that_its_filter_goes_by(
    described: dict[str, str], workspace: Workspace
) -> None:
    open_page(list="Similar")
    collect_pictures(Jobs(workspace), "later", {"d.png": encoded(scene(9))})
    st.cache_resource.clear()  # a later visit, which looks at the ledgers again
    page = open_page("app_pages/gather/catalog.py", where="duplicate = similar")
    assert page.subheader[0].value == "4 pictures"
    assert "searched in all pictures on" in said(page)
    assert "out of date: 1 picture came since" in said(page)


def test_an_act_of_another_page_of_groups_is_none() -> None:
    sent = {"token": "here", "group": "g", "act": "keep", "kept": ["a", 3], "pair": "ab"}
    st.session_state["test-groups"] = {"act": sent}
    assert act_of("test-groups", "here") == GroupAct("g", "keep", kept=("a",))
    assert act_of("test-groups", "there") is None
    st.session_state["test-groups"] = {"act": "keep"}
    assert act_of("test-groups", "here") is None
