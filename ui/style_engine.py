"""Which engine restyles: what each is, what it needs, and what to do about files that are not here."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from core.errors import AtelierError
from core.jobs import control
from core.jobs.folder import list_jobs
from core.pretrained import KnownFile
from core.style.engines import ENGINES, Engine
from core.style.weights import known_file, lying, slim_name
from core.style.weights_job import create_weights
from core.workspace import Workspace
from ui import access, lab, style_state
from ui.jobs import job_cards, plain
from ui.markup import harmless

_ASKED = "style-weights-asked"  # session state: jobs started here, shown after they ended too


@dataclass(frozen=True)
class Need:
    """A file of weights that an engine needs for what is chosen."""

    known: KnownFile
    path: Path | None  # where it lies; None: nowhere


def needs(workspace: Workspace, engine: str) -> list[Need]:
    """The files that an engine needs with its present settings; those given by a path are its own business."""
    chosen = style_state.overrides(engine)
    keys = {
        "neural": {"weights_file": chosen.get("network", "vgg19")},
        "fast": {"style_file": chosen.get("style", "johnson-candy")}
        if chosen.get("network") == "johnson"
        else {"encoder_file": "adain-encoder", "decoder_file": "adain-decoder"},
    }.get(engine, {})
    return [
        Need(known_file(key), lying(key, workspace))
        for setting, key in keys.items()
        if not str(chosen.get(setting) or "").strip()
    ]


def missing(workspace: Workspace, engine: str) -> list[KnownFile]:
    return [need.known for need in needs(workspace, engine) if need.path is None]


def choose_engine(workspace: Workspace) -> str:
    """Every engine with what it is; returns the name of the one that is chosen."""
    lacking = {name: missing(workspace, name) for name in ENGINES}
    st.radio(
        "Engine",
        list(ENGINES),
        key=style_state.ENGINE,
        format_func=lambda name: ENGINES[name].title,
        captions=[_caption(engine, lacking[name]) for name, engine in ENGINES.items()],
        persist_state="session",
    )
    name = style_state.engine_name()
    if lacking[name]:
        _show_missing(workspace, ENGINES[name], lacking[name])
    else:
        _show_here(workspace, name)
    show_weight_jobs(workspace)
    return name


def _caption(engine: Engine, lacking: list[KnownFile]) -> str:
    words = engine.label.partition(": ")[2]
    words = words[:1].upper() + words[1:]
    if not lacking:
        return words
    megabytes = sum(known.megabytes for known in lacking)
    count = "a file" if len(lacking) == 1 else f"{len(lacking)} files"
    return f"{words}. :orange[Not ready: needs {count} of {_size(megabytes)}]"


def _show_missing(workspace: Workspace, engine: Engine, lacking: list[KnownFile]) -> None:
    with st.container(border=True, key="style-missing", gap="small"):
        st.markdown(f":material/lock: **{engine.title} needs what others trained, and it is not here**")
        st.caption("Nothing is downloaded unasked, and no other engine takes its place.")
        for known in lacking:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                with st.container(gap=None, width="stretch"):
                    st.markdown(f"`{known.name}`")
                    st.caption(plain(f"{known.what} · {_size(known.megabytes)}"))
                if st.button(
                    "Get it" if known.url else "How to get it",
                    icon=":material/download:" if known.url else ":material/help:",
                    key=f"style-get-{known.key}",
                ):
                    ask_download(known.key)


@access.owner_dialog("Get a file of weights", width="large", icon=":material/download:")
def ask_download(key: str) -> None:
    """All that is known of a published file, and the question whether to fetch it."""
    workspace, known = lab.workspace(), known_file(key)
    folder = workspace.data / "weights"
    st.markdown(f"**{plain(known.what)}**, for {plain(known.serves)}")
    start = known.sha256_start
    facts = {
        "File": f"`{known.name}`",
        "Size": _size(known.megabytes),
        "Published at": f"`{known.url}`" if known.url else "Not published as one file",
        "Is put into": f"`{folder}`",
        "Checked by": f"SHA-256 that begins with `{start[:16]}`" if start else "Nothing: no hash was published",
        "Terms": plain(known.licence or "Not known"),
    }
    first, *rest = [f"| {name} | {value} |" for name, value in facts.items()]
    st.markdown("\n".join([first, "|---|---|", *rest]))
    if not known.url:
        st.info(f"Get it from its maker and put it into the folder above under the name {plain(known.name)}.")
        return
    st.caption(
        "Have it downloaded by this lab, or fetch it with a browser and put it into that folder yourself. A copy in "
        "the cache of torch.hub is found too."
    )
    agreed = st.checkbox(f"Download {_size(known.megabytes)} from this address", key=f"style-agree-{key}")
    if st.button(
        "Download", type="primary", icon=":material/download:", disabled=not agreed, key=f"style-download-{key}"
    ):
        _begin(workspace, key, "download")


def _begin(workspace: Workspace, key: str, act: str) -> None:
    try:
        job = create_weights(workspace, key, act=act)
        control.start(workspace, job)
    except AtelierError as error:
        st.error(harmless(str(error)))
        return
    st.session_state[_ASKED] = [*st.session_state.get(_ASKED, []), job.id]
    st.rerun()


def _show_here(workspace: Workspace, engine: str) -> None:
    for need in needs(workspace, engine):
        if need.path is None:
            continue
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(f":material/check: {plain(need.known.what)}: {plain(str(need.path))}", width="stretch")
            slim = workspace.data / "weights" / slim_name(need.known)
            if need.known.key.startswith("vgg") and not slim.exists():
                pressed = st.button(
                    "Make slim file",
                    icon=":material/compress:",
                    key=f"style-slim-{need.known.key}",
                    help="The features alone, as safetensors: a tenth of the size, quicker to open, to be carried "
                    "to machines without a network.",
                )
                if pressed:
                    _begin(workspace, need.known.key, "slim")


def show_weight_jobs(workspace: Workspace) -> None:
    """Files of weights on their way, and those that were asked for here."""
    asked = st.session_state.get(_ASKED, [])
    shown = [job for job in list_jobs(workspace) if job.kind == "weights" and (job.is_active or job.id in asked)]
    if shown:
        job_cards(shown[:3])


def _size(megabytes: float) -> str:
    return f"{megabytes:,.0f} MB" if megabytes >= 10 else f"{megabytes:.1f} MB"
