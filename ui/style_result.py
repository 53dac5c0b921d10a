"""One restyling on the page: the state so far while it is at work, the result beside its content when it is done."""

from pathlib import Path
from typing import Any

import streamlit as st
from PIL import Image

from core.errors import AtelierError
from core.images import read_image
from core.jobs.folder import find_job
from core.pictures.chosen import ChosenPicture, PictureGoneError, file_of
from core.pictures.gallery import Gallery, Made
from core.style.again import NOTES, PREVIEW, Past, past_of
from core.style.engines import ENGINES
from core.style.folder import KIND as FOLDER
from core.style.neural import loss_table
from core.style.output import in_8_bits
from core.style.request import KEEP_COLOURS, StyleRequest
from core.style.sheet import KIND as SHEET
from core.workspace import Workspace
from ui import access, style_again, style_folder, style_sheet, style_state, style_views
from ui.gallery_acts import add_dialog, send_to_study
from ui.jobs import job_card, plain
from ui.markup import harmless
from ui.picture_picker import set_chosen, thumb_url
from ui.runs import duration
from ui.style_pictures import data_url
from ui.wipe import wipe

_TICK_SECONDS = 1.0


def show(workspace: Workspace, *, one: bool = True) -> None:
    """What the page's address names (?job= or ?made=), else how to begin.

    Args:
        one: whether the form asks for one content.
    """
    if job_id := st.query_params.get("job"):
        _show_job(workspace, job_id)
    elif sha256 := st.query_params.get("made"):
        _show_made(workspace, sha256)
    else:
        _show_nothing(workspace, one)


def _show_nothing(workspace: Workspace, one: bool) -> None:
    chosen, styles = style_state.content(), style_state.styles()
    with st.container(border=True, key="style-empty", gap="small"):
        if chosen is None and not styles:
            st.markdown("##### :material/brush: A picture, painted in the manner of another")
            st.markdown(
                "1. Choose a **content**: what the picture shows.\n"
                "2. Choose one or more **styles**: how it is painted.\n"
                "3. Press **Start**. The picture can be watched as it comes about, and stopped at any moment."
            )
            st.caption("Pictures come from the catalog, from what was made here, or from your own files.")
            return
        st.caption("What goes in")
        with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
            contents = [("Content", chosen)] if one else []
            for role, picture in [*contents, *(("Style", style) for style in styles[:4])]:
                url = thumb_url(workspace, picture.sha256) if picture else ""
                with st.container(width="content", gap="xsmall"):
                    if url and picture:
                        st.image(url, width=180 if role == "Content" else 120, alt=f"{role}: {picture.name}")
                    st.caption(role if picture else f"{role}: not chosen yet")
        if len(styles) > 4:
            st.caption(f"and {len(styles) - 4} more styles")


def _show_job(workspace: Workspace, job_id: str) -> None:
    try:
        job = find_job(workspace, job_id)
    except AtelierError:  # its words would list every job of the lab
        st.warning(
            "There is no such job in this lab: it was removed, or the link comes from elsewhere. What it made is still "
            "in the gallery.",
            icon=":material/broken_image:",
        )
        return
    if job.kind == SHEET:
        job_card(job)
        style_sheet.show_job(job)
        return
    if job.kind == FOLDER:
        job_card(job)
        style_folder.show_job(workspace, job)
        return
    past = past_of(job)
    if past is None:
        st.warning("This is no restyling, or its folder is damaged.", icon=":material/broken_image:")
        job_card(job)
        return
    job_card(job)
    if past.state.is_active:
        _follow(workspace, past)
    elif past.result is not None:
        _show_result(workspace, past)
    else:
        if past.preview is not None:
            st.image(data_url(past.preview), caption="As far as it came", alt="The state so far", width="stretch")
        _show_acts(workspace, past.request, "", key=job.id)
        _show_request(workspace, past.request, key=job.id)


# ---- at work


def _follow(workspace: Workspace, past: Past) -> None:
    """The state so far, once a second. When the job ends, its card has the whole page run again."""
    preview = past.job.path / PREVIEW

    @access.owner_fragment(run_every=_TICK_SECONDS)
    def live() -> None:
        url = data_url(preview)
        if url:
            st.image(url, width="stretch", alt="The picture so far")
            st.caption("So far, no larger than 512 pixels")
        else:
            _waiting(workspace, past.request)

    live()
    _show_request(workspace, past.request, key=past.job.id)


def _waiting(workspace: Workspace, request: StyleRequest) -> None:
    url = thumb_url(workspace, request.content.sha256)
    if url:
        st.image(url, width=256, alt=f"Content: {request.content.name}")
    st.caption("The content. The first state appears here as soon as the engine has one.")


# ---- done


def _show_result(workspace: Workspace, past: Past) -> None:
    assert past.result is not None
    _show_pair(workspace, past.request.content, past.result, past.sha256, key=past.job.id)
    facts = past.facts
    told = [
        f"{facts.get('width')} × {facts.get('height')} pixels",
        duration(float(facts.get("seconds") or 0)),
        str(facts.get("remark") or ""),
    ]
    st.caption(f"**{plain(str(facts.get('label', '')))}**  \n{plain(' · '.join(part for part in told if part))}")
    made = Gallery(workspace).find(past.sha256) if past.sha256 else None
    if made is None and past.sha256:
        st.caption(":material/info: It was taken out of the gallery; its file is still with its job.")
    _show_acts(workspace, past.request, past.sha256 if made else "", key=past.job.id)
    _show_downloads(past)
    if past.film is not None:
        with st.expander("Film", icon=":material/movie:", key=f"style-film-{past.job.id}", on_change="rerun") as film:
            if film.open:
                st.video(str(past.film), loop=True, muted=True, autoplay=True)
    _show_numbers(past)
    style_views.show(workspace, past.request, made.chosen if made else None, key=past.job.id)
    _show_request(workspace, past.request, key=past.job.id)


def _show_made(workspace: Workspace, sha256: str) -> None:
    """A picture of the gallery whose job is gone, or that came from another page."""
    made = _found(workspace, sha256)
    if made is None:
        st.warning("There is no such picture in the gallery.", icon=":material/broken_image:")
        return
    st.subheader(plain(made.title), anchor=False)
    content = made.parents[0] if made.parents else None
    _show_pair(workspace, content, file_of(workspace, made.chosen), sha256, key=sha256[:12])
    told = [f"{made.width} × {made.height} pixels", made.remark]
    st.caption(f"**{plain(made.label)}**  \n{plain(' · '.join(part for part in told if part))}")
    try:
        request = StyleRequest.from_json(made.request)
    except AtelierError:
        st.caption("What made it is not known well enough to be used again.")
        return
    _show_acts(workspace, request, sha256, key=sha256[:12])
    _show_request(workspace, request, key=sha256[:12])


def _found(workspace: Workspace, sha256: str) -> Made | None:
    try:
        made = Gallery(workspace).find(sha256)
        if made is not None:
            file_of(workspace, made.chosen)
    except AtelierError:
        return None
    return made


def _show_pair(workspace: Workspace, content: ChosenPicture | None, result: Path, sha256: str, *, key: str) -> None:
    """The result beside its content; the result alone where the content is gone."""
    try:
        before = None if content is None else file_of(workspace, content)
    except PictureGoneError:
        before = None
    if before is None:
        st.image(str(result), width="stretch", output_format="PNG", alt="The result")
        return
    try:
        wipe(_fitted(str(before), str(result)), result, left_label="Content", right_label="Result", key=f"wipe-{key}")
    except AtelierError as error:
        st.error(harmless(str(error)), icon=":material/broken_image:")


@st.cache_data(show_spinner=False, max_entries=6)
def _fitted(content: str, result: str) -> Image.Image:
    """The content at the size of the result, so that pixel lies on pixel. Raises: ImageError."""
    width, height = read_image(Path(result)).size
    return read_image(Path(content)).resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _show_acts(workspace: Workspace, request: StyleRequest, sha256: str, *, key: str) -> None:
    """What can be made of a result. sha256: in the gallery; "" where it is not there."""
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key=f"style-acts-{key}"):
        st.button(
            "Use again",
            icon=":material/replay:",
            key=f"style-again-{key}",
            help="Put all choices that made it back into the form.",
            on_click=access.owner_action(style_again.use),
            args=(workspace, request),
        )
        if not sha256:
            return
        st.button(
            "Use as content",
            icon=":material/input:",
            key=f"style-as-content-{key}",
            help="Restyle this result once more.",
            on_click=access.owner_action(_use_as_content),
            args=(workspace, sha256),
        )
        st.page_link(
            "app_pages/make/upscale.py",
            label="Upscale",
            icon=":material/photo_size_select_large:",
            query_params={"picture": sha256},
        )
        if st.button("Add to catalog", icon=":material/library_add:", key=f"style-to-catalog-{key}"):
            add_dialog((sha256,))
        if st.button(
            "Ask people", icon=":material/how_to_vote:", key=f"style-ask-{key}", help="In a study, rated 1 to 10"
        ):
            send_to_study((sha256,))


def _use_as_content(workspace: Workspace, sha256: str) -> None:
    made = Gallery(workspace).find(sha256)
    if made is not None:
        set_chosen(style_state.CONTENT, made.chosen)
        st.toast("The result is the content now.", icon=":material/input:")


def _show_downloads(past: Past) -> None:
    assert past.result is not None
    name = past.job.id
    bits = int(past.job.settings.get("bits") or 8)
    with st.container(horizontal=True, gap="xsmall", key=f"style-downloads-{name}"):
        st.download_button(
            f"PNG, {bits} bits",
            past.result.read_bytes,
            file_name=f"{name}.png",
            mime="image/png",
            icon=":material/download:",
            key=f"style-png-{name}",
            on_click="ignore",
            help="Holds all choices that made it: drop it on this page to use them again.",
        )
        if bits == 16:
            result = past.result
            st.download_button(
                "PNG, 8 bits",
                lambda: in_8_bits(result.read_bytes()),
                file_name=f"{name}-8-bits.png",
                mime="image/png",
                icon=":material/download:",
                key=f"style-png-8-{name}",
                on_click="ignore",
            )
        if past.film is not None:
            st.download_button(
                "Film",
                past.film.read_bytes,
                file_name=f"{name}.mp4",
                mime="video/mp4",
                icon=":material/movie:",
                key=f"style-film-file-{name}",
                on_click="ignore",
            )


def _show_numbers(past: Past) -> None:
    """All settings that were in force, and what the engine noted on its way."""
    with st.expander(
        "Settings and notes", icon=":material/list_alt:", key=f"style-numbers-{past.job.id}", on_change="rerun"
    ) as box:
        if not box.open:
            return
        settings = past.facts.get("settings")
        if isinstance(settings, dict) and settings:
            st.dataframe(
                {"setting": list(settings), "value": [_shown(value) for value in settings.values()]},
                hide_index=True,
                width="stretch",
                height=min(420, 38 + 35 * len(settings)),
                alt="The engine's settings",
            )
        try:
            notes = (past.job.path / NOTES).read_text(encoding="utf-8")
        except OSError:
            notes = ""
        if isinstance(settings, dict):
            _show_losses(settings, loss_table.noted(notes))
        lines = min(12, 1 + notes.count("\n"))
        st.code(notes or "The engine noted nothing.", language=None, wrap_lines=True, height=40 + 21 * lines)


def _show_losses(settings: dict[str, Any], losses: list[loss_table.Noted]) -> None:
    """The losses on the way; beside the published table where they mean the same."""
    if not losses:
        return
    st.markdown("**Losses, each multiplied by its weight**")
    st.dataframe(
        {
            "scale": [f"{one.width} × {one.height}" for one in losses],
            "step": [one.step for one in losses],
            "style": [one.style for one in losses],
            "content": [one.content for one in losses],
        },
        hide_index=True,
        width="stretch",
        height=min(300, 38 + 35 * len(losses)),
        alt="Losses on the way",
    )
    gone = loss_table.removed(losses)
    if gone is not None:
        st.caption(f"At the last scale, {gone:.1%} of the style loss it began with was removed.")
    row = loss_table.row_of(settings, losses)
    if row is None:
        return
    rows = [row, *loss_table.PUBLISHED]
    st.markdown("**Beside the published table**")
    st.dataframe(
        {
            "": [one.name for one in rows],
            "content weight": [one.content_weight for one in rows],
            "style weight": [one.style_weight for one in rows],
            "content loss": [one.content for one in rows],
            "style loss": [one.style for one in rows],
            "steps": [one.steps for one in rows],
            "content loss / weight": [one.content / one.content_weight for one in rows],
            "style loss / weight": [one.style / one.style_weight for one in rows],
        },
        hide_index=True,
        width="stretch",
        column_config={"style loss / weight": st.column_config.NumberColumn(format="%.3g")},
        alt="This picture beside the published table",
    )
    st.caption(
        f"Losses of other pictures are not comparable in size, the share removed is: the published run removed "
        f"{loss_table.PUBLISHED_REMOVED:.0%} from step 50 to 300."
    )


def _shown(value: Any) -> str:
    if value is None:
        return "automatic"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _show_request(workspace: Workspace, request: StyleRequest, *, key: str) -> None:
    """What was asked for, in pictures and words."""
    with st.container(border=True, key=f"style-asked-{key}", gap="xsmall"):
        engine = ENGINES.get(request.engine)
        told = [
            engine.title if engine else request.engine,
            f"strength {request.strength:g}",
            f"at most {request.size} pixels" if request.size else "usual size",
            KEEP_COLOURS[request.keep_colours].lower(),
            f"seed {request.seed}",
        ]
        if request.overrides:
            told.append(f"{len(request.overrides)} settings of its own")
        st.caption(plain(" · ".join(told)))
        total = sum(style.weight for style in request.styles)
        pictures = [("Content", request.content)]
        for style in request.styles:
            share = f" {style.weight / total:.0%}" if len(request.styles) > 1 else ""
            pictures.append((f"Style{share}", style.picture))
            if style.mask is not None:
                pictures.append(("its mask", style.mask))
        if request.mask is not None:
            pictures.append(("Mask", request.mask))
        with st.container(horizontal=True, gap="small", vertical_alignment="top"):
            for role, picture in pictures:
                with st.container(width=96, gap=None):
                    url = thumb_url(workspace, picture.sha256) if picture.sha256 else ""
                    if url:
                        st.image(url, width=88, alt=f"{role}: {picture.name}")
                    else:
                        st.caption(":material/broken_image: gone")
                    st.caption(plain(f"{role}: {picture.name}" if len(picture.name) < 40 else role))
