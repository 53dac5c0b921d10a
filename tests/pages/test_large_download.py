"""Whether Streamlit's store and server still hand out a large file stretch by stretch, without holding it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from streamlit.runtime.media_file_storage import MediaFileKind
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.web.server.starlette.starlette_routes import create_media_routes

from core.zip_view import ZipView
from ui.large_download import SMALL


@pytest.fixture
def view(tmp_path: Path) -> ZipView:
    path = tmp_path / "pixels"
    path.write_bytes(bytes(range(256)) * (SMALL // 256 + 4096))
    return ZipView({"pixels": path})


def ask(app: Starlette, path: str, span: str) -> tuple[int, bytes]:
    """One request with a Range, as a server makes it of what a browser sends."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"range", span.encode())],
    }
    with ThreadPoolExecutor(1) as thread:  # in this one a browser's loop may be running
        thread.submit(asyncio.run, app(scope, receive, send)).result()
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


def test_a_file_larger_than_one_stretch_is_stored_as_a_view_and_answered_in_ranges(view):
    assert len(view) > SMALL
    storage = MemoryMediaFileStorage("/media")
    file_id = storage.load_and_get_id(view, "application/octet-stream", MediaFileKind.MEDIA)  # type: ignore[arg-type]
    assert storage.get_file(file_id).content is view  # nothing was copied
    app = Starlette(routes=create_media_routes(storage, ""))
    address = storage.get_url(file_id)
    assert ask(app, address, "bytes=100-4099") == (206, view[100:4100])
    assert ask(app, address, f"bytes={len(view) - 50}-{len(view) - 1}") == (206, view[len(view) - 50 :])
    assert ask(app, address, f"bytes={len(view)}-")[0] == 416
