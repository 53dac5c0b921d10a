"""The app as it is deployed: the lab and its raters' process, each with its own settings, and a proxy before them."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserType

from core.studies import links
from core.studies.design import StudyDesign
from core.studies.freeze import create_study
from core.studies.study import Study
from core.workspace import Workspace
from tests.browser.conftest import browser_type_launch_args as _found_chromium  # noqa: F401
from tests.browser.conftest import wait_for_server
from tests.core.studies.conftest import DrawnPictures
from tests.deploy.proxies import PROXIES, Proxy, make_certificate

PROJECT = Path(__file__).resolve().parents[2]
DEPLOY = PROJECT / "deploy"


@pytest.fixture(scope="session")
def browser_type_launch_args(_found_chromium: dict[str, Any]) -> dict[str, Any]:  # noqa: F811
    """Chromium finds every name at 127.0.0.1, asks nobody for it, and lets pages of other names frame what is there."""
    rules = ["--host-resolver-rules=MAP * 127.0.0.1", "--disable-features=LocalNetworkAccessChecks"]
    return {**_found_chromium, "args": [*_found_chromium["args"], *rules]}


@pytest.fixture(scope="session")
def browser(browser_type: BrowserType, browser_type_launch_args: dict[str, Any]) -> Iterator[Browser]:
    """One of their own: that of other tests, running in the same process, would ask the network for the names."""
    launched = browser_type.launch(**browser_type_launch_args)
    yield launched
    launched.close()


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "ignore_https_errors": True, "viewport": {"width": 1280, "height": 800}}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def settings_of(name: str) -> dict[str, str]:
    """The variables of deploy/NAME.env, read as systemd and Docker read them."""
    lines = (DEPLOY / f"{name}.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@dataclass
class Server:
    """One process of the app."""

    process: "subprocess.Popen[bytes]"
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait(self) -> None:
        wait_for_server(self.url, self.process, self.log)


def start_server(name: str, home: Path, **overridden: str) -> Server:
    """`streamlit run` with the settings of deploy/NAME.env, on a port of its own."""
    port = free_port()
    log = home / f"{name}.log"
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("STREAMLIT_", "ATELIER_"))},
        **settings_of(name),
        "ATELIER_HOME": str(home),
        "STREAMLIT_SERVER_ADDRESS": "127.0.0.1",  # the lab's own, 127.0.0.2, exists on Linux alone
        "STREAMLIT_SERVER_PORT": str(port),
        **overridden,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "streamlit_app.py"],
        cwd=PROJECT,
        env=environment,
        stdout=log.open("w"),
        stderr=subprocess.STDOUT,
    )
    return Server(process, port, log)


@pytest.fixture(scope="package")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deployed")
    Workspace(folder).create()
    return folder


@pytest.fixture(scope="package")
def study(home: Path) -> Study:
    sources = [DrawnPictures("generated", 4, seed=1), DrawnPictures("real", 4, seed=2)]
    return create_study(Workspace(home), "Paintings", StudyDesign(enlargement="pixels"), sources)


@pytest.fixture(scope="package")
def link(study: Study) -> str:
    return links.access(study).token


@pytest.fixture(scope="package")
def servers(home: Path, study: Study) -> Iterator[dict[str, Server]]:
    started = {name: start_server(name, home) for name in ("lab", "raters")}
    try:
        for server in started.values():
            server.wait()
        yield started
    finally:
        for server in started.values():
            server.process.terminate()
        for server in started.values():
            try:
                server.process.wait(15)
            except subprocess.TimeoutExpired:
                server.process.kill()
                server.process.wait()


@pytest.fixture(scope="package", params=sorted(PROXIES))
def proxy(
    request: pytest.FixtureRequest, servers: dict[str, Server], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    kind = PROXIES[request.param]
    if shutil.which(kind.program) is None:
        pytest.skip(f"{kind.program} is not installed here (Debian: apt-get install {kind.program})")
    folder = tmp_path_factory.mktemp(kind.program)
    certificate = make_certificate(folder)
    running = kind(
        folder, certificate, {name: server.port for name, server in servers.items()}, free_port(), free_port()
    )
    running.start()
    try:
        yield running
    finally:
        running.stop()
