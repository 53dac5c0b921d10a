"""What can be done with pictures of the gallery: into the catalog, into a study, onto a disk, out of the gallery."""

import io
import re
import zipfile
from collections.abc import Sequence

import streamlit as st

from core.errors import AtelierError
from core.pictures.chosen import file_of
from core.pictures.gallery import Gallery, Made
from core.sources.made_here import add_to_catalog
from core.workspace import slug
from ui import access, lab, study_conditions
from ui.catalog_acts import pictures
from ui.gallery import select
from ui.jobs import plain

_TAKEN_OUT = "gallery-taken-out"  # in the session state: what was taken out last
_COLLECTION = "Made here"
_MOST_BYTES = 500_000_000  # of one download: it is put together in memory


@access.owner_dialog("Add to the catalog", icon=":material/library_add:")
def add_dialog(hashes: Sequence[str]) -> None:
    """Ask which collection; then it is a collect job like any other."""
    st.write(
        f"**{pictures(len(hashes))}** become part of the catalog, marked as synthetic, with what made them and what "
        "they were made of."
    )
    name = st.text_input("Collection", _COLLECTION, max_chars=80, help="A new one, or one that is there.")
    if st.button(f"Add {pictures(len(hashes))}", type="primary", width="stretch", disabled=not name.strip()):
        try:
            add_to_catalog(lab.workspace(), hashes, name)
        except AtelierError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        st.success("They will be there in a moment.", icon=":material/check:")
        st.page_link("app_pages/gather/catalog.py", label="Open the catalog", icon=":material/photo_library:")


@access.owner_dialog("Download", icon=":material/download:")
def download_dialog(hashes: Sequence[str]) -> None:
    """PNG files as they were made: what made them is inside, and can be used again."""
    workspace = lab.workspace()
    found = [made for sha256 in hashes if (made := Gallery(workspace).find(sha256))]
    files: list[tuple[str, bytes]] = []
    size = 0
    try:
        for number, made in enumerate(found, 1):
            path = file_of(workspace, made.chosen)
            size += path.stat().st_size
            if size > _MOST_BYTES:
                st.warning(
                    f"These {pictures(len(found))} are more than {_MOST_BYTES / 1e6:.0f} MB. Choose fewer, or add them "
                    "to the catalog and export them from there."
                )
                return
            files.append((f"{number:03d}-{slug(made.title)}{path.suffix}", path.read_bytes()))
    except (AtelierError, OSError) as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    st.write(f"**{pictures(len(files))}**, {size / 1e6:.1f} MB. Each holds what made it, and can be used again.")
    if len(files) == 1:
        name, data = files[0]
        st.download_button("Download the PNG", data, re.sub(r"^\d+-", "", name), "image/png", type="primary")
    elif files:
        st.download_button("Download a zip file", _zipped(files), "gallery.zip", "application/zip", type="primary")


def send_to_study(hashes: Sequence[str]) -> None:
    """To the form of a new study, with these pictures chosen."""
    study_conditions.ask_about(hashes)
    st.switch_page("app_pages/judge/studies.py", query_params={})


def leave_out(hashes: Sequence[str], key: str) -> None:
    """Take pictures out of the gallery. key: of the component in which they are chosen."""
    kept = Gallery(lab.workspace())
    gone = [made for sha256 in hashes if (made := kept.find(sha256))]
    for made in gone:
        kept.remove(made.sha256)
    st.session_state[_TAKEN_OUT] = gone
    select(key, ())


def taken_out() -> list[Made]:
    """What was taken out last in this session, and can come back."""
    gone: list[Made] = st.session_state.get(_TAKEN_OUT, [])
    return gone


def bring_back() -> None:
    for made in reversed(taken_out()):
        Gallery(lab.workspace()).restore(made)
    st.session_state.pop(_TAKEN_OUT, None)


def _zipped(files: Sequence[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:  # stored: PNG files do not get smaller
        for name, data in files:
            archive.writestr(name, data)
    return buffer.getvalue()
