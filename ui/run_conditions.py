"""Asking a trained run for pictures by words, where it learned by conditions.

Drawing loads torch and the weights, once per server and epoch; what was drawn is kept, so that a page that is drawn
again shows it at once.
"""

import io
from pathlib import Path
from typing import Any

import streamlit as st
from PIL import Image

from core.datasets.conditions import Term, Vocabulary
from core.datasets.reading import Reading
from core.errors import AtelierError
from core.jobs.folder import JobFolder
from core.training.run_folder import RunFolder
from ui import access
from ui.jobs import plain

_COUNT = 16
_LEAST_SIDE = 96  # screen pixels of a picture: smaller ones are enlarged by a whole number
_SUGGESTED = 3


def show(job: JobFolder) -> None:
    run = RunFolder(job.path)
    if not run.weight_epochs():
        return
    if run.settings.get("terms"):
        _words(run)


@access.owner_fragment
def _words(run: RunFolder) -> None:
    """A box for free words, what they were taken for, and the pictures."""
    try:
        vocabulary = Vocabulary.from_json(run.settings["terms"])
    except AtelierError as error:
        st.error(plain(str(error)))
        return
    st.subheader("Ask for pictures", anchor=False)
    likely = ", ".join(term.value for term in vocabulary.terms[:_SUGGESTED])
    with st.container(horizontal=True, vertical_alignment="bottom", key="run-words-row"):
        text = st.text_input(
            "In your words",
            key=f"run-words-{run.id}",
            placeholder=f"For example: {likely}",
            help="Words are matched with what this run learned by. They are not understood beyond that, and nothing "
            "that no training picture was labelled with can be asked for.",
            width="stretch",
        )
        epoch = ask_epoch(run, "run-words")
        seed = int(st.number_input("Seed", min_value=0, step=1, key=f"run-words-seed-{run.id}", width=110))
        drawing = st.button(f"Draw {_COUNT}", icon=":material/brush:", key="run-words-draw")
    reading = vocabulary.read(text)
    show_reading(reading, text)
    with st.expander(
        f"The {len(vocabulary)} terms it learned", icon=":material/sell:", type="compact", key="run-words-terms"
    ):
        for column, terms in vocabulary.columns().items():
            listed = ", ".join(f"{term.value} ({term.count})" for term in terms)
            st.markdown(f"**{column.capitalize()}**: {plain(listed)}")
    last = f"run-words-last-{run.id}"
    if drawing:
        st.session_state[last] = (epoch, reading.terms, seed)
    if last in st.session_state:
        _show_drawn(run, *st.session_state[last])


def ask_epoch(run: RunFolder, key: str) -> int:
    """The epoch to draw with, at first the best."""
    best = run.best_epoch()
    epochs = run.weight_epochs()[::-1]
    return int(
        st.selectbox(
            "Epoch",
            epochs,
            index=epochs.index(best) if best in epochs else 0,
            format_func=lambda number: f"{number} (best)" if number == best else str(number),
            key=f"{key}-epoch-{run.id}",
            width=130,
        )
    )


def show_reading(reading: Reading, text: str) -> None:
    """The recognised terms as chips, what was guessed and what is not known in words."""
    if not text.strip():
        st.caption("No words: pictures of anything it learned.")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="run-words-read"):
        for match in reading.matches:
            st.badge(plain(str(match.term)), icon=":material/sell:", color="blue" if match.kind == "exact" else "gray")
        if not reading.matches:
            st.badge("anything", icon=":material/all_inclusive:", color="gray")
        for word in reading.unknown:
            st.badge(plain(f"not known: {word}"), icon=":material/question_mark:", color="orange")
    for match in reading.matches:
        if match.kind != "exact":
            how = "is part of" if match.kind == "part" else "was taken for a spelling of"
            others = f" It could also mean {', '.join(map(str, match.others))}." if match.others else ""
            st.caption(plain(f"“{match.words}” {how} {match.term.value}.{others}"))


def _show_drawn(run: RunFolder, epoch: int, terms: tuple[Term, ...], seed: int) -> None:
    try:
        with st.spinner("Drawing"):
            picture = _drawn(str(run.path), version_of(run, epoch), epoch, terms, seed)
    except AtelierError as error:
        st.error(plain(str(error)))
        return
    asked = ", ".join(map(str, terms)) or "anything"
    st.image(picture, output_format="PNG", width="content", alt=f"Pictures drawn for {asked}")
    st.caption(plain(f"Drawn for {asked} · epoch {epoch} · seed {seed}"))


def version_of(run: RunFolder, epoch: int) -> int:
    """Of the weights: a resumed run writes epochs anew."""
    try:
        return run.weights_path(epoch).stat().st_mtime_ns
    except OSError:
        return 0


@st.cache_data(max_entries=64, show_spinner=False)
def _drawn(path: str, version: int, epoch: int, terms: tuple[Term, ...], seed: int) -> bytes:
    run = RunFolder(Path(path))
    vector = Vocabulary.from_json(run.settings["terms"]).vector(terms)
    return png_grid(sampler_of(path, version, epoch).sample(_COUNT, seed, terms=vector), 8)


@st.cache_resource(max_entries=4, show_spinner=False)
def sampler_of(path: str, version: int, epoch: int) -> Any:
    """The sampler of an epoch's weights, on the processor: the device may be training."""
    from core.sampling.sampler import load_sampler  # brings torch, which no other part of the page needs at once

    return load_sampler(Path(path), epoch)


def png_grid(images: Any, columns: int) -> bytes:
    """Pictures (N, H, W, 3) as a grid, enlarged by a whole number so that small ones can be seen."""
    from core.training.grids import make_grid

    grid = make_grid(images, columns)
    times = max(1, -(-_LEAST_SIDE // images.shape[1]))
    buffer = io.BytesIO()
    grid.resize((grid.width * times, grid.height * times), Image.Resampling.NEAREST).save(buffer, "PNG")
    return buffer.getvalue()
