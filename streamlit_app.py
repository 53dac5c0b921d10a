"""Atelier's router: the pages in their groups, nothing else."""

import streamlit as st

from ui import lab

PAGES = {
    "": [st.Page("pages/start/home.py", title="Home", icon=":material/home:", default=True)],
    "Gather": [
        st.Page("pages/gather/collect.py", title="Collect", icon=":material/add_photo_alternate:"),
        st.Page("pages/gather/catalog.py", title="Catalog", icon=":material/photo_library:"),
        st.Page("pages/gather/augment.py", title="Augment", icon=":material/auto_awesome_mosaic:"),
    ],
    "Make": [st.Page("pages/make/train.py", title="Train", icon=":material/model_training:")],
    "Judge": [
        st.Page("pages/judge/compare.py", title="Compare", icon=":material/compare:"),
        st.Page("pages/judge/studies.py", title="Studies", icon=":material/how_to_vote:"),
        st.Page("pages/judge/rate.py", title="Rate", icon=":material/star:", visibility="hidden"),
    ],
    "Lab": [
        st.Page("pages/lab/queue.py", title="Queue", icon=":material/pending_actions:"),
        st.Page("pages/lab/system.py", title="System", icon=":material/monitor_heart:"),
    ],
}

page = st.navigation(PAGES)
st.set_page_config(page_title=f"{page.title} · Atelier", page_icon=":material/palette:", layout="wide")
lab.prepare()
page.run()
