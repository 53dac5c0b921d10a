"""The Catalog page's questions in SQL: one SELECT over a copy of the catalog, as a table and as a file."""

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pandas as pd
import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.sql.console import Answer, Console, Limits, examples
from core.errors import AtelierError
from ui import access
from ui.jobs import plain
from ui.markup import harmless

_SQL = "catalog-sql"
_EXAMPLE = "catalog-sql-example"
_ANSWER = "catalog-sql-answer"  # (question, answer or what was wrong with it)
_FILE = "catalog-sql-file"  # (question, form, bytes, rows)
_SHOWN = Limits(rows=1000)
_WRITTEN = Limits(seconds=60.0, rows=200_000)
_FORMS: dict[Literal["csv", "parquet"], tuple[str, str]] = {
    "csv": ("CSV", "text/csv"),
    "parquet": ("Parquet", "application/vnd.apache.parquet"),
}


@st.cache_resource(show_spinner=False, max_entries=1, on_release=lambda console: console.close())
def _console(_catalog: Catalog, opened: int) -> Console:
    """`opened` names the open catalog, so that another one gets a console of its own."""
    return Console(_catalog)


@access.owner_dialog("Ask in SQL", icon=":material/terminal:", width="large")
def console_dialog(catalog: Catalog) -> None:
    """A question, examples of it, its answer and the way to take that along."""
    console = _console(catalog, id(catalog))
    st.caption(
        "One SELECT over a copy of the catalog: nothing can be changed by it. It may take "
        f"{_SHOWN.seconds:g} seconds and {_SHOWN.memory_megabytes:,} MB, and {_SHOWN.rows:,} rows are shown."
    )
    st.selectbox(
        "Examples",
        list(examples(catalog)),
        index=None,
        key=_EXAMPLE,
        placeholder="Begin with an example",
        on_change=access.owner_action(_take_example),
        args=(catalog,),
    )
    question = st.text_area(
        "Question", key=_SQL, height=150, placeholder="SELECT artist, count(*) FROM artworks GROUP BY artist"
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        asked = st.button("Ask", type="primary", icon=":material/play_arrow:", disabled=not question.strip())
        with st.popover("Tables", icon=":material/table:", type="tertiary"):
            _tables(catalog)
        st.space("stretch")
        age = st.container(horizontal=True, vertical_alignment="center", gap="small", width="content")
    if asked:
        with st.spinner("Asking" if console.age else "Copying the catalog, which a large one takes some seconds for"):
            try:
                st.session_state[_ANSWER] = (question, console.ask(question, _SHOWN))
            except AtelierError as error:
                st.session_state[_ANSWER] = (question, str(error))
    with age:
        _age(console)
    told = st.session_state.get(_ANSWER)
    if told is None:
        return
    if isinstance(told[1], Answer):
        _show(told[1])
        _take_along(catalog, told[0])
    else:
        st.error(plain(told[1]), icon=":material/error:")


def _age(console: Console) -> None:
    """How old what is asked is, and a way to the catalog as it is now."""
    copied = console.age
    if copied is None:
        return
    changes = "1 change" if copied.changes == 1 else f"{copied.changes:,} changes"
    day = "" if copied.made_at.date() == datetime.now(UTC).date() else f"{copied.made_at:%d %b }"
    since = f", {changes} to the catalog since" if copied.changes else ""
    st.caption(f"As of {day}{copied.made_at:%H:%M} UTC{since}", width="content")
    if copied.changes:
        st.button(
            "Refresh",
            icon=":material/refresh:",
            type="tertiary",
            key="catalog-sql-refresh",
            help="Copy the catalog as it is now. Of a small one every question asks a copy of its own.",
            on_click=access.owner_action(_refresh),
            args=(console,),
        )


def _refresh(console: Console) -> None:
    try:
        console.refresh()
    except AtelierError as error:
        st.toast(harmless(str(error)), icon=":material/error:", duration="long")


def _show(answer: Answer) -> None:
    rows = "1 row" if len(answer.rows) == 1 else f"{len(answer.rows):,} rows"
    more = ", and there are more: download them, or ask for less" if answer.is_cut else ""
    st.caption(f"{rows} in {answer.seconds:.2f} s{more}.")
    st.dataframe(
        pd.DataFrame(answer.rows, columns=unique(answer.columns)),
        hide_index=True,
        width="stretch",
        alt="The answer",
    )


def _take_along(catalog: Catalog, question: str) -> None:
    """The whole answer as a file: written when asked for, since it may have far more rows than the table."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for form, (label, _) in _FORMS.items():
            if st.button(label, icon=":material/file_export:", key=f"catalog-sql-{form}", help="Write all rows"):
                try:
                    with st.spinner("Writing"), tempfile.TemporaryDirectory() as folder:
                        target = Path(folder) / f"answer.{form}"
                        rows = _console(catalog, id(catalog)).export(question, target, form, _WRITTEN)
                        st.session_state[_FILE] = (question, form, target.read_bytes(), rows)
                except AtelierError as error:
                    st.error(plain(str(error)), icon=":material/error:")
        written = st.session_state.get(_FILE)
        if written and written[0] == question:
            _, form, content, rows = written
            st.download_button(
                f"Download {_FORMS[form][0]}, {rows:,} rows, {max(1, round(len(content) / 1e3)):,} kB",
                content,
                file_name=f"answer.{form}",
                mime=_FORMS[form][1],
                icon=":material/download:",
                type="primary",
                on_click="ignore",
            )
            if rows >= _WRITTEN.rows:
                st.caption(f"The first {_WRITTEN.rows:,} rows.", width="content")


def _take_example(catalog: Catalog) -> None:
    chosen = st.session_state[_EXAMPLE]
    if chosen:
        st.session_state[_SQL] = examples(catalog)[chosen]


def _tables(catalog: Catalog) -> None:
    """What can be asked about, from the catalog itself."""
    rows = catalog.remembered(
        "tables",
        lambda: catalog.read(
            "SELECT table_name, string_agg(column_name, ', ' ORDER BY ordinal_position) "
            "FROM information_schema.columns WHERE table_schema = 'main' GROUP BY table_name ORDER BY table_name"
        ),
    )
    for table, columns in rows:
        st.markdown(f"**{plain(table)}**")
        st.caption(plain(columns))


def unique(columns: Sequence[str]) -> list[str]:
    """Names for a table, which cannot have two alike: later ones get their place."""
    seen: set[str] = set()
    names = []
    for place, name in enumerate(columns, 1):
        names.append(f"{name} ({place})" if name in seen else name)
        seen.add(names[-1])
    return names
