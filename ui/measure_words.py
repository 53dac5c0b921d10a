"""The words and figures of the Measure page: numbers as people read them, references by name, small sets."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.metrics.registry import METRICS, Metric

Row = Mapping[str, Any]  # of an evaluation, see core.training.score_sheet

REFERENCES = {"test": "Held-out pictures", "train": "Training pictures", "folder": "A folder"}
BETTER = {
    "low": "less is better",
    "high": "more is better",
    "real": "the nearer to real pictures, the better",
    None: "neither end is better",
}
SHARES = frozenset({"memorisation", "precision", "recall", "coverage"})  # of pictures: read as per cent
COUNTS = frozenset({"active_units"})
FULL_RANK = 2048  # features of Inception: with fewer pictures FID's covariances have holes


def number(metric: str, value: float | None) -> str:
    """As it is read: "62 %", "0.134", "81.2", "1,240"; a dash where there is none."""
    if value is None or not math.isfinite(value):
        return "–"
    if metric in SHARES:
        share = 100 * value
        return f"{share:.0f} %" if share >= 10 or share == 0 else f"{share:.1f} %"
    if metric in COUNTS:
        return f"{value:,.0f}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:#.3g}".rstrip(".")


def interval(metric: str, row: Row) -> str:
    """ "11.8 to 12.9", or nothing where it was not bounded."""
    low, high = row.get("low"), row.get("high")
    if low is None or high is None or low == high:
        return ""
    return f"{number(metric, low)} to {number(metric, high)}"


def pictures(count: int) -> str:
    return "1 picture" if count == 1 else f"{count:,} pictures"


def reference(row: Row) -> str:
    """ "held-out pictures of fields-32, 84 pictures"."""
    what = {"test": "held-out pictures of", "train": "training pictures of", "folder": "pictures in"}
    kind = str(row.get("against", ""))
    name = str(row.get("against_name") or "")
    named = f"{what.get(kind, 'pictures of')} {name}" if name else REFERENCES.get(kind, kind).lower()
    return f"{named}, {pictures(int(row.get('count') or 0))} a side"


def progress(metric: Metric, row: Row) -> float | None:
    """How far the way from the ceiling (0) to the floor (1) is gone; None without both."""
    floor, ceiling, value = row.get("floor"), row.get("ceiling"), float(row["value"])
    if floor is None or ceiling is None or floor == ceiling:
        return None
    if metric.better == "real":
        share = 1 - abs(value - floor) / abs(ceiling - floor)
    else:
        share = (ceiling - value) / (ceiling - floor)
    return min(1.0, max(0.0, share))


def small_set(metric: Metric, count: int) -> str:
    """What is to be thought of a number of so few pictures; "" where they are enough."""
    if not 0 < count < metric.smallest:
        return ""
    if metric.key == "fid":
        return (
            f"FID of {pictures(count)} a side is far too high, and other counts give other numbers: below "
            f"{FULL_RANK:,} the {FULL_RANK:,} features cannot even be told apart. Compare only rows of this count, "
            "and trust KID more."
        )
    return (
        f"Of fewer than {metric.smallest:,} pictures a side this number says little: these are {count:,}. Look at the "
        "intervals before you believe a difference."
    )


def verdict(metric: Metric, row: Row) -> str:
    """A row in a sentence, without its run: "epoch 40 has 12.3 (95 %: 11.8 to 12.9)"."""
    bounds = interval(metric.key, row)
    said = f"epoch {row['epoch']} has {number(metric.key, float(row['value']))}"
    return f"{said} (95 %: {bounds})" if bounds else said


def as_good(metric: Metric, best: Row, others: Iterable[Row]) -> list[Row]:
    """Rows that the best one cannot be told from: nearer to it than the two intervals together let them be by chance.

    Independent errors add as squares, so two numbers whose intervals only just touch do differ.
    """
    own = _margin(best)
    if own is None:
        return []
    found = []
    for row in others:
        margin = _margin(row)
        if row is best or margin is None:
            continue
        if abs(metric.distance(row) - metric.distance(best)) <= math.hypot(own, margin):
            found.append(row)
    return found


def _margin(row: Row) -> float | None:
    """Half of the interval."""
    low, high = row.get("low"), row.get("high")
    return None if low is None or high is None else (float(high) - float(low)) / 2


def metrics_of(rows: Iterable[Row]) -> list[str]:
    """Metrics that have rows, in the order in which they are explained."""
    there = {str(row["metric"]) for row in rows}
    return [key for key in METRICS if key in there]


def epochs_in_words(epochs: Sequence[int]) -> str:
    """ "epochs 1 to 12", "epochs 1, 5 and 9"."""
    if not epochs:
        return "no epochs"
    if len(epochs) == 1:
        return f"epoch {epochs[0]}"
    if list(epochs) == list(range(epochs[0], epochs[-1] + 1)):
        return f"epochs {epochs[0]} to {epochs[-1]}"
    return f"epochs {', '.join(str(epoch) for epoch in epochs[:-1])} and {epochs[-1]}"
