"""Tags, the timeline, saved selections and questions in SQL on the Catalog page."""

import pytest
from streamlit.testing.v1 import AppTest

from core.catalog.catalog import Catalog
from core.catalog.ingest import ingest_pending
from core.catalog.selection import Selection
from core.workspace import Workspace
from tests.core.catalog.ledgers import Jobs, sha
from tests.pages.test_catalog import choose, heading, open_page, press
from ui.catalog_console import unique


@pytest.fixture
def pictures(workspace: Workspace) -> Jobs:
    """Three seas by Ada and two hills by Bo."""
    jobs = Jobs(workspace)
    jobs.collect("seas", [jobs.stored(f"{number}", number, artist="Ada", title="Sea") for number in (1, 2, 3)])
    jobs.collect("hills", [jobs.stored(f"{number}", number, artist="Bo", title="Hill") for number in (4, 5)])
    with Catalog(workspace.catalog) as catalog:
        ingest_pending(catalog, workspace)
    return jobs


def test_tagging_says_how_many_and_asks_which_tag(pictures: Jobs) -> None:
    """The press itself is tested in a browser: AppTest draws a dialog only in the run that opens it."""
    page = press(choose(open_page(), 1, 2), "Tag")
    assert page.get_by_key("tag-do").label == "Tag 2 pictures"
    assert page.get_by_key("tag-do").disabled
    assert page.get_by_key("tag-name").value is None


def test_the_last_tagging_can_be_undone(pictures: Jobs, workspace: Workspace) -> None:
    page = open_page(where="my_tag = favourite")
    assert heading(page) == "0 pictures"
    with Catalog(workspace.catalog) as catalog:
        page.session_state["catalog-last-act"] = catalog.tag(Selection(artists=("Ada",)), "favourite")
    page.run()
    assert heading(page) == "3 pictures"
    assert any("Tagged 3 pictures: favourite." in caption.value.replace("\\", "") for caption in page.caption)
    press(page, "Undo")
    assert heading(page) == "0 pictures"


def test_the_detail_shows_the_tags_and_changes_them(pictures: Jobs, workspace: Workspace) -> None:
    with Catalog(workspace.catalog) as catalog:
        catalog.tag([sha(1)], "favourite")
        catalog.tag([sha(2)], "blue")
    page = open_page(picture=sha(1))
    tags = page.get_by_key(f"tags-{sha(1)[:12]}")
    assert tags.value == ["favourite"]
    tags.set_value(["blue"]).run()
    assert not page.exception
    with Catalog(workspace.catalog) as catalog:
        assert catalog.picture(sha(1)).tags == ("blue",)
        assert [entry.act for entry in catalog.acts()][:2] == ["untag", "tag"]


def test_the_timeline_tells_who_did_what_and_offers_to_undo_it(pictures: Jobs, workspace: Workspace) -> None:
    with Catalog(workspace.catalog) as catalog:
        first = catalog.tag(Selection(artists=("Ada",)), "favourite")
        second = catalog.exclude([sha(4)], "poor scan")
        catalog.undo(first.number)
    page = press(open_page(), "Timeline")
    shown = " ".join(markdown.value for markdown in page.markdown).replace("\\", "")
    assert "Excluded 1 picture: poor scan" in shown
    assert "Tagged 3 pictures with **favourite**" in shown
    assert f"Undid act {first.number} for 3 pictures" in shown
    assert any("owner · all with artists: Ada" in caption.value.replace("\\", "") for caption in page.caption)
    assert [button.key for button in page.button if (button.key or "").startswith("undo-")] == [f"undo-{second.number}"]
    page.get_by_key(f"undo-{second.number}").click().run()
    assert not page.exception
    assert heading(page) == "5 pictures"


def test_the_filters_are_saved_under_a_name(pictures: Jobs, workspace: Workspace) -> None:
    page = press(open_page(q="sea", where="width > 1"), "Saved")
    assert any("What the page shows now: **3 pictures**" in markdown.value for markdown in page.markdown)
    page.get_by_key("saved-name").set_value("Seas")
    page.get_by_key("saved-save").click().run()
    assert not page.exception
    with Catalog(workspace.catalog) as catalog:
        assert catalog.saved_selection("Seas") == Selection(text="sea", where="width > 1")


def test_a_name_without_letters_is_refused_and_said_so(pictures: Jobs, workspace: Workspace) -> None:
    page = press(open_page(), "Saved")
    page.get_by_key("saved-name").set_value("   ")
    page.get_by_key("saved-save").click().run()
    page = press(page, "Saved")
    assert any("needs a name" in error.value for error in page.error)


def test_a_saved_selection_sets_every_filter_when_it_is_opened(pictures: Jobs, workspace: Workspace) -> None:
    wanted = Selection(
        collections=("hills",),
        artists=("Bo", ""),
        licences=("",),
        min_side=2,
        max_side=5000,
        excluded="all",
        text="hill",
        synthetic=False,
        where="width > 1",
    )
    with Catalog(workspace.catalog) as catalog:
        catalog.save_selection("Hills", wanted)
    page = press(press(open_page(q="sea"), "Saved"), "Open")
    assert page.get_by_key("q").value == "hill"
    assert page.get_by_key("collection").value == ["hills"]
    assert page.get_by_key("artist").value == ["Bo", "Unknown artist"]
    assert page.get_by_key("where").value == "width > 1"
    assert page.session_state["catalog-filter"] == wanted
    assert heading(page) == "2 pictures"


def test_a_saved_selection_is_renamed_and_forgotten(pictures: Jobs, workspace: Workspace) -> None:
    with Catalog(workspace.catalog) as catalog:
        catalog.save_selection("Seas", Selection(text="sea"))
        catalog.save_selection("Taken", Selection())
    page = press(open_page(), "Saved")
    page.get_by_key("saved-new-name-Seas").set_value("Taken")
    page = press(press(page, "Rename"), "Saved")
    assert any("There is a selection called 'Taken' already" in error.value for error in page.error)
    page.get_by_key("saved-new-name-Seas").set_value("Waves")
    page = press(press(page, "Rename"), "Saved")
    with Catalog(workspace.catalog) as catalog:
        assert [saved.name for saved in catalog.saved_selections()] == ["Taken", "Waves"]
    page.get_by_key("saved-deleted-1").click().run()
    with Catalog(workspace.catalog) as catalog:
        assert [saved.name for saved in catalog.saved_selections()] == ["Taken"]


def console() -> AppTest:
    """The dialog alone, drawn in every run: of the page's dialogs AppTest draws none after the run that opens it."""

    def script() -> None:
        from ui import lab
        from ui.catalog_console import console_dialog

        console_dialog(lab.catalog())

    return AppTest.from_function(script, default_timeout=60).run()


def test_a_question_in_sql_is_answered_and_its_answer_can_be_taken_along(pictures: Jobs) -> None:
    page = console()
    page.get_by_key("catalog-sql-example").set_value("Artists by number of pictures").run()
    press(page, "Ask")
    assert page.dataframe[0].value.to_dict("list") == {"artist": ["Ada", "Bo"], "pictures": [3, 2]}
    press(page, "CSV")
    assert page.get("download_button")[0].proto.label == "Download CSV, 2 rows, 1 kB"
    assert any("artist, " in caption.value.replace("\\", "") for caption in page.caption)  # the tables are told


def test_the_age_of_what_is_asked_is_told_and_a_newer_copy_comes_when_wished(
    pictures: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.catalog.sql.console.CHEAP_BYTES", 0)  # so that the catalog counts as large
    page = console()
    page.get_by_key("catalog-sql").set_value("SELECT count(*) AS tags FROM picture_tags").run()
    press(page, "Ask")
    with Catalog(pictures.workspace.catalog) as catalog:
        catalog.tag([sha(1)], "late")
    press(page, "Ask")
    assert page.dataframe[0].value["tags"].tolist() == [0]
    assert any(caption.value.endswith("UTC, 1 change to the catalog since") for caption in page.caption)
    press(page, "Refresh")
    press(page, "Ask")
    assert page.dataframe[0].value["tags"].tolist() == [1]
    assert any(caption.value.endswith("UTC") for caption in page.caption)


def test_a_question_that_is_no_select_is_refused_in_words_and_stays(pictures: Jobs) -> None:
    page = console()
    page.get_by_key("catalog-sql").set_value("DELETE FROM images").run()
    press(page, "Ask")
    assert any("One SELECT is allowed here" in error.value for error in page.error)
    assert page.get_by_key("catalog-sql").value == "DELETE FROM images"
    assert not page.dataframe


def test_the_page_offers_to_ask_in_sql(pictures: Jobs) -> None:
    page = press(open_page(), "Ask in SQL")
    assert page.get_by_key("catalog-sql").value == ""


def test_columns_of_the_same_name_are_told_apart() -> None:
    assert unique(["a", "a", "b", "a"]) == ["a", "a (2)", "b", "a (4)"]
