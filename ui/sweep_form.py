"""The form for a new sweep: what is searched, how, for how long, and what it will take."""

import dataclasses
import json
from typing import Any

import streamlit as st

from core.datasets.listing import Dataset, list_datasets
from core.datasets.recipe import size_words
from core.errors import AtelierError
from core.jobs import control
from core.jobs.devices import device_slots
from core.models.preset import Preset
from core.models.zoo import DEFAULT_PRESET, PRESETS
from core.sweeps import planning
from core.sweeps.ready import ReadySpace, ready_for
from core.sweeps.space import Space
from core.sweeps.spec import METHODS, PRUNINGS, SWD, SweepSpec, offered_metrics
from core.training.settings import configure
from core.workspace import Workspace
from ui import preset_choice, run_length, setting_groups, sweep_needs, sweep_space
from ui.jobs import plain

METHOD_WORDS = {"grid": "Grid", "random": "Random", "tpe": "Learning (TPE)", "preference": "By your eye"}
PRUNING_WORDS = {"none": "Never", "median": "Behind the middle", "hyperband": "Best third (Hyperband)"}
_TOKEN, _REFUSED = "sweep-token", "sweep-refused"
_OWN = "Choose settings"


def show(workspace: Workspace) -> None:
    datasets = list_datasets(workspace)
    if not datasets:
        st.info("There is no dataset to train on yet. Build one from the pictures you collected.")
        st.page_link("app_pages/gather/augment.py", label="Build a dataset", icon=":material/auto_awesome_mosaic:")
        return
    left, right = st.columns([7, 5], gap="large")
    with left:
        dataset, preset = _choose(datasets)
        ready = _choose_ready(preset)
        prefix = f"sweep-{preset.name}-{dataset.resolution}-{ready.name if ready else 'own'}"
        chosen = _ask_space(preset, dataset, ready, prefix)
    with right:
        spec = _ask_rest(workspace, dataset, preset, ready, chosen, prefix)
        if spec is not None:
            _start(workspace, spec)


def _choose(datasets: list[Dataset]) -> tuple[Dataset, Preset]:
    by_id = {dataset.id: dataset for dataset in datasets}
    left, right = st.columns(2)
    if "sweep-dataset" not in st.session_state and (asked := st.query_params.get("dataset")) in by_id:
        st.session_state["sweep-dataset"] = asked
    with left:
        dataset = by_id[
            st.selectbox(
                "Dataset",
                list(by_id),
                format_func=lambda one: f"{by_id[one].name} · {size_words(by_id[one].shape)}",
                key="sweep-dataset",
            )
        ]
    painting = [preset for preset in PRESETS.values() if preset_choice.paints(preset, dataset.shape)]
    painting.sort(key=lambda preset: not preset_choice.is_made_for(preset, dataset.shape))
    names = [preset.name for preset in painting]
    asked = st.query_params.get("preset", "")
    usual = next((name for name in (asked, "quick-gan", DEFAULT_PRESET, *names) if name in names), names[0])
    if st.session_state.get("sweep-preset") not in names:
        st.session_state["sweep-preset"] = usual
    with right:
        name = st.selectbox(
            "Preset",
            names,
            format_func=lambda one: (
                f"{PRESETS[one].title} · {preset_choice.FAMILIES.get(PRESETS[one].family, PRESETS[one].family)}"
            ),
            key="sweep-preset",
            help="Whose settings are searched. What is not searched stays as the preset has it.",
        )
    return dataset, PRESETS[name]


def _choose_ready(preset: Preset) -> ReadySpace | None:
    found = {ready.name: ready for ready in ready_for(preset)}
    name = st.pills(
        "What to search",
        [*found, ""],
        format_func=lambda one: found[one].title if one else _OWN,
        default=next(iter(found)),
        required=True,
        key=f"sweep-ready-{preset.name}",
        wrap=True,
    )
    ready = found.get(str(name))
    if ready is not None:
        st.caption(ready.about)
    return ready


def _ask_space(preset: Preset, dataset: Dataset, ready: ReadySpace | None, prefix: str) -> sweep_space.Chosen:
    from ui.setting_fields import label

    begin = list(ready.space) if ready else ["learning_rate"]
    names = st.multiselect(
        "Settings to search",
        sweep_space.offered(preset, ready),
        default=begin,
        format_func=label,
        max_selections=sweep_space.most(),
        key=f"{prefix}-names",
        help="Each gets a row below. Two to four are enough for most searches: every further one needs more trials.",
    )
    if not names:
        st.info("Choose at least one setting to search.")
        return sweep_space.Chosen({}, ("Choose at least one setting.",))
    return sweep_space.ask(preset, dataset.resolution, ready, names=names, key_prefix=prefix)


def _ask_rest(
    workspace: Workspace,
    dataset: Dataset,
    preset: Preset,
    ready: ReadySpace | None,
    chosen: sweep_space.Chosen,
    prefix: str,
) -> SweepSpec | None:
    """Method, length and the rest; None, and why is said, where they make no sweep."""
    space = None
    try:
        space = Space.read(chosen.space, preset) if chosen.space else None
    except AtelierError as error:
        st.error(plain(str(error)), icon=":material/block:")
    size = space.size if space else None
    method = str(
        st.segmented_control(
            "Method",
            list(METHODS),
            format_func=METHOD_WORDS.__getitem__,
            default=ready.method if ready else "tpe",
            required=True,
            key=f"{prefix}-method",
            width="stretch",
        )
    )
    st.caption(METHODS[method])
    usual_trials = size if method == "grid" and size else ready.trials if ready else 20
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    with left:
        trials = int(
            st.number_input(
                "Trials", 1, 2_000, min(usual_trials, 2_000), key=f"{prefix}-trials-{method}-{usual_trials}"
            )
        )
    with right:
        unit = str(
            st.segmented_control(
                "Length of each in",
                ["Images", "Epochs", "Minutes"],
                default="Epochs" if ready and ready.epochs else "Images",
                required=True,
                key=f"{prefix}-unit",
                width="stretch",
            )
        )
    train_count = max(1, _train_count(dataset))
    usual_epochs = (ready.epochs if ready else 0) or max(1, run_length.usual_epochs(preset, train_count) // 4)
    usual_images = max(1_000, round(usual_epochs * train_count, -3))
    usual = {"Images": usual_images, "Epochs": usual_epochs, "Minutes": 3}[unit]
    number = int(
        st.number_input(
            f"{unit} of each trial",
            1,
            None,
            usual,
            step={"Images": 1_000, "Epochs": 1, "Minutes": 1}[unit],
            key=f"{prefix}-length-{unit}",
            help="Short trials find what works at all; the best of them can be trained longer from here.",
        )
    )
    metric = SWD
    if method != "preference":
        metrics = offered_metrics()
        metric = str(
            st.selectbox(
                "What to make better",
                list(metrics),
                format_func=lambda one: metrics[one].title,
                key=f"{prefix}-metric",
                help="The first is measured while each trial trains; the others by an evaluation at its end.",
            )
        )
        st.caption(plain(metrics[metric].about))
    pruning = "none"
    if method in ("random", "tpe") and metric == SWD:
        pruning = str(
            st.segmented_control(
                "End trials early",
                list(PRUNINGS),
                format_func=PRUNING_WORDS.__getitem__,
                default="median",
                required=True,
                key=f"{prefix}-pruning",
                width="stretch",
                help=" ".join(PRUNINGS.values()),
            )
        )
    fixed, at_once, seed = _ask_fixed(preset, dataset, ready, space, prefix)
    if size is not None:
        st.caption(f"{size:,} combination{'' if size == 1 else 's'} in all.")
    if space is None or chosen.problems:
        return None
    try:
        return SweepSpec(
            preset=preset.name,
            dataset_id=dataset.id,
            method=method,
            space=space.to_json(),
            trials=trials,
            images=number * train_count if unit == "Epochs" else number if unit == "Images" else 0,
            minutes=float(number) if unit == "Minutes" else 0.0,
            metric=metric,
            pruning=pruning,
            seed=seed,
            fixed=fixed,
            at_once=at_once,
        )
    except AtelierError as error:
        st.error(plain(str(error)), icon=":material/block:")
        return None


def _ask_fixed(
    preset: Preset, dataset: Dataset, ready: ReadySpace | None, space: Space | None, prefix: str
) -> tuple[dict[str, Any], int, int]:
    """What is the same for all trials: changed settings, how many at once, the seed."""
    searched = set(space.changes) if space else set()
    fixed: dict[str, Any] = {}
    at_once = 1
    with st.expander("The same for all trials", icon=":material/lock:", key=f"{prefix}-fixed", type="compact"):
        slots = device_slots()
        if len(slots) > 1:
            at_once = int(st.number_input("Trials at once", 1, len(slots), len(slots), key="sweep-at-once"))
        network, training = configure(preset, dataset.resolution, ready.fixed if ready else None)
        answers = setting_groups.ask(network, training, key_prefix=f"{prefix}-all")
        usual = configure(preset, dataset.resolution)
        defaults = {name: value for part in usual for name, value in dataclasses.asdict(part).items()}
        changed = {name: value for name, value in answers.items() if value != defaults[name] and name != "seed"}
        fixed = {name: value for name, value in changed.items() if name not in searched}
        if doubled := sorted(set(changed) - set(fixed)):
            st.caption(f"{', '.join(doubled)}: searched, so what stands here does not count.")
        seed = int(answers.get("seed", 0))
    if fixed:
        told = ", ".join(f"{name} {value}" for name, value in fixed.items())
        st.caption(plain(f"The same for all: {told}."))
    return fixed, at_once, seed


@st.cache_data(max_entries=32, show_spinner=False)
def _train_count_of(folder: str, content_hash: str) -> int:
    """content_hash: only tells the cache that the dataset is still the same."""
    from pathlib import Path

    from core.datasets.pack import open_pack

    return len(open_pack(Path(folder)).train)


def _train_count(dataset: Dataset) -> int:
    try:
        return _train_count_of(str(dataset.folder), dataset.content_hash)
    except AtelierError as error:
        st.error(plain(str(error)))
        return 1


def _start(workspace: Workspace, spec: SweepSpec) -> None:
    problem = planning.why_refused(workspace, spec)
    if problem:
        st.error(plain(problem), icon=":material/block:")
    else:
        sweep_needs.show(workspace, spec)
    if refused := st.session_state.pop(_REFUSED, None):
        st.error(plain(refused), icon=":material/block:")
    st.session_state.setdefault(_TOKEN, True)
    # Not as a callback: its arguments would be those of the last run that drew the button.
    if st.button(
        f"Start {spec.planned} trial{'' if spec.planned == 1 else 's'}",
        type="primary",
        icon=":material/play_arrow:",
        key="sweep-start",
        disabled=bool(problem),
    ):
        _start_once(workspace, spec)
        st.rerun()
    with st.expander("The same from the command line", icon=":material/terminal:", type="compact", key="sweep-command"):
        st.caption("As a file for `python -m core sweep --space FILE.json`:")
        st.code(json.dumps(dict(spec.space), indent=2), language="json")


def _start_once(workspace: Workspace, spec: SweepSpec) -> None:
    """A second click on the same form finds its token taken."""
    if not st.session_state.pop(_TOKEN, False):
        return
    try:
        if refusal := sweep_needs.refusal(workspace, spec):
            st.session_state[_REFUSED] = refusal
            return
        job = planning.create_sweep(workspace, spec)
        control.start(workspace, job)
    except AtelierError as error:
        st.session_state[_REFUSED] = str(error)
        return
    st.query_params.from_dict({"sweep": job.id})
