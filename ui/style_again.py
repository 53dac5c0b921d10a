"""Use again: the choices behind a finished picture come back into the form, also out of a PNG's file."""

import streamlit as st

from core.errors import AtelierError
from core.jobs.folder import JobFolder, find_job
from core.pictures.carried import NoRequestError
from core.pictures.gallery import Gallery
from core.style.again import KIND, LIGHT_KIND, used_again
from core.style.folder import KIND as FOLDER_KIND
from core.style.output import read_request
from core.style.request import StyleRequest
from core.style.sheet import KIND as SHEET_KIND
from core.style.sheet import read_sheet
from core.workspace import Workspace
from ui import access, style_state
from ui.markup import harmless
from ui.picture_picker import chosen_now, set_chosen

_FILLED = "style-filled-from-job"
_NOTICE = "style-notice"
_MOST_MEGABYTES = 200


def use(workspace: Workspace, request: StyleRequest) -> None:
    """Fill the form. In a callback. What is no longer in the lab is told at the next run."""
    again = used_again(workspace, request)
    style_state.load(request, workspace)
    st.session_state[style_state.MAKE] = style_state.ONE
    st.session_state[_NOTICE] = f"The choices are back in the form. {again.words}" if again.missing else "ok"


def use_job(workspace: Workspace, job: JobFolder) -> None:
    """Fill the form with what a job of any kind was asked for. In a callback, or before the form is drawn."""
    try:
        _load_job(workspace, job)
    except AtelierError as error:
        st.session_state[_NOTICE] = f"It cannot be used again. {error}"
        return
    st.session_state[_NOTICE] = "ok"


def _load_job(workspace: Workspace, job: JobFolder) -> None:
    """Raises: ConfigError for a damaged request."""
    content = chosen_now(style_state.CONTENT)
    style_state.load(StyleRequest.from_json(job.settings.get("request")), workspace)
    made = {SHEET_KIND: style_state.SEVERAL, FOLDER_KIND: style_state.MANY}.get(job.kind, style_state.ONE)
    st.session_state[style_state.MAKE] = made
    if made == style_state.SEVERAL:
        given = [round(float(strength)) for strength in job.settings.get("strengths", ())]
        st.session_state[style_state.STRENGTHS] = given
    elif made == style_state.MANY:
        set_chosen(style_state.CONTENT, content)  # the request names but the first of many


def take_from_address(workspace: Workspace) -> None:
    """?again=<sha256 of a picture of the gallery>, as other pages link here. Before the form is drawn."""
    sha256 = st.query_params.get("again")
    if not sha256:
        return
    try:
        made = Gallery(workspace).find(sha256)
        request = None if made is None else StyleRequest.from_json(made.request)
    except AtelierError as error:
        st.query_params.clear()
        st.warning(harmless(f"What made this picture cannot be used again. {error}"))
        return
    st.query_params.clear()
    if request is None:
        st.warning("The picture that was to be used again is not in the gallery: it was taken out, or never there.")
        return
    use(workspace, request)
    st.query_params["made"] = sha256


def fill_from_job(workspace: Workspace) -> None:
    """After a reload, or where a link led: the choices of the job that the address names, into a form that is empty.

    Once a session: whoever empties the form wants it empty.
    """
    job_id = st.query_params.get("job")
    if not job_id or st.session_state.get(_FILLED) or style_state.content() or style_state.styles():
        return
    st.session_state[_FILLED] = True
    try:
        job = find_job(workspace, job_id)
        if job.kind in (KIND, LIGHT_KIND, SHEET_KIND, FOLDER_KIND):
            _load_job(workspace, job)
    except AtelierError:
        return  # what is wrong with it, the result's place tells


def show_notice() -> None:
    """What came of filling the form, once."""
    told = st.session_state.pop(_NOTICE, "")
    if told == "ok":
        st.toast("All choices are back in the form.", icon=":material/replay:")
    elif told:
        st.warning(harmless(told), icon=":material/broken_image:")


def _use_file(workspace: Workspace, data: bytes) -> None:
    """Of a restyled picture, or of a contact sheet. Raises: NoRequestError, ConfigError, ImageError."""
    try:
        use(workspace, read_request(data))
    except NoRequestError as error:
        try:
            request, strengths = read_sheet(data)
        except NoRequestError:
            raise error from None
        use(workspace, request)
        st.session_state[style_state.MAKE] = style_state.SEVERAL
        st.session_state[style_state.STRENGTHS] = [min(100, max(0, round(strength))) for strength in strengths]


def ask_file(workspace: Workspace) -> None:
    """A PNG that Atelier restyled, from anywhere: its choices come back."""

    def dropped() -> None:
        given = st.session_state.get("style-dropped")
        if given is None:
            return
        try:
            _use_file(workspace, given.getvalue())
        except AtelierError as error:
            st.session_state[_NOTICE] = ""
            st.session_state["style-dropped-problem"] = str(error)

    with st.expander("From a restyled PNG", icon=":material/replay:", key="style-from-file"):
        st.caption(
            "Drop a restyled picture of Atelier, or a contact sheet: the choices that made it come back into the form."
        )
        st.file_uploader(
            "Restyled PNG",
            type=["png"],
            key="style-dropped",
            max_upload_size=_MOST_MEGABYTES,
            on_change=access.owner_action(dropped),
            label_visibility="collapsed",
        )
        problem = st.session_state.pop("style-dropped-problem", "")
        if problem:
            st.error(harmless(problem), icon=":material/error:")
