"""The form for a new training run: dataset, preset, how long, and every setting behind it."""

import dataclasses
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from core.datasets.listing import Dataset, broken_datasets, list_datasets
from core.datasets.pack import open_pack
from core.errors import AtelierError
from core.jobs import control
from core.jobs.folder import JobFolder
from core.models.zoo import DEFAULT_PRESET, PRESETS, Preset
from core.training import runs as training_runs
from core.training.settings import configure
from core.workspace import Workspace
from ui import setting_fields

_SHOWN_FIRST = ("seed", "batch_size", "learning_rate", "augment", "kl_weight", "flip", "ema_half_life_images")
_STRIP = 16  # pictures of the dataset that are shown
_TOKEN, _REFUSED = "new-run-token", "new-run-refused"


def show(workspace: Workspace) -> None:
    for problem in broken_datasets(workspace):
        st.warning(problem, icon=":material/broken_image:")
    datasets = list_datasets(workspace)
    if not datasets:
        st.info("There is no dataset to train on yet. Build one from the pictures you collected.")
        st.page_link("pages/gather/augment.py", label="Build a dataset", icon=":material/auto_awesome_mosaic:")
        return
    left, right = st.columns([5, 6], gap="large")
    with left:
        dataset = _choose_dataset(datasets)
        preset = _choose_preset(dataset)
    with right:
        _describe_preset(preset, dataset)
        _settings_and_start(workspace, dataset, preset)


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
        st.error(str(error))
        return chosen
    st.image(strip, output_format="PNG", width="content", alt=f"{_STRIP} training pictures of {chosen.name}")
    st.caption(
        f"{train:,} pictures to train on, {test:,} held out to judge by · {chosen.resolution} px, shown as they are"
    )
    return chosen


@st.cache_data(max_entries=32, show_spinner=False)
def _strip(folder: str, _content_hash: str) -> tuple[bytes, int, int]:
    """Some training pictures at true pixels as PNG bytes, and how many there are to train on and held out."""
    from pathlib import Path

    pack = open_pack(Path(folder))
    rows = (
        pack.train[np.linspace(0, len(pack.train) - 1, min(_STRIP, len(pack.train))).astype(int)]
        if len(pack.train)
        else []
    )
    side, gap = pack.resolution, 2
    across = max(1, min(len(rows) or 1, 528 // (side + gap)))
    down = -(-len(rows) // across) if len(rows) else 1
    sheet = np.zeros((down * (side + gap) - gap, across * (side + gap) - gap, 4), np.uint8)
    for number, row in enumerate(rows):
        top, left = number // across * (side + gap), number % across * (side + gap)
        sheet[top : top + side, left : left + side, :3] = pack.images[row]
        sheet[top : top + side, left : left + side, 3] = 255
    image = Image.fromarray(sheet)
    if side <= 32:
        image = (
            image.resize((image.width * 2, image.height * 2), Image.Resampling.NEAREST)
            if across * 2 * side < 560
            else image
        )
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
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
    st.subheader(preset.title)
    try:
        parameters, layers = _layer_tables(preset.name, dataset.resolution)
    except AtelierError as error:
        st.error(str(error))
        return
    made_for = ", ".join(f"{resolution}" for resolution in sorted(preset.resolutions))
    st.caption(
        f"{preset.family.upper()} · {_millions(sum(parameters.values()))} parameters at {dataset.resolution} px · "
        f"made for {made_for} px · from {preset.origin}"
    )
    if dataset.resolution not in preset.resolutions:
        st.info(
            f"This preset was made for {made_for} px; the dataset has {dataset.resolution} px. "
            "It will train, but was not tuned for it."
        )
    if preset.mended:
        st.caption(f"Mended: {preset.mended}")
    with st.expander("Layers", icon=":material/layers:"):
        for role, rows in layers.items():
            st.markdown(f"**{role.capitalize()}**, {parameters[role]:,} parameters")
            st.dataframe(rows, hide_index=True, width="stretch", alt=f"Layers of the {role}")


@st.cache_data(max_entries=64, show_spinner=False)
def _layer_tables(preset: str, resolution: int) -> tuple[dict[str, int], dict[str, list[dict[str, Any]]]]:
    """Parameters and layer rows per network of the preset."""
    from core.models.describe import describe  # loads torch, which a page that shows a run does not need

    found = describe(preset, resolution)
    tables = {
        network.role: [
            {
                "Layer": layer.name,
                "Kind": layer.kind,
                "Detail": layer.detail,
                "Output": " × ".join(str(size) for size in layer.output),
                "Parameters": layer.parameters,
                "Million multiply-adds": round(layer.macs / 1e6, 2),
            }
            for layer in network.layers
        ]
        for network in found.networks
    }
    return {network.role: network.parameters for network in found.networks}, tables


def _settings_and_start(workspace: Workspace, dataset: Dataset, preset: Preset) -> None:
    try:
        network, training = configure(preset, dataset.resolution)
        train_count = _strip(str(dataset.folder), dataset.content_hash)[1]
    except AtelierError as error:
        st.error(str(error))
        return
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
    names = [field.name for field in dataclasses.fields(training)]
    first = [name for name in _SHOWN_FIRST if name in names]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for name in first[:3]:
            with st.container(width=180):
                chosen[name] = setting_fields.field(training, name, key_prefix=prefix)
    for name in first[3:]:
        chosen[name] = setting_fields.field(training, name, key_prefix=prefix)
    with st.expander("More settings", icon=":material/tune:"):
        for title, settings, skipped in (("Training", training, set(first)), ("Network", network, {"resolution"})):
            st.markdown(f"**{title}**")
            grid = st.columns(2)
            rest = [field.name for field in dataclasses.fields(settings) if field.name not in skipped]
            for number, name in enumerate(rest):
                with grid[number % 2]:
                    chosen[name] = setting_fields.field(settings, name, key_prefix=prefix)
    defaults = {**dataclasses.asdict(network), **dataclasses.asdict(training)}
    overrides = {name: value for name, value in chosen.items() if value != defaults[name]}
    try:
        training_runs.plan_run(workspace, preset.name, dataset.id, epochs, overrides)
        reason = ""
    except AtelierError as error:
        reason = str(error)
        st.error(reason)
    if refused := st.session_state.pop(_REFUSED, None):
        st.error(refused)
    st.session_state.setdefault(_TOKEN, True)
    st.button(
        "Start training",
        type="primary",
        icon=":material/play_arrow:",
        key="new-run-start",
        disabled=bool(reason),
        on_click=_start,
        args=(workspace, preset.name, dataset.id, epochs, overrides),
    )


def _start(workspace: Workspace, preset: str, dataset_id: str, epochs: int, overrides: Mapping[str, Any]) -> None:
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


def _millions(count: int) -> str:
    return f"{count / 1e6:.1f} million" if count >= 1e6 else f"{count:,}"
