"""Which pictures are held out for measuring."""

import hashlib
from collections.abc import Hashable, Sequence

_TOLERANCE = 0.1  # of the asked share: how far the drawn share may be off before single groups are moved


def split_groups(groups: Sequence[str], test_share: float, seed: int) -> list[str]:
    """ "train" or "test" for each picture, the same for all pictures of a group.

    Each group draws a number from (seed, group) alone, and is held out if it is below the asked share: so a picture
    stays where it is when others are added or taken away. Such a draw may miss the share, and in small sets by a lot;
    then the groups whose numbers are nearest to the cut change sides, as few as bring the share within a tenth of
    what was asked, or as near as whole groups allow. With two groups or more, both sides get one; a test_share
    of 0 holds nothing out.

    Args:
        groups: one name for each picture.
        test_share: 0..0.5, of pictures.
    """
    sizes: dict[str, int] = {}
    for group in groups:
        sizes[group] = sizes.get(group, 0) + 1
    if test_share <= 0 or len(sizes) < 2:
        return ["train"] * len(groups)
    draws = {group: _draw(seed, group) for group in sizes}
    order = sorted(sizes, key=lambda group: (draws[group], group))
    test = {group for group in order if draws[group] < test_share}
    held_out = sum(sizes[group] for group in test)
    wanted = test_share * len(groups)
    inside = [group for group in order if group in test]  # the last is nearest to the cut
    outside = [group for group in order if group not in test]  # the first is nearest to the cut
    for group in outside:
        if held_out >= wanted * (1 - _TOLERANCE):
            break
        if abs(held_out + sizes[group] - wanted) < abs(held_out - wanted):  # a large group may overshoot by more
            test.add(group)
            held_out += sizes[group]
    for group in reversed(inside):
        if held_out <= wanted * (1 + _TOLERANCE):
            break
        if abs(held_out - sizes[group] - wanted) < abs(held_out - wanted):
            test.discard(group)
            held_out -= sizes[group]
    if not test:
        test.add(min(order, key=lambda group: sizes[group]))
    elif len(test) == len(sizes):
        test.discard(min(order, key=lambda group: sizes[group]))
    return ["test" if group in test else "train" for group in groups]


def join_groups(names: Sequence[str], labels: Sequence[Sequence[Hashable]]) -> list[str]:
    """The group of each picture, such that pictures sharing a label (an artwork, a near twin) share a group.

    Args:
        names: one for each picture, its hash.
        labels: for each picture, one label or more.
    Returns: the smallest name within each group. It hangs neither on the order of the pictures nor on the labels' own
        names, so two labs that hold the same pictures hold out the same ones.
    """
    parent: dict[Hashable, Hashable] = {}

    def root(label: Hashable) -> Hashable:
        while parent.setdefault(label, label) != label:
            parent[label] = parent[parent[label]]
            label = parent[label]
        return label

    for first, *others in labels:
        for other in others:
            parent[root(other)] = root(first)
    roots = [root(own[0]) for own in labels]
    smallest: dict[Hashable, str] = {}
    for name, of in zip(names, roots, strict=True):
        smallest[of] = min(name, smallest.get(of, name))
    return [smallest[of] for of in roots]


def _draw(seed: int, group: str) -> float:
    """A number in [0, 1) that depends on nothing but its arguments, on any machine."""
    digest = hashlib.sha256(f"{seed}\0{group}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
