"""Round numbers along an axis, and how they are written."""

import math
from collections.abc import Sequence


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers between two, at most about so many: steps of 1, 2 or 5 times a power of ten."""
    span = high - low
    if not span > 0:
        return [low]
    step = 10.0 ** math.floor(math.log10(span / max(1, most)))
    step = next(step * factor for factor in (1, 2, 5, 10) if span / (step * factor) <= most)
    first = math.ceil(low / step - 1e-9)
    return [round(number * step, 12) for number in range(first, math.floor(high / step + 1e-9) + 1)]


def tick_label(value: float, all_of_them: Sequence[float]) -> str:
    """With as many decimals as tell the ticks apart."""
    step = abs(all_of_them[1] - all_of_them[0]) if len(all_of_them) > 1 else abs(value) or 1.0
    decimals = max(0, -math.floor(math.log10(step) + 1e-9)) if step else 0
    return f"{value:,.{decimals}f}" if decimals <= 6 else f"{value:.2e}"


def short(value: float) -> str:
    """With three or four digits that count."""
    if value and not 1e-4 <= abs(value) < 1e6:
        return f"{value:.2e}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:#.3g}".rstrip(".")
