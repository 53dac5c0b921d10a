"""The engines of restyling: what each is, what it needs, how to ask it. None ever stands in for another.

Nothing here loads torch until an engine runs: a page describes the engines, their settings and what they will cost
before anything heavy is needed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from core.errors import ConfigError, NotFoundError

if TYPE_CHECKING:
    from torch import Tensor

STRENGTHS = {"gentle": 25, "medium": 50, "strong": 75}  # names for places on the slider from 0 to 100


class Cost(NamedTuple):
    seconds: float  # on this machine, if nothing else runs
    bytes: int  # of memory at the highest, what Python and torch take included


@dataclass(frozen=True)
class Report:
    """How an engine speaks with whoever started it. All of it may be left out."""

    progress: Callable[[int, int, str], None] = lambda done, total, unit: None  # unit: plural noun
    preview: Callable[["Tensor"], None] = lambda picture: None  # the state so far, (3, h, w); h and w may be smaller
    stop_requested: Callable[[], bool] = lambda: False  # an engine that is stopped returns its result so far
    state: Mapping[str, Any] | None = None  # to go on from, as `keep` was given it; None: from the beginning
    # tensors and plain values, enough to go on from here; what belongs to this state was previewed before
    keep: Callable[[dict[str, Any]], None] = lambda state: None
    note: Callable[[str], None] = lambda text: None  # a line for the log: losses, what went wrong and was mended


@dataclass(frozen=True)
class Engine:
    name: str
    title: str  # on a page
    label: str  # in one line: what it is, also in the files it makes
    place: str  # module with run(...)
    plan: str  # module with settings_at(strength) and estimate(settings, height, width, device); it loads no torch
    usual_size: int | None  # pixels, longest side; None: the content's own
    needs: tuple[str, ...] = ()  # weight files, names of core.style.weights; () for engines without
    takes_masks: bool = True

    def run(
        self,
        content: "Tensor",
        styles: "Sequence[Tensor]",
        weights: Sequence[float],
        settings: Any,
        *,
        masks: "Sequence[Tensor | None] | None" = None,
        device: str = "cpu",
        report: Report = Report(),
    ) -> "Tensor":
        """Restyle one picture; on a stop, the result so far.

        Args:
            content: (3, H, W) float32 in [0, 1], at the size of the result.
            styles: (3, h, w) each, at full size.
            weights: one per style, above 0; only ratios matter.
            settings: from `settings_for`.
            masks: one per style, (H, W) in [0, 1]: where in the content it paints; None: everywhere.
        Returns: (3, H, W) float32 in [0, 1], on the CPU.
        Raises: ConfigError if the parts do not fit together.
        """
        if not styles or len(styles) != len(weights) or (masks is not None and len(masks) != len(styles)):
            raise ConfigError(
                f"Every style needs its weight and mask; got {len(styles)} styles, {len(weights)} weights and "
                f"{'no' if masks is None else len(masks)} masks."
            )
        if masks is not None and all(mask is None for mask in masks):
            masks = None
        if masks is not None and not self.takes_masks:
            raise ConfigError(f"The engine {self.name!r} takes no masks per style. Choose another, or leave them out.")
        run: Callable[..., Tensor] = getattr(import_module(self.place), "run")  # noqa: B009, mypy reads no modules here
        return run(content, list(styles), list(weights), settings, masks=masks, device=device, report=report)


ENGINES = {
    engine.name: engine
    for engine in (
        Engine(
            "patch",
            "Patch",
            "patch: pieces of the style laid over the picture (no pretrained network)",
            "core.style.patch.synthesis",
            "core.style.patch.settings",
            512,
        ),
        Engine(
            "neural",
            "Neural",
            "neural: statistics of a trained network's features (VGG19, ImageNet)",
            "core.style.neural.engine",
            "core.style.neural.cost",
            320,
            needs=("vgg19",),
        ),
        Engine(
            "random",
            "Random network",
            "random: features of a network that was never trained (no pretrained network)",
            "core.style.random_network",
            "core.style.random_settings",
            256,
        ),
        Engine(
            "palette",
            "Palette",
            "palette: closed-form colour transport (no network, no brush marks)",
            "core.style.palette",
            "core.style.palette_settings",
            None,
        ),
        Engine(
            "fast",
            "Fast",
            "fast: networks trained to restyle in one pass (AdaIN; Johnson, one style a file)",
            "core.style.fast.engine",
            "core.style.fast.settings",
            512,
            needs=("adain-encoder", "adain-decoder"),
        ),
    )
}


def find_engine(name: str) -> Engine:
    """Raises: NotFoundError."""
    if name not in ENGINES:
        raise NotFoundError("engine", name, list(ENGINES))
    return ENGINES[name]


def settings_for(name: str, strength: float, overrides: Mapping[str, Any] | None = None, *, seed: int = 0) -> Any:
    """An engine's settings at a strength from 0 to 100, with some fields set otherwise.

    Raises: NotFoundError for an engine that does not exist, ConfigError for a setting that does not, or cannot work.
    """
    engine = find_engine(name)
    if not 0 <= strength <= 100:
        raise ConfigError(f"Strength goes from 0 to 100; got {strength}.")
    settings = import_module(engine.plan).settings_at(strength)
    known = {field.name: getattr(settings, field.name) for field in fields(settings)}
    changes = dict(overrides or {})
    if unknown := changes.keys() - known.keys():
        raise ConfigError(
            f"The engine {name!r} has no setting {', '.join(sorted(unknown))}. It has: {', '.join(known)}."
        )
    if "seed" in known:
        changes.setdefault("seed", seed)
    for setting, value in changes.items():
        changes[setting] = _as_kind_of(known[setting], value, setting)
    return replace(settings, **changes)


def estimate(name: str, settings: Any, height: int, width: int, device: str = "cpu") -> Cost:
    """What a result of height x width pixels will cost."""
    cost: Cost = import_module(find_engine(name).plan).estimate(settings, height, width, device)
    return cost


def _as_kind_of(default: Any, value: Any, name: str) -> Any:
    """Overrides come from JSON: a list becomes a tuple and a whole number a float where the setting is one."""
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(default, tuple) and isinstance(value, list):
        return tuple(value)
    if default is not None and type(value) is not type(default):
        raise ConfigError(f"{name} is of the kind of {default!r}; got {value!r}.")
    return value
