"""What an InfoGAN found by itself: a column of pictures for each category, and a slider for each continuous code."""

import streamlit as st

from core.errors import AtelierError
from core.training.run_folder import RunFolder
from ui import access
from ui.jobs import plain
from ui.run_conditions import ask_epoch, png_grid, sampler_of, version_of

_ROWS, _COUNT = 4, 8
_ANY = "any"


@access.owner_fragment
def show(run: RunFolder) -> None:
    network = run.settings["network"]
    categories, continuous = int(network["categories"]), int(network["continuous"])
    st.subheader("What it found by itself", anchor=False)
    st.caption(
        f"{categories} kinds of picture and {continuous} ways to differ, told by nobody. A row of the picture has "
        "the same noise everywhere; each column is another category."
    )
    with st.container(horizontal=True, vertical_alignment="bottom", key="run-codes-row"):
        epoch = ask_epoch(run, "run-codes")
        seed = int(st.number_input("Seed", min_value=0, step=1, key=f"run-codes-seed-{run.id}", width=110))
        if st.button("Draw", icon=":material/brush:", key="run-codes-draw"):
            st.session_state[f"run-codes-on-{run.id}"] = True
    if not st.session_state.get(f"run-codes-on-{run.id}"):
        return
    path, version = str(run.path), version_of(run, epoch)
    try:
        with st.spinner("Drawing"):
            columns = _columns(path, version, epoch, seed)
        st.image(columns, output_format="PNG", width="content", alt="A column of pictures for each category")
        kinds = [_ANY, *range(categories)]
        category = st.segmented_control(
            "Category",
            kinds,
            default=_ANY,
            required=True,
            format_func=lambda kind: "Any" if kind == _ANY else str(int(kind) + 1),
            key=f"run-codes-category-{run.id}",
        )
        sliders: dict[int, float] = {}
        for place, code in zip(st.columns(max(1, min(4, continuous))) * 16, range(continuous), strict=False):
            with place:
                sliders[code] = st.slider(
                    f"Slider {code + 1}", -1.0, 1.0, 0.0, 0.1, key=f"run-codes-slider-{code}-{run.id}"
                )
        chosen = None if category in (None, _ANY) else int(category)
        with st.spinner("Drawing"):
            picture = _pictures(path, version, epoch, seed, chosen, tuple(sliders.items()))
        st.image(picture, output_format="PNG", width="content", alt="Pictures with these codes")
        told = "any category" if chosen is None else f"category {chosen + 1}"
        degrees = ", ".join(f"slider {code + 1} at {value:+.1f}" for code, value in sliders.items())
        st.caption(plain(" · ".join(part for part in (told, degrees, f"epoch {epoch}", f"seed {seed}") if part)))
    except AtelierError as error:
        st.error(plain(str(error)))


@st.cache_data(max_entries=32, show_spinner=False)
def _columns(path: str, version: int, epoch: int, seed: int) -> bytes:
    from core.sampling.codes import category_columns, code_layout

    sampler = sampler_of(path, version, epoch)
    return png_grid(category_columns(sampler, _ROWS, seed), code_layout(sampler).categories)


@st.cache_data(max_entries=128, show_spinner=False)
def _pictures(
    path: str, version: int, epoch: int, seed: int, category: int | None, sliders: tuple[tuple[int, float], ...]
) -> bytes:
    from core.sampling.codes import pictures_with

    sampler = sampler_of(path, version, epoch)
    return png_grid(pictures_with(sampler, _COUNT, seed, category=category, sliders=dict(sliders)), _COUNT)


def has_codes(run: RunFolder) -> bool:
    return run.family == "infogan" and {"categories", "continuous"} <= set(run.settings["network"])
