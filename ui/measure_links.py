"""From an epoch that was measured to the pages that show more of it."""

import streamlit as st


def show(run_id: str, epoch: int) -> None:
    """The links beside one another, in the container that is open."""
    for page, label, icon, query in (
        ("judge/compare", "Compare", "compare", {"run": f"{run_id}@{epoch}"}),
        ("make/explore", "Explore", "explore", {"run": run_id, "epoch": str(epoch)}),
        ("make/train", "Run", "model_training", {"run": run_id}),
    ):
        st.page_link(f"app_pages/{page}.py", label=label, icon=f":material/{icon}:", query_params=query)
