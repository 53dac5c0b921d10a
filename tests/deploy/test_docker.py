"""The image's files: what can be checked of them without a Docker daemon."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.deploy.conftest import DEPLOY, PROJECT

DOCKER = DEPLOY / "docker"


@pytest.fixture
def answers() -> Iterator[dict[str, bytes]]:
    """A server on loopback that says what the test puts into "body"; "port" tells where."""
    said = {"body": b"ok"}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(said["body"])

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    said["port"] = str(server.server_address[1]).encode()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield said
    server.shutdown()
    server.server_close()


def health(port: str) -> int:
    checked = subprocess.run(
        [sys.executable, str(DOCKER / "healthcheck.py")],
        env={**os.environ, "STREAMLIT_SERVER_PORT": port},
        capture_output=True,
        check=False,
    )
    return checked.returncode


def test_a_container_is_healthy_while_the_app_says_so(answers):
    assert health(answers["port"].decode()) == 0


def test_another_answer_than_ok_is_not_healthy(answers):
    answers["body"] = b"<html>Bad gateway</html>"
    assert health(answers["port"].decode()) == 1


def test_no_answer_is_not_healthy(answers):
    assert health("1") == 1


def test_the_image_runs_as_a_user_and_keeps_data_on_a_volume():
    text = (DOCKER / "Dockerfile").read_text()
    assert text.index("USER 1000") < text.index("\nCMD")
    assert re.search(r"^VOLUME /data$", text, re.MULTILINE)
    assert "HEALTHCHECK" in text
    assert "ATELIER_MODE=shared" in text  # never open to everybody because a variable was forgotten


def test_what_the_image_copies_is_there_and_nothing_else_is_let_in():
    kept = [line[1:] for line in (DOCKER / "Dockerfile.dockerignore").read_text().splitlines() if line.startswith("!")]
    assert (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()[1] == "*"
    assert all((PROJECT / name).exists() for name in kept)
    assert not [name for name in kept if "secrets" in name or name.startswith(("data", "checkpoints"))]


def test_what_the_app_imports_is_in_the_image():
    """The pages run from the image's files alone: nothing of tests, benchmarks or docs is imported by them."""
    imported = set()
    for folder in ("app_pages", "core", "ui"):
        for path in Path(PROJECT / folder).rglob("*.py"):
            imported |= set(re.findall(r"^(?:from|import) (tests|benchmarks|docs)\b", path.read_text(), re.MULTILINE))
    assert imported == set()


def test_raters_in_compose_share_the_studies_and_no_network_with_the_lab():
    text = (DOCKER / "compose.yaml").read_text()
    lab, raters = text.partition("\n  lab:")[2].split("\n  raters:", maxsplit=1)
    raters = raters.partition("\n  caddy:")[0]
    assert "- studies:/data/data/studies" in lab
    assert re.findall(r"^      - (\w+):", raters, re.MULTILINE) == ["studies"]
    assert "networks: [raters]" in raters
    assert "networks: [lab]" in lab
    assert "ATELIER_MODE: raters" in raters
    assert "internal: true" in text.partition("\nnetworks:")[2].partition("raters:")[2].partition("outside:")[0]
    for closed in ("read_only: true", "cap_drop: [ALL]", "no-new-privileges:true"):
        assert closed in text.partition("x-app:")[2].partition("services:")[0]
