"""Mixing: the form of one point in the colours of another, and grids of all such mixtures."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.errors import ConfigError
from core.models.atelier_gan import AtelierGenerator
from core.sampling.points import Mixed, Point

if TYPE_CHECKING:
    from core.sampling.explorer import Explorer, Resolved

MOST_CELLS = 1_000


def how_it_mixes(explorer: "Explorer") -> str:
    """What of the model keeps form and colour apart, in words for people."""
    network = explorer.network
    if isinstance(network, AtelierGenerator) and network.palette is not None:
        return "The palette is taken from one latent, everything else from the other."
    return ""


def mixed(explorer: "Explorer", form: "Resolved", colour: "Resolved") -> "Resolved":
    """What the network is given for a mixture. What was asked for is the form's."""
    return form._replace(colour=colour.z if colour.colour is None else colour.colour)


def mix(form: Point, colour: Point) -> Point:
    return Point(form.run, form.epoch, Mixed(form, colour), guidance=form.guidance, steps=form.steps)


def mixing_grid(forms: Sequence[Point], colours: Sequence[Point]) -> list[Point]:
    """Row by row: a row for each form, a column for each colour. Raises: ConfigError."""
    if not forms or not colours:
        raise ConfigError("A mixing grid needs at least one form and one colour.")
    if len(forms) * len(colours) > MOST_CELLS:
        raise ConfigError(f"A mixing grid has up to {MOST_CELLS:,} pictures; got {len(forms)} times {len(colours)}.")
    return [mix(form, colour) for form in forms for colour in colours]
