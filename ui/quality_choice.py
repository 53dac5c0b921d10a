"""What is looked at on the Quality page: an issue, what exclusions suggest, or what could not be kept."""

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.quality import CollectionQuality, IssueCount, call_normal
from core.errors import AtelierError
from core.quality.issues import MAX_PREVALENCE
from ui import access
from ui.markup import harmless

ISSUE = "issue"  # the key of the choice in the session state, and in the URL
SUGGESTED, REFUSED = "suggested", "refused"
_NAMED = {SUGGESTED: ":material/auto_awesome: Suggested by what you excluded", REFUSED: "Not kept, not readable"}


def issue_choice(quality: CollectionQuality, refused: int) -> str:
    """Draw the choice, with counts. What is normal here is offered below, in `normal_here`, unless it is chosen."""
    asked = st.session_state.get(ISSUE) or st.query_params.get(ISSUE)
    counts = {count.issue.name: count for count in quality.issues}
    shown = [name for name, count in counts.items() if not count.is_normal or name == asked]
    options = [SUGGESTED, *shown, REFUSED]
    first = next((name for name in shown if counts[name].pictures), shown[0] if shown else SUGGESTED)
    st.session_state[ISSUE] = asked if asked in options else first
    chosen = st.pills(
        "What to look at",
        options,
        key=ISSUE,
        required=True,
        format_func=lambda name: _label(counts.get(name), name, refused),
        label_visibility="collapsed",
    )
    st.query_params[ISSUE] = chosen or first  # by hand: a bound widget would write its label, count and all
    return chosen or first


def normal_here(catalog: Catalog, quality: CollectionQuality) -> None:
    """Issues that are how this collection is, folded away, with the reason."""
    normal = [count for count in quality.issues if count.is_normal]
    if not normal:
        return
    titles = ", ".join(count.issue.title.lower() for count in normal)
    with st.expander(f"Normal here: {titles}", icon=":material/thumb_up:"):
        for count in normal:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(f"**{count.issue.title}** · {_why_normal(count, quality)}", width="stretch")
                st.button(
                    "Look at it",
                    key=f"quality-look-{count.issue.name}",
                    icon=":material/visibility:",
                    on_click=access.owner_action(_look),
                    args=(count.issue.name,),
                )
                if count.by_person:
                    st.button(
                        "Not normal after all",
                        key=f"quality-unnormal-{count.issue.name}",
                        icon=":material/flag:",
                        on_click=access.owner_action(_not_normal),
                        args=(catalog, quality.collection, count.issue.name),
                    )


def _label(count: IssueCount | None, name: str, refused: int) -> str:
    if count is None:
        return _NAMED[name] + (f" **{refused:,}**" if name == REFUSED and refused else "")
    return f"{count.issue.title} **{count.pictures:,}**" if count.measured else f"{count.issue.title} **?**"


def _why_normal(count: IssueCount, quality: CollectionQuality) -> str:
    if count.by_person:
        return "somebody called it normal here; it flags nothing."
    share = count.pictures / max(1, quality.pictures)
    return (
        f"{share:.0%} of the collection have it. What more than {MAX_PREVALENCE:.0%} have is how a collection is, so "
        "it flags nothing. A threshold farther out flags the rest again."
    )


def _look(name: str) -> None:
    st.session_state[ISSUE] = name


def _not_normal(catalog: Catalog, collection: str, name: str) -> None:
    try:
        call_normal(catalog, collection, name, normal=False)
    except AtelierError as error:
        st.toast(harmless(str(error)), icon=":material/error:", duration="long")
