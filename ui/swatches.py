"""Fields of colour that can be clicked: a picture's palette, colours to choose from, colours that were chosen."""

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from ui import access

_ASSETS = Path(__file__).with_name("assets")

_component = st.components.v2.component(
    "atelier_swatches",
    html="<div id='swatches'></div>\n",
    css=(_ASSETS / "swatches.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "swatches.js").read_text(encoding="utf-8"),
)


def swatches(
    colours: Sequence[str],
    *,
    key: str,
    label: str,
    then: Callable[[str], None],
    names: Sequence[str] = (),
    tip: str = "",
    wide: bool = False,
) -> bool:
    """Whether a colour was clicked just now.

    Args:
        then: called with one of `colours`, before the page runs again.
        colours: as "#rrggbb".
        label: what screen readers call the group.
        names: what to call each; by default the colour itself.
        tip: what a click does.
        wide: one strip without gaps, as wide as its place.
    """

    def picked() -> None:
        colour = (st.session_state.get(key) or {}).get("picked")
        if isinstance(colour, str) and colour in colours:  # it comes from the browser
            then(colour)

    result = _component(
        key=key,
        data={
            "colours": [
                {"colour": colour, "name": name} for colour, name in zip(colours, names or colours, strict=True)
            ],
            "label": label,
            "tip": tip,
            "wide": wide,
        },
        on_picked_change=access.owner_action(picked),
    )
    return result.picked is not None
