"""The ends of what a step can draw, to be looked at before thousands of pictures go through it."""

import numpy as np

from core.datasets.steps.drawing import Drawn, between
from core.datasets.steps.kinds import Parameter
from core.datasets.steps.step import Step

_CORNERS = (1.0, 0.5, 0.2, 0.1, 0.9, 0.7, 0.1, 0.3)  # of a perspective: unlike one another, as drawn ones are
_ENDS = {"lowest": 0.0, "middle": 0.5, "highest": 1 - 1e-9}


def extremes(step: Step) -> list[tuple[str, Drawn]]:
    """Each parameter at the lowest, middle and highest value that this step draws, the others in the middle.

    The picture in the middle of them all comes once. What a step without a range can do comes whole: a quarter turn
    has three pictures, a mirror one.
    """
    ranges = [parameter for parameter in step.of.parameters if parameter.kind == "range"]
    if step.kind == "quarter-turn":
        quarters = (0.5,) if step.values["turns"] == "half" else (0.0, 0.5, 0.9)
        turned = [_drawn(step, {}, quarter=quarter) for quarter in quarters]
        return [(drawn.words().capitalize(), drawn) for drawn in turned]
    moving = [parameter for parameter in ranges if len(set(_pair(step, parameter))) == 2]
    if not moving:
        return [(step.of.title, _drawn(step, {}))]
    if len(moving) == 1:
        return [_labelled(step, moving[0], end) for end in _ENDS]
    of_each = [_labelled(step, parameter, end) for parameter in moving for end in ("lowest", "highest")]
    return [("All in the middle", _drawn(step, {})), *of_each]


def _labelled(step: Step, parameter: Parameter, end: str) -> tuple[str, Drawn]:
    drawn = _drawn(step, {parameter.name: _ENDS[end]})
    value = f"{drawn.values[parameter.name]:.3g}".replace("-", "−")
    return f"{parameter.title} {value}{parameter.unit}", drawn


def _drawn(step: Step, ends: dict[str, float], *, quarter: float = 0.5) -> Drawn:
    """ends: where in its range each parameter is, 0..1; others are in the middle."""
    kind = step.of
    values: dict[str, float | str] = {}
    for parameter in kind.parameters:
        if parameter.kind == "choice":
            values[parameter.name] = str(step.values[parameter.name])
        else:
            low, high = _pair(step, parameter)
            value = between(parameter, low, high, np.array([ends.get(parameter.name, 0.5)]))
            values[parameter.name] = float(f"{value[0]:.6g}")
    places = _CORNERS if step.kind == "perspective" else (quarter,) * len(kind.places)
    values |= dict(zip(kind.places, places, strict=True))
    if kind.has_grain:
        values["grain"] = 1.0
    return Drawn(step.kind, values)


def _pair(step: Step, parameter: Parameter) -> tuple[float, float]:
    value = step.values[parameter.name]
    assert not isinstance(value, str)
    return value if isinstance(value, tuple) else (value, value)
