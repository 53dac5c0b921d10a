"""Atelier's router: the pages in their groups, the logo, and who may see what; nothing else."""

import streamlit as st

from ui import access, sign_in

RATE = st.Page("app_pages/judge/rate.py", title="Rate", icon=":material/star:", visibility="hidden")
PAGES = {
    "": [st.Page("app_pages/start/home.py", title="Home", icon=":material/home:", default=True)],
    "Gather": [
        st.Page("app_pages/gather/collect.py", title="Collect", icon=":material/add_photo_alternate:"),
        st.Page("app_pages/gather/catalog.py", title="Catalog", icon=":material/photo_library:"),
        st.Page("app_pages/gather/map.py", title="Map", icon=":material/scatter_plot:"),
        st.Page("app_pages/gather/quality.py", title="Quality", icon=":material/verified:"),
        st.Page("app_pages/gather/statistics.py", title="Statistics", icon=":material/bar_chart:"),
        st.Page("app_pages/gather/duplicates.py", title="Duplicates", icon=":material/content_copy:"),
        st.Page("app_pages/gather/augment.py", title="Augment", icon=":material/auto_awesome_mosaic:"),
        st.Page("app_pages/gather/datasets.py", title="Datasets", icon=":material/dataset:"),
    ],
    "Make": [
        st.Page("app_pages/make/train.py", title="Train", icon=":material/model_training:"),
        st.Page("app_pages/make/explore.py", title="Explore", icon=":material/explore:"),
        st.Page("app_pages/make/sweeps.py", title="Sweeps", icon=":material/tune:"),
        st.Page("app_pages/make/style.py", title="Style", icon=":material/brush:"),
        st.Page("app_pages/make/upscale.py", title="Upscale", icon=":material/photo_size_select_large:"),
        st.Page("app_pages/make/gallery.py", title="Gallery", icon=":material/imagesmode:"),
    ],
    "Judge": [
        st.Page("app_pages/judge/compare.py", title="Compare", icon=":material/compare:"),
        st.Page("app_pages/judge/measure.py", title="Measure", icon=":material/straighten:"),
        st.Page("app_pages/judge/studies.py", title="Studies", icon=":material/how_to_vote:"),
        RATE,
    ],
    "Lab": [
        st.Page("app_pages/lab/queue.py", title="Queue", icon=":material/pending_actions:"),
        st.Page("app_pages/lab/system.py", title="System", icon=":material/monitor_heart:"),
    ],
}

access.require_known_mode()
access.refuse_strangers()
sign_in.warn_if_nobody_can_sign_in()
visitor = access.visitor()
in_lab = visitor.is_owner and not access.came_to_rate()
# The icon comes first: st.navigation would otherwise have the browser fetch the page's icon from a font server.
st.set_page_config(
    page_icon="ui/assets/mark.svg", layout="wide", initial_sidebar_state="auto" if in_lab else "collapsed"
)
page = st.navigation(sign_in.open_to(visitor, PAGES, RATE), position="sidebar" if in_lab else "hidden", expanded=True)
st.set_page_config(page_title="Rating · Atelier" if page == RATE else f"{page.title} · Atelier")
if in_lab:
    sign_in.show_who_is_in()
    sign_in.go_where_wanted({page.url_path: page for group in PAGES.values() for page in group})
if page != RATE:
    st.logo("ui/assets/logo.svg", size="large", icon_image="ui/assets/mark.svg")
page.run()
