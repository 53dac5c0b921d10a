"""The mixing grid: the form of some pictures in the colours of others, or, where a model cannot, half-ways."""

from dataclasses import replace

import streamlit as st

from core.errors import AtelierError
from core.sampling.mixing import mixing_grid
from core.sampling.points import Point, Seed
from core.sampling.walks import between
from core.training.run_folder import RunFolder
from ui import explore_draw, explore_state
from ui.explore_favourites import favourites_at
from ui.explore_wall import Cell, wall
from ui.jobs import plain
from ui.markup import harmless

_USUAL, _MOST = 5, 10
_SIDE = 96


def show(run: RunFolder, epoch: int) -> None:
    """Rows are favourites where there are some, else the first pictures of the seed."""
    mixes = explore_draw.abilities(run, epoch).mixes
    favourites = favourites_at(run, epoch)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="explore-mix-row"):
        down = int(st.slider("Rows", 1, _MOST, _USUAL, key="explore-mix-down", width=180, persist_state="session"))
        across = int(
            st.slider("Columns", 1, _MOST, _USUAL, key="explore-mix-across", width=180, persist_state="session")
        )
        seed = int(st.number_input("Columns of seed", 0, value=1, step=1, key="explore-mix-seed", width=150))
        share = 0.5
        if not mixes:
            share = st.slider("Share of the column", 0.1, 0.9, 0.5, 0.1, key="explore-mix-share", width=200)
    rows = favourites[:down] or _seeds(run, epoch, explore_state.seed(), explore_state.first(), down)
    columns = _seeds(run, epoch, seed, 0, across)
    try:
        mixtures = mixing_grid(rows, columns) if mixes else [between(a, b, share) for a in rows for b in columns]
        with st.spinner("Drawing"):
            pictures = explore_draw.drawn(run, epoch, [*rows, *columns, *mixtures])
    except AtelierError as error:
        st.error(harmless(str(error)), icon=":material/error:")
        return
    points: list[Point | None] = [None, *columns]
    cells = [Cell(-1), *(Cell(len(rows) + place, f"Column {place + 1}", head=True) for place in range(len(columns)))]
    for row, one in enumerate(rows):
        first = row * len(columns)
        points += [one, *mixtures[first : first + len(columns)]]
        cells.append(Cell(row, f"Row {row + 1}", head=True))
        for column in range(len(columns)):
            number = len(rows) + len(columns) + first + column
            cells.append(Cell(number, f"Row {row + 1}, column {column + 1}"))
    st.caption(_words(mixes, bool(favourites), share))
    picked = wall(
        pictures,
        cells,
        key="explore-mixing",
        label="Mixing grid",
        of=f"{run.id} {epoch} {seed} {share} {len(rows)} {len(columns)} {rows[0].base}",
        across=len(columns) + 1,
        side=_SIDE,
    )
    if picked is not None and (taken := points[picked]) is not None:
        explore_state.take(run, taken)
        st.rerun()


def _words(mixes: str, of_favourites: bool, share: float) -> str:
    rows = "Rows are favourites" if of_favourites else "Rows are the first pictures of the wall"
    if mixes:
        return f"{rows}; each has the form of the picture at its left, in the colours of the one above. {plain(mixes)}"
    return (
        f"{rows}. This model does not keep form and colour apart, so each picture lies {share:.0%} of the way, along "
        "the arc, from the one at its left to the one above it."
    )


def _seeds(run: RunFolder, epoch: int, seed: int, first: int, count: int) -> list[Point]:
    """With what the picture at work was asked for, as trained else."""
    at_work = explore_state.at_work()
    asked = {} if at_work is None else {"words": at_work.words, "terms": at_work.terms}
    plain_point = Point(run.id, epoch, Seed(seed, first), **asked)
    return [replace(plain_point, base=Seed(seed, number)) for number in range(first, first + count)]
