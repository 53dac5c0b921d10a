"""Letting pictures leave the lab from the Catalog page: which form, which size, where to."""

import time
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.selection import Selection
from core.errors import AtelierError
from core.exports.choose import export_rows
from core.exports.job import FORMS, create_export
from core.exports.resize import ENCODINGS, ORIGINAL, RESIZES, Resize
from core.exports.rows import CLASSES
from core.jobs import control
from core.workspace import Workspace
from ui import access
from ui.catalog_acts import pictures
from ui.jobs import plain

_ABOUT = {
    "imagefolder": "Pictures in a folder, with a table of their labels. For people, and for most programs.",
    "webdataset": "Tar files, each picture beside its labels. For training on large sets.",
    "parquet": "Tables with the pictures inside, as Hugging Face keeps datasets.",
}


@access.owner_dialog("Export pictures", icon=":material/drive_file_move:", width="medium")
def export_dialog(catalog: Catalog, workspace: Workspace, target: Selection | Sequence[str], number: int) -> None:
    """Ask how and where; then it is a job like any other."""
    st.write(f"**{pictures(number)}** with their labels, licences and where they come from. The lab keeps its own.")
    form = st.radio("As", list(FORMS), format_func=FORMS.__getitem__, captions=[_ABOUT[form] for form in FORMS])
    mode = st.selectbox("Size", list(RESIZES), format_func=RESIZES.__getitem__)
    left, right = st.columns(2)
    side = left.number_input("Pixels", 16, 8192, 512, step=64, disabled=mode in (ORIGINAL, "no"))
    encoding = right.selectbox("File type", list(ENCODINGS), format_func=str.upper, disabled=mode == ORIGINAL)
    sorted_by = ""
    if form == "imagefolder":
        by = st.selectbox(
            "Sub-folders", ["", *CLASSES], format_func=lambda name: f"One for each {name}" if name else "None"
        )
        sorted_by = by or ""
    share = st.slider(
        "Held out as a test split",
        0,
        50,
        0,
        format="%d %%",
        help="All works of one artist stand on the same side.",
    )
    default = workspace.data / "exports" / f"pictures-{time.strftime('%Y%m%d-%H%M')}"
    st.session_state.setdefault("export-folder", str(default))
    out = st.text_input("New folder, on the computer that runs Atelier", key="export-folder")
    if st.button(f"Export {pictures(number)}", type="primary", width="stretch", disabled=not out.strip()):
        try:
            job = create_export(
                workspace,
                export_rows(catalog, target),
                form=form,
                out=Path(out.strip()),
                resize=Resize(mode, int(side), encoding),
                sorted_by=sorted_by,
                test_share=share / 100,
                selection=target.to_json() if isinstance(target, Selection) else {"pictures": len(target)},
            )
            control.start(workspace, job)
        except AtelierError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        st.success(f"The export is at work. It will lie in {plain(out.strip())}.", icon=":material/check:")
        st.page_link("app_pages/lab/queue.py", label="Follow it in the queue", icon=":material/list:")
