"""The form for a new training run: what it begins with, dataset, preset, how long, and every setting behind it."""

import dataclasses
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from core.datasets.listing import Dataset, broken_datasets, list_datasets
from core.datasets.pack import open_pack
from core.datasets.recipe import size_words
from core.errors import AtelierError
from core.jobs import control
from core.jobs.devices import device_slots
from core.jobs.folder import JobFolder
from core.models.preset import Preset
from core.models.zoo import PRESETS
from core.training import runs as training_runs
from core.training.grids import make_grid
from core.training.settings import configure
from core.training.starting import Start
from core.workspace import Workspace
from ui import (
    condition_choice,
    preset_card,
    preset_choice,
    run_length,
    run_needs,
    run_start,
    setting_groups,
)
from ui.jobs import plain
from ui.run_length import Length
from ui.run_start import GRID_GAP, STRIP_WIDTH, Beginning

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
        beginning = run_start.choose(workspace)
        dataset = _choose_dataset(datasets, beginning)
        preset = PRESETS[beginning.preset] if beginning.preset else preset_choice.choose(dataset.shape)
    with right:
        with st.container(border=True, key="preset-card"):
            preset_card.show(preset, dataset.shape)
            networks = st.container()
        plan = _settings_and_start(workspace, dataset, preset, beginning)
        if plan is not None:
            run_needs.show(workspace, plan)
    if plan is not None:
        with networks:
            preset_card.show_networks(plan["preset"], plan["network"])


def _choose_dataset(datasets: list[Dataset], beginning: Beginning) -> Dataset:
    by_id = {dataset.id: dataset for dataset in datasets}
    asked = beginning.dataset_id or st.query_params.get("dataset")
    key = "new-run-dataset" if not beginning.dataset_id else f"new-run-dataset{beginning.key}"
    if key not in st.session_state and asked in by_id:
        st.session_state[key] = asked
    elif beginning.dataset_id and asked not in by_id:
        st.warning("The dataset of that run is no longer here: the branch goes on with another.")
    chosen = by_id[
        st.selectbox(
            "Dataset",
            list(by_id),
            format_func=lambda dataset_id: f"{by_id[dataset_id].name} · {size_words(by_id[dataset_id].shape)}",
            key=key,
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
        f"{train:,} pictures to train on, copies included; {test:,} held out to judge by · {size_words(chosen.shape)}"
    )
    return chosen


@st.cache_data(max_entries=32, show_spinner=False)
def _strip(folder: str, content_hash: str) -> tuple[bytes, int, int]:
    """Some training pictures at true pixels as PNG bytes, and how many there are to train on and held out.

    content_hash: only tells the cache that the dataset is still the same.
    """
    pack = open_pack(Path(folder))
    height, width = pack.images.shape[1:3]
    across = max(1, (STRIP_WIDTH + GRID_GAP) // (width + GRID_GAP))
    count = min(len(pack.train), across * (2 if height <= 64 else 1))
    if count == 0:
        return b"", 0, len(pack.test)
    rows = pack.train[np.linspace(0, len(pack.train) - 1, count).astype(int)]
    buffer = io.BytesIO()
    make_grid(pack.images[rows], across, GRID_GAP).save(buffer, "PNG")
    return buffer.getvalue(), len(pack.train), len(pack.test)


def _settings_and_start(
    workspace: Workspace, dataset: Dataset, preset: Preset, beginning: Beginning
) -> dict[str, Any] | None:
    """Ask for the rest and offer the start; return the checked settings of the run, or None if it cannot start."""
    try:
        usual = configure(preset, dataset.resolution)
        network, training = configure(preset, dataset.resolution, beginning.overrides)
        train_count = _strip(str(dataset.folder), dataset.content_hash)[1]
    except AtelierError as error:
        st.error(plain(str(error)))
        return None
    prefix = f"new-run-{preset.name}{beginning.key}"
    unit, number = run_length.ask(
        epochs=beginning.epochs or run_length.usual_epochs(preset, train_count),
        train_count=max(1, train_count),
        images_before=beginning.images_before,
        key_prefix=prefix,
    )
    is_branch = beginning.start is not None and beginning.start.kind == run_start.BRANCH
    chosen = setting_groups.ask(
        network,
        training,
        key_prefix=prefix,
        beside={
            setting_groups.CONDITIONS: lambda so_far: condition_choice.show_offer(
                dataset, so_far.get("condition", ""), so_far.get("terms_at_most", 0)
            )
        },
        fixed={
            setting_groups.NETWORK: "A branch goes on with the networks of its run. To change them, "
            "begin with its weights instead."
        }
        if is_branch
        else None,
    )
    device = "auto"
    if device_slots() != ["cpu"]:
        device = st.selectbox("Device", ["auto", *device_slots(), "cpu"], key="new-run-device")
    gpus = device_slots() if device == "auto" and device_slots() != ["cpu"] else []
    devices = 1
    if len(gpus) > 1:
        help_text = (
            "They train as one, each with its part of every batch, so the batch size has to be a multiple of it."
        )
        devices = int(st.number_input("GPUs", 1, len(gpus), key="new-run-devices", help=help_text))
    defaults = {name: value for part in usual for name, value in dataclasses.asdict(part).items()}
    overrides = {name: value for name, value in chosen.items() if value != defaults[name]}
    if device != "auto":
        overrides["device"] = device
    if devices > 1:
        overrides["devices"] = devices
    plan, length = None, Length(epochs=1)
    try:
        # what decides the speed is checked first, so that no trial runs with settings that are refused
        probe = training_runs.plan_run(workspace, preset.name, dataset.id, 1, overrides, start=beginning.start)
        length = run_length.length_of(
            unit,
            number,
            images_before=beginning.images_before,
            speed=lambda: run_needs.images_per_second(workspace, probe),
        )
        plan = training_runs.plan_run(
            workspace, preset.name, dataset.id, length.epochs, overrides, images=length.images, start=beginning.start
        )
    except AtelierError as error:
        st.error(plain(str(error)), icon=":material/block:")
    if plan is not None and is_branch and _total_images(plan) <= beginning.images_before:
        st.error(
            f"The branch begins at {beginning.images_before:,} images, and the run would end at "
            f"{_total_images(plan):,}: nothing would be trained. Choose a greater length.",
            icon=":material/block:",
        )
        plan = None
    if refused := st.session_state.pop(_REFUSED, None):
        st.error(plain(refused))
    hand_out_token()
    # Not as a callback: its arguments would be those of the last run that drew the button, and a press that comes while
    # the page is still being drawn would start with settings that are no longer on it.
    if st.button(
        "Start training", type="primary", icon=":material/play_arrow:", key="new-run-start", disabled=plan is None
    ):
        if plan is not None and (problem := run_needs.refusal(workspace, plan)):
            st.session_state[_REFUSED] = problem
        else:
            start_once(workspace, preset.name, dataset.id, length, overrides, beginning.start)
        st.rerun()
    return plan


def _total_images(plan: Mapping[str, Any]) -> int:
    return int(plan["images"] or plan["epochs"] * plan["train_count"])


def hand_out_token() -> None:
    """A form that is drawn may be started once."""
    st.session_state.setdefault(_TOKEN, True)


def start_once(
    workspace: Workspace,
    preset: str,
    dataset_id: str,
    length: Length,
    overrides: Mapping[str, Any],
    start: Start | None = None,
) -> None:
    """Create the run and begin it, once: a second click on the same form finds its token taken."""
    if not st.session_state.pop(_TOKEN, False):
        return
    try:
        run_id = training_runs.create_run(
            workspace, preset, dataset_id, length.epochs, dict(overrides), images=length.images, start=start
        )
        control.start(workspace, JobFolder(workspace.run(run_id)))
    except AtelierError as error:
        st.session_state[_REFUSED] = str(error)
        return
    st.query_params.from_dict({"run": run_id})
