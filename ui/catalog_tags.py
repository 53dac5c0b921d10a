"""Tags on the Catalog page: given to many pictures or taken away from them, and edited at one picture."""

from collections.abc import Sequence

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.records import Picture
from core.catalog.selection import Selection
from core.errors import AtelierError
from ui import access
from ui.catalog_acts import pictures, remember
from ui.gallery import select
from ui.markup import harmless

_GIVE, _TAKE = "Give", "Take away"


@access.owner_dialog("Tag pictures", icon=":material/label:")
def tag_dialog(catalog: Catalog, target: Selection | Sequence[str], number: int, where: str, gallery_key: str) -> None:
    """Ask which tag to give or to take away, with the number in sight; afterwards nothing is chosen in that gallery."""
    given = catalog.given_tags()
    counts = dict(given)
    what = _GIVE
    if given:
        what = st.segmented_control("What to do", (_GIVE, _TAKE), default=_GIVE, required=True, key="tag-what") or _GIVE
    st.write(f"**{pictures(number)}** {where}. What the sources say about them stays as it is.")
    name = st.selectbox(
        "Tag",
        list(counts),
        index=None,
        key="tag-name" if what == _GIVE else "tag-name-taken",
        accept_new_options=what == _GIVE,
        format_func=lambda tag: f"{tag} ({counts[tag]:,})" if tag in counts else tag,
        placeholder="Choose a tag or type your own" if what == _GIVE else "Choose a tag",
    )
    label = f"Tag {pictures(number)}" if what == _GIVE else f"Take it from {pictures(number)}"
    if st.button(label, type="primary", disabled=not name, width="stretch", key="tag-do"):
        try:
            with st.spinner("Tagging" if what == _GIVE else "Taking the tag away"):
                remember(catalog.tag(target, name or "") if what == _GIVE else catalog.untag(target, name or ""))
        except AtelierError as error:
            st.error(harmless(str(error)))
            return
        select(gallery_key, ())
        st.rerun()


def tags_of_picture(catalog: Catalog, shown: Picture) -> None:
    """The tags that people gave to one picture, for editing."""
    key = f"tags-{shown.sha256[:12]}"
    st.session_state[key] = list(shown.tags)
    known = [tag for tag, _ in catalog.given_tags()]
    st.multiselect(
        "Your tags",
        list(dict.fromkeys([*known, *shown.tags])),
        key=key,
        accept_new_options=True,
        placeholder="Choose a tag or type your own",
        on_change=access.owner_action(_retag),
        args=(catalog, shown, key),
    )


def _retag(catalog: Catalog, shown: Picture, key: str) -> None:
    wanted = list(st.session_state[key])
    try:
        for name in wanted:
            if name not in shown.tags:
                remember(catalog.tag([shown.sha256], name))
        for name in shown.tags:
            if name not in wanted:
                remember(catalog.untag([shown.sha256], name))
    except AtelierError as error:
        st.toast(harmless(str(error)), icon=":material/error:", duration="long")
