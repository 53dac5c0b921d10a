"""Gallery: what this lab made and kept, with what made it, and where it can go from here."""

import streamlit as st

from core.pictures.gallery import WAYS, Gallery, Made
from ui import access, lab
from ui.gallery import GalleryItem, gallery, select
from ui.gallery_acts import add_dialog, bring_back, download_dialog, leave_out, send_to_study, taken_out
from ui.gallery_detail import detail_dialog, open_picture
from ui.markup import harmless

access.require_owner()

KEY = "made-gallery"
PER_PAGE = {"small": 120, "medium": 60, "large": 30}
ALL = "all"


def item(made: Made) -> GalleryItem:
    return GalleryItem(
        id=made.sha256,
        image=lab.workspace().thumb(made.sha256),
        width=made.width,
        height=made.height,
        caption=made.title or "Untitled",
        note=made.label.partition(":")[0] + (f" · {made.remark}" if made.remark else ""),
        hint=f"{made.label}\n{made.width} × {made.height} pixels",
    )


def nothing_yet() -> None:
    with st.container(horizontal_alignment="center", gap="small"):
        st.space("large")
        st.subheader(":material/imagesmode: Nothing made yet", text_alignment="center")
        st.markdown(
            "Pictures that you restyle, upscale or keep while exploring a model are here, with what made them.",
            text_alignment="center",
        )
        with st.container(horizontal=True, horizontal_alignment="center"):
            st.page_link("app_pages/make/style.py", label="Restyle a picture", icon=":material/brush:")
            st.page_link(
                "app_pages/make/upscale.py", label="Upscale a picture", icon=":material/photo_size_select_large:"
            )
            st.page_link("app_pages/make/explore.py", label="Explore a model", icon=":material/explore:")


def actions(chosen: tuple[str, ...]) -> None:
    st.markdown(f"**{len(chosen):,} chosen**" if chosen else "Choose pictures to do something with them.")
    if st.button("Add to catalog", icon=":material/library_add:", disabled=not chosen):
        add_dialog(chosen)
    if st.button("Ask people", icon=":material/how_to_vote:", disabled=not chosen, help="In a study, rated 1 to 10"):
        send_to_study(chosen)
    if st.button("Download", icon=":material/download:", disabled=not chosen):
        download_dialog(chosen)
    st.button(
        "Take out",
        icon=":material/remove_circle_outline:",
        disabled=not chosen,
        on_click=access.owner_action(leave_out),
        args=(chosen, KEY),
        help="Out of the gallery; can be undone.",
    )
    if chosen:
        st.button(
            "Choose none",
            icon=":material/close:",
            type="tertiary",
            on_click=access.owner_action(select),
            args=(KEY, ()),
        )


def first_page() -> None:
    st.session_state["page"] = 1
    select(KEY, ())


st.title("Gallery")
made_here = Gallery(lab.workspace())
counts = made_here.counts()
if gone := taken_out():
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(harmless(f"Taken out: {gone[0].title}" + (f" and {len(gone) - 1} more" if len(gone) > 1 else "")))
        st.button("Undo", icon=":material/undo:", type="tertiary", on_click=access.owner_action(bring_back))
if not counts:
    nothing_yet()
    st.stop()

total = sum(counts.values())
with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
    way = st.segmented_control(
        "Made by",
        [ALL, *counts],
        default=ALL,
        required=True,
        key="way",
        bind="query-params",
        format_func=lambda name: f"All ({total:,})" if name == ALL else f"{WAYS[name]} ({counts[name]:,})",
        on_change=access.owner_action(first_page),
        label_visibility="collapsed",
    )
    st.space("stretch")
    size = st.segmented_control(
        "Tiles",
        list(PER_PAGE),
        key="size",
        default="medium",
        required=True,
        bind="query-params",
        format_func=str.capitalize,
        on_change=access.owner_action(first_page),
        label_visibility="collapsed",
    )
bar = st.container(horizontal=True, vertical_alignment="center", gap="xsmall")
place = st.container()
per_page, found = PER_PAGE[size], total if way == ALL else counts[way]
pages = -(-found // per_page)
page = 1
if pages > 1:
    if st.session_state.get("page", 1) > pages:
        st.session_state["page"] = pages
    with st.container(horizontal_alignment="center"):
        page = st.pagination(pages, key="page", bind="query-params", max_visible_pages=9)
shown_here = made_here.newest(per_page, way=None if way == ALL else way, offset=(page - 1) * per_page)
with place:
    shown = gallery([item(made) for made in shown_here], key=KEY, label="Pictures made here", size=size)
with bar:
    actions(shown.selected)
if shown.opened in {made.sha256 for made in shown_here}:
    open_picture(shown.opened)
if st.query_params.get("picture"):
    detail_dialog(made_here)
