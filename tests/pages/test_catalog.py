"""The Catalog page, through the app's own router, over invented pictures."""

from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.catalog.catalog import Catalog
from core.catalog.selection import Selection
from core.workspace import Workspace
from tests.core.catalog.ledgers import Jobs, sha

_APP = Path(__file__).parents[2] / "streamlit_app.py"
_PAGE = "app_pages/gather/catalog.py"


@pytest.fixture
def jobs(workspace: Workspace) -> Jobs:
    return Jobs(workspace)


@pytest.fixture
def pictures(jobs: Jobs, workspace: Workspace) -> Jobs:
    """70 seas by Ada, two hills by Bo, one file that could not be kept."""
    jobs.collect(
        "seas", [jobs.stored(f"{number}.jpg", number, artist="Ada", title=f"Sea {number}") for number in range(70)]
    )
    hills = [jobs.stored(f"{number}.jpg", number, artist="Bo", title=f"Hill [{number}]") for number in (100, 101)]
    jobs.collect("hills", [*hills, jobs.refused("broken.jpg")])
    for number in (100, 101):
        original = workspace.image(sha(number), "jpg")
        original.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (320, 240), (200, 80, 40)).save(original)
    return jobs


def open_page(**query: str) -> AppTest:
    page = AppTest.from_file(str(_APP), default_timeout=30)
    page.run()
    page.switch_page(_PAGE)
    for name, value in query.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def heading(page: AppTest) -> str:
    return page.subheader[0].value


def press(page: AppTest, label: str) -> AppTest:
    next(button for button in page.button if button.label == label).click().run()
    assert not page.exception
    return page


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button if not button.disabled]


def choose(page: AppTest, *numbers: int) -> AppTest:
    """What the browser does when tiles are ticked: AppTest runs no JavaScript."""
    page.session_state["catalog-gallery-control"] = {"version": 1, "ids": [sha(number) for number in numbers]}
    return page.run()


def test_an_empty_catalog_is_sent_to_collect(workspace: Workspace) -> None:
    page = open_page()
    assert "No pictures yet" in heading(page)
    assert not page.text_input


def test_pictures_of_a_collect_job_are_there_without_asking(pictures: Jobs) -> None:
    page = open_page()
    assert heading(page) == "72 pictures"
    assert any("72 pictures in 2 collections" in caption.value for caption in page.caption)


def test_filters_narrow_what_is_found(pictures: Jobs) -> None:
    page = open_page()
    page.get_by_key("collection").set_value(["hills"]).run()
    assert heading(page) == "2 pictures"
    page.get_by_key("q").set_value("101").run()
    assert heading(page) == "1 picture"
    page.get_by_key("show").set_value("excluded").run()
    assert heading(page) == "0 pictures"
    assert not page.exception


def test_nothing_found_offers_to_clear_the_filters(pictures: Jobs) -> None:
    page = open_page()
    page.get_by_key("q").set_value("no such picture").run()
    assert heading(page) == "0 pictures"
    press(page, "Clear filters")
    assert heading(page) == "72 pictures"


def test_the_url_carries_the_filters(pictures: Jobs) -> None:
    page = open_page(q="hill", artist="Bo")
    assert heading(page) == "2 pictures"


def test_a_url_with_nonsense_shows_the_catalog(pictures: Jobs) -> None:
    page = open_page(page="99", size="Huge", collection="nowhere", min_side="-5", sort="x", show="?")
    assert heading(page) == "72 pictures"


def test_another_filter_starts_at_its_first_page(pictures: Jobs) -> None:
    page = open_page()
    page.get_by_key("page").set_value(2).run()
    assert page.session_state["page"] == 2
    page.get_by_key("q").set_value("sea").run()
    assert page.session_state["page"] == 1


def test_excluding_asks_for_a_reason_and_says_how_many(pictures: Jobs) -> None:
    """The press itself is tested in a browser: AppTest draws a dialog only in the run that opens it."""
    page = choose(open_page(), 1, 2, 3)
    assert any("3 chosen" in markdown.value for markdown in page.markdown)
    press(page, "Exclude")
    confirm = next(button for button in page.button if button.label == "Exclude 3 pictures")
    assert confirm.disabled
    assert page.get_by_key("exclude-reason").value is None


def test_without_a_choice_the_whole_filter_is_meant(pictures: Jobs) -> None:
    page = open_page(artist="Bo")
    press(page, "Exclude")
    assert "Exclude 2 pictures" in [button.label for button in page.button]


def test_exporting_says_how_many_and_asks_in_which_form(pictures: Jobs) -> None:
    """The press itself is tested in a browser."""
    page = press(open_page(artist="Bo"), "Export")
    assert "Export 2 pictures" in [button.label for button in page.button]
    assert page.radio[0].options == ["Folder of pictures", "WebDataset shards", "Hugging Face Parquet"]


def test_the_last_act_can_be_undone(pictures: Jobs, workspace: Workspace) -> None:
    page = open_page()
    with Catalog(workspace.catalog) as catalog:
        page.session_state["catalog-last-act"] = catalog.exclude([sha(1), sha(2), sha(3)], "poor scan")
    page.run()
    assert heading(page) == "69 pictures"
    assert any("Excluded 3 pictures: poor scan." in caption.value for caption in page.caption)
    press(page, "Undo")
    assert heading(page) == "72 pictures"


def test_what_was_chosen_under_one_filter_is_not_acted_on_under_another(pictures: Jobs) -> None:
    page = choose(open_page(), 1, 2, 3)
    page.get_by_key("q").set_value("hill").run()
    assert not any("chosen" in markdown.value for markdown in page.markdown)


def test_the_detail_shows_where_a_picture_comes_from(pictures: Jobs) -> None:
    page = open_page(picture=sha(100))
    assert any("Hill" in title.value for title in page.subheader)
    assert any("broken" not in html.value and "hills" in html.value for html in page.get("html"))
    assert any("320 × 240 pixels" in caption.value for caption in page.caption)


def test_a_picture_whose_original_is_gone_says_so(pictures: Jobs) -> None:
    page = open_page(picture=sha(1))
    assert any("cannot be shown" in error.value for error in page.error)


def test_a_link_to_an_unknown_picture_says_so(pictures: Jobs) -> None:
    page = open_page(picture="nobody")
    assert any("not in the catalog" in warning.value for warning in page.warning)
    assert heading(page) == "72 pictures"


def test_a_catalog_held_by_another_process_is_explained(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace.catalog.write_bytes(b"something else" * 1000)
    page = open_page()
    assert any("cannot be read" in error.value for error in page.error)
    assert "Try again" in labels(page)
    workspace.catalog.unlink()
    press(page, "Try again")
    assert "No pictures yet" in heading(page)


def test_what_another_part_of_the_app_excludes_is_gone_at_the_next_look(pictures: Jobs, workspace: Workspace) -> None:
    page = open_page()
    with Catalog(workspace.catalog) as catalog:
        catalog.exclude(Selection(artists=("Bo",)), "wrong painter")
    assert heading(page.run()) == "70 pictures"


def test_pictures_are_filtered_by_licence_and_labelled_with_it(jobs: Jobs) -> None:
    jobs.collect(
        "prints",
        [
            jobs.stored("1", 1, source="wikiart", licence="Public domain", image_url="https://example.org/1.jpg"),
            jobs.stored("2", 2, source="wikiart", licence="In copyright", image_url="https://example.org/2.jpg"),
            jobs.stored("3", 3, source="wikiart", image_url="https://example.org/3.jpg"),
            jobs.stored("4.jpg", 4),
        ],
    )
    page = open_page()
    assert any("Not stated: 2" in caption.value.replace("\\", "") for caption in page.caption)
    page.multiselect(key="licence").set_value(["In copyright", "Not stated"]).run()
    assert heading(page) == "3 pictures"
    page.query_params["picture"] = sha(2)
    page.run()
    assert "Licence: In copyright" in "".join(element.value for element in page.markdown)
