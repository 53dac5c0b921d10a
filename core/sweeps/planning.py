"""Before a sweep starts: the settings that its trials would have, what is refused, and making it. No torch here."""

import dataclasses
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.datasets.pack import Pack, open_pack
from core.errors import AtelierError, ConfigError
from core.jobs import control
from core.jobs.folder import JobFolder
from core.models.configs import GIVEN
from core.sweeps.methods import point_text
from core.sweeps.space import Choices, Range
from core.sweeps.spec import SWD, SweepSpec, offered_metrics
from core.sweeps.sweep import KIND, Sweep, read_spec, write_spec
from core.training.runs import plan_run
from core.training.settings import configure
from core.workspace import Workspace

# What each trial keeps, unless the sweep fixes it otherwise: a hundred runs must not fill the disk with states that
# nobody will go back to.
KEEPS: Mapping[str, Any] = {"keep_weights": "best", "keep_states_every": 0}
_SAVES_A_TRIAL = 10  # about: as many points at which trials are compared
_FEWEST_HELD_OUT = 8  # pictures
_LOOKED_AT = 48  # points of a space that are planned to see whether they can work, when it has more


@dataclass(frozen=True)
class Refusal:
    """A point that cannot be trained, and why."""

    params: Mapping[str, Any]
    reason: str


@dataclass(frozen=True)
class Outlook:
    """What was found of a planned sweep before it starts."""

    plans: tuple[dict[str, Any], ...]  # settings of the trials looked at, as plan_run gives them
    refused: tuple[Refusal, ...]
    looked_at: int
    all_looked_at: bool  # whether these are all points there are


def plan_trial(
    workspace: Workspace, spec: SweepSpec, params: Mapping[str, Any], *, images: int | None = None
) -> dict[str, Any]:
    """The settings of one trial's run, checked.

    Args:
        images: its length; None: that of the sweep, which must then be in images.
    Raises: as core.training.runs.plan_run.
    """
    pack = open_pack(workspace.dataset(spec.dataset_id))
    images = images or spec.images or len(pack.train)
    overrides = _overrides(spec, params, pack, images)
    if spec.device != "auto":
        overrides["device"] = spec.device
    return plan_run(workspace, spec.preset, spec.dataset_id, overrides=overrides, images=images)


def _overrides(spec: SweepSpec, params: Mapping[str, Any], pack: Pack, images: int) -> dict[str, Any]:
    overrides: dict[str, Any] = {"seed": spec.seed, **KEEPS}
    overrides |= spec.found_space.overrides(params, spec.found_preset, pack.resolution, spec.fixed)
    epochs = -(-images // max(1, len(pack.train)))
    overrides.setdefault("save_every_epochs", max(1, round(epochs / _SAVES_A_TRIAL)))
    return overrides


def _planned_alike(spec: SweepSpec, params: Mapping[str, Any], pack: Pack, template: dict[str, Any]) -> dict[str, Any]:
    """The settings of another trial of the same sweep, checked without reading the dataset again."""
    images = spec.images or len(pack.train)
    network, training = configure(spec.found_preset, pack.resolution, _overrides(spec, params, pack, images))
    given = {name: template["network"][name] for name in GIVEN if name in template["network"]}
    network = dataclasses.replace(network, **given)  # which checks that they fit one another
    return {
        **template,
        "network": dataclasses.asdict(network),
        "training": dataclasses.asdict(training),
        "seed": training.seed,
    }


def judged_against(workspace: Workspace, spec: SweepSpec) -> str:
    """What an evaluation at the end of a trial compares with: held-out pictures, where there are enough of them."""
    return "test" if len(open_pack(workspace.dataset(spec.dataset_id)).test) >= _FEWEST_HELD_OUT else "train"


def look_ahead(workspace: Workspace, spec: SweepSpec) -> Outlook:
    """Plan the points of a sweep, or some of a larger one: corners first, for what cannot work is found there.

    Raises: ConfigError and its kin where not one of them can be trained, with the reason of the first.
    """
    _check_metric(workspace, spec)
    pack = open_pack(workspace.dataset(spec.dataset_id))
    plans: list[dict[str, Any]] = []
    refused, looked_at = [], 0
    points, whole = _points(spec)
    by_terms = "condition" in spec.found_space.changes  # then each has a vocabulary of its own
    for params in points:
        looked_at += 1
        try:
            alike = plans and not by_terms
            plans.append(_planned_alike(spec, params, pack, plans[0]) if alike else plan_trial(workspace, spec, params))
        except ConfigError as error:
            refused.append(Refusal(params, str(error)))
    if not plans:
        raise ConfigError(
            refused[0].reason if len(refused) == 1 else f"No trial of this space can be trained. {refused[0].reason}"
        )
    return Outlook(tuple(plans), tuple(refused), looked_at, whole)


def create_sweep(workspace: Workspace, spec: SweepSpec, *, title: str = "") -> JobFolder:
    """Make the sweep's folder; core.jobs.control.start begins it.

    Raises: NotFoundError, PackError, ConfigError.
    """
    look_ahead(workspace, spec)
    name = open_pack(workspace.dataset(spec.dataset_id)).name
    title = title or f"{spec.found_preset.title} on {name}: {spec.planned} trials"
    job = control.create(workspace, KIND, spec.to_json(), title=title)
    write_spec(job.path / "sweep.json", spec)
    return job


def extend(workspace: Workspace, sweep: Sweep, more: int) -> SweepSpec:
    """Plan so many trials more. One that is at work takes them in; one that has ended goes on.

    Raises: ConfigError where there are no more points, or the number is none.
    """
    spec = read_spec(sweep.spec_path)
    if more < 1:
        raise ConfigError(f"A sweep is extended by 1 trial or more; got {more}.")
    size = spec.found_space.size
    if size is not None and spec.trials >= size:
        raise ConfigError(
            f"All {size} combinations of this sweep are planned already. Start a new one with more values."
        )
    longer = dataclasses.replace(spec, trials=spec.trials + more if size is None else min(size, spec.trials + more))
    write_spec(sweep.spec_path, longer)
    if not sweep.job.is_active:
        control.resume(workspace, sweep.job, again=True)
    return longer


def _check_metric(workspace: Workspace, spec: SweepSpec) -> None:
    """Raises ConfigError where the trials could not be measured."""
    pack = open_pack(workspace.dataset(spec.dataset_id))
    if spec.by_people:
        return
    if spec.metric == SWD:
        height, width = pack.images.shape[1:3]
        if height != width or height & (height - 1):
            raise ConfigError(
                f"The pictures of this dataset are {width} by {height}, and {SWD} is measured of squares of 32, 64, "
                "... pixels alone. Search by preference, or build the dataset with the aspect 1:1."
            )
        return
    metric = offered_metrics()[spec.metric]
    if metric.needs == "autoencoder" and spec.found_preset.family != "vae":
        raise ConfigError(f"{metric.title} needs a variational autoencoder; {spec.preset} is none. Choose another.")
    if metric.needs == "inception":
        from core.metrics.inception import inception_state

        state = inception_state(workspace)
        if not state.is_usable:
            raise ConfigError(f"{metric.title} cannot be measured here. {state.problem}")


def _points(spec: SweepSpec) -> tuple[Iterator[dict[str, Any]], bool]:
    """Points to look at, and whether these are all."""
    space = spec.found_space
    if space.size is not None and space.size <= _LOOKED_AT:
        return space.grid(), True
    return _some_points(spec), False


def _some_points(spec: SweepSpec) -> Iterator[dict[str, Any]]:
    space, draw = spec.found_space, random.Random(spec.seed)
    corners = [[*axis.values] if isinstance(axis, Choices) else [axis.at(0.0), axis.at(1.0)] for axis in space.axes]
    seen: set[str] = set()
    for number in range(_LOOKED_AT):
        if number == 0:
            point = {axis.name: values[0] for axis, values in zip(space.axes, corners, strict=True)}
        elif number == 1:
            point = {axis.name: values[-1] for axis, values in zip(space.axes, corners, strict=True)}
        elif number < _LOOKED_AT // 2:
            point = {axis.name: draw.choice(values) for axis, values in zip(space.axes, corners, strict=True)}
        else:
            point = {
                axis.name: axis.at(draw.random()) if isinstance(axis, Range) else draw.choice(axis.values)
                for axis in space.axes
            }
        if (text := point_text(point)) not in seen:
            seen.add(text)
            yield point


def why_refused(workspace: Workspace, spec: SweepSpec) -> str:
    """Why this sweep cannot be started, in words; "" where it can."""
    try:
        look_ahead(workspace, spec)
    except AtelierError as error:
        return str(error)
    return ""
