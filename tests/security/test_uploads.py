"""Files that come in past the pages' own upload fields: without a session, from another site, too large."""

import contextlib
import http.client
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.streamlit_client import Session
from core.studies.links import access
from tests.browser.conftest import App
from tests.browser.people import secrets
from tests.security.conftest import ask, attack, small_study

LARGEST_MB = 1
TOKEN = "a" * 32  # of the first kind that Streamlit knows: cookie and header only have to agree


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    options = (f"--server.maxUploadSize={LARGEST_MB}",)
    served = App(tmp_path_factory.mktemp("uploads") / "lab", mode="shared", secrets=secrets(), options=options)
    yield served
    served.stop()


class Rater(Session):
    """A rater's tab that keeps the name of its session, which upload addresses are made of."""

    session_id = ""

    def _take(self, message: ForwardMsg) -> None:
        if message.WhichOneof("type") == "new_session":
            self.session_id = message.new_session.initialize.session_id
        super()._take(message)


def multipart(content: bytes) -> bytes:
    return (
        b'--edge\r\nContent-Disposition: form-data; name="file"; filename="../../x.png"\r\n'
        b"Content-Type: image/png\r\n\r\n" + content + b"\r\n--edge--\r\n"
    )


def upload(app: App, session_id: str, content: bytes, *, from_here: bool = True) -> int:
    """The status that an upload is answered with. from_here: with the token that only this site's pages can read."""
    allowed: dict[str, Any] = {"Cookie": f"_streamlit_xsrf={TOKEN}", "X_Xsrftoken": TOKEN} if from_here else {}
    kind = "multipart/form-data; boundary=edge"
    path = f"/_stcore/upload_file/{session_id}/file"
    status, _ = ask(app, "PUT", path, multipart(content), Content_Type=kind, **allowed)
    return status


def with_session(app: App, act: Callable[[str], None]) -> None:
    async def visit() -> None:
        study = small_study(app)
        async with Rater(app.url, page="rate", query=f"link={access(study).token}") as rater:
            await rater.until(lambda: rater.is_idle, what="the page")
            act(rater.session_id)

    attack(visit)


@pytest.mark.parametrize("session_id", ["none", "00000000-0000-0000-0000-000000000000", "..", "%2e%2e%2fx", "*"])
def test_without_a_session_nothing_is_taken(session_id: str, lab: App) -> None:
    assert upload(lab, session_id, b"x" * 100) >= 400


def test_what_another_site_sends_through_a_visitor_is_refused(lab: App) -> None:
    def act(session_id: str) -> None:
        assert upload(lab, session_id, b"x" * 100, from_here=False) == 403

    with_session(lab, act)


def test_a_file_over_the_limit_is_refused_and_one_below_is_not(lab: App) -> None:
    def act(session_id: str) -> None:
        assert upload(lab, session_id, b"x" * 100) < 300
        assert upload(lab, session_id, b"x" * (LARGEST_MB * (1 << 20) + 1)) == 413

    with_session(lab, act)


def test_a_file_that_hides_its_length_is_cut_off_at_the_limit(lab: App) -> None:
    def act(session_id: str) -> None:
        sent = multipart(b"x" * (4 << 20))
        chunks = b"".join(
            f"{len(sent[at : at + 65536]):x}\r\n".encode() + sent[at : at + 65536] + b"\r\n"
            for at in range(0, len(sent), 65536)
        )
        status = ask_chunked(lab, f"/_stcore/upload_file/{session_id}/file", chunks + b"0\r\n\r\n")
        assert status == 413

    with_session(lab, act)


def ask_chunked(app: App, path: str, body: bytes) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", app.port, timeout=30)
    try:
        connection.putrequest("PUT", path)
        for name, value in (
            ("Transfer-Encoding", "chunked"),
            ("Content-Type", "multipart/form-data; boundary=edge"),
            ("Cookie", f"_streamlit_xsrf={TOKEN}"),
            ("X-Xsrftoken", TOKEN),
        ):
            connection.putheader(name, value)
        connection.endheaders()
        with contextlib.suppress(ConnectionError):  # it may have heard enough
            connection.send(body)
        return connection.getresponse().status
    finally:
        connection.close()
