"""A run's network as a file for other programs, and such files brought back in, on the page of a run."""

from pathlib import Path

import streamlit as st

from core.errors import AtelierError
from core.jobs.folder import JobFolder, State, list_jobs
from core.model_files.facts import FORMS
from core.model_files.job import (
    IMPORT,
    exported_files,
    exports_of,
    imported_run,
    submit_export,
    submit_import,
)
from core.training.run_folder import RunFolder
from ui import lab
from ui.jobs import job_card, plain

_TITLES = {"safetensors": "safetensors", "torchscript": "TorchScript", "onnx": "ONNX"}
_ABOUT = {
    "safetensors": "The weights and every setting. For training on, and for Python with torch.",
    "torchscript": "Weights and computation in one. For torch, in Python or C++, without any of our code.",
    "onnx": "Weights and computation in one. For everything else: onnxruntime, browsers, other languages.",
}
_TYPES = {
    ".safetensors": "application/octet-stream",
    ".json": "application/json",
    ".py": "text/x-python",
    ".onnx": "application/octet-stream",
    ".pt": "application/octet-stream",
}
_SHOWN = 6  # exports listed


def show(run: RunFolder) -> None:
    """Export of any epoch with weights, what was exported of this run so far, and import of a file."""
    with st.container(key="model-export", gap="small"):
        _export(run)
        jobs = exports_of(lab.workspace(), run.id)
        for job in jobs[:_SHOWN]:
            _exported(job)
        st.divider()
        _import()


def _export(run: RunFolder) -> None:
    epochs = run.weight_epochs()[::-1]
    if not epochs:
        st.caption("A network can be exported once the first epoch is kept.")
        return
    form = st.radio(
        "Export the network as",
        list(FORMS),
        format_func=_TITLES.__getitem__,
        captions=[_ABOUT[form] for form in FORMS],
        key=f"model-form-{run.id}",
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        epoch = st.selectbox("Epoch", epochs, width=140, key=f"model-epoch-{run.id}")
        clicked = st.button("Export", type="primary", icon=":material/output:", key=f"model-export-{run.id}")
    if clicked:
        try:
            submit_export(lab.workspace(), run, epoch, form)
        except AtelierError as error:
            st.error(plain(str(error)), icon=":material/error:")


def _exported(job: JobFolder) -> None:
    """One export: its card until it is done, then its files."""
    files = exported_files(job)
    if not files:
        job_card(job)
        return
    network, *beside = files
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"model-files-{job.id}"):
        size = network.stat().st_size / 1e6
        form = _TITLES.get(str(job.settings.get("form")), "")
        st.markdown(f"**Epoch {job.settings.get('epoch')}** · {form} · {size:,.1f} MB", width="stretch")
        _download(job, network, "Network")
        for path in beside:
            _download(job, path, "Example in Python" if path.suffix == ".py" else "Settings")


def _download(job: JobFolder, path: Path, label: str) -> None:
    st.download_button(
        label,
        path.read_bytes,  # called when it is clicked: networks are large, and pages are drawn often
        file_name=path.name,
        mime=_TYPES.get(path.suffix, "application/octet-stream"),
        icon=":material/download:",
        on_click="ignore",
        key=f"model-download-{job.id}-{path.name}",
    )


def _import() -> None:
    upload = st.file_uploader(
        "Import a network that was exported here or in another lab",
        type=[suffix.removeprefix(".") for suffix in FORMS.values()],
        key="model-import-file",
        help="Nothing in the file is run: its weights are read into a network that this lab builds itself.",
    )
    title = st.text_input("Title", key="model-import-title", placeholder="by default after preset and file")
    if st.button("Import", icon=":material/upload:", disabled=upload is None, key="model-import") and upload:
        try:
            job = submit_import(lab.workspace(), upload.getvalue(), upload.name, title.strip())
            st.session_state["model-import-job"] = job.id
        except AtelierError as error:
            st.error(plain(str(error)), icon=":material/error:")
    asked = st.session_state.get("model-import-job")
    job = next((job for job in list_jobs(lab.workspace()) if job.kind == IMPORT and job.id == asked), None)
    if job is None:
        return
    made = imported_run(job) if job.state() is State.DONE else None
    if made is None:
        job_card(job)
        return
    st.success(f"{plain(job.title)} is done.", icon=":material/check:")
    st.page_link(
        "app_pages/make/train.py", label="Open the run", icon=":material/open_in_new:", query_params={"run": made}
    )
