"""Settings under a name: what others published, to be compared with on the same pictures.

Loads no torch until it compares.
"""

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from core.errors import NotFoundError
from core.style.engines import Report
from core.style.neural.loss_table import SHALLOW
from core.style.neural.settings import NeuralSettings

if TYPE_CHECKING:
    from torch import Tensor

    from core.style.neural.vgg import Features

# Casardo-Chen/wikiart-neural-trasnfer: the layers of PyTorch's tutorial, which counts convolutions and takes them
# before their ReLU; Gram matrices divided by channels and pixels, summed over five layers, times 1,000,000; Adam at
# 0.0001 for 300 steps. Meant for pictures of 128 pixels, which it squashed to a square: that is not repeated.
WIKIART = NeuralSettings(
    edges="zeros",
    content_layers=("conv2_2",),
    style_layers=SHALLOW,
    style_layer_weights=(1.0,) * len(SHALLOW),
    style_loss="gram-plain",
    style_weight=1_000_000.0 * len(SHALLOW),  # ours is a mean over layers, theirs a sum
    content_weight=1.0,
    variation_weight=0.0,
    learning_rate=1e-4,
    second_decay=0.999,
    average_decay=0.0,
    smallest_side=128,
    first_steps=300,
    steps=300,
)
TUTORIAL = replace(WIKIART, optimiser="lbfgs")  # the same layers and weights, as the tutorial optimises them
# What the losses hold of a picture, each by itself, from noise: content without a style, style without things.
CONTENT_ALONE = NeuralSettings(style_weight=0.0, content_weight=1.0, start="normal")
STYLE_ALONE = NeuralSettings(content_weight=0.0, start="normal")
PRESETS = {
    "wikiart-neural-trasnfer": WIKIART,
    "tutorial-lbfgs": TUTORIAL,
    "content-alone": CONTENT_ALONE,
    "style-alone": STYLE_ALONE,
}

# The rows of its table: weights of content and style.
WIKIART_ROWS = ((1.0, 1_000_000.0), (5.0, 100_000.0), (10.0, 1_000_000.0))


def wikiart_row(row: int) -> NeuralSettings:
    """The settings of one row of the table, from 0."""
    content_weight, style_weight = WIKIART_ROWS[row]
    return replace(WIKIART, content_weight=content_weight, style_weight=style_weight * len(SHALLOW))


def overrides_of(preset: str) -> dict[str, Any]:
    """A preset as the `overrides` of a request: what differs from the engine's usual settings.

    Raises: NotFoundError.
    """
    if preset not in PRESETS:
        raise NotFoundError("preset", preset, list(PRESETS))
    usual, wanted = asdict(NeuralSettings()), asdict(PRESETS[preset])
    return {name: value for name, value in wanted.items() if value != usual[name]}


@dataclass(frozen=True)
class Compared:
    name: str
    picture: "Tensor"
    removed: float  # share of the content's style loss, by the preset's measure for all of them: 1 is all of it


def compare(
    networks: "dict[str, Features]",
    content: "Tensor",
    style: "Tensor",
    settings: dict[str, NeuralSettings],
    report: Report,
) -> list[Compared]:
    """Restyle one picture with several settings; judge all results by the style loss of `WIKIART`.

    Args:
        networks: by the name of the settings; None of them is changed.
    """
    from core.style.neural.transfer import Transfer

    judge = Transfer(networks["judge"], content, [style], [1.0], WIKIART)
    objective = judge.objective(judge.scales[-1])
    before = float(objective(objective.content)[0].style)
    found = []
    for name, one in settings.items():
        picture = Transfer(networks[name], content, [style], [1.0], one).run(report)
        after = float(objective(picture)[0].style)
        found.append(Compared(name, picture, 1 - after / before))
        report.note(f"{name}: {100 * found[-1].removed:.1f} % of the style loss removed.")
    return found
