"""Use again: the point inside a picture of the gallery, or inside any PNG of this page, back to work."""

import streamlit as st

from core.errors import AtelierError, ConfigError
from core.pictures.gallery import Gallery
from core.sampling.again import Again, used_again
from core.sampling.directions import keep_learned, kept_directions
from core.sampling.keeping import made_record
from core.sampling.records import Record, read_record
from core.training.run_folder import RunFolder
from core.workspace import Workspace
from ui import access, explore_draw, explore_state
from ui.markup import harmless

_PROBLEM = "explore-again-problem"
_MOST_MEGABYTES = 64


def take_from_address(workspace: Workspace) -> None:
    """?again=<sha256 of a picture of the gallery>. Before anything of the page is drawn."""
    sha256 = st.query_params.get("again", "")
    if not sha256:
        return
    st.query_params.clear()
    try:
        made = Gallery(workspace).find(sha256)
        if made is None:
            explore_state.tell("The picture that was to be used again is not in the gallery.")
            return
        use(workspace, made_record(made))
    except AtelierError as error:
        explore_state.tell(f"What made this picture cannot be used again. {error}")


def use(workspace: Workspace, record: Record) -> None:
    """Put its point to work, and its run and epoch into the address. Raises: AtelierError if nothing here can."""
    again = used_again(workspace, record)
    if not again.can_draw:
        raise ConfigError(again.words)
    point = again.point
    run = RunFolder(workspace.run(point.run))
    told = [*again.notes, *_bring_directions(run, point.epoch, again)]
    st.query_params.from_dict({"run": point.run, "epoch": str(point.epoch)})
    explore_state.take(run, point)
    if told:
        explore_state.tell(" ".join(told))
    else:
        st.toast("All that made it is back.", icon=":material/replay:")


def _bring_directions(run: RunFolder, epoch: int, again: Again) -> list[str]:
    """Learned directions that the run has no longer come back out of the picture. What became of them, in words."""
    told = []
    known = {direction.id for direction in kept_directions(run, epoch)}
    for direction in again.directions:
        if direction.id in known:
            continue
        if direction.origin == "learned":
            keep_learned(run, direction)
            told.append(f"The direction {direction.title} was brought back out of the picture.")
        elif again.exact:
            explore_draw.easel_of(run, epoch).explorer.adopt([direction])
    return told


def ask_file(workspace: Workspace) -> None:
    """A PNG that was made on this page, from anywhere."""
    st.caption("Drop a PNG that was sampled here: everything that made it comes back, and can be moved on from.")
    st.file_uploader(
        "A PNG that Atelier sampled",
        type=["png"],
        key="explore-dropped",
        max_upload_size=_MOST_MEGABYTES,
        on_change=access.owner_action(_dropped),
        args=(workspace,),
    )
    if problem := st.session_state.pop(_PROBLEM, ""):
        st.error(harmless(problem), icon=":material/error:")


def _dropped(workspace: Workspace) -> None:
    given = st.session_state.get("explore-dropped")
    if given is None:
        return
    try:
        use(workspace, read_record(given.getvalue()))
    except AtelierError as error:
        st.session_state[_PROBLEM] = str(error)
