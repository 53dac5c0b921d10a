"""Plan: which pictures a recipe keeps, which it drops and why, and who is held out. Counts before anything is built."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from core.catalog.picture import PictureRef
from core.datasets.fit import cut_share
from core.datasets.measure import Measurement
from core.datasets.recipe import Recipe
from core.datasets.split import split_groups
from core.datasets.twins import group_pictures

FORMAT_VERSION = 1  # of the pixels and the files; raised when either changes, so that old packs are not taken for new

TOO_NARROW = "too narrow"
NEAR_SOLID = "near-solid"
REPEATED = "same picture"
UNREADABLE = "unreadable"
REASONS = (UNREADABLE, REPEATED, TOO_NARROW, NEAR_SOLID)  # the first that applies is the one given


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a recipe makes of one picture."""

    picture: PictureRef
    cut_share: float  # 0..1
    deviation: float  # 0..255; not a number where the picture could not be read
    reason: str  # one of REASONS, or "" for a picture that is kept
    detail: str  # the reason with its figures, for people; "" where kept
    split: str  # "train" or "test"; "" where dropped

    @property
    def kept(self) -> bool:
        return not self.reason


@dataclass(frozen=True)
class Counts:
    """How many pictures are left after each step, and how many rows come of them."""

    pictures: int  # chosen
    dropped: dict[str, int]  # reason -> pictures, every reason listed
    kept: int
    train: int  # kept pictures, not rows
    test: int
    copies: int  # rows added to train by copying
    rows: int  # train + copies + test
    enlarged: int  # kept pictures with fewer pixels across or down than are trained on: shown larger than they are
    groups: int  # artworks (joined where they share a picture) among the kept


@dataclass(frozen=True)
class Plan:
    recipe: Recipe
    verdicts: tuple[Verdict, ...]  # one per picture, in the order of their hashes
    groups: tuple[str, ...]  # one per verdict: pictures of a group stay on one side of the split
    counts: Counts

    @property
    def kept(self) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if verdict.kept)

    @property
    def dropped(self) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if not verdict.kept)

    def content_hash(self) -> str:
        """SHA-256 over all that decides the pack: recipe, pictures, which of them belong together, format version."""
        return self._content_hash

    @cached_property
    def _content_hash(self) -> str:
        digest = hashlib.sha256()  # of a JSON list, piece by piece, as one text would take much memory
        digest.update(f"[{FORMAT_VERSION}, {json.dumps(self.recipe.identity(), sort_keys=True)}, [".encode())
        pictures = sorted({(v.picture.sha256, group) for v, group in zip(self.verdicts, self.groups, strict=True)})
        for number, picture in enumerate(pictures):
            digest.update((", " * (number > 0) + json.dumps(picture)).encode())
        digest.update(b"]]")
        return digest.hexdigest()

    def labels_hash(self) -> str:
        """SHA-256 over what the index tells of the kept pictures beside their pixels.

        Not part of the content hash, which stands for what is drawn from: the same pictures with other labels are
        another dataset with the same pixels.
        """
        return self._labels_hash

    @cached_property
    def _labels_hash(self) -> str:
        digest = hashlib.sha256(b"[")
        for number, verdict in enumerate(self.kept):
            labels = [verdict.picture.sha256, *picture_labels(verdict.picture).values()]
            digest.update((", " * (number > 0) + json.dumps(labels)).encode())
        digest.update(b"]")
        return digest.hexdigest()


def picture_labels(picture: PictureRef) -> dict[str, Any]:
    """What the catalog tells of a picture and a training can be conditioned by; keys of index.json."""
    return {
        "artist": picture.artist,
        "style": picture.style,
        "genre": picture.genre,
        "tags": list(picture.tags),
        "collections": list(picture.collections),
    }


def plan(
    pictures: Sequence[PictureRef],
    recipe: Recipe,
    measurements: Mapping[str, Measurement],
    groups: Mapping[str, str] | None = None,
) -> Plan:
    """Judge every picture by `recipe`. Reads no file: 1,000 pictures take a few milliseconds.

    Copies of a picture belong to training only. The held-out part stands for the pictures as they are: turned copies
    there would measure how well a model paints upside down, and count each held-out picture several times.

    Pictures of one artwork, and artworks that share a picture or nearly one, fall on the same side of the split.

    Args:
        pictures: in any order; a picture listed again (it belongs to several artworks) is kept once.
        measurements: by sha256, for every picture (`core.datasets.measure.measure_pictures`).
        groups: by sha256, from `core.datasets.twins.group_pictures`, for callers that plan the same pictures again and
            again; made here if not given.
    """
    ordered = sorted(pictures, key=lambda picture: (picture.sha256, picture.artwork_id))
    seen: set[str] = set()
    judged: list[tuple[PictureRef, float, float, str, str]] = []
    for picture in ordered:
        measurement = measurements[picture.sha256]
        cut = cut_share(picture.width, picture.height, recipe.shape) if picture.width and picture.height else 0.0
        reason, detail = "", ""
        if measurement.error:
            reason, detail = UNREADABLE, measurement.error
        elif picture.sha256 in seen:
            reason, detail = REPEATED, "listed again under another artwork; kept once"
        elif cut > recipe.max_cut_share:
            reason, detail = TOO_NARROW, f"{_cut_words(recipe.fit, cut)}, over {recipe.max_cut_share:.0%}"
        elif measurement.deviation(recipe.fit) < recipe.min_deviation:
            found = measurement.deviation(recipe.fit)
            reason, detail = NEAR_SOLID, f"deviation {found:.1f}, under {recipe.min_deviation:g}"
        seen.add(picture.sha256)
        judged.append((picture, cut, measurement.deviation(recipe.fit), reason, detail))

    groups = groups or group_pictures(
        pictures, measurements
    )  # of all pictures: no threshold changes who belongs together
    own_groups = tuple(groups[picture.sha256] for picture in ordered)
    kept_groups = [group for group, (*_, reason, _) in zip(own_groups, judged, strict=True) if not reason]
    splits = iter(split_groups(kept_groups, recipe.test_share, recipe.seed))
    verdicts = tuple(Verdict(*row, split="" if row[3] else next(splits)) for row in judged)
    return Plan(recipe, verdicts, own_groups, _count(verdicts, recipe, len(set(kept_groups))))


def _count(verdicts: Sequence[Verdict], recipe: Recipe, groups: int) -> Counts:
    train = sum(verdict.split == "train" for verdict in verdicts)
    test = sum(verdict.split == "test" for verdict in verdicts)
    copies = train * len(recipe.row_copies)
    height, width = recipe.shape
    return Counts(
        pictures=len(verdicts),
        dropped={reason: sum(verdict.reason == reason for verdict in verdicts) for reason in REASONS},
        kept=train + test,
        train=train,
        test=test,
        copies=copies,
        rows=train + copies + test,
        enlarged=sum(v.kept and (v.picture.width < width or v.picture.height < height) for v in verdicts),
        groups=groups,
    )


def _cut_words(fit: str, share: float) -> str:
    return {"squash": f"squashed by {share:.0%}", "pad": f"{share:.0%} would be padding"}.get(
        fit, f"{share:.0%} would be cut away"
    )
