"""What all tests of pages share."""

from collections.abc import Iterator

import pytest
import streamlit as st


@pytest.fixture(autouse=True)
def fresh_server() -> Iterator[None]:
    """Every test is a server of its own: what is kept between visits belongs to another lab."""
    st.cache_resource.clear()
    st.cache_data.clear()
    yield
    st.cache_resource.clear()
    st.cache_data.clear()
