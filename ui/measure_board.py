"""The leaderboard: every measured run of the lab by one number, best first, and all numbers as CSV."""

import base64
from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core.errors import AtelierError
from core.metrics.leaderboard import Standing, Table, scores_csv, standings
from core.metrics.registry import METRICS
from core.training.run_folder import RunFolder
from core.workspace import Workspace
from ui import measure_links, measure_results
from ui.comparison import names_of
from ui.jobs import plain
from ui.measure_words import Row, interval, metrics_of, progress, reference, small_set
from ui.runs import list_run_jobs


def show(workspace: Workspace) -> None:
    jobs = list_run_jobs(workspace)
    names = dict(zip([job.id for job in jobs], names_of(jobs), strict=True))
    rows = [row for job in jobs for row in RunFolder(job.path).evaluations()]
    keys = metrics_of(rows)
    if not keys:
        st.info(
            "No run of this lab was measured yet. Choose runs and press Measure: all that are measured against the "
            "same pictures stand here in order.",
            icon=":material/leaderboard:",
        )
        return
    metric = METRICS[measure_results.choose_metric(keys, key="measure-board-metric")]
    each = "with its best epoch" if metric.chooses else "with its last epoch, as this check chooses none"
    st.caption(f"Each run stands here {each}. Only runs measured against the same pictures are ranked together.")
    for place, table in enumerate(standings(workspace, metric.key)):
        words = reference(table.standings[0].row)
        st.markdown(f"**{plain(words[:1].upper() + words[1:])}**")
        if warning := small_set(metric, table.count):
            st.caption(f":orange[:material/bar_chart_off: {plain(warning)}]")
        _show_table(workspace, table, names, key=f"measure-board-{metric.key}-{place}")
    st.download_button(
        "All numbers as CSV",
        lambda: scores_csv(workspace),
        file_name="scores.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="measure-csv",
    )


def _show_table(workspace: Workspace, table: Table, names: Mapping[str, str], *, key: str) -> None:
    metric, group = table.metric, table.standings
    event = st.dataframe(
        pd.DataFrame(
            [
                {
                    "": place + 1,
                    "Samples": thumb(workspace, standing.run_id, standing.epoch),
                    "Run": names.get(standing.run_id, standing.title),
                    "Epoch": standing.epoch,
                    "Value": float(standing.row["value"]),
                    "Way to real": _percent(progress(metric, standing.row)),
                    "95 %": interval(metric.key, standing.row),
                    "Floor": _number(standing.row, "floor"),
                    "Ceiling": _number(standing.row, "ceiling"),
                }
                for place, standing in enumerate(group)
            ]
        ),
        column_config={
            "": st.column_config.NumberColumn(width=30),
            "Samples": st.column_config.ImageColumn(width=70),
            "Epoch": st.column_config.NumberColumn(width=50),
            "Value": st.column_config.NumberColumn(format="%.4g", help=f"{metric.title}: {metric.axis}"),
            "Way to real": st.column_config.ProgressColumn(
                format="%d %%",
                min_value=0,
                max_value=100,
                width=90,
                help=f"0 %: as {metric.ceiling or 'the worst'}. 100 %: as real pictures among themselves.",
            ),
            "Floor": st.column_config.NumberColumn(format="%.4g"),
            "Ceiling": st.column_config.NumberColumn(format="%.4g"),
        },
        hide_index=True,
        row_height=52,
        width="stretch",
        key=key,
        on_select="rerun",
        selection_mode="single-row",
        alt=f"Runs by {metric.title}, best first",
    )
    picked = event.selection.rows
    if picked and picked[0] < len(group):
        _ways_on(group[picked[0]], names)


def _ways_on(standing: Standing, names: Mapping[str, str]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.markdown(f"{plain(names.get(standing.run_id, standing.title))}, epoch {standing.epoch}", width="content")
        measure_links.show(standing.run_id, standing.epoch)


def thumb(workspace: Workspace, run_id: str, epoch: int) -> str:
    """The first samples of an epoch as a data URL; "" where its grid is gone."""
    try:
        run = RunFolder(workspace.run(run_id))
        grid = run.grid(epoch)
        picture = measure_results.strip(str(grid), grid.stat().st_mtime_ns, run.shape, side=48, width=120)
    except (OSError, AtelierError):
        return ""  # the number stands without its picture
    return "data:image/png;base64," + base64.b64encode(picture).decode()


def _percent(share: float | None) -> int | None:
    return None if share is None else round(100 * share)


def _number(row: Row, name: str) -> float | None:
    value = row.get(name)
    return None if value is None else float(value)
