"""Groups that were decided about: what was said of them, and the way to have them asked about again."""

from collections.abc import Sequence

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.look_alikes.keeping import SettledGroup, look_alikes
from core.catalog.look_alikes.searching import names_of
from core.catalog.selection import Selection
from core.errors import AtelierError
from core.workspace import Workspace
from ui import access
from ui.catalog_acts import remember
from ui.duplicates_groups import GroupView, act_of, groups_component
from ui.duplicates_work import COMPARED, group_id
from ui.markup import harmless

PER_PAGE = 8
_KEY = "duplicates-settled"


def settled_list(catalog: Catalog, workspace: Workspace, settled: Sequence[SettledGroup], scope: Selection) -> None:
    if scope.is_filtered:
        inside = names_of(catalog, Selection.from_json({**scope.to_json(), "excluded": "all"}))
        settled = [group for group in settled if not inside.isdisjoint(group.pictures)]
    if not settled:
        with st.container(horizontal_alignment="center", gap="small"):
            st.space("medium")
            st.subheader(":material/history: Nothing is settled yet", text_alignment="center")
            st.markdown("What you decide about groups is listed here, and can be taken back.", text_alignment="center")
        return
    pages = -(-len(settled) // PER_PAGE)
    page = min(max(1, int(st.session_state.get("page") or 1)), pages)
    if st.session_state.get("page", 1) != page:
        st.session_state["page"] = page
    shown = settled[(page - 1) * PER_PAGE : page * PER_PAGE]
    known = look_alikes(catalog, [sha256 for group in shown for sha256 in group.pictures])
    token = f"settled-{page}-{len(settled)}"

    def asked() -> None:
        act = act_of(_KEY, token)
        group = next((group for group in shown if act is not None and group_id(group.pictures) == act.group), None)
        if act is None or group is None:
            return
        if act.act == "compare" and len(act.pair) == 2 and set(act.pair) <= set(group.pictures):
            st.session_state[COMPARED] = act.pair
        elif act.act == "open" and act.picture in group.pictures:
            st.query_params["picture"] = act.picture
        elif act.act == "undo":
            try:
                remember(catalog.ask_again([group.pictures]))
            except AtelierError as error:
                st.toast(harmless(str(error)), icon=":material/error:", duration="long")

    st.caption(f"{len(settled):,} {'group' if len(settled) == 1 else 'groups'}, the last word first.")
    first = (page - 1) * PER_PAGE
    groups_component(
        [_view(group, first + place + 1, len(settled)) for place, group in enumerate(shown)],
        known,
        workspace,
        key=_KEY,
        token=token,
        has_next=False,
        on_act=access.owner_action(asked),
    )
    if pages > 1:
        with st.container(horizontal=True, horizontal_alignment="center"):
            st.pagination(pages, key="page", bind="query-params", max_visible_pages=9, width=460)


def _view(group: SettledGroup, number: int, count: int) -> GroupView:
    gone = len(group.pictures) - len(group.kept)
    if group.different:
        said = "Called different" + (f", {gone} excluded" if gone else "")
    else:
        said = f"Kept {len(group.kept)}, excluded {gone}" if gone else "The same, all kept"
    return GroupView(
        group_id(group.pictures),
        f"{number:,} of {count:,}",
        f"{len(group.pictures)} pictures · {group.at:%d %b %Y, %H:%M} UTC",
        group.pictures,
        "settled",
        said,
        "Forgetting restores what was excluded for another picture of the group.",
        undo="Forget this verdict",
    )
