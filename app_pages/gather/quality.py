"""Quality: what may be wrong with pictures, by thresholds that a person sets for each collection."""

import streamlit as st

from core.catalog.measured import undescribed
from core.catalog.quality import quality_of
from core.catalog.selection import Selection
from core.features.choices import WITHOUT_NETWORK, choice
from ui import access, lab
from ui.catalog_acts import last_act
from ui.catalog_detail import detail_dialog
from ui.feature_stores import offer_describing, store_of
from ui.quality_choice import REFUSED, SUGGESTED, issue_choice, normal_here
from ui.quality_collection import ALL, collection_choice, overview, summary
from ui.quality_issue import issue_panel
from ui.quality_refused import refused_panel
from ui.quality_suggested import suggested_panel

access.require_owner()

st.title("Quality")
catalog, workspace = lab.catalog(), lab.workspace()
names = [collection.name for collection in catalog.collections() if collection.pictures]
if not names:
    with st.container(horizontal_alignment="center", gap="small"):
        st.space("large")
        st.subheader(":material/verified: Nothing to look at yet", text_alignment="center")
        st.markdown("Collect some pictures first: here you see what may be wrong with them.", text_alignment="center")
        st.page_link("app_pages/gather/collect.py", label="Collect pictures", icon=":material/add_photo_alternate:")
    st.stop()

with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    collection = collection_choice(names)
    st.space("stretch")
    last_act(catalog)
looks = choice(workspace, WITHOUT_NETWORK)
missing = undescribed(catalog) if collection == ALL else quality_of(catalog, collection).undescribed
offer_describing(catalog, workspace, looks, missing, key="quality")
if collection == ALL:
    overview(catalog, names)
    st.stop()

quality = quality_of(catalog, collection)
summary(catalog, quality)
refused = sum(count for _, count in catalog.refusal_counts(collection))
chosen = issue_choice(quality, refused)
if chosen == SUGGESTED:
    suggested_panel(catalog, workspace, quality, store_of(workspace, looks.descriptor))
elif chosen == REFUSED:
    refused_panel(catalog, workspace, collection)
else:
    issue_panel(catalog, workspace, quality, chosen)
normal_here(catalog, quality)
if st.query_params.get("picture"):
    detail_dialog(catalog, workspace, Selection(collections=(collection,)), "newest")
