"""The Quality page, through the app's own router, over ledgers as jobs write them."""

from pathlib import Path

import numpy as np
from streamlit.testing.v1 import AppTest

from core.catalog.catalog import Catalog
from core.catalog.dismissing import SUGGESTED
from core.catalog.ingest import ingest_pending
from core.catalog.quality import quality_of
from core.features.descriptor import COLOUR_AND_TEXTURE
from core.features.job import store_folder
from core.features.store import FeatureWriter
from core.quality.measures import MEASURES
from core.workspace import Workspace
from tests.core.catalog.ledgers import Jobs, sha

_APP = Path(__file__).parents[2] / "streamlit_app.py"
_USUAL = {"brightness_p99": 0.9, "brightness_p5": 0.1, "entropy": 7.0, "sharpness": 0.6, "colourfulness": 0.3}
ALL = range(1, 31)


def fill(workspace: Workspace, *, described: bool = True) -> None:
    """30 pictures of "seas": 1 to 3 dark, 1 to 10 in a frame, 25 to 30 nearly without colours; one refused item."""
    jobs = Jobs(workspace)
    rows = [jobs.stored(f"{number}.jpg", number, artist="Ada") for number in ALL]
    for number, row in zip(ALL, rows, strict=True):
        row["facts"]["measures"] = _USUAL | ({"brightness_p99": number / 10} if number <= 3 else {})
    jobs.collect("seas", [*rows, jobs.refused("torn.jpg")])
    if described:
        lines = [
            {
                "sha256": sha(number),
                "state": "measured",
                "measures": dict.fromkeys(MEASURES, 0.0) | {"frame": 0.9 if number <= 10 else 0.0},
            }
            for number in ALL
        ]
        jobs.collect("", lines, kind="describe")
        vectors = np.random.default_rng(0).normal(size=(len(ALL), COLOUR_AND_TEXTURE.length)) * 0.1
        vectors[:10, :20] += 1.0
        with FeatureWriter(store_folder(workspace), COLOUR_AND_TEXTURE) as writer:
            writer.append([sha(number) for number in ALL], vectors)
    with Catalog(workspace.catalog) as catalog:
        ingest_pending(catalog, workspace)


def open_page(**address: str) -> AppTest:
    page = AppTest.from_file(str(_APP), default_timeout=30).run().switch_page("app_pages/gather/quality.py")
    for name, value in address.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def press(page: AppTest, key: str) -> AppTest:
    page.get_by_key(key).click().run()
    assert not page.exception
    return page


def texts(page: AppTest) -> str:
    parts = [*page.markdown, *page.caption, *page.info, *page.success, *page.subheader]
    return "\n".join(element.value.replace("\\", "") for element in parts)


def named(workspace: Workspace, issue: str) -> list[str]:
    with Catalog(workspace.catalog) as catalog:
        return quality_of(catalog, "seas").pictures_of(issue)


def test_an_empty_lab_is_sent_to_collect(workspace: Workspace) -> None:
    assert "Collect some pictures first" in texts(open_page())


def test_pictures_that_are_not_described_are_told_with_a_button_that_starts_the_job(workspace: Workspace) -> None:
    fill(workspace, described=False)
    page = open_page(issue="frame")
    assert "30 pictures not described yet" in texts(page)
    assert "None of these pictures has been measured for it yet" in texts(page)
    assert page.get_by_key("quality-describe").label == "Describe pictures"


def test_every_issue_is_offered_with_its_count_and_the_address_names_one(workspace: Workspace) -> None:
    fill(workspace)
    page = open_page()
    assert page.get_by_key("issue").value == "dark"
    labels = " ".join(option.content for option in page.get_by_key("issue").proto.options)
    assert "Dark **3**" in labels
    assert "Frame or margin visible **10**" in labels
    assert "**10 flagged** (33%)" in texts(page)
    page = open_page(issue="frame")
    assert page.get_by_key("issue").value == "frame"
    assert open_page(issue="nonsense").get_by_key("issue").value == "dark"


def test_a_threshold_is_looked_at_then_kept_then_put_back(workspace: Workspace) -> None:
    fill(workspace)
    page = open_page(issue="dark")
    exact = "quality-threshold-seas-dark-exact"
    page.get_by_key(exact).set_value(0.15).run()
    assert "only looked at" in texts(page)
    assert named(workspace, "dark") == [sha(1), sha(2), sha(3)]
    press(page, "quality-keep")
    assert named(workspace, "dark") == [sha(1)]
    assert "Threshold from 0.32 to 0.15 · " in texts(page)
    assert "by owner" in texts(page)
    press(page, "quality-back")
    assert named(workspace, "dark") == [sha(1), sha(2), sha(3)]


def test_what_is_normal_here_is_folded_away_and_taken_back_the_same_way(workspace: Workspace) -> None:
    fill(workspace)
    page = press(open_page(issue="dark"), "quality-normal")
    assert "somebody called it normal here" in texts(page)
    assert page.expander[0].label.startswith("Normal here: dark")
    press(page, "quality-normal")
    assert "somebody called it normal here" not in texts(page)


def test_an_issue_of_most_pictures_is_normal_with_the_reason(workspace: Workspace) -> None:
    fill(workspace)
    with Catalog(workspace.catalog) as catalog:
        from core.catalog.quality import set_threshold

        set_threshold(catalog, "seas", "low_information", 8.0)
    assert "100% of the collection have it" in texts(open_page(issue="dark"))


def test_pictures_are_called_fine_and_that_is_undone(workspace: Workspace) -> None:
    fill(workspace)
    page = open_page(issue="dark")
    next(button for button in page.button if button.label == "All are fine").click().run()
    assert named(workspace, "dark") == []
    assert "Called 3 pictures fine." in texts(page)
    assert "3 pictures called fine and not shown." in texts(page)
    press(page, "quality-flag-again")
    assert len(named(workspace, "dark")) == 3
    next(button for button in page.button if button.label == "Undo").click().run()
    assert named(workspace, "dark") == []


def test_flagged_pictures_are_excluded_through_the_dialog_of_the_catalog(workspace: Workspace) -> None:
    fill(workspace)
    page = open_page(issue="dark")
    next(button for button in page.button if button.label == "Exclude").click().run()
    assert any("**3 pictures** flagged: dark" in markdown.value for markdown in page.markdown)


def test_the_whole_collection_is_calibrated_after_a_look(workspace: Workspace) -> None:
    fill(workspace)
    page = open_page(issue="dark")
    assert "Flags 0 in place of 10 pictures." in texts(page)
    press(page, "quality-calibrate")
    assert named(workspace, "dark") == []


def test_suggestions_need_exclusions_and_then_say_what_they_are_worth(workspace: Workspace) -> None:
    fill(workspace)
    page = open_page(issue=SUGGESTED)
    assert "there are 0 and 30" in texts(page)
    with Catalog(workspace.catalog) as catalog:
        catalog.exclude([sha(number) for number in range(1, 7)], "poor scan")
    page = open_page(issue=SUGGESTED)
    assert "Learned from your 6 pictures excluded here" in texts(page)
    assert [metric.label for metric in page.metric] == ["Of the first 20", "Flags: of 10"]


def test_refused_items_and_lost_files_are_listed(workspace: Workspace) -> None:
    fill(workspace, described=False)
    page = open_page(issue="refused")
    assert "truncated: 1" in texts(page)
    assert page.dataframe[-2].value["Item"].tolist() == ["torn.jpg"]
    assert "30 pictures of 30 that were looked at cannot be read any more" in page.warning[0].value


def test_several_collections_begin_with_all_of_them(workspace: Workspace) -> None:
    fill(workspace)
    jobs = Jobs(workspace)
    jobs.made = 10
    jobs.collect("hills", [jobs.stored("a.jpg", 100)])
    page = open_page()
    assert page.dataframe[0].value["Collection"].tolist() == ["hills", "seas"]
    assert page.dataframe[0].value["Flagged"].tolist()[1] == 10
    assert page.dataframe[0].value["Frame or margin visible"].tolist() == ["–", "10"]  # hills are not described
    page.get_by_key("of").set_value("seas").run()
    assert "**10 flagged**" in texts(page)
