"""Rows of several runs in groups that can be compared: one metric, the same reference, equally many pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.metrics.registry import METRICS, Metric, best_row, comparable
from ui.measure_chart import Track
from ui.measure_words import Row, reference


@dataclass(frozen=True)
class Group:
    """What one chart may hold."""

    metric: Metric
    rows: Mapping[str, Sequence[Row]]  # run id -> its rows, ascending by epoch; runs without rows are not here

    @property
    def title(self) -> str:
        """ "Held-out pictures of fields-32, 84 pictures a side"."""
        return reference(self._any)[:1].upper() + reference(self._any)[1:]

    @property
    def count(self) -> int:
        return int(self._any.get("count") or 0)

    @property
    def newest(self) -> float:
        return max(float(row.get("at") or 0) for rows in self.rows.values() for row in rows)

    @property
    def _any(self) -> Row:
        return next(iter(self.rows.values()))[0]

    def best(self, run_id: str) -> Row | None:
        """Of the epochs after training began."""
        return best_row([row for row in self.rows[run_id] if row["epoch"] > 0], self.metric)

    def tracks(self, names: Mapping[str, str]) -> list[Track]:
        chooses = self.metric.chooses and self.metric.better is not None
        return [
            Track(names[run_id], rows, self.best(run_id) if chooses and len(rows) > 1 else None)
            for run_id, rows in self.rows.items()
        ]


def groups_of(rows: Mapping[str, Sequence[Row]], metric: str) -> list[Group]:
    """Those that hold the most runs first, then the most epochs, then the newest. rows: run id -> all its rows."""
    found: dict[tuple[str, str, str, int], dict[str, list[Row]]] = {}
    for run_id, of_run in rows.items():
        for row in of_run:
            if row["metric"] == metric:
                found.setdefault(comparable(row), {}).setdefault(run_id, []).append(row)
    groups = [Group(METRICS[metric], by_run) for by_run in found.values()]
    return sorted(
        groups, key=lambda group: (len(group.rows), sum(map(len, group.rows.values())), group.newest), reverse=True
    )
