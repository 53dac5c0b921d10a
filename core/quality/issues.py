"""Issues: what a measure's value means, where its threshold lies, and which pictures it would flag.

Seven are CleanVision's, with its published thresholds (cleanlab/cleanvision, issue_managers), over the measures that
core.image_measures takes when a picture comes in. Its grayscale issue looks at how a file is saved, which tells nothing
about a picture; here it is that a picture has no colours. Four are ours: see core.quality.measures. Duplicates are
core.duplicates.

A threshold is never a verdict: dark portraits, long scrolls and pale drawings are what some collections are made of.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.errors import ConfigError, NotFoundError

MAX_PREVALENCE = 0.5  # CleanVision's: an issue of more than half of the pictures is how this collection is
CALIBRATED_SHARE = 0.03  # of a collection that a calibrated threshold flags at most

Values = Mapping[str, NDArray[np.floating]]  # measure -> (N,), nan where it was not taken


@dataclass(frozen=True)
class Issue:
    name: str  # stored with thresholds
    title: str
    measure: str  # whose value counts
    threshold: float  # the default
    direction: Literal["below", "above"]  # on which side of the threshold a picture is flagged; never on it
    why: str  # one sentence for people
    lowest: float = 0.0  # of the measure: where a slider begins
    highest: float = 1.0
    stored: bool = True  # whether the catalog has the measure, or a width and height to take it from

    def flags(self, values: NDArray[np.floating], threshold: float | None = None) -> NDArray[np.bool_]:
        """(N,) which pictures; what was not measured is never flagged."""
        # wide, as a database compares: a narrow array would have the threshold rounded to its own precision
        cut = np.float64(self.threshold if threshold is None else threshold)
        with np.errstate(invalid="ignore"):
            return values < cut if self.direction == "below" else values > cut


ISSUES = (
    Issue(
        "dark", "Dark", "brightness_p99", 0.32, "below",
        "Even its brightest hundredth is dark: often badly lit, or a picture of night.",
    ),
    Issue(
        "light", "Pale", "brightness_p5", 0.95, "above",
        "Even its darkest twentieth is nearly white: often overexposed, or an empty sheet.",
    ),
    Issue(
        "odd_aspect_ratio", "Odd proportions", "aspect", 0.35, "below",
        "One side is about three times the other or more: cropping it to a square loses most of it.",
    ),
    Issue(
        "low_information", "Little information", "entropy", 3.0, "below",
        "Its colours could be told in three bits a pixel: next to empty.", highest=10.0,
    ),
    Issue(
        "blurry", "Blurry", "sharpness", 0.29, "below",
        "Its edges are weak at a small size already: out of focus, or enlarged from a small file.",
    ),
    Issue(
        "odd_size", "Odd size", "size_score", 0.5, "below",
        "Its size lies far from what is usual in this collection: often an icon, or a scan at another scale.",
    ),
    Issue(
        "no_colours", "No colours", "colourfulness", 0.02, "below",
        "It has only greys: a black and white photograph of a painting, or an etching.",
    ),
    Issue(
        "near_solid", "Nearly one colour", "near_solid", 0.85, "above",
        "One colour, under even light and within a frame at most, explains nearly all of it.", stored=False,
    ),
    Issue(
        "frame", "Frame or margin visible", "frame", 0.2, "above",
        "Straight bands along at least three sides differ from the inside: a frame, a mat, paper, or a wall.",
        stored=False,
    ),
    Issue(
        "installation", "View of a room", "installation", 0.25, "above",
        "Grey surroundings in several lights reach its border, and what is coloured does not: walls and a floor.",
        stored=False,
    ),
    Issue(
        "margin_text", "Text in the margin", "margin_text", 0.05, "above",
        "A line of small marks stands in an even margin above or below: a caption, a number, a signature.",
        stored=False,
    ),
)  # fmt: skip


def find_issue(name: str) -> Issue:
    """Raises: NotFoundError."""
    for issue in ISSUES:
        if issue.name == name:
            return issue
    raise NotFoundError("quality issue", name, [issue.name for issue in ISSUES])


def aspect_values(widths: ArrayLike, heights: ArrayLike) -> NDArray[np.float64]:
    """The measure "aspect", CleanVision's: shorter side / longer side."""
    across, down = np.asarray(widths, np.float64), np.asarray(heights, np.float64)
    return np.minimum(across / down, down / across)


def size_scores(widths: ArrayLike, heights: ArrayLike) -> NDArray[np.float64]:
    """The measure "size_score", CleanVision's, of pictures of one collection: 1 where sizes are usual, 0 far off.

    Size is sqrt(width x height). Usual is from three interquartile ranges below the first quartile (0 at least) to
    three above the third; a score below 0.5 lies outside.
    """
    sizes = np.sqrt(np.asarray(widths, np.float64) * np.asarray(heights, np.float64))
    if not len(sizes):
        return sizes
    first, third = np.percentile(sizes, (25, 75))
    lowest, highest = max(0.0, first - 3 * (third - first)), third + 3 * (third - first)
    from_middle = np.abs(sizes - (lowest + highest) / 2)
    if highest == lowest:  # more than half are of one size: that is the usual one
        return np.where(from_middle == 0, 1.0, 0.0)
    return np.maximum(0.0, 1 - from_middle / (highest - lowest))


def checked_thresholds(thresholds: Mapping[str, float]) -> dict[str, float]:
    """The defaults, with a person's own in their place. Raises: NotFoundError, ConfigError."""
    for name, value in thresholds.items():
        find_issue(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
            raise ConfigError(f"The threshold of {name} is a number; got {value!r}.")
    return {issue.name: float(thresholds.get(issue.name, issue.threshold)) for issue in ISSUES}


@dataclass(frozen=True)
class Flags:
    """What the thresholds flag, issue by issue."""

    of: Mapping[str, NDArray[np.bool_]]  # issue -> (N,); only issues whose measure was taken
    normal: frozenset[str]  # issues that more than half of the pictures have, or that a person called normal here

    def counts(self) -> dict[str, int]:
        return {name: int(flags.sum()) for name, flags in self.of.items()}

    def any(self) -> NDArray[np.bool_]:
        """(N,) flagged by an issue that is not normal here."""
        telling = [flags for name, flags in self.of.items() if name not in self.normal]
        if telling:
            return np.logical_or.reduce(telling)
        return np.zeros(len(next(iter(self.of.values()), ())), dtype=bool)

    def reasons(self, picture: int) -> list[str]:
        """The issues of one picture that are not normal here, in the order of ISSUES."""
        return [name for name, flags in self.of.items() if name not in self.normal and flags[picture]]


def flag(
    values: Values,
    thresholds: Mapping[str, float] | None = None,
    *,
    normal: Collection[str] = (),
    max_prevalence: float = MAX_PREVALENCE,
) -> Flags:
    """Flag the pictures of a collection.

    Args:
        values: the measures there are; issues of others are left out.
        thresholds: issue -> a person's own cut; the default elsewhere.
        normal: issues that a person called normal here.
    Raises: NotFoundError for an issue that does not exist, ConfigError for a threshold that is no number.
    """
    cuts = checked_thresholds(thresholds or {})
    of = {
        issue.name: issue.flags(values[issue.measure], cuts[issue.name]) for issue in ISSUES if issue.measure in values
    }
    prevalent = {name for name, flags in of.items() if len(flags) and flags.mean() > max_prevalence}
    return Flags(of, frozenset(prevalent | {find_issue(name).name for name in normal}))


def percentile_thresholds(values: Values, *, share: float = CALIBRATED_SHARE) -> dict[str, float]:
    """Thresholds for "this is normal here": each flags the most unusual `share` of these pictures at most.

    A threshold only ever moves away from the usual: where the default flags fewer, it stays. A collection without a
    single dark picture does not get its least bright ones flagged.

    Args:
        share: 0 (nothing of what is here is unusual) to 1 (the defaults).
    Raises: ConfigError.
    """
    if not 0 <= share <= 1:
        raise ConfigError(f"A share is 0 to 1; got {share}.")
    found = {}
    for issue in ISSUES:
        if issue.measure not in values:
            continue
        own = np.asarray(values[issue.measure], np.float64)
        own = np.sort(own[np.isfinite(own)])
        if len(own) == 0:
            continue
        flagged = int(share * len(own))
        if issue.direction == "below":
            found[issue.name] = min(issue.threshold, float(own[min(flagged, len(own) - 1)]))
        else:
            found[issue.name] = max(issue.threshold, float(own[max(len(own) - 1 - flagged, 0)]))
    return found
