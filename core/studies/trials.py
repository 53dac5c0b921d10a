"""What a rater answers at a time: one picture, or two beside each other. Made when the study is frozen."""

import itertools
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.studies.kinds import KINDS, LEFT, REAL, RIGHT

TrialRole = Literal["main", "practice", "attention"]


@dataclass(frozen=True)
class Trial:
    """What is judged at a time. For kinds with one picture, `id` is that picture's."""

    id: str
    role: TrialRole
    items: tuple[str, ...]  # one, or two; "side-by-side": the judged one, then the real one beside it


def single_trials(items: Sequence[str], role: TrialRole) -> list[Trial]:
    """A trial for every picture."""
    return [Trial(item, role, (item,)) for item in items]


def pair_trials(
    groups: Mapping[str, Sequence[str]], matched: Mapping[str, str], role: TrialRole, *, seed: int
) -> list[Trial]:
    """Every two conditions against each other, as often as the smaller has pictures.

    Args:
        groups: condition -> its pictures in the order in which they were drawn.
        matched: condition -> a name; of two conditions with the same name the pictures of the same place meet (the
            same latents at two epochs), which takes the chance of the latents out of the comparison. Others meet at
            random.
    """
    rng = np.random.default_rng(seed)
    trials = []
    for first, second in itertools.combinations(groups, 2):
        count = min(len(groups[first]), len(groups[second]))
        if first in matched and matched.get(first) == matched.get(second):
            pairs = list(zip(groups[first], groups[second], strict=False))
        else:
            left, right = rng.permutation(len(groups[first])), rng.permutation(len(groups[second]))
            pairs = [(groups[first][a], groups[second][b]) for a, b in zip(left, right, strict=False)]
        trials += [Trial(secrets.token_hex(8), role, pair) for pair in pairs[:count]]
    return trials


def reference_trials(
    items: Sequence[str], references: Sequence[str], role: TrialRole, *, seed: int, same: Mapping[str, str]
) -> list[Trial]:
    """Every picture beside a real one, the real ones as evenly as they can be shared out.

    Args:
        same: item -> hash of its pixels, so that no picture stands beside itself.
    """
    order = np.random.default_rng(seed).permutation(len(references))
    trials, place = [], 0
    for item in items:
        for _ in references:
            reference = references[order[place % len(order)]]
            place += 1
            if same[reference] != same[item]:
                break
        trials.append(Trial(secrets.token_hex(8), role, (item, reference)))
    return trials


def passed_attention(kind_name: str, trial: Trial, shown: Sequence[str], answer: int) -> bool:
    """Whether an attention trial was answered as by somebody who looks. Its first picture is the obvious fake.

    Args:
        shown: the items as they were on screen, left first.
    """
    kind = KINDS[kind_name]
    if kind.measure == "detection":
        return answer != REAL
    if kind.measure == "preference":
        return answer == (RIGHT if shown[0] == trial.items[0] else LEFT)
    return answer <= kind.middle
