"""NeuralSettings: everything that shapes a transfer by the features of a network."""

import math
from dataclasses import dataclass

from core.errors import ConfigError
from core.style.neural.plans import PLANS, POOLINGS
from core.style.ramp import ramp

STYLE_LOSSES = {
    "wasserstein": "Mean and covariance, by the Wasserstein-2 distance of two Gaussians",
    "gram": "Gram matrices, relative to the style's own",
    "gram-plain": "Gram matrices divided by channels and pixels, as in the first papers",
}
ROOTS = ("auto", "newton-schulz", "eigen")  # of matrices: "auto" is what is quicker on the device
STARTS = {
    "content": "The picture itself",
    "grey": "Grey, with a trace of noise",
    "uniform": "Noise of all values",
    "normal": "Noise around grey",
    "style": "Noise in the style's colours",
    "recoloured": "The picture in the style's colours",
}
OPTIMISERS = {"adam": "Adam, averaged", "lbfgs": "L-BFGS: fewer steps, more memory"}

# The content's weight at strength 0, 25, 50, 75 and 100, for each loss has a scale of its own. 0.015 is what the
# Wasserstein loss is published with; the middle of "gram" is from our own trials with networks that were never trained.
_CONTENT_WEIGHTS = {
    "wasserstein": (0.25, 0.05, 0.015, 0.005, 0.0015),
    "gram": (10.0, 1.0, 0.3, 0.1, 0.02),
    "gram-plain": (1000.0, 30.0, 5.0, 1.0, 0.1),
}
_STYLE_WEIGHTS = {"wasserstein": 1.0, "gram": 1.0, "gram-plain": 1e6}


_WHOLE = {
    *("smallest_side", "first_steps", "steps", "style_side", "tile_side", "tile_margin"),
    *("seed", "preview_steps", "keep_steps"),
}


@dataclass(frozen=True)
class NeuralSettings:
    strength: float = 50.0  # 0 to 100: sets the content's weight, unless that is given
    network: str = "vgg19"  # one of plans.PLANS
    weights_file: str = ""  # where its weights lie; empty: looked for, see core.style.weights.find
    pooling: str = "max"  # one of plans.POOLINGS
    edges: str = "first"  # see vgg.Features
    content_layers: tuple[str, ...] = ("relu4_2",)
    style_layers: tuple[str, ...] = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
    style_layer_weights: tuple[float, ...] = (256.0, 64.0, 16.0, 4.0, 1.0)  # only ratios matter
    style_loss: str = "wasserstein"  # one of STYLE_LOSSES
    root: str = "auto"  # how roots of matrices are found, one of ROOTS
    style_weight: float | None = None  # None: as usual for the loss
    content_weight: float | None = None  # None: by strength
    variation_weight: float = 2.0
    start: str = "content"  # one of STARTS
    optimiser: str = "adam"  # one of OPTIMISERS
    learning_rate: float = 0.02  # of Adam, on values from 0 to 1; L-BFGS finds its own
    second_decay: float = 0.99  # of Adam's mean of squares
    average_decay: float = 0.99  # of the iterates' running mean, which is the result
    smallest_side: int = 128  # pixels of the longest side at the coarsest scale
    first_steps: int | None = None  # at the coarsest scale; None: twice as many as at the others
    steps: int | None = None  # at each other scale; None: 500 on a GPU, 75 on a processor
    style_scale: float = 1.0  # size of the style pictures against the result: larger, broader strokes
    style_side: int | None = None  # longest side of the style pictures at all scales, in place of style_scale
    tile_side: int | None = None  # pixels; None: what fits into memory; 0: never in tiles
    tile_margin: int | None = None  # pixels; None: as much as the network sees, so that no seam can be
    seed: int = 0
    preview_steps: int = 10  # from one preview to the next
    keep_steps: int = 50  # from one kept state to the next

    def __post_init__(self) -> None:
        for name, known in (
            ("network", PLANS),
            ("pooling", POOLINGS),
            ("style_loss", STYLE_LOSSES),
            ("root", ROOTS),
            ("start", STARTS),
            ("optimiser", OPTIMISERS),
        ):
            if getattr(self, name) not in known:
                raise ConfigError(f"{name} is one of {', '.join(known)}; got {getattr(self, name)!r}.")
        for layer in (*self.content_layers, *self.style_layers):
            PLANS[self.network].layer(layer)
        if not self.style_layers or len(self.style_layers) != len(self.style_layer_weights):
            raise ConfigError(
                f"Every style layer needs its weight; got {len(self.style_layers)} layers and "
                f"{len(self.style_layer_weights)} weights."
            )
        if not all(map(_is_number, self.style_layer_weights)) or not (
            min(self.style_layer_weights) >= 0 and 0 < sum(self.style_layer_weights) < math.inf
        ):
            raise ConfigError(f"Layer weights are numbers from 0 on, not all 0; got {self.style_layer_weights}.")
        for name, least, most in (
            ("strength", 0, 100),
            ("style_weight", 0, 1e12),
            ("content_weight", 0, 1e12),
            ("variation_weight", 0, 1e12),
            ("learning_rate", 1e-6, 1),
            ("second_decay", 0, 0.9999),
            ("average_decay", 0, 0.9999),
            ("smallest_side", 16, 8192),
            ("first_steps", 1, 100_000),
            ("steps", 1, 100_000),
            ("style_scale", 0.1, 10),
            ("style_side", 16, 8192),
            ("tile_side", 0, 8192),
            ("tile_margin", 0, 1024),
            ("seed", 0, 2**63 - 1),
            ("preview_steps", 1, 100_000),
            ("keep_steps", 1, 100_000),
        ):
            value = getattr(self, name)
            if value is not None and not (_is_number(value, whole=name in _WHOLE) and least <= value <= most):
                raise ConfigError(f"{name} goes from {least:g} to {most:g}; got {value}.")

    @property
    def deepest(self) -> str:
        """The last layer that is needed."""
        plan = PLANS[self.network]
        return max((*self.content_layers, *self.style_layers), key=lambda name: plan.layer(name).index)

    @property
    def loss_weights(self) -> tuple[float, float]:
        """Of style and content."""
        style = _STYLE_WEIGHTS[self.style_loss] if self.style_weight is None else self.style_weight
        if self.content_weight is not None:
            return style, self.content_weight
        logarithms = [math.log10(weight) for weight in _CONTENT_WEIGHTS[self.style_loss]]
        return style, 10 ** ramp(self.strength, logarithms)

    def steps_on(self, device: str) -> tuple[int, int]:
        """At the coarsest scale, and at each other."""
        steps = self.steps or (75 if device.startswith("cpu") else 500)
        return self.first_steps or 2 * steps, steps


def _is_number(value: object, whole: bool = False) -> bool:
    """Settings come from JSON, where a text may stand in a number's place."""
    kinds = int if whole else int | float
    return isinstance(value, kinds) and not isinstance(value, bool)


def settings_at(strength: float) -> NeuralSettings:
    return NeuralSettings(strength=strength)
