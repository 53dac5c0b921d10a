"""Steps: what may happen to a training picture beside being fitted, with every number that it takes.

The equations are those of torchvision.transforms.v2.functional, which takes one number for a whole batch where these
take one for each picture; so a recipe can be taken elsewhere (tests hold both together). Shares are in per cent, angles
in degrees, so that a value means the same at every resolution. Whatever is drawn is one of the numbers told here (or
the seed of a grain), so what was drawn can be shown, and done again.
"""

from dataclasses import dataclass, field

from core.datasets.steps import leaks
from core.datasets.steps.leaks import FAMILIES, LeakNote

__all__ = ["EDGES", "ENLARGED", "FAMILIES", "FILLS", "GROUPS", "KINDS", "LeakNote", "Parameter", "StepKind"]

GROUPS = {"geometry": "Geometry", "crop": "Crops", "colour": "Colour", "noise": "Noise and damage"}
EDGES = {
    "reflect": "the picture mirrored",
    "mean": "the mean colour of its edge",
    "white": "white",
    "black": "black",
}  # what comes in where a step moves the picture away from its frame
ENLARGED = "enlarge"
_EDGES_OR_NONE = {ENLARGED: "nothing: enlarged until it fills the frame", **EDGES}
FILLS = {"mean": "the picture's mean colour", "grey": "grey", "white": "white", "black": "black", "noise": "noise"}


@dataclass(frozen=True)
class Parameter:
    name: str
    title: str
    kind: str  # "range": a pair, low <= high, drawn evenly between | "number" | "choice"
    lowest: float = 0.0
    highest: float = 0.0
    step: float = 0.0  # of a widget
    default: tuple[float, float] | float | str = 0.0
    unit: str = ""  # printed behind the number: "°", "%", "px", "×", ...
    about: str = ""
    choices: dict[str, str] | tuple[()] = ()  # name -> words; of a "choice"
    whole: bool = False  # whole numbers only
    by_ratio: bool = False  # drawn evenly by ratio: a half is as far from 1 as a double

    @property
    def middle(self) -> float:
        """Halfway between lowest and highest."""
        value = (self.lowest * self.highest) ** 0.5 if self.by_ratio else (self.lowest + self.highest) / 2
        return float(round(value)) if self.whole else value


@dataclass(frozen=True)
class StepKind:
    name: str
    title: str
    group: str  # one of GROUPS
    about: str  # one sentence
    parameters: tuple[Parameter, ...] = ()
    leak: dict[str, LeakNote] = field(default_factory=dict)  # by family, every one of FAMILIES
    usual_chance: float = 1.0  # what a new step of this kind begins with
    places: tuple[str, ...] = ()  # further numbers, drawn from 0 to 1
    has_grain: bool = False  # draws the seed of a field of numbers, too

    def parameter(self, name: str) -> Parameter:
        return next(parameter for parameter in self.parameters if parameter.name == name)


def _range(
    name: str,
    title: str,
    lowest: float,
    highest: float,
    default: tuple[float, float],
    *,
    step: float,
    unit: str = "",
    about: str = "",
    whole: bool = False,
    by_ratio: bool = False,
) -> Parameter:
    return Parameter(name, title, "range", lowest, highest, step, default, unit, about, whole=whole, by_ratio=by_ratio)


def _choice(name: str, title: str, choices: dict[str, str], default: str, about: str = "") -> Parameter:
    return Parameter(name, title, "choice", default=default, about=about, choices=choices)


_EDGE = _choice("edges", "What comes in at the edges", EDGES, "reflect")
_NO_EDGE = _choice(
    "edges",
    "What comes in at the edges",
    _EDGES_OR_NONE,
    ENLARGED,
    "Enlarged, a picture loses some of its border, and no network learns filled-in corners.",
)
_EDGE_OR_NONE = _choice("edges", "What comes in at the edges", _EDGES_OR_NONE, "reflect")

KINDS: dict[str, StepKind] = {
    kind.name: kind
    for kind in (
        StepKind(
            "mirror-lr",
            "Mirror left to right",
            "geometry",
            "Left and right change places.",
            (),
            leaks.MIRRORED,
            usual_chance=0.5,
        ),
        StepKind(
            "mirror-tb",
            "Mirror top to bottom",
            "geometry",
            "Top and bottom change places.",
            (),
            leaks.TURNED,
            usual_chance=0.5,
        ),
        StepKind(
            "quarter-turn",
            "Turn by quarters",
            "geometry",
            "Turned by 90°, 180° or 270°, each as often; no pixel changes. Of pictures that are not square only 180°.",
            (
                _choice(
                    "turns",
                    "Turns",
                    {"any": "90°, 180° or 270°", "half": "180° only"},
                    "any",
                    "Pictures that are not square can only be turned by 180°.",
                ),
            ),
            leaks.TURNED,
            usual_chance=0.75,
            places=("quarter",),
        ),
        StepKind(
            "rotate",
            "Rotate",
            "geometry",
            "Rotated about its middle, counter-clockwise where the angle is above 0.",
            (_range("angle", "Angle", -180, 180, (-10, 10), step=1, unit="°"), _NO_EDGE),
            leaks.MOVED,
        ),
        StepKind(
            "affine",
            "Shift, scale and shear",
            "geometry",
            "Moved, made larger or smaller about its middle, and slanted.",
            (
                _range("right", "Shift to the right", -50, 50, (-5, 5), step=1, unit="%", about="Of the width."),
                _range("down", "Shift down", -50, 50, (-5, 5), step=1, unit="%", about="Of the height."),
                _range("scale", "Scale", 0.5, 2, (0.9, 1.11), step=0.01, unit="×", by_ratio=True),
                _range("shear", "Shear", -45, 45, (-5, 5), step=1, unit="°", about="Slanted along the width."),
                _EDGE_OR_NONE,
            ),
            leaks.MOVED,
        ),
        StepKind(
            "perspective",
            "Perspective",
            "geometry",
            "Seen at a slant: each corner moves inwards by its own part of the distance.",
            (
                _range(
                    "distance",
                    "Distance",
                    0,
                    80,
                    (10, 30),
                    step=1,
                    unit="%",
                    about="How far a corner may move inwards, of the way to the middle.",
                ),
                _NO_EDGE,
            ),
            leaks.MOVED,
            places=("left_1", "top_1", "right_2", "top_2", "right_3", "bottom_3", "left_4", "bottom_4"),
        ),
        StepKind(
            "elastic",
            "Elastic",
            "geometry",
            "Bent as if printed on rubber.",
            (
                _range(
                    "strength",
                    "Strength",
                    0,
                    10,
                    (1, 3),
                    step=0.1,
                    unit="%",
                    about="How far pixels move, of the shorter side (root mean square).",
                ),
                _range(
                    "smoothness",
                    "Smoothness",
                    2,
                    30,
                    (8, 8),
                    step=1,
                    unit="%",
                    about="Size of the bends, of the shorter side: little trembles, much sways.",
                ),
                _EDGE,
            ),
            leaks.MOVED,
            has_grain=True,
        ),
        StepKind(
            "resized-crop",
            "Crop and enlarge",
            "crop",
            "A part of the picture from anywhere, enlarged to the full size.",
            (
                _range("area", "Area that is kept", 8, 100, (70, 100), step=1, unit="%"),
                _range(
                    "aspect",
                    "Aspect",
                    0.5,
                    2,
                    (0.9, 1.11),
                    step=0.01,
                    unit="×",
                    about="Width by height of the part, over that of the picture: above 1 it is squeezed together.",
                    by_ratio=True,
                ),
            ),
            leaks.CROPPED,
            places=("across", "down"),
        ),
        StepKind(
            "shift-crop",
            "Shift by whole pixels",
            "crop",
            "Moved by whole pixels, as a crop from a wider picture: nothing is resampled, so nothing gets softer.",
            (
                _range("right", "To the right", -50, 50, (-12.5, 12.5), step=0.5, unit="%", about="Of the width."),
                _range("down", "Down", -50, 50, (-12.5, 12.5), step=0.5, unit="%", about="Of the height."),
                _EDGE,
            ),
            leaks.notes(
                (
                    "strong",
                    "Moved compositions and what comes in at the edges come back in its samples. DiffAugment's "
                    "translation does the same without that.",
                ),
                ("mild", "Stays sharp; what comes in at the edges is learned."),
                ("strong", "It paints what comes in at the edges as part of the picture."),
            ),
        ),
        StepKind(
            "brightness",
            "Brightness",
            "colour",
            "All values times a factor: darker below 1, lighter above.",
            (_range("factor", "Factor", 0, 2, (0.8, 1.2), step=0.01, unit="×"),),
            leaks.COLOURED,
        ),
        StepKind(
            "contrast",
            "Contrast",
            "colour",
            "Away from the picture's mean grey, or towards it: 0 is flat grey.",
            (_range("factor", "Factor", 0, 2, (0.8, 1.2), step=0.01, unit="×"),),
            leaks.COLOURED,
        ),
        StepKind(
            "saturation",
            "Saturation",
            "colour",
            "Away from grey, or towards it: 0 is without colour.",
            (_range("factor", "Factor", 0, 3, (0.7, 1.3), step=0.01, unit="×"),),
            leaks.COLOURED,
        ),
        StepKind(
            "hue",
            "Hue",
            "colour",
            "All hues moved around the colour circle: 120° makes green of red, 180° the opposite.",
            (_range("angle", "Angle", -180, 180, (-10, 10), step=1, unit="°"),),
            leaks.COLOURED,
        ),
        StepKind(
            "gamma",
            "Gamma",
            "colour",
            "Lighter middle tones below 1, darker above; black and white stay.",
            (_range("gamma", "Gamma", 0.3, 3, (0.8, 1.25), step=0.01, by_ratio=True),),
            leaks.COLOURED,
        ),
        StepKind(
            "greyscale",
            "Greyscale",
            "colour",
            "Without colour.",
            (),
            leaks.notes(
                ("strong", "It paints in grey as often as drawn."),
                ("mild", "Reconstructions keep their colours; samples come out grey as often as drawn."),
                (
                    "strong",
                    "It paints in grey as often as drawn; pictures without colour have no density of their own.",
                ),
            ),
            usual_chance=0.1,
        ),
        StepKind(
            "autocontrast",
            "Autocontrast",
            "colour",
            "Each channel stretched so that its darkest value is 0 and its lightest 255.",
            (),
            leaks.COLOURED,
        ),
        StepKind(
            "equalise",
            "Equalise",
            "colour",
            "Values of each channel spread so that every tone is about as frequent.",
            (),
            leaks.LEVELLED,
            usual_chance=0.2,
        ),
        StepKind(
            "posterise",
            "Posterise",
            "colour",
            "Fewer tones: of each value only the first bits are kept.",
            (
                _range(
                    "bits",
                    "Bits",
                    1,
                    8,
                    (4, 6),
                    step=1,
                    unit=" bits",
                    about="2 to the power of these are the tones.",
                    whole=True,
                ),
            ),
            leaks.LEVELLED,
            usual_chance=0.2,
        ),
        StepKind(
            "solarise",
            "Solarise",
            "colour",
            "Values from a threshold on are inverted, as in an overexposed film.",
            (_range("threshold", "Threshold", 0, 255, (192, 250), step=1, about="A value from 0 to 255.", whole=True),),
            leaks.COLOURED,
            usual_chance=0.2,
        ),
        StepKind(
            "sharpness",
            "Sharpness",
            "colour",
            "Softer below 1, sharper above: away from the picture smoothed over 3 by 3 pixels, or towards it.",
            (_range("factor", "Factor", 0, 5, (0.5, 2), step=0.05, unit="×"),),
            leaks.notes(
                ("strong", "It paints as soft, and with as hard edges, as it was shown."),
                ("mild", "Softened pictures add to a VAE's own blur; sharpened ones do not take it away."),
                ("strong", "It paints as soft, and with as hard edges, as it was shown."),
            ),
        ),
        StepKind(
            "gaussian-noise",
            "Gaussian noise",
            "noise",
            "Grain: each value moved by a normal number.",
            (
                _range(
                    "strength",
                    "Strength",
                    0,
                    25,
                    (1, 4),
                    step=0.5,
                    unit="%",
                    about="Standard deviation, of the range from black to white.",
                ),
            ),
            leaks.GRAINY,
            has_grain=True,
        ),
        StepKind(
            "gaussian-blur",
            "Gaussian blur",
            "noise",
            "Softened as by a lens out of focus.",
            (
                _range(
                    "sigma",
                    "Radius",
                    0,
                    5,
                    (0.2, 1),
                    step=0.1,
                    unit=" px",
                    about="Standard deviation, in pixels of the dataset.",
                ),
            ),
            leaks.BLURRED,
            usual_chance=0.2,
        ),
        StepKind(
            "jpeg",
            "JPEG compression",
            "noise",
            "As saved with loss: blocks of 8 by 8 pixels, colours at half the size.",
            (_range("quality", "Quality", 5, 100, (40, 90), step=1, whole=True),),
            leaks.notes(
                ("strong", "It paints blocks and coloured fringes, which discriminators see before anything else."),
                ("mild", "Mostly smoothed away; fringes of colour can stay."),
                ("strong", "It paints blocks and coloured fringes as often as it was shown them."),
            ),
            usual_chance=0.2,
        ),
        StepKind(
            "erase",
            "Erase a rectangle",
            "noise",
            "A rectangle somewhere is filled in.",
            (
                _range("area", "Area", 1, 50, (2, 15), step=1, unit="%"),
                _range(
                    "aspect",
                    "Aspect",
                    0.3,
                    3.3,
                    (0.5, 2),
                    step=0.05,
                    unit="×",
                    about="Width by height, over the picture's.",
                    by_ratio=True,
                ),
                _choice("fill", "Filled with", FILLS, "mean"),
            ),
            leaks.notes(
                ("strong", "It paints rectangles. DiffAugment's cutout does the same without that."),
                ("mild", "Reconstructions leave the rectangle in; samples show its ghost."),
                ("strong", "It paints rectangles as often as it was shown them."),
            ),
            usual_chance=0.3,
            places=("across", "down"),
            has_grain=True,
        ),
    )
}
