"""The colours of a film: the wall of a dark gallery, and the paper of a catalogue, as the app has them."""

from dataclasses import dataclass

from PIL import ImageColor

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Ground:
    paper: str
    ink: str
    quiet: str  # for what is read second
    rule: str  # lines of a chart that carry no value
    accent: str
    curves: tuple[str, ...]  # one for each, in order


GROUNDS = {
    "dark": Ground(
        paper="#171513",
        ink="#EDE8E0",
        quiet="#A39B90",
        rule="#332E29",
        accent="#E4705A",
        curves=("#E4705A", "#6FA8D3", "#E5B458", "#83B78F"),
    ),
    "light": Ground(
        paper="#FBF9F5",
        ink="#26221D",
        quiet="#776F64",
        rule="#E4DDD1",
        accent="#C2452D",
        curves=("#C2452D", "#2F6690", "#C08418", "#4F7F5B"),
    ),
}


def mixed(colour: str, other: str, share: float) -> Colour:
    """A colour on its way to another: 0 is the first, 1 the other."""
    one, two = ImageColor.getrgb(colour), ImageColor.getrgb(other)
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one[:3], two[:3], strict=True))
    return red, green, blue
