"""Mixing: the form of one point in the colours of another, and grids of all such mixtures.

Three ways, by what a model is made of. A generator with a palette has the colours in a part of its own, so nothing else
changes. A flow's noise is a picture: its two planes of colour, and how light it is as a whole, come from the other. Of
all others, the latents are crossed: the few axes along which colours change most, everywhere alike, come from one, and
what is at right angles to them from the other. That parts form and colour as far as the model does.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError
from core.models.atelier_gan import AtelierGenerator
from core.models.flow import Flow, colour_axes
from core.sampling.points import Mixed, Point

if TYPE_CHECKING:
    from core.sampling.explorer import Explorer, Resolved

MOST_CELLS = 1_000
PALETTE, PLANES, CROSSED = "palette", "planes", "crossed"
WORDS = {
    PALETTE: "The palette comes from one latent, everything else from the other.",
    PLANES: "The noise's planes of colour come from one latent, its light and dark from the other.",
    CROSSED: (
        "The latents are crossed: what changes colours most comes from one, the rest from the other. "
        "This model does not keep the two apart, so the form changes a little, too."
    ),
}


def how_it_mixes(explorer: "Explorer") -> str:
    """One of WORDS: what of the model keeps form and colour apart."""
    if isinstance(explorer.network, AtelierGenerator) and explorer.network.palette is not None:
        return PALETTE
    return PLANES if isinstance(explorer.network, Flow) else CROSSED


def mixed(explorer: "Explorer", form: "Resolved", colour: "Resolved") -> "Resolved":
    """What the network is given for a mixture. What was asked for is the form's."""
    how, hues = how_it_mixes(explorer), colour.z if colour.colour is None else colour.colour
    if how == PALETTE:
        return form._replace(colour=hues)
    if how == PLANES:
        return form._replace(z=_with_planes(form.z, hues))
    return form._replace(z=_crossed(explorer, form.z, hues))


def mix(form: Point, colour: Point) -> Point:
    return Point(form.run, form.epoch, Mixed(form, colour), guidance=form.guidance, steps=form.steps)


def mixing_grid(forms: Sequence[Point], colours: Sequence[Point]) -> list[Point]:
    """Row by row: a row for each form, a column for each colour. Raises: ConfigError."""
    if not forms or not colours:
        raise ConfigError("A mixing grid needs at least one form and one colour.")
    if len(forms) * len(colours) > MOST_CELLS:
        raise ConfigError(f"A mixing grid has up to {MOST_CELLS:,} pictures; got {len(forms)} times {len(colours)}.")
    return [mix(form, colour) for form in forms for colour in colours]


def _with_planes(form: NDArray[np.float32], hues: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of noise (3, H, W), flat: lightness without its mean from one; its mean, and both planes of colour, from the
    other. Independent normal numbers, so the mixture is as likely as either."""
    turn = colour_axes().numpy()
    planes = [turn @ z.reshape(3, -1) for z in (form, hues)]
    light = planes[0][:1] - planes[0][:1].mean() + planes[1][:1].mean()
    found: NDArray[np.float32] = (turn.T @ np.concatenate([light, planes[1][1:]])).astype(np.float32).ravel()
    return found


def _crossed(explorer: "Explorer", form: NDArray[np.float32], hues: NDArray[np.float32]) -> NDArray[np.float32]:
    axes = explorer.colour_rows
    return (form + (hues - form) @ axes.T @ axes).astype(np.float32)
