"""How close the saved epochs of a run come to real pictures, with the floor that real pictures themselves have."""

import streamlit as st

from core.training.run_folder import RunFolder
from ui import charts, run_people
from ui.charts import Curve, Mark

_SAMPLES, _REAL = "Samples", "Other real pictures"


def show(run: RunFolder) -> None:
    """Draw what the metric says, and what people said where a study asked them."""
    _measured(run)
    run_people.show([run], [run.id], key="run")


def _measured(run: RunFolder) -> None:
    rows = run.scores()
    if not rows:
        if run.settings.get("training", {}).get("score_saves") is False:
            st.caption("Saved epochs are not measured in this run (Score saves is off).")
        elif run.shape[0] != run.shape[1]:
            st.caption("The distance to real pictures is measured of squares alone, and these are none.")
        return
    best = run.best_epoch()
    st.markdown(
        "**Distance to real pictures**",
        help="Sliced Wasserstein distance of the sample grid to held-out pictures, times 1,000: less is better. "
        "The floor is the same distance between two sets of real pictures: nothing comes closer but by chance.",
    )
    lines = [Curve(_SAMPLES, [row["epoch"] for row in rows], [float(row["value"]) for row in rows])]
    floors = [row for row in rows if isinstance(row.get("floor"), int | float)]
    if floors:
        lines.append(Curve(_REAL, [row["epoch"] for row in floors], [float(row["floor"]) for row in floors]))
    charts.line_chart(
        lines,
        key="run-scores",
        alt="Distance to real pictures over the saved epochs",
        y_title="SWD × 1,000",
        marks=[] if best is None else [Mark(best, f"best: epoch {best}", _SAMPLES)],
        height=200,
    )
    st.caption(_in_words(rows, best))


def _in_words(rows: list[dict[str, object]], best: int | None) -> str:
    by_epoch = {row["epoch"]: row for row in rows}
    row = by_epoch.get(best, rows[-1])
    said = f"Best at epoch {best}: {row['value']:g}" if best is not None else f"Before training: {row['value']:g}"
    if isinstance(row.get("floor"), int | float):
        said += f"; real pictures among themselves: {row['floor']:g}"
    if row.get("count"):
        against = "held-out" if row.get("against") == "held-out" else "training"
        said += f" · {row['count']} samples against as many {against} pictures"
    return said + "."
