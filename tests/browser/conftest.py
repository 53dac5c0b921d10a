"""A real server and a real Chromium. Without Chromium the tests skip; in CI that skip is a failure."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

# Long enough for a machine that is busy with other things; a test that passes waits for nothing.
expect.set_options(timeout=20_000)

_PROJECT = Path(__file__).resolve().parents[2]
# Without its own windows, Chromium takes half the processor for the same pages.
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A name that a hostile page had pointed at this computer. Chromium answers it itself; no resolver is asked.
    "--host-resolver-rules=MAP rebound.example 127.0.0.1",
]


def _chromium() -> str | None:
    return os.environ.get("ATELIER_CHROMIUM") or next((path for name in _NAMES if (path := shutil.which(name))), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    chromium = _chromium()
    if chromium is None:
        reason = (
            "No Chromium found. Install one (Debian: apt-get install chromium) or set ATELIER_CHROMIUM to its path."
        )
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return {**browser_type_launch_args, "executable_path": chromium, "args": _QUIET}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": {"width": 1440, "height": 900}}


def wait_for_server(url: str, process: subprocess.Popen[Any], log: Path) -> None:
    """Until the app answers. Raises: AssertionError with its log if it ends before, or after a minute and a half."""
    give_up = time.monotonic() + 90
    while True:
        try:
            if urllib.request.urlopen(f"{url}/_stcore/health", timeout=1).read() == b"ok":
                return
        except OSError:
            if process.poll() is not None or time.monotonic() > give_up:
                raise AssertionError(f"The app did not start:\n{log.read_text()}") from None
            time.sleep(0.1)


class App:
    """The app, served from a lab of its own on a free port of the loopback interface."""

    def __init__(
        self,
        home: Path,
        *,
        mode: str = "local",
        secrets: str = "",
        options: tuple[str, ...] = (),
        start: bool = True,
    ) -> None:
        """mode: ATELIER_MODE. secrets: what stands in secrets.toml. options: of `streamlit run`."""
        self.home = home
        self.mode = mode
        self.secrets = secrets
        self.options = options
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        if start:
            self.start()

    def start(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        log = self.home / "server.log"
        secrets = self.home / "secrets.toml"  # one of its own, so that no test reads a person's
        secrets.write_text(self.secrets)
        secrets.chmod(0o600)
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "streamlit", "run", "streamlit_app.py"),
                f"--server.port={self.port}",
                "--server.headless=true",
                "--server.fileWatcherType=none",
                f"--secrets.files={secrets}",
                *self.options,
            ],
            cwd=_PROJECT,
            env={**os.environ, "ATELIER_HOME": str(self.home), "ATELIER_MODE": self.mode},
            stdout=log.open("a"),
            stderr=subprocess.STDOUT,
        )
        wait_for_server(self.url, self.process, log)

    def kill(self) -> None:
        """As a power cut would end it."""
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    served = App(tmp_path / "served-lab")
    yield served
    served.stop()
