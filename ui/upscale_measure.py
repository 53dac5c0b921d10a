"""Measure: ways of making pictures larger on pictures of one's own, in a table and to be looked at."""

import streamlit as st

from core.errors import AtelierError
from core.jobs import control
from core.jobs.folder import JobFolder
from core.pictures.chosen import ChosenPicture
from core.upscale.listing import list_upscalers
from core.upscale.measuring import (
    KIND,
    MOST_PICTURES,
    SIDES,
    Contender,
    Mean,
    Measured,
    create_measure,
    kept_picture,
    means,
    read_measures,
)
from core.upscale.methods import METHODS
from core.upscale.request import SCALES
from core.workspace import Workspace
from ui import access
from ui.jobs import asked_or_newest, job_card, plain
from ui.markup import harmless
from ui.picture_picker import choose_many
from ui.wipe import Pane, compare

_ASKED = "measured"  # of the page's address: the id of the job to show
_PICTURES = "upscale-measure-pictures"
_REFUSED = "upscale-measure-refused"
_USUAL = ("bicubic", "lanczos", "backprojection")
_FEW = 4  # pictures: fewer tell little
_HARDLY = 0.1  # dB: less is not seen


def show(workspace: Workspace) -> None:
    questions, answers = st.columns([5, 8], gap="large")
    with questions:
        _ask(workspace)
    with answers:
        job = asked_or_newest(workspace, _ASKED, KIND)
        if job is None:
            _show_nothing()
        else:
            _show_job(job)


# ---- asking


def _ask(workspace: Workspace) -> None:
    pictures = choose_many(
        "Pictures", key=_PICTURES, most=MOST_PICTURES, hint="Sharp ones, larger than what you want to make of them."
    )
    scale = st.segmented_control(
        "How much larger",
        SCALES,
        key="upscale-measure-scale",
        default=4,
        required=True,
        format_func=lambda scale: f"×{scale}",
        persist_state="session",
    )
    ways = _ways(workspace)
    chosen = st.multiselect(
        "Ways",
        list(ways),
        default=[name for name, way in ways.items() if way.method in (*_USUAL, "own")],
        key="upscale-measure-ways",
        placeholder="Choose at least one",
    )
    side = st.segmented_control(
        "Of each picture the middle",
        SIDES,
        key="upscale-measure-side",
        default=512,
        required=True,
        format_func=lambda side: f"{side} px",
        persist_state="session",
        help="At most so many pixels a side are measured: large networks take long for more.",
    )
    if why := st.session_state.pop(_REFUSED, ""):
        st.error(harmless(f"It was not started. {why}"), icon=":material/block:")
    st.button(
        "Measure",
        type="primary",
        icon=":material/straighten:",
        key="upscale-measure-start",
        width="stretch",
        disabled=not pictures or not chosen,
        on_click=access.owner_action(_start),
        args=(workspace, pictures, [ways[name] for name in chosen], scale, side),
    )


def _ways(workspace: Workspace) -> dict[str, Contender]:
    """What can be compared, by what it is called."""
    found = [Contender(method.name) for method in METHODS.values() if not method.needs_model]
    found += [Contender(network.method, network.name) for network in list_upscalers(workspace) if not network.refused]
    return {way.title: way for way in found}


def _start(workspace: Workspace, pictures: list[ChosenPicture], ways: list[Contender], scale: int, side: int) -> None:
    bicubic = Contender("bicubic")  # what all are measured against
    try:
        job = create_measure(workspace, pictures, [bicubic, *ways], scale=scale, side=side)
        control.start(workspace, job)
    except AtelierError as error:
        st.session_state[_REFUSED] = str(error)
        return
    st.query_params[_ASKED] = job.id


# ---- what came of it


def _show_nothing() -> None:
    with st.container(border=True, key="upscale-measure-empty", gap="small"):
        st.subheader(":material/straighten: Which way suits your pictures?", anchor=False)
        st.markdown(
            "Each picture is made small, enlarged again in every way, and compared with what it was:\n\n"
            "- **PSNR**: how close the pixels come, in dB. More is closer.\n"
            "- **SSIM**: how alike the structure is, at most 1."
        )
        st.caption(
            "Both favour what is careful and soft: a network that invents detail may look better and score less."
        )


def _show_job(job: JobFolder) -> None:
    job_card(job)
    if job.kind != KIND:
        st.warning("This job is no measurement of upscaling.", icon=":material/broken_image:")
        return
    measured = read_measures(job.path)
    found = means(measured)
    if found:
        _show_table(found)
        st.markdown(verdict(found))
    failed = [one for one in measured if one.message]
    if failed:
        with st.expander(f"{len(failed)} could not be measured", icon=":material/report:"):
            st.dataframe(
                {"Picture": [one.name for one in failed], "Why": [one.message for one in failed]},
                hide_index=True,
                width="stretch",
            )
    _show_pictures(job, measured, found)


def _show_table(found: list[Mean]) -> None:
    bicubic = next((mean.psnr_y for mean in found if mean.contender.method == "bicubic"), None)
    st.dataframe(
        {
            "Way": [mean.contender.title for mean in found],
            "PSNR": [mean.psnr_y for mean in found],
            "Against bicubic": [None if bicubic is None else mean.psnr_y - bicubic for mean in found],
            "SSIM": [mean.ssim_y for mean in found],
            "Closer than bicubic": [
                "" if mean.contender.method == "bicubic" else f"{mean.better} of {mean.pictures}" for mean in found
            ],
            "Seconds": [mean.seconds for mean in found],
        },
        column_config={
            "PSNR": st.column_config.NumberColumn(format="%.2f dB", help="Of the luminance, mean over the pictures"),
            "Against bicubic": st.column_config.NumberColumn(format="%+.2f dB"),
            "SSIM": st.column_config.NumberColumn(format="%.4f", help="Of the luminance, mean over the pictures"),
            "Seconds": st.column_config.NumberColumn(format="%.2f", help="For one picture"),
        },
        hide_index=True,
        width="stretch",
        alt="How close each way comes to the originals",
    )


def verdict(found: list[Mean]) -> str:
    """What the numbers say, and what they do not. found: the best first."""
    best, count = found[0], found[0].pictures
    pictures = "1 picture" if count == 1 else f"{count} pictures"
    bicubic = next((mean for mean in found if mean.contender.method == "bicubic"), None)
    title = plain(best.contender.title)
    if bicubic is None or best is bicubic:
        told = f"On {pictures} **nothing comes closer than {title}**."
    elif (gain := best.psnr_y - bicubic.psnr_y) < _HARDLY:
        told = f"On {pictures} **nothing differs from bicubic by as much as can be seen**: {title} by {gain:+.2f} dB."
    else:
        closer = f"closer on {best.better} of them" if count > 1 else "closer"
        told = f"On {pictures} **{title} comes {gain:.2f} dB closer** to the original than bicubic ({closer})."
    if count < _FEW:
        told += " So few pictures tell little about others."
    if any(METHODS[mean.contender.method].invents for mean in found):
        told += " Networks that invent detail score less than they look: compare with your own eyes below."
    return told


def _show_pictures(job: JobFolder, measured: list[Measured], found: list[Mean]) -> None:
    """The original and two ways over one another."""
    kept = {one.index: one for one in measured if not one.message and kept_picture(job.path, one.index, None)}
    if not kept or not found:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        index = st.selectbox(
            "Look at",
            list(kept),
            key=f"upscale-look-{job.id}",
            format_func=lambda index: f"{index + 1}. {kept[index].name}",
        )
        one = kept[index]
        places = {score.contender.title: place for place, score in enumerate(one.scores)}
        best = next((mean.contender.title for mean in found if mean.contender.method != "bicubic"), None)
        usual = [title for title in ("Bicubic", best) if title in places]
        ways = st.multiselect(
            "Beside the original", list(places), default=usual, max_selections=2, key=f"upscale-look-ways-{job.id}"
        )
    panes = []
    for title in ways:
        path = kept_picture(job.path, index, places[title])
        if path is not None:
            score = one.scores[places[title]]
            panes.append(Pane(path, title, f"{score.psnr_y:.2f} dB, SSIM {score.ssim_y:.4f}"))
    original = kept_picture(job.path, index, None)
    if original is not None:
        panes.append(Pane(original, "Original", f"{one.width} × {one.height} pixels"))
    compare(panes, key=f"upscale-measure-compare-{job.id}")
