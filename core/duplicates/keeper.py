"""Which picture of a group to keep, and why, in words; and what it should take over from the others."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

LOSSLESS = ("PNG", "TIFF", "BMP", "GIF", "PPM")  # formats as core.images names them; a WebP may be either
_NEARLY_ALL = 0.95  # of the most pixels: a cut border must not decide over everything else
_MOST_OF = 0.8  # of the largest file: other settings of the same encoder must not decide, either

FIELDS = ("title", "artist", "date", "style", "genre", "licence", "page_url")
_FACTS = ("artist", "date", "style", "genre")  # a title may be a file's name


@dataclass(frozen=True)
class Candidate:
    """A picture of a group, with what speaks for or against it."""

    sha256: str
    width: int  # pixels
    height: int
    bytes: int
    format: str = ""  # "JPEG", "PNG", ...
    excluded: bool = False
    title: str = ""  # of its artwork, like all that follows; "" where unknown
    artist: str = ""
    date: str = ""
    style: str = ""
    genre: str = ""
    licence: str = ""
    page_url: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Suggestion:
    keeper: str  # sha256
    reasons: tuple[str, ...]  # why it and none of the others; never empty
    against: Mapping[str, str]  # sha256 of each of the others -> where it fell behind


@dataclass(frozen=True)
class MergedMetadata:
    """What the keeper would have after taking over what only the others know."""

    filled: Mapping[str, tuple[str, str]]  # field that the keeper lacks -> (value, sha256 of the picture it is from)
    tags: tuple[str, ...]  # the keeper's own first, then those it would gain
    conflicts: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    # field -> (sha256, value) of all that differ from the keeper's: for a person to decide
    new_tags: Mapping[str, str] = field(
        default_factory=dict
    )  # those it would gain -> sha256 of the picture they are of


@dataclass(frozen=True)
class _Rule:
    staying: Callable[[Sequence[Candidate]], list[Candidate]]  # of those still in question; one at least
    reason: Callable[[Candidate, Sequence[Candidate]], str]  # of the keeper, among those it was chosen from
    against: Callable[[Candidate, Sequence[Candidate]], str]


def suggest_keeper(candidates: Sequence[Candidate], *, equal_pixels: bool = False) -> Suggestion:
    """The same suggestion for the same pictures in any order.

    One rule after the other leaves only those that satisfy it best: not excluded; at least 95 % of the most pixels; a
    format without loss; at least 80 % of the largest file; licence and page known; the most other facts known; the
    most pixels, the largest file. Where all pixels are equal, what is known decides, and then the smaller file: one
    without loss can only be a copy of the one with.

    Raises: ValueError for fewer than two.
    """
    if len(candidates) < 2:
        raise ValueError(f"a group has at least two pictures; got {len(candidates)}")
    left = sorted(candidates, key=lambda candidate: candidate.sha256)
    against: dict[str, str] = {}
    reasons: list[str] = []
    for rule in _RULES_OF_EQUALS if equal_pixels else _RULES:
        staying = rule.staying(left)
        if len(staying) == len(left):
            continue
        names = {candidate.sha256 for candidate in staying}
        against |= {c.sha256: rule.against(c, left) for c in left if c.sha256 not in names}
        reasons.append(rule.reason(staying[0], left))
        left = staying
    if len(left) > 1:
        against |= {candidate.sha256: "equal in everything that is known" for candidate in left[1:]}
        reasons.append("the others are equal in everything that is known; chosen by the order of their hashes")
    return Suggestion(left[0].sha256, tuple(reasons), against)


def merge_metadata(candidates: Sequence[Candidate], keeper: str) -> MergedMetadata:
    """What the others would add to the keeper. Raises: KeyError if the keeper is none of them."""
    by_name = {candidate.sha256: candidate for candidate in sorted(candidates, key=lambda each: each.sha256)}
    kept = by_name.pop(keeper)
    filled: dict[str, tuple[str, str]] = {}
    conflicts: dict[str, tuple[tuple[str, str], ...]] = {}
    for name in FIELDS:
        own = getattr(kept, name)
        told = [(other.sha256, getattr(other, name)) for other in by_name.values() if getattr(other, name)]
        if not own and told:
            filled[name] = (told[0][1], told[0][0])
            own = told[0][1]
        if differing := tuple((sha256, value) for sha256, value in told if value != own):
            conflicts[name] = differing
    gained: dict[str, str] = {}
    for other in by_name.values():
        gained |= {tag: other.sha256 for tag in other.tags if tag not in kept.tags and tag not in gained}
    return MergedMetadata(filled, (*dict.fromkeys(kept.tags), *gained), conflicts, gained)


def _pixels(candidate: Candidate) -> int:
    return candidate.width * candidate.height


def _known(candidate: Candidate) -> int:
    return bool(candidate.licence) + bool(candidate.page_url)


def _told(candidate: Candidate) -> list[str]:
    return [name for name in _FACTS if getattr(candidate, name)]


def _most(of: Callable[[Candidate], int], share: float = 1.0) -> Callable[[Sequence[Candidate]], list[Candidate]]:
    def staying(left: Sequence[Candidate]) -> list[Candidate]:
        least = share * max(of(candidate) for candidate in left)
        return [candidate for candidate in left if of(candidate) >= least]

    return staying


def _size(candidate: Candidate) -> str:
    return f"{candidate.width:,} x {candidate.height:,} pixels"


def _file(candidate: Candidate) -> str:
    return f"{candidate.bytes / 1e3:,.0f} kB"


def _largest_other(candidate: Candidate, left: Sequence[Candidate], of: Callable[[Candidate], int]) -> Candidate:
    return max((other for other in left if other is not candidate), key=of)


def _provenance(candidate: Candidate) -> str:
    unknown = [word for word, value in (("licence", candidate.licence), ("page", candidate.page_url)) if not value]
    return f"its {' and '.join(unknown)} {'are' if len(unknown) == 2 else 'is'} unknown"


_NOT_EXCLUDED = _Rule(
    _most(lambda c: not c.excluded),
    lambda c, left: "not excluded, unlike others of the group",
    lambda c, left: "excluded already",
)
_PROVENANCE = _Rule(
    _most(_known),
    lambda c, left: (
        "better provenance: " + ("licence and page are known" if _known(c) == 2 else "licence or page is known")
    ),
    lambda c, left: _provenance(c),
)
_MORE_KNOWN = _Rule(
    _most(lambda c: len(_told(c))),
    lambda c, left: f"more is known of it: {', '.join(_told(c))}",
    lambda c, left: f"less is known of it: {', '.join(_told(c)) or 'no artist, no date'}",
)
_RULES_OF_EQUALS = (
    _NOT_EXCLUDED,
    _PROVENANCE,
    _MORE_KNOWN,
    _Rule(
        _most(lambda c: -c.bytes),
        lambda c, left: f"the same pixels in a smaller file: {_file(c)}",
        lambda c, left: f"the same pixels in a larger file: {_file(c)}",
    ),
)
_RULES = (
    _NOT_EXCLUDED,
    _Rule(
        _most(_pixels, _NEARLY_ALL),
        lambda c, left: f"more pixels: {_size(c)}, against {_size(min(left, key=_pixels))}",
        lambda c, left: f"fewer pixels: {_size(c)}",
    ),
    _Rule(
        _most(lambda c: c.format in LOSSLESS),
        lambda c, left: f"a format without loss: {c.format}",
        lambda c, left: f"a format with loss: {c.format or 'unknown'}",
    ),
    _Rule(
        _most(lambda c: c.bytes, _MOST_OF),
        lambda c, left: f"a larger file: {_file(c)}, against {_file(min(left, key=lambda other: other.bytes))}",
        lambda c, left: f"a smaller file: {_file(c)}",
    ),
    _PROVENANCE,
    _MORE_KNOWN,
    _Rule(
        _most(_pixels),
        lambda c, left: f"slightly more pixels: {_size(c)}, against {_size(_largest_other(c, left, _pixels))}",
        lambda c, left: f"slightly fewer pixels: {_size(c)}",
    ),
    _Rule(
        _most(lambda c: c.bytes),
        lambda c, left: f"a slightly larger file: {c.bytes:,} bytes",
        lambda c, left: f"a slightly smaller file: {c.bytes:,} bytes",
    ),
)
