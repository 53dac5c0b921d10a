"""What two datasets differ in: pictures that came and went and why, those that are treated otherwise, the recipe."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from core.datasets.contents import LABELS, Contents, Picture
from core.datasets.listing import Dataset
from core.datasets.recipe import Recipe, copy_words

NEW, NOT_CHOSEN = "new", "not chosen"
_SETTING_WORDS = {
    "resolution": "Resolution, px",
    "aspect": "Aspect",
    "fit": "Fit",
    "pad_colour": "Padding",
    "copies": "Copies",
    "max_cut_share": "May be lost at most",
    "min_deviation": "Least deviation",
    "test_share": "Held out",
    "seed": "Seed",
    "steps": "Random steps",
    "steps_as": "Steps are drawn",
    "drawn_copies": "Drawn copies",
}  # fields of Recipe, for people


@dataclass(frozen=True)
class Setting:
    """One setting of the recipe that differs."""

    name: str  # of the field
    title: str
    one: Any  # as JSON
    other: Any


@dataclass(frozen=True)
class Change:
    """A picture that two datasets treat otherwise."""

    sha256: str
    why: str  # in a few words; what pictures are counted by
    detail: str = ""


@dataclass(frozen=True)
class Difference:
    """From `one` to `other`. A picture is in a dataset if it is kept there."""

    one: str  # name
    other: str
    in_both: int
    came: tuple[Change, ...]  # why: NEW (not among the pictures of one), or what had it left out there
    went: tuple[Change, ...]  # why: NOT_CHOSEN (not among the pictures of other), or what leaves it out there
    moved: tuple[Change, ...]  # in both, on the other side of the split
    relabelled: tuple[Change, ...]  # in both, with other labels; why: which of them
    left_out_otherwise: tuple[Change, ...]  # left out of both, for another reason
    recipe: tuple[Setting, ...]
    counts: dict[str, tuple[int, int]]

    @property
    def is_none(self) -> bool:
        return not (self.came or self.went or self.moved or self.relabelled or self.recipe)

    def in_words(self) -> str:
        """ "v3 = v2 − 41 near-solid + 12 new; 8 changed sides; at 128 px instead of 64 px"."""
        went = "".join(f" − {count:,} {why}" for why, count in _counted(self.went))
        came = "".join(f" + {count:,} {_came_words(why)}" for why, count in _counted(self.came))
        parts = [f"{self.other} = {self.one}{went}{came}"]
        if self.moved:
            parts.append(f"{len(self.moved):,} on the other side of the split")
        if self.relabelled:
            parts.append(f"{len(self.relabelled):,} with other labels")
        changed = {setting.name: setting for setting in self.recipe}
        if "resolution" in changed or "aspect" in changed:
            sizes = [_size(self, which) for which in ("other", "one")]
            parts.append(f"at {sizes[0]} instead of {sizes[1]}")
        others = [setting.title.lower() for name, setting in changed.items() if name not in ("resolution", "aspect")]
        if others:
            parts.append(f"another recipe ({', '.join(others)})")
        return "; ".join(parts) if not self.is_none else f"{self.other} holds what {self.one} holds"

    def to_json(self) -> dict[str, Any]:
        listed = ("came", "went", "moved", "relabelled", "left_out_otherwise")
        return {
            "one": self.one,
            "other": self.other,
            "in_words": self.in_words(),
            "counts": {name: list(values) for name, values in self.counts.items()},
            "recipe": {setting.name: [setting.one, setting.other] for setting in self.recipe},
            "in_both": self.in_both,
            **{name: [vars(change) for change in getattr(self, name)] for name in listed},
        }


def diff(one: Dataset, other: Dataset) -> Difference:
    """Raises PackError where the index of either cannot be read."""
    return diff_contents(one, Contents(one.folder), other, Contents(other.folder))


def diff_contents(one: Dataset, in_one: Contents, other: Dataset, in_other: Contents) -> Difference:
    """`diff` of contents that have been read."""
    first, second = _kept(in_one), _kept(in_other)
    out_of_one, out_of_other = _left_out(in_one), _left_out(in_other)
    both = [(first[sha256], second[sha256]) for sha256 in first if sha256 in second]
    return Difference(
        one=one.name,
        other=other.name,
        in_both=len(both),
        came=_only(second, first, out_of_one, NEW),
        went=_only(first, second, out_of_other, NOT_CHOSEN),
        moved=tuple(
            Change(after.sha256, "now held out" if after.split == "test" else "now trained on")
            for before, after in both
            if before.split != after.split
        ),
        relabelled=tuple(filter(None, (_relabelled(before, after) for before, after in both))),
        left_out_otherwise=tuple(
            Change(sha256, f"{before['reason']}, now {after['reason']}", str(after["detail"]))
            for sha256, before in out_of_one.items()
            if (after := out_of_other.get(sha256)) and before["reason"] != after["reason"]
        ),
        recipe=_settings(one.recipe, other.recipe),
        counts={
            name: (in_one.counts[name], in_other.counts[name])
            for name in ("pictures", "kept", "train", "test", "copies", "rows", "enlarged", "groups")
            if name in in_one.counts and name in in_other.counts
        },
    )


def setting_words(name: str, value: Any) -> str:
    """The value of a recipe's setting, for people."""
    if name in ("max_cut_share", "test_share"):
        return f"{value:.0%}"
    if name == "copies":
        return ", ".join(map(copy_words, value)) or "none"
    if name == "steps":
        return ", ".join(step.in_words() for step in Recipe.from_json({"steps": value}).enabled_steps) or "none"
    return str(value)


def _kept(contents: Contents) -> dict[str, Picture]:
    return {picture.sha256: picture for picture in contents.pictures}


def _left_out(contents: Contents) -> dict[str, dict[str, Any]]:
    """By hash; a picture that was listed twice is kept once and is not left out."""
    kept = {picture.sha256 for picture in contents.pictures}
    return {row["sha256"]: row for row in contents.dropped if row["sha256"] not in kept}


def _only(
    here: Mapping[str, Picture], there: Mapping[str, Picture], left_out: Mapping[str, dict[str, Any]], otherwise: str
) -> tuple[Change, ...]:
    changes = []
    for sha256 in here:
        if sha256 not in there:
            row = left_out.get(sha256, {"reason": otherwise, "detail": ""})
            changes.append(Change(sha256, str(row["reason"]), str(row["detail"])))
    return tuple(changes)


def _relabelled(before: Picture, after: Picture) -> Change | None:
    changed = [
        (label, old, new)
        for label, old, new in zip(LABELS, before.labels, after.labels, strict=True)
        if set(old) != set(new)
    ]
    if not changed:
        return None
    detail = "; ".join(
        f"{label}: {', '.join(old) or 'none'} → {', '.join(new) or 'none'}" for label, old, new in changed
    )
    return Change(after.sha256, ", ".join(label for label, _, _ in changed), detail)


def _settings(one: Recipe, other: Recipe) -> tuple[Setting, ...]:
    """Settings that count for nothing in either, such as the pad colour of a crop, do not differ."""
    counts = one.identity().keys() | other.identity().keys()
    before, after = one.to_json(), other.to_json()
    return tuple(
        Setting(field.name, _SETTING_WORDS.get(field.name, field.name), before[field.name], after[field.name])
        for field in fields(Recipe)
        if field.name in counts
        and before[field.name] != after[field.name]
        and (field.name != "pad_colour" or "pad" in (one.fit, other.fit))
    )


def _counted(changes: Iterable[Change]) -> Sequence[tuple[str, int]]:
    return Counter(change.why for change in changes).most_common()


def _came_words(why: str) -> str:
    return why if why == NEW else f"that had been {why}"


def _size(difference: Difference, which: str) -> str:
    """Needs both settings that decide the shape; one that does not differ is not among the settings."""
    values = {setting.name: getattr(setting, which) for setting in difference.recipe}
    parts = [f"{values['resolution']} px"] if "resolution" in values else []
    return " ".join([*parts, *([str(values["aspect"])] if "aspect" in values else [])])
