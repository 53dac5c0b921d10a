"""The Collect page's ways to the web, against stand-ins on loopback: plan, start, what came of it, and refusals."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs import control
from core.jobs.folder import JobFolder, State, list_jobs
from core.sources.outcome import read_outcome
from core.sources.web.settings import HostSettings, WebSettings, write_web_settings
from core.workspace import Workspace
from tests.standins import cleveland
from tests.standins.cleveland import ClevelandSite
from tests.standins.server import Answer, StandIn
from tests.standins.wikiart import WikiArtSite, Work
from ui.collect_museums import RIGHTS, WITH_FORMS, museum_filters

_APP = Path(__file__).parents[2] / "streamlit_app.py"
_PAGE = "app_pages/gather/collect.py"
_NO_WAITING = HostSettings(
    allowed=True, requests_per_second=0, concurrency=4, attempts=2, backoff_seconds=0, pause_seconds=0.02, pauses=2
)

Serve = Callable[[WikiArtSite | ClevelandSite], StandIn]


@pytest.fixture
def serve(workspace: Workspace) -> Iterator[Serve]:
    """Start a stand-in that need not be waited for."""
    with ExitStack() as stack:

        def begin(site: WikiArtSite | ClevelandSite) -> StandIn:
            server = stack.enter_context(StandIn(site.answer))
            write_web_settings(workspace, WebSettings(hosts={server.netloc: _NO_WAITING}))
            return server

        yield begin


def prints(count: int, **facts: object) -> WikiArtSite:
    return WikiArtSite([Work(number, **facts) for number in range(1, count + 1)])


def open_page(source: str) -> AppTest:
    page = AppTest.from_file(str(_APP), default_timeout=30)
    page.run().switch_page(_PAGE)
    page.query_params["from"] = source
    page.run()
    assert not page.exception
    return page


def ask_wikiart(server: StandIn, *, genres: tuple[str, ...] = ("yakusha-e",), any_licence: bool = False) -> AppTest:
    page = open_page("wikiart")
    page.multiselect(key="wikiart-genres").set_value(list(genres))
    page.text_input(key="server-wikiart").set_value(server.url)
    page.checkbox(key="any-licence-wikiart").set_value(any_licence)
    page.run()
    assert not page.exception
    return page


def planned(page: AppTest, source: str = "wikiart") -> AppTest:
    """Press Plan, and look until the plan is there; the browser's timer does that."""
    page.button(key=f"plan-{source}").click().run()
    give_up = time.monotonic() + 30
    while any(button.key == "give-up" for button in page.button):
        assert time.monotonic() < give_up
        time.sleep(0.02)
        page.run()
    assert not page.exception
    return page


def started(page: AppTest, workspace: Workspace) -> JobFolder:
    page.button(key="start").click().run()
    assert not page.exception
    (job,) = list_jobs(workspace)
    control.wait(job, timeout_seconds=60)
    page.run()
    return job


def metrics(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def text_of(page: AppTest) -> str:
    shown = [*page.markdown, *page.caption, *page.info, *page.warning, *page.error, *page.subheader]
    return "\n".join(str(element.value) for element in shown).replace("\\", "")


def figures(page: AppTest) -> str:
    return "".join(element.proto.body for element in page.get("html"))


def can_start(page: AppTest) -> bool:
    return any(button.key == "start" for button in page.button)


def test_nothing_is_asked_of_anybody_before_plan_is_pressed(serve: Serve, workspace: Workspace) -> None:
    server = serve(prints(3))
    page = ask_wikiart(server)
    assert server.seen == []
    planned(page)
    assert server.seen
    assert list_jobs(workspace) == []


def test_there_is_nothing_to_plan_until_something_is_chosen() -> None:
    page = open_page("wikiart")
    assert page.button(key="plan-wikiart").disabled
    assert "Choose a genre, a style or an artist" in text_of(page)


def test_a_plan_says_how_many_requests_minutes_and_megabytes_with_examples(serve: Serve) -> None:
    page = planned(ask_wikiart(serve(prints(7))))
    shown = metrics(page)
    assert (shown["Artworks found"], shown["Wanted"], shown["In the lab already"]) == ("up to 7", "7", "0")
    assert shown["Requests"].startswith("up to 1")
    assert shown["Time"].startswith("about")
    assert shown["To download"] == "about 1 MB"
    assert "every work takes one more request" in text_of(page)
    examples = figures(page)
    assert examples.count("data:image/webp") == 3
    assert "Torii Kiyonaga, 1784" in examples
    assert "Public domain" in examples
    assert page.button(key="start").label == "Start collecting 7 pictures"


def test_a_plan_is_started_followed_and_told(serve: Serve, workspace: Workspace) -> None:
    page = planned(ask_wikiart(serve(prints(5))))
    job = started(page, workspace)
    assert job.state() is State.DONE
    assert job.settings == {
        "source": "wikiart",
        "query": {"genres": ["yakusha-e"], "details": True},
        "limit": 200,
        "licences": "free",
        "base_url": page.text_input(key="server-wikiart").value,
        "collection": "yakusha-e",
    }
    assert metrics(page)["Stored"] == "5"
    assert "Public domain: 5" in text_of(page)
    assert not can_start(page)  # the next one begins with a plan of its own


def test_a_changed_query_makes_the_plan_out_of_date(serve: Serve) -> None:
    page = planned(ask_wikiart(serve(prints(7))))
    page.number_input(key="limit-wikiart").set_value(2).run()
    assert "The query has changed since this plan was made" in text_of(page)
    assert not can_start(page)
    assert metrics(planned(page))["Wanted"] == "2"
    assert can_start(page)


def test_no_limit_takes_all_there_are(serve: Serve) -> None:
    page = ask_wikiart(serve(prints(7)))
    page.number_input(key="limit-wikiart").set_value(None).run()
    assert metrics(planned(page))["Wanted"] == "7"


def test_licences_that_are_not_free_need_a_tick(serve: Serve, workspace: Workspace) -> None:
    site = WikiArtSite([Work(1), Work(2, rights="Fair Use"), Work(3, rights="")])
    page = planned(ask_wikiart(serve(site)))
    assert "Only public domain and CC0 are taken" in text_of(page)
    job = started(page, workspace)
    assert metrics(page)["Stored"] == "1"
    assert read_outcome(job.path).refused_by_reason() == {"licence": 2}
    assert any("licence not chosen: 2" in expander.label.replace("\\", "") for expander in page.expander)


def test_with_the_tick_every_licence_is_taken_and_told(serve: Serve, workspace: Workspace) -> None:
    site = WikiArtSite([Work(1), Work(2, rights="Fair Use"), Work(3, rights="")])
    page = ask_wikiart(serve(site), any_licence=True)
    assert "Any licence is taken" in text_of(page)
    next(box for box in page.checkbox if box.key == "wikiart-details").set_value(True).run()
    started(planned(page), workspace)
    assert metrics(page)["Stored"] == "3"
    assert all(words in text_of(page) for words in ("Public domain: 1", "In copyright: 1", "Not stated: 1"))


def test_a_query_that_finds_nothing_says_so(serve: Serve) -> None:
    page = planned(ask_wikiart(serve(WikiArtSite([]))))
    assert page.error
    assert not can_start(page)


def test_a_server_that_refuses_us_is_told_in_words(serve: Serve) -> None:
    site = prints(3)
    server = serve(site)
    server.answer = lambda request: Answer(403, b"<html>no</html>")
    page = planned(ask_wikiart(server))
    assert server.netloc in text_of(page)
    assert not can_start(page)


def test_a_server_that_is_not_there_is_told_in_words(serve: Serve) -> None:
    server = serve(prints(1))
    page = ask_wikiart(server)
    server.__exit__()
    planned(page)
    assert page.error
    assert not can_start(page)


def test_an_address_of_a_server_that_is_none_says_what_is_needed() -> None:
    page = open_page("wikiart")
    page.multiselect(key="wikiart-genres").set_value(["yakusha-e"])
    page.text_input(key="server-wikiart").set_value("museum").run()
    assert "A server's address looks like" in text_of(planned(page))


def test_a_plan_can_be_given_up(serve: Serve) -> None:
    site = prints(3)
    server = serve(site)
    usual = site.answer
    held: list[bool] = []

    def slow(request):  # type: ignore[no-untyped-def]
        while not held:
            time.sleep(0.01)
        return usual(request)

    server.answer = slow
    page = ask_wikiart(server)
    page.button(key="plan-wikiart").click().run()
    page.button(key="give-up").click().run()
    held.append(True)
    give_up = time.monotonic() + 30
    while any(button.key == "give-up" for button in page.button) and time.monotonic() < give_up:
        time.sleep(0.02)
        page.run()
    assert "The plan was given up" in text_of(page)
    assert not can_start(page)


@pytest.mark.parametrize(
    ("button", "field", "value"),
    [
        ("begin-actor-prints-yakusha-e", "wikiart-genres", "yakusha-e"),
        ("begin-japanese-art", "wikiart-styles", "japanese-art"),
        ("begin-colour-field-painters", "wikiart-artists", "mark-rothko"),
    ],
)
def test_the_ways_our_users_start_are_a_click_away(button: str, field: str, value: str) -> None:
    page = open_page("wikiart")
    page.button(key=button).click().run()
    assert not page.exception
    assert value in page.multiselect(key=field).value
    assert not page.button(key="plan-wikiart").disabled


def test_genres_and_styles_can_be_picked_from_lists() -> None:
    page = open_page("wikiart")
    assert "yakusha-e" in page.multiselect(key="wikiart-genres").options
    styles = page.multiselect(key="wikiart-styles").options
    assert "Japanese Art (all its styles)" in styles
    assert "Ukiyo-e (Japanese Art)" in styles


def test_a_museum_is_planned_and_collected_from_its_own_form(serve: Serve, workspace: Workspace) -> None:
    site = ClevelandSite([cleveland.Work(number) for number in range(1, 6)])
    server = serve(site)
    page = open_page("cleveland")
    page.selectbox(key="cleveland-type").set_value("Painting")
    page.text_input(key="server-cleveland").set_value(server.url).run()
    planned(page, "cleveland")
    assert metrics(page)["Wanted"] == "5"
    job = started(page, workspace)
    assert job.settings["query"] == {"type": "Painting"}
    assert job.settings["collection"] == "cleveland Painting"
    assert metrics(page)["Stored"] == "5"


@pytest.mark.parametrize("source", WITH_FORMS)
def test_a_museums_form_offers_each_of_its_filters(source: str) -> None:
    page = open_page(source)
    keys = {
        widget.key
        for kind in (page.text_input, page.selectbox, page.multiselect, page.checkbox, page.number_input)
        for widget in kind
    }
    assert {f"{source}-{name}" for name in museum_filters(source) if name not in RIGHTS} <= keys
    assert f"{source}-text" in keys


def test_years_that_are_none_say_what_is_needed() -> None:
    page = open_page("cleveland")
    page.text_input(key="cleveland-created").set_value("long ago").run()
    assert "is a range of years" in text_of(planned(page, "cleveland"))


def test_other_licences_lift_the_filter_that_says_the_same(serve: Serve) -> None:
    page = open_page("cleveland")
    page.checkbox(key="any-licence-cleveland").set_value(True)
    page.text_input(key="server-cleveland").set_value(serve(ClevelandSite([cleveland.Work(1)])).url).run()
    planned(page, "cleveland")
    assert page.session_state["planning-cleveland"].settings["query"] == {"cc0": False}


def test_a_table_of_addresses_is_planned_before_it_is_fetched(
    serve: Serve, workspace: Workspace, tmp_path: Path
) -> None:
    works = [Work(number) for number in range(1, 4)]
    server = serve(WikiArtSite(works))
    table = tmp_path / "prints.csv"
    rows = [f"{server.url}{work.file},{work.name},Public domain" for work in works]
    table.write_text("\n".join(["image_url,title,licence", *rows]))
    page = open_page("files")
    page.text_input(key="path-0").set_value(str(table)).run()
    assert "This is a table of addresses" in text_of(page)
    assert server.seen == []
    planned(page, "urls")
    assert metrics(page)["Wanted"] == "3"
    job = started(page, workspace)
    assert job.settings["collection"] == "prints"
    assert metrics(page)["Stored"] == "3"


def test_failed_items_are_tried_again_by_a_click(serve: Serve, workspace: Workspace) -> None:
    broken = Work(2)
    site = WikiArtSite([Work(1), broken])
    page = ask_wikiart(serve(site))
    page.selectbox(key="wikiart-size").set_value("original").run()
    planned(page)
    site.faults[broken.file] = [Answer(500)] * 2
    job = started(page, workspace)
    assert metrics(page)["Failed"] == "1"
    page.button(key=f"retry-{job.id}").click().run()
    assert not page.exception
    control.wait(job, timeout_seconds=60)
    page.run()
    assert (metrics(page)["Stored"], metrics(page)["Failed"]) == ("2", "0")
    assert not [button for button in page.button if button.key == f"retry-{job.id}"]


def test_what_did_not_arrive_is_listed_with_its_reason_and_its_page(serve: Serve, workspace: Workspace) -> None:
    page = planned(ask_wikiart(serve(WikiArtSite([Work(1), Work(2, rights="Fair Use")]))))
    job = started(page, workspace)
    page.session_state[f"not-arrived-{job.id}"] = True
    page.run()
    table = page.dataframe[0].value
    assert list(table["Reason"]) == ["Licence not chosen"]
    assert table["Page"][0].startswith("https://www.wikiart.org/en/")


def test_a_link_opens_a_museum_and_the_page_keeps_it_in_its_address() -> None:
    page = open_page("cleveland")
    assert page.query_params["from"] == "cleveland"
    assert "Cleveland Museum of Art" in text_of(page)
    page.segmented_control(key="way").set_value("sample").run()
    assert page.query_params["from"] == "sample"


def test_an_unknown_link_shows_the_page() -> None:
    assert open_page("nowhere").button(key="begin").label == "Import 400 pictures"


def test_a_contact_is_asked_for_where_there_is_none(serve: Serve, workspace: Workspace) -> None:
    server = serve(prints(1))
    assert "not told how to reach you" in text_of(planned(ask_wikiart(server)))
    write_web_settings(workspace, WebSettings(contact="lab@example.org", hosts={server.netloc: _NO_WAITING}))
    page = planned(ask_wikiart(server))
    assert "lab@example.org" in text_of(page)


def test_a_query_is_still_there_after_a_look_at_another_page() -> None:
    page = open_page("wikiart")
    page.multiselect(key="wikiart-genres").set_value(["yakusha-e"]).run()
    page.switch_page("app_pages/gather/catalog.py").run()
    page.query_params.clear()
    page.switch_page(_PAGE).run()
    assert not page.exception
    assert page.multiselect(key="wikiart-genres").value == ["yakusha-e"]
    assert page.query_params["from"] == "wikiart"
