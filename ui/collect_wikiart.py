"""The query to WikiArt as a form: its genres and styles to pick from, artists by name, words."""

from typing import Any

import streamlit as st

from core.sources import licences
from core.sources.museums.wikiart.addresses import LARGE, SIZES, slug
from core.sources.museums.wikiart.lists import Named, known_lists
from ui import access
from ui.collect_plan import ask_licences, ask_limit, ask_server, short_name

# The ways that our users start: label -> field -> slugs
BEGINNINGS: dict[str, dict[str, list[str]]] = {
    "Actor prints (yakusha-e)": {"genres": ["yakusha-e"]},
    "Japanese Art": {"styles": ["japanese-art"]},
    "Colour-field painters": {"artists": [named.slug for named in known_lists().artists]},
}
_KEY = "wikiart-{}"


def ask_wikiart() -> tuple[dict[str, Any], str, str]:
    """The settings of the collect job, a name for the collection, and what is missing before it can be planned."""
    lists = known_lists()
    genres = {named.slug: named.label for named in lists.genres}
    styles = _styles(lists.styles)
    artists = {named.slug: named.label for named in lists.artists}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption("Begin with", width="content")
        for label, chosen in BEGINNINGS.items():
            st.button(label, key=f"begin-{slug(label)}", on_click=access.owner_action(_begin_with), args=(chosen,))
    left, right = st.columns(2)
    with left:
        chosen_genres = _several("Genres", genres, "genres", f"One or several of {len(genres)}, or type another")
        chosen_artists = _several("Artists", artists, "artists", "Names, or the address of an artist's page")
    with right:
        chosen_styles = _several(
            "Styles", styles, "styles", f"One or several of {len(styles)}: styles, and traditions with all of theirs"
        )
        search = st.text_input(
            "Words to search for", key=_KEY.format("search"), persist_state="session", placeholder="water lilies"
        ).strip()
    st.caption("Everything that any of these lists is taken, each work once.")
    limit_column, size_column = st.columns(2)
    with limit_column:
        limit = ask_limit("wikiart")
    with size_column:
        size = st.selectbox(
            "Size", list(SIZES), format_func=SIZES.__getitem__, key=_KEY.format("size"), persist_state="session"
        )
    choice = ask_licences("wikiart")
    details = choice == licences.FREE_ONLY or st.checkbox(
        "Read each work's own page",
        key=_KEY.format("details"),
        persist_state="session",
        help="For its genre, style, media, tags and licence. One more request for each work.",
    )
    beyond_cap = bool(chosen_genres or chosen_styles) and st.checkbox(
        "Go on artist by artist where a list ends after 3,600 works",
        key=_KEY.format("beyond"),
        persist_state="session",
        help="WikiArt shows no more of any list. The rest is found by looking through its artists: many more requests.",
    )
    query = {
        "genres": chosen_genres,
        "styles": chosen_styles,
        "artists": chosen_artists,
        "search": search,
        "size": size if size != LARGE else "",
        "details": details,
        "beyond_cap": beyond_cap,
    }
    settings = {
        "source": "wikiart",
        "query": {name: value for name, value in query.items() if value},
        "limit": limit,
        "licences": choice,
        "base_url": ask_server("wikiart"),
    }
    words = [
        *(genres.get(name, name) for name in chosen_genres),
        *(_plain_style(styles.get(name, name)) for name in chosen_styles),
        *(artists.get(name, name) for name in chosen_artists),
        *filter(None, [search]),
    ]
    missing = "" if words else "Choose a genre, a style or an artist, or say what to search for."
    return settings, short_name(words, "wikiart"), missing


def _several(label: str, options: dict[str, str], name: str, placeholder: str) -> list[str]:
    return st.multiselect(
        label,
        list(options),
        format_func=lambda value: options.get(value, value),
        key=_KEY.format(name),
        persist_state="session",
        accept_new_options=True,
        placeholder=placeholder,
        select_all=False,
        wrap=True,
    )


def _styles(named: tuple[Named, ...]) -> dict[str, str]:
    """Slug -> label; each tradition, which stands for all its styles, before them."""
    groups = dict.fromkeys(style.group for style in named if style.group)
    traditions = {slug(group): f"{group} (all its styles)" for group in groups}
    return traditions | {style.slug: f"{style.label} ({style.group})" for style in named}


def _plain_style(label: str) -> str:
    return label.rpartition(" (")[0] or label


def _begin_with(chosen: dict[str, list[str]]) -> None:
    for name in ("genres", "styles", "artists"):
        st.session_state[_KEY.format(name)] = chosen.get(name, [])
    st.session_state[_KEY.format("search")] = ""
