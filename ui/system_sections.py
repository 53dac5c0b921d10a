"""The parts of the System page: what was found, and what can be checked, measured or saved there."""

import time
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import pandas as pd
import streamlit as st

from core import system
from core.errors import AtelierError
from core.jobs.folder import State
from core.system import Fact, backups, database, jobs, speed, weights
from core.workspace import Workspace
from ui import access, lab
from ui.jobs import plain

_IN_A_ROW = 3
_OLD_BACKUP_DAYS = 7
_SPEED, _TORCH, _BACKUP = "system-speed", "system-torch", "system-backup"


def show_concerns(concerns: Sequence[tuple[str, str]]) -> None:
    """(what was found, what to do) of all that is wrong, or that nothing is."""
    if not concerns:
        st.success("Everything that Atelier needs is here.", icon=":material/check_circle:")
    for found, fix in concerns:
        st.warning(plain(f"{found} {fix}"), icon=":material/warning:")


def show_facts(found: Sequence[Fact]) -> None:
    """Groups of facts beside one another, below one another on a phone."""
    groups = [(name, list(group)) for name, group in groupby(found, key=lambda fact: fact.group)]
    for first in range(0, len(groups), _IN_A_ROW):
        columns = st.columns(_IN_A_ROW, gap="large")
        for column, (name, group) in zip(columns, groups[first : first + _IN_A_ROW], strict=False):
            with column:
                st.subheader(name, anchor=False)
                st.markdown("  \n".join(_line(fact) for fact in group))


def _line(fact: Fact) -> str:
    mark = " :orange[:material/warning:]" if fact.concern else ""
    return f":gray[{plain(fact.name)}] {plain(fact.value)}{mark}"


# ---- torch and speed -------------------------------------------------------------------------------------------------


def measured_facts() -> list[Fact]:
    """What the buttons below have found out in this session."""
    return [*st.session_state.get(_TORCH, []), *st.session_state.get(_SPEED, [])]


def measure_buttons(workspace: Workspace) -> None:
    with st.container(horizontal=True):
        st.button(
            "Check torch",
            icon=":material/memory:",
            on_click=access.owner_action(_check_torch),
            help="Starts torch once in a process of its own and asks for its threads and GPUs. Takes some seconds.",
        )
        st.button(
            "Measure speed",
            icon=":material/speed:",
            on_click=access.owner_action(_measure_speed),
            args=(workspace,),
            help="Writes 64 MB, decodes pictures and multiplies matrices, for about a second in all.",
        )


def _check_torch() -> None:
    """As a callback, so that its answer stands above, among the other facts."""
    try:
        st.session_state[_TORCH] = system.check_torch()
    except AtelierError as error:
        st.session_state[_TORCH] = [Fact("Torch", "Starts", "no", str(error))]


def _measure_speed(workspace: Workspace) -> None:
    try:
        st.session_state[_SPEED] = [
            Fact("Speed", measure.name, f"{measure.value:,.1f} {measure.unit}", measure.concern)
            for measure in speed.measure_speed(workspace)
        ]
    except OSError as error:
        st.session_state[_SPEED] = [
            Fact("Speed", "Disk", "cannot be written", f"{error.strerror}: free some space or check its rights.")
        ]


# ---- the catalog -----------------------------------------------------------------------------------------------------


def catalog_section(workspace: Workspace) -> None:
    """Comes last on the page: where the catalog cannot be opened, `lab.catalog` says why and ends the page there."""
    st.subheader("Catalog", anchor=False)
    catalog = lab.catalog()
    st.button(
        "Read all of it",
        icon=":material/fact_check:",
        on_click=access.owner_action(database.check_catalog),
        args=(workspace, catalog),
        help="Reads every value of every table, so that damage shows now. Takes seconds per million pictures.",
    )
    state = database.catalog_state(workspace, catalog)
    if state.concern:
        st.warning(plain(state.concern), icon=":material/warning:")
    written = f", and {system.size_words(state.wal_bytes)} in its log" if state.wal_bytes else ""
    checked = "never read as a whole"
    if state.last_check:
        rows = f"{sum(state.last_check.rows.values()):,} rows"
        checked = f"read as a whole {_ago(state.last_check.at)}: {rows} in {state.last_check.seconds:.1f} s"
    st.markdown(
        f"{system.size_words(state.bytes)}{written}, schema {state.schema_version}, "
        f"DuckDB {state.library_version}; {checked}."
    )
    st.markdown("This app has the catalog open. Other programs can read it once the app has ended.")


# ---- jobs ------------------------------------------------------------------------------------------------------------


def job_concerns(workspace: Workspace) -> list[tuple[str, str]]:
    """Jobs that hang, or whose folder is damaged. Lost ones wait for their owner: see `jobs_section`."""
    return [
        (f"{trouble.title}: {trouble.what}", trouble.fix)
        for trouble in jobs.job_troubles(workspace)
        if trouble.state is not State.LOST
    ]


def jobs_section(workspace: Workspace) -> None:
    st.subheader("Jobs", anchor=False)
    counts = jobs.job_counts(workspace)
    if not counts:
        st.markdown("None yet.")
        return
    st.markdown(", ".join(f"{count:,} {state}" for state, count in counts.items()) + ".")
    lost = [trouble for trouble in jobs.job_troubles(workspace) if trouble.state is State.LOST]
    if lost:
        st.dataframe(
            pd.DataFrame(
                [(trouble.title, trouble.what, trouble.fix) for trouble in lost],
                columns=["Lost", "What happened", "What to do"],
            ),
            hide_index=True,
        )
    st.page_link("app_pages/lab/queue.py", label="Open the queue", icon=":material/pending_actions:")


# ---- weights ---------------------------------------------------------------------------------------------------------


def weights_concerns(workspace: Workspace) -> list[tuple[str, str]]:
    return [
        (
            f"{one.path.name} is not the file its name claims: its SHA-256 begins with {one.sha256[:8]}.",
            "Remove it and get it again.",
        )
        for one in weights.find_weights(workspace)
        if one.verdict == "damaged or forged"
    ]


def weights_section(workspace: Workspace) -> None:
    st.subheader("Pretrained weights", anchor=False)
    found = weights.find_weights(workspace)
    if found:
        st.dataframe(
            pd.DataFrame(
                [
                    (
                        one.path.name,
                        one.known.what if one.known else "not known to Atelier",
                        system.size_words(one.bytes),
                        one.verdict,
                        one.sha256[:16],
                        str(one.path.parent),
                    )
                    for one in found
                ],
                columns=["File", "Network", "Size", "Genuine", "SHA-256 begins", "Where"],
            ),
            hide_index=True,
        )
        st.button(
            "Check the files",
            icon=":material/verified:",
            on_click=access.owner_action(weights.find_weights),
            args=(workspace,),
            kwargs={"verify": True},
            help="Computes the SHA-256 of each, a second or two per GB.",
        )
    for known in weights.missing(found):
        folders = " or ".join(f"`{str(folder).replace('`', '')}`" for folder in weights.folders(workspace))
        begins = f", SHA-256 begins `{known.sha256_start[:8]}`" if known.sha256_start else ""
        published = f"`{known.name}` ({known.megabytes:,.0f} MB{begins})"
        st.markdown(
            f"**{known.what}** is not here. It would give {known.serves}; without it that runs in a mode labelled as "
            f"weaker. To have it, put {published} into {folders}."
        )


# ---- backups ---------------------------------------------------------------------------------------------------------


def backup_concerns(workspace: Workspace) -> list[tuple[str, str]]:
    """Votes cannot be asked for twice: where there are studies, there should be a recent backup."""
    if not any(workspace.studies.glob("*/votes.jsonl")):
        return []
    made = backups.backups(workspace)
    if not made:
        return [("There are votes, and no backup of them.", "Make one below, to another disk.")]
    if time.time() - made[0].at > _OLD_BACKUP_DAYS * 86400:
        return [(f"The last backup was made {_ago(made[0].at)}.", "Make one below, to another disk.")]
    return []


def backups_section(workspace: Workspace) -> None:
    st.subheader("Backups", anchor=False)
    st.caption(
        "The catalog and all studies with their votes and pictures, as they are now, while the lab stays in use; read "
        "back before it counts. Original pictures, datasets and runs are not in it: docs/deployment.md says how to "
        "copy them."
    )
    with st.form("backup", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        folder = st.text_input(
            "Folder on this server",
            value=str(workspace.root / "backups"),
            help="Best on another disk: a backup beside the lab is lost with it.",
        )
        pressed = st.form_submit_button("Back up now", icon=":material/archive:")
    if pressed and access.visitor().is_owner:
        _back_up(workspace, folder)
    if said := st.session_state.pop(_BACKUP, ""):
        st.success(plain(said), icon=":material/check_circle:")
    made = backups.backups(workspace)
    if not made:
        st.markdown("None yet.")
        return
    st.dataframe(
        pd.DataFrame(
            [
                (
                    _ago(one.at),
                    system.size_words(one.bytes),
                    one.pictures,
                    one.studies,
                    one.votes,
                    one.path if one.is_there else f"{one.path} (not there any more)",
                )
                for one in made[:10]
            ],
            columns=["Made", "Size", "Pictures", "Studies", "Votes", "Where"],
        ),
        hide_index=True,
        column_config={"Pictures": st.column_config.NumberColumn(format="localized"), "Where": {"width": "large"}},
    )


def _back_up(workspace: Workspace, folder: str) -> None:
    if not folder.strip():
        st.error("Name a folder on this server for the backup.")
        return
    try:
        with st.spinner("Copying and reading back"):
            made = backups.back_up(workspace, Path(folder.strip()).expanduser(), catalog=lab.catalog())
    except AtelierError as error:
        st.error(plain(str(error)))
        return
    st.session_state[_BACKUP] = f"Saved and read back: {made.path}"
    st.rerun()


def _ago(at: float) -> str:
    """ "just now", "5 minutes ago", "3 days ago"."""
    seconds = max(0.0, time.time() - at)
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {word}{'s' if count > 1 else ''} ago"
    return "just now"
