"""How a picture came into the lab, as far as its job still says."""

from core.files import write_json
from core.sources.came import how_it_came
from core.sources.web.settings import HostSettings, WebSettings, write_web_settings
from core.workspace import Workspace


def job(workspace: Workspace, name: str, **settings: str) -> str:
    folder = workspace.job(name)
    folder.mkdir(parents=True)
    request = {"kind": "collect", "title": "My prints", "settings": settings, "created": 1795287328.0}
    write_json(folder / "job.json", request | {"code": {"version": "0.5.0"}})
    return name


def test_files_name_the_folder_they_came_from(workspace: Workspace) -> None:
    came = how_it_came(workspace, job(workspace, "one", source="files", path="/scans"), "")
    assert (came.title, came.way, came.robots, came.version) == ("My prints", "Taken from files: /scans.", "", "0.5.0")
    assert came.asked is not None
    assert came.asked.year == 2026


def test_what_came_from_the_web_says_whether_robots_txt_is_followed(workspace: Workspace) -> None:
    name = job(workspace, "one", source="met")
    address = "https://images.museum.example/1.jpg"
    came = how_it_came(workspace, name, address)
    assert came.robots == "robots.txt is followed at images.museum.example; opt-outs are respected."
    hosts = {"images.museum.example": HostSettings(robots_override="The museum agreed in writing")}
    write_web_settings(workspace, WebSettings(hosts=hosts, honour_opt_out=False))
    assert how_it_came(workspace, name, address).robots == (
        "robots.txt is not followed at images.museum.example, by decision of the owner: The museum agreed in writing"
    )


def test_a_job_that_is_gone_is_said_to_be(workspace: Workspace) -> None:
    for name in ("gone", "../secrets"):
        came = how_it_came(workspace, name, "")
        assert (came.title, came.way) == ("", "The folder of the job that brought it is gone.")
