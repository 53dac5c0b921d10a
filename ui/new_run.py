"""The form for a new training run: dataset, preset, how long, and every setting behind it."""

import dataclasses
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from core.datasets.listing import Dataset, broken_datasets, list_datasets
from core.datasets.pack import open_pack
from core.errors import AtelierError
from core.jobs import control
from core.jobs.devices import device_slots
from core.jobs.folder import JobFolder
from core.models.zoo import DEFAULT_PRESET, PRESETS, Preset
from core.training import runs as training_runs
from core.training.grids import make_grid
from core.training.settings import configure
from core.workspace import Workspace
from ui import run_needs, setting_fields
from ui.jobs import plain

_IN_A_ROW = ("seed", "batch_size", "learning_rate")
_SHOWN_FIRST = (*_IN_A_ROW, "augment", "kl_weight", "flip")
_STRIP_WIDTH, _STRIP_GAP = (
    408,
    2,
)  # pixels, narrower than the form's column: a picture scaled down is none at true pixels
_FAMILIES = {"gan": "GAN", "vae": "Variational autoencoder", "flow": "Flow"}
_TOKEN, _REFUSED = "new-run-token", "new-run-refused"


def show(workspace: Workspace) -> None:
    for problem in broken_datasets(workspace):
        st.warning(plain(problem), icon=":material/broken_image:")
    datasets = list_datasets(workspace)
    if not datasets:
        st.info("There is no dataset to train on yet. Build one from the pictures you collected.")
        st.page_link("app_pages/gather/augment.py", label="Build a dataset", icon=":material/auto_awesome_mosaic:")
        return
    left, right = st.columns([5, 6], gap="large")
    with left:
        dataset = _choose_dataset(datasets)
        preset = _choose_preset(dataset)
    with right:
        _describe_preset(preset, dataset)
        plan = _settings_and_start(workspace, dataset, preset)
        if plan is not None:
            run_needs.show(workspace, plan)
    if plan is not None:
        run_needs.show_layers(plan)


def _choose_dataset(datasets: list[Dataset]) -> Dataset:
    by_id = {dataset.id: dataset for dataset in datasets}
    asked = st.query_params.get("dataset")
    if "new-run-dataset" not in st.session_state and asked in by_id:
        st.session_state["new-run-dataset"] = asked
    chosen = by_id[
        st.selectbox(
            "Dataset",
            list(by_id),
            format_func=lambda dataset_id: f"{by_id[dataset_id].name} · {by_id[dataset_id].resolution} px",
            key="new-run-dataset",
        )
    ]
    try:
        strip, train, test = _strip(str(chosen.folder), chosen.content_hash)
    except AtelierError as error:
        st.error(plain(str(error)))
        return chosen
    if strip:
        st.image(strip, output_format="PNG", width="content", alt=f"Training pictures of {chosen.name}")
    st.caption(
        f"{train:,} pictures to train on, copies included; {test:,} held out to judge by · {chosen.resolution} px"
    )
    return chosen


@st.cache_data(max_entries=32, show_spinner=False)
def _strip(folder: str, content_hash: str) -> tuple[bytes, int, int]:
    """Some training pictures at true pixels as PNG bytes, and how many there are to train on and held out.

    content_hash: only tells the cache that the dataset is still the same.
    """
    pack = open_pack(Path(folder))
    across = max(1, (_STRIP_WIDTH + _STRIP_GAP) // (pack.resolution + _STRIP_GAP))
    count = min(len(pack.train), across * (2 if pack.resolution <= 64 else 1))
    if count == 0:
        return b"", 0, len(pack.test)
    rows = pack.train[np.linspace(0, len(pack.train) - 1, count).astype(int)]
    buffer = io.BytesIO()
    make_grid(pack.images[rows], across, _STRIP_GAP).save(buffer, "PNG")
    return buffer.getvalue(), len(pack.train), len(pack.test)


def _choose_preset(dataset: Dataset) -> Preset:
    """Presets made for this resolution come first."""
    names = sorted(PRESETS, key=lambda name: dataset.resolution not in PRESETS[name].resolutions)
    fitting = next(
        (name for name in (DEFAULT_PRESET, *names) if dataset.resolution in PRESETS[name].resolutions), names[0]
    )
    quick = next(
        (name for name in names if dataset.resolution in PRESETS[name].resolutions and name.startswith("quick")), None
    )
    chosen = st.radio(
        "Preset",
        names,
        index=names.index(quick or fitting),
        format_func=lambda name: PRESETS[name].title,
        captions=[PRESETS[name].description for name in names],
        key=f"new-run-preset-{dataset.resolution}",
    )
    return PRESETS[chosen]


def _describe_preset(preset: Preset, dataset: Dataset) -> None:
    made_for = ", ".join(f"{resolution}" for resolution in sorted(preset.resolutions))
    st.subheader(preset.title, anchor=False)
    st.caption(f"{_FAMILIES.get(preset.family, preset.family)} · made for {made_for} px · from {plain(preset.origin)}")
    if dataset.resolution not in preset.resolutions:
        st.info(
            f"This preset was made for {made_for} px; the dataset has {dataset.resolution} px. "
            "It will train, but was not tuned for it.",
            icon=":material/straighten:",
        )
    if preset.mended:
        st.caption(f"Mended: {plain(preset.mended)}")


def _settings_and_start(workspace: Workspace, dataset: Dataset, preset: Preset) -> dict[str, Any] | None:
    """Ask for the rest and offer the start; return the checked settings of the run, or None if it cannot start."""
    try:
        network, training = configure(preset, dataset.resolution)
        train_count = _strip(str(dataset.folder), dataset.content_hash)[1]
    except AtelierError as error:
        st.error(plain(str(error)))
        return None
    prefix = f"new-run-{preset.name}"
    epochs_key = f"{prefix}-epochs-{train_count}"
    epochs = int(
        st.number_input(
            "Epochs",
            min_value=1,
            value=_usual_epochs(preset, train_count),
            step=1,
            key=epochs_key,
            help="One epoch is one pass over all training pictures.",
        )
    )
    st.caption(f"{epochs * train_count:,} images in all")
    chosen: dict[str, Any] = {}
    chosen_device = "auto"
    names = [field.name for field in dataclasses.fields(training)]
    first = [name for name in _SHOWN_FIRST if name in names]
    for place, name in zip(st.columns(len(_IN_A_ROW)), _IN_A_ROW, strict=True):
        with place:
            chosen[name] = setting_fields.field(training, name, key_prefix=prefix)
    for name in first[len(_IN_A_ROW) :]:
        chosen[name] = setting_fields.field(training, name, key_prefix=prefix)
    with st.expander("More settings", icon=":material/tune:"):
        for title, settings, skipped in (("Training", training, set(first)), ("Network", network, {"resolution"})):
            st.markdown(f"**{title}**")
            grid = st.columns(2)
            rest = [field.name for field in dataclasses.fields(settings) if field.name not in skipped]
            for number, name in enumerate(rest):
                with grid[number % 2]:
                    chosen[name] = setting_fields.field(settings, name, key_prefix=prefix)
        if device_slots() != ["cpu"]:
            chosen_device = st.selectbox("Device", ["auto", *device_slots(), "cpu"], key="new-run-device")
    defaults = {**dataclasses.asdict(network), **dataclasses.asdict(training)}
    overrides = {name: value for name, value in chosen.items() if value != defaults[name]}
    if chosen_device != "auto":
        overrides["device"] = chosen_device
    plan = None
    try:
        plan = training_runs.plan_run(workspace, preset.name, dataset.id, epochs, overrides)
    except AtelierError as error:
        st.error(plain(str(error)), icon=":material/block:")
    if refused := st.session_state.pop(_REFUSED, None):
        st.error(plain(refused))
    hand_out_token()
    # Not as a callback: its arguments would be those of the last run that drew the button, and a press that comes while
    # the page is still being drawn would start with settings that are no longer on it.
    if st.button(
        "Start training", type="primary", icon=":material/play_arrow:", key="new-run-start", disabled=plan is None
    ):
        start_once(workspace, preset.name, dataset.id, epochs, overrides)
        st.rerun()
    return plan


def hand_out_token() -> None:
    """A form that is drawn may be started once."""
    st.session_state.setdefault(_TOKEN, True)


def start_once(workspace: Workspace, preset: str, dataset_id: str, epochs: int, overrides: Mapping[str, Any]) -> None:
    """Create the run and begin it, once: a second click on the same form finds its token taken."""
    if not st.session_state.pop(_TOKEN, False):
        return
    try:
        run_id = training_runs.create_run(workspace, preset, dataset_id, epochs, dict(overrides))
        control.start(workspace, JobFolder(workspace.run(run_id)))
    except AtelierError as error:
        st.session_state[_REFUSED] = str(error)
        return
    st.query_params.from_dict({"run": run_id})


def _usual_epochs(preset: Preset, train_count: int) -> int:
    """Long enough for the preset to show what it can do."""
    images = 60_000 if preset.name.startswith("quick") else 300_000
    return max(1, round(images / max(1, train_count)))
