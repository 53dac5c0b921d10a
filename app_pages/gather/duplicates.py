"""Duplicates: find pictures that are the same or look alike, and decide which stay."""

import streamlit as st

from core.catalog.look_alikes.keeping import settled_groups
from core.catalog.selection import Selection
from ui import access, lab
from ui.catalog_acts import last_act
from ui.catalog_detail import detail_dialog
from ui.duplicates_compare import compare_dialog
from ui.duplicates_find import found_groups
from ui.duplicates_scope import LISTS, SETTLED, list_choice, scope_choice
from ui.duplicates_settled import settled_list
from ui.duplicates_work import COMPARED
from ui.duplicates_worklist import worklist

access.require_owner()

st.title("Duplicates")
catalog, workspace = lab.catalog(), lab.workspace()
if not catalog.summary().pictures:
    with st.container(horizontal_alignment="center", gap="small"):
        st.space("large")
        st.subheader(":material/content_copy: No pictures yet", text_alignment="center")
        st.markdown("Collect some first. Those that come twice are found here.", text_alignment="center")
        st.page_link("app_pages/gather/collect.py", label="Collect pictures", icon=":material/add_photo_alternate:")
    st.stop()

with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
    chosen = list_choice()
    scope = scope_choice(catalog)
    st.space("stretch")
    last_act(catalog)
st.caption(LISTS[chosen])
if chosen == SETTLED:
    settled_list(catalog, workspace, settled_groups(catalog), scope)
else:
    work = found_groups(catalog, workspace, chosen, scope)
    if work is not None:
        worklist(catalog, workspace, work)

pair = st.session_state.pop(COMPARED, None)
if pair:
    compare_dialog(catalog, workspace, *pair)
elif st.query_params.get("picture"):
    detail_dialog(catalog, workspace, Selection(excluded="all"), "newest", from_catalog=False)
