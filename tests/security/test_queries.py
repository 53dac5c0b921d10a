"""SQL in the address and in the fields of the catalog is text to look for, never SQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.workspace import Workspace
from tests.core.catalog.ledgers import Jobs

_ROUTER = Path(__file__).parents[2] / "streamlit_app.py"
FIELDS = (
    "search",
    "artist",
    "style",
    "genre",
    "collection",
    "licence",
    "tag",
    "shape",
    "origin",
    "sort",
    "page",
    "view",
)


@pytest.fixture(autouse=True)
def fresh_server() -> Iterator[None]:
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.mark.parametrize(
    "hostile",
    [
        "'; DROP TABLE images; --",
        "' OR 1=1 --",
        '" OR ""="',
        "x') UNION SELECT content FROM read_text('/etc/hostname') --",
        "'; COPY (SELECT 1) TO '{file}'; --",
        "'; ATTACH '{file}'; --",
        "%_\\",
        "\x00",
        "x" * 20_000,
    ],
)
def test_hostile_text_in_every_field_finds_nothing_and_changes_nothing(
    hostile: str, workspace: Workspace, tmp_path: Path
) -> None:
    jobs = Jobs(workspace)
    jobs.collect("seas", [jobs.stored(f"{number}.jpg", number, artist="Ada") for number in range(3)])
    file = tmp_path / "written"
    page = AppTest.from_file(str(_ROUTER), default_timeout=60).run()
    page.switch_page("app_pages/gather/catalog.py")
    for field in FIELDS:
        page.query_params[field] = hostile.replace("{file}", str(file))
    page.run()
    assert not page.exception
    for field in page.text_input:
        field.set_value(hostile.replace("{file}", str(file)))
    page.run()
    assert not page.exception
    assert not file.exists()
    page.query_params.clear()
    again = AppTest.from_file(str(_ROUTER), default_timeout=60).run().switch_page("app_pages/gather/catalog.py").run()
    assert "3 pictures" in again.subheader[0].value
