"""What each number means: what it asks, which end is better, how many pictures it takes, how to read its baselines."""

import streamlit as st

from core.metrics.inception import RESIZES
from core.metrics.registry import METRICS, NEEDS, Metric
from ui.measure_words import BETTER

_GROUPS = {
    "Closeness": "How close are the pictures to real ones?",
    "Variety": "Are they different from one another?",
    "Memory": "Are they its own?",
    "Look": "Do they look alike on the whole?",
    "Discriminator": "Is the discriminator learning by heart?",
    "Autoencoder": "Does it keep what it is shown?",
    "Inception": "What does a network that knows photographs see?",
}


def show() -> None:
    st.markdown(
        "No number says whether pictures are **good**: ask people for that (Studies). Numbers say how close they are "
        "to the real ones, how varied, and whether they are copies. Each is shown between two others, taken in the "
        "same way:\n\n"
        "- the **floor** (dashed): what two sets of real pictures have among themselves. Nothing gets past it but by "
        "chance, or by copying;\n"
        "- the **ceiling** (dotted): what random noise has, or whatever is worst for that number.\n\n"
        "The bar at each epoch holds the number in 95 of 100 cases, had other pictures been drawn. **Where bars "
        "overlap widely, the order may be chance.** Only numbers against the same pictures, and of equally many, can "
        "be compared."
    )
    for group in dict.fromkeys(metric.group for metric in METRICS.values()):
        st.subheader(_GROUPS.get(group, group), anchor=False)
        if group == "Inception":
            st.caption(
                "The network was trained on photographs of things. For paintings it is a habit of the field rather "
                "than a good eye: read these beside the others, not instead of them."
            )
        for metric in METRICS.values():
            if metric.group == group:
                _explain(metric)
    st.subheader("How pictures are brought to Inception's 299 pixels", anchor=False)
    st.caption(
        "FID changes with the way of resizing: numbers of two ways cannot be compared, and each row of ours names its."
    )
    st.markdown("\n".join(f"- **{name}**: {words}" for name, words in RESIZES.items()))


def _explain(metric: Metric) -> None:
    needs = NEEDS[metric.needs]
    facts = [BETTER[metric.better], f"says something from {metric.smallest:,} pictures a side on"]
    if metric.ceiling:
        facts.append(f"ceiling: {metric.ceiling}")
    if needs:
        facts.append(needs)
    st.markdown(f"**{metric.title}** · {metric.about}")
    st.caption(" · ".join(facts)[:1].upper() + " · ".join(facts)[1:])
