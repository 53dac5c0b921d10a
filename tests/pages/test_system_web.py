"""The System page's section on asking others: saved as said, refused with the reason."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from core.sources.web.settings import HostSettings, WebSettings, read_web_settings, settings_path, write_web_settings
from core.workspace import Workspace

_ENTRY = Path(__file__).resolve().parents[2] / "streamlit_app.py"


def open_page() -> AppTest:
    page = AppTest.from_file(str(_ENTRY), default_timeout=30)
    page.run()
    page.switch_page("app_pages/lab/system.py").run()
    assert not page.exception
    return page


def field(page: AppTest, label: str):
    widgets = [*page.text_input, *page.checkbox, *page.toggle, *page.number_input]
    return next(widget for widget in widgets if widget.label == label)


def press(page: AppTest, label: str, place: int = 0) -> AppTest:
    [button for button in page.button if button.label == label][place].click().run()
    assert not page.exception
    return page


def choose(page: AppTest, host: str) -> AppTest:
    return page.text_input(key="web-host").set_value(host).run()


def words(page: AppTest) -> str:
    return "\n".join(element.value for element in [*page.caption, *page.error]).replace("\\", "")


def test_a_contact_is_kept_and_shown_as_servers_see_it(workspace: Workspace) -> None:
    page = open_page()
    field(page, "Contact").set_value("lab@example.org")
    page = press(page, "Save")
    assert read_web_settings(workspace).contact == "lab@example.org"
    assert "(+lab@example.org)" in words(page)


def test_a_contact_that_is_none_is_refused_and_nothing_is_written(workspace: Workspace) -> None:
    page = open_page()
    field(page, "Contact").set_value("call me")
    press(page, "Save")
    assert "Needed: a mail address" in words(page)
    assert not settings_path(workspace).exists()


def test_opt_outs_are_honoured_until_the_owner_says_otherwise(workspace: Workspace) -> None:
    page = open_page()
    toggle = field(page, "Leave out pictures whose servers opt out of machine use")
    assert toggle.value is True
    toggle.set_value(False)
    press(page, "Save")
    assert read_web_settings(workspace).honour_opt_out is False


def test_a_server_in_the_own_network_is_allowed_by_name(workspace: Workspace) -> None:
    page = choose(open_page(), "127.0.0.1:9000")
    field(page, "It may lie on this computer or in my own network").set_value(True)
    press(page, "Save", 1)
    assert read_web_settings(workspace).hosts == {"127.0.0.1:9000": HostSettings(allowed=True)}


def test_robots_txt_is_set_aside_only_with_a_written_reason(workspace: Workspace) -> None:
    page = choose(open_page(), "museum.example")
    field(page, "Do not follow its robots.txt").set_value(True)
    page = press(page, "Save", 1)
    assert "only with a written reason" in words(page)
    assert read_web_settings(workspace).hosts == {}
    field(page, "Why robots.txt need not be followed there").set_value("short")
    page = press(page, "Save", 1)
    assert "Needed: the reason why" in words(page)
    field(page, "Why robots.txt need not be followed there").set_value("The museum allowed it by mail.")
    press(page, "Save", 1)
    assert read_web_settings(workspace).hosts["museum.example"].robots_override == "The museum allowed it by mail."


def test_what_a_form_does_not_show_of_a_server_is_kept(workspace: Workspace) -> None:
    write_web_settings(workspace, WebSettings(hosts={"museum.example": HostSettings(attempts=9)}))
    page = choose(open_page(), "museum.example")
    field(page, "Requests a second").set_value(0.5)
    press(page, "Save", 1)
    assert read_web_settings(workspace).hosts == {"museum.example": HostSettings(attempts=9, requests_per_second=0.5)}


def test_a_server_can_be_forgotten(workspace: Workspace) -> None:
    write_web_settings(workspace, WebSettings(hosts={"museum.example": HostSettings(allowed=True)}))
    press(choose(open_page(), "museum.example"), "Forget this server")
    assert read_web_settings(workspace).hosts == {}


def test_something_that_is_no_host_says_what_is_needed() -> None:
    assert "Needed: a host such as" in words(choose(open_page(), "https://museum.example/a"))


def test_a_damaged_file_is_told_and_not_overwritten(workspace: Workspace) -> None:
    settings_path(workspace).write_text("{")
    page = open_page()
    assert "is no valid JSON" in words(page)
    assert not [widget for widget in page.text_input if widget.label == "Contact"]
    assert settings_path(workspace).read_text() == "{"
