"""The recipe that Augment edits: one truth in the session, in the page's address, and the way back.

The widgets show it and change it; the address holds all of it in one parameter, `?recipe=...`, so that any state of the
editor is a link. A widget shows some numbers rounded: as long as it is not moved, the recipe keeps its own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from core.datasets.recipe import Recipe
from core.datasets.recipe_links import recipe_from_link, recipe_to_link
from core.datasets.steps.step import Step
from core.errors import AtelierError

PARAMETER = "recipe"  # of the address
_EDITOR = "augment-editor"  # in the session state
_REMEMBERED = 100  # recipes that one can go back to

# Every widget of the recipe but those of its steps: key -> what it shows.
FIELDS: dict[str, Callable[[Recipe], Any]] = {
    "recipe_resolution": lambda recipe: recipe.resolution,
    "recipe_aspect": lambda recipe: recipe.aspect,
    "recipe_fit": lambda recipe: recipe.fit,
    "recipe_bars": lambda recipe: recipe.pad_colour,
    "recipe_narrow": lambda recipe: round(recipe.max_cut_share * 100),
    "recipe_solid": lambda recipe: recipe.min_deviation,
    "recipe_copies": lambda recipe: list(recipe.copies),
    "recipe_steps_as": lambda recipe: recipe.steps_as,
    "recipe_drawn_copies": lambda recipe: recipe.drawn_copies,
    "recipe_held": lambda recipe: round(recipe.test_share * 100),
    "recipe_draw": lambda recipe: recipe.seed,
}


@dataclass
class Editor:
    """What is edited. `steps` has a number of its own for each card, so that a card keeps its widgets wherever it is
    moved, in the order of the steps."""

    recipe: Recipe = field(default_factory=Recipe)
    steps: dict[int, Step] = field(default_factory=dict)
    name: str = ""  # of the recipe that it began with
    began: Recipe | None = None  # that recipe, where it has a name
    problem: str = ""  # why the address could not be read
    opened: int = -1  # the card just added, which stands open
    _next_card: int = 0
    _address: str = ""  # the parameter as last written or read
    _before: list[Recipe] = field(default_factory=list)
    _after: list[Recipe] = field(default_factory=list)

    @property
    def can_go_back(self) -> bool:
        return bool(self._before)

    @property
    def can_go_forward(self) -> bool:
        return bool(self._after)

    def begin(self) -> None:
        """Before the widgets are drawn: take what the address says, and show what the widgets do not know."""
        asked = st.query_params.get(PARAMETER, "")
        if not asked:
            self.problem = ""  # whoever left the page left the address that could not be read
        if asked and asked != self._address:
            self._address = asked
            try:
                self.show(recipe_from_link(asked), name="")
            except AtelierError as error:
                self.problem = f"This address holds no recipe that can be read. {error}"
        for key, value in FIELDS.items():
            st.session_state.setdefault(key, value(self.recipe))

    def keep(self, recipe: Recipe) -> None:
        """After the widgets were read: the recipe is what they say, and so is the address."""
        if recipe != self.recipe:
            self._before = [*self._before, self.recipe][-_REMEMBERED:]
            self._after = []
            self.recipe, self.problem = recipe, ""
        if self.problem:
            return  # the address stays for whoever wants to mend it
        self._address = "" if recipe == Recipe() else recipe_to_link(recipe)
        if st.query_params.get(PARAMETER, "") != self._address:
            if self._address:
                st.query_params[PARAMETER] = self._address
            else:
                del st.query_params[PARAMETER]

    def show(self, recipe: Recipe, *, name: str) -> None:
        """Another recipe, which the widgets show from now on. In a callback, or before they are drawn."""
        if recipe != self.recipe:
            self._before = [*self._before, self.recipe][-_REMEMBERED:]
            self._after = []
        self.name, self.began = name, recipe if name else None
        self._fill(recipe)

    def back(self) -> None:
        self._after.append(self.recipe)
        self._fill(self._before.pop())

    def forward(self) -> None:
        self._before.append(self.recipe)
        self._fill(self._after.pop())

    def _fill(self, recipe: Recipe) -> None:
        self.recipe, self.problem, self.opened = recipe, "", -1
        for key, value in FIELDS.items():
            st.session_state[key] = value(recipe)
        self.steps = {}
        for step in recipe.steps:
            self._add(step)

    # ---- the list of steps, in callbacks

    def add(self, step: Step) -> None:
        self.opened = self._add(step)

    def _add(self, step: Step) -> int:
        card, self._next_card = self._next_card, self._next_card + 1
        self.steps[card] = step
        return card

    def remove(self, card: int) -> None:
        self.steps.pop(card, None)

    def move(self, card: int, by: int) -> None:
        """Earlier (-1) or later (1) by one."""
        order = list(self.steps)
        place = order.index(card)
        other = place + by
        if 0 <= other < len(order):
            order[place], order[other] = order[other], order[place]
            self.steps = {number: self.steps[number] for number in order}


def editor() -> Editor:
    state: Editor = st.session_state.setdefault(_EDITOR, Editor())
    return state


def exact(shown: float, kept: float, *, scale: float = 1.0) -> float:
    """What a widget that shows whole `scale`ths says: the recipe's own number where it shows just that, rounded."""
    return kept if shown == round(kept * scale) else shown / scale
