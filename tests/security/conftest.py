"""Servers to attack, and attackers without a browser: what speaks the wire need not keep to what pages offer."""

import asyncio
import http.client
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from streamlit.util import calc_hash

from benchmarks.streamlit_client import Session
from core.access.sessions import Sessions
from core.access.settings import access_settings
from core.studies.design import StudyDesign
from core.studies.freeze import create_study
from core.studies.study import Study
from core.workspace import Workspace
from tests.browser.conftest import App
from tests.browser.people import secrets
from tests.core.studies.conftest import DrawnPictures
from ui import access_lab

PAGES = (
    *("collect", "catalog", "map", "quality", "statistics", "duplicates", "augment", "datasets"),
    *("train", "explore", "sweeps", "style", "upscale", "gallery"),
    *("compare", "measure", "studies", "queue", "system"),
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """A shared lab, one for each file of tests."""
    served = App(tmp_path_factory.mktemp("shared") / "lab", mode="shared", secrets=secrets())
    yield served
    served.stop()


@pytest.fixture
def study(shared: App) -> Study:
    return small_study(shared)


def small_study(app: App, title: str = "Paintings", **design: Any) -> Study:
    sources = [DrawnPictures("generated", 2, seed=1), DrawnPictures("real", 2, seed=2)]
    return create_study(Workspace(app.home).create(), title, StudyDesign(enlargement="pixels", **design), sources)


def attack(act: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run an attack to its end, in a thread of its own: tests in a browser keep a loop running in this one."""

    async def in_time() -> None:
        await asyncio.wait_for(act(), timeout=120)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(in_time())).result()


def page_hash(path: str) -> str:
    """What a browser names a page by, once the router has handed it out."""
    return calc_hash(path)


def owner_cookie(app: App) -> str:
    """A session of an owner, as signing in by the passphrase begins it."""
    passphrase = app.secrets.partition('passphrase = "')[2].partition('"')[0]
    settings = access_settings({"passphrase": passphrase})
    token = sessions_of(app).sign_in("owner", credential=access_lab.credential(settings))
    return f"atelier_session={token}"


def sessions_of(app: App) -> Sessions:
    return Sessions(Workspace(app.home).access / "sessions")


def owner(app: App, **where: Any) -> Session:
    """An owner's tab."""
    return Session(app.url, additional_headers={"Cookie": owner_cookie(app)}, **where)


async def settled(session: Session) -> str:
    """All that a page says once it has come to rest."""
    await session.until(lambda: session.is_idle and session.text(), what="the page")
    return session.text()


def ask(app: App, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
    """One request, its path sent as it stands: no client of ours tidies it."""
    connection = http.client.HTTPConnection("127.0.0.1", app.port, timeout=30)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def files_below(folder: Path) -> set[Path]:
    """Every file, for seeing that an attack made none."""
    return {path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
