"""Near duplicates by perceptual hash: all pairs of 64-bit hashes within a Hamming radius.

Multi-index hashing (Norouzi, Punjani, Fleet: Fast Search in Hamming Space with Multi-Index Hashing, 2012): a hash is
cut into four bands of 16 bits. If every band of two hashes differed by more than its share of the radius, so would
the whole; so it is enough to look at pairs that have one band nearly alike. For wide radii, or hashes that crowd
together, comparing all with all costs less, and that is what is done then: the answer is the same.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from core.duplicates.pairs import MAX_PAIRS, NearPairs, PairCollector
from core.errors import ConfigError

MAX_RADIUS = 16  # bits of 64; pictures that have nothing to do with each other differ by 32 on average
_BANDS = 4
_BAND_BITS = 16
_BLOCK = 1 << 22  # candidates compared at a time: 100 MB
_TILE = (32, 8192)  # rows and columns compared at a time: what they leave behind stays in the processor's cache
# In comparisons of two hashes within a tile (measured: 1.1 ns): what the index pays for
_DIFFERENCE_COST = 25.0  # one way in which a band may differ, a hash
_CANDIDATE_COST = 10.0  # a candidate
_FEW_PAIRS = 20_000_000  # compared in the time that it takes to tell what the index would cost

Progress = Callable[[int, int], None]  # done, total


def hash_values(hashes: Sequence[str]) -> NDArray[np.uint64]:
    """(N,) uint64, of hashes as core.images writes them: 16 hexadecimal digits each. Raises: ConfigError."""
    try:
        return np.frombuffer(bytes.fromhex("".join(hashes)), dtype=">u8").astype(np.uint64)
    except ValueError as error:
        raise ConfigError(f"A perceptual hash has 16 hexadecimal digits; {error}.") from error


def near_hashes(
    hashes: NDArray[np.uint64],
    radius: int,
    *,
    threads: int = 2,
    limit: int = MAX_PAIRS,
    progress: Progress | None = None,
) -> NearPairs:
    """All pairs of different places whose hashes differ in at most `radius` bits.

    Equal hashes are pairs too: for lists with many of them see core.duplicates.near, which treats them as one.

    Args:
        hashes: (N,) uint64.
        radius: 0 to MAX_RADIUS.
        progress: called with (parts done, parts in all), never from two threads at a time. What it raises ends the
            search.
    Raises: ConfigError for another radius; TooManyPairsError beyond `limit` pairs.
    """
    if not 0 <= radius <= MAX_RADIUS:
        raise ConfigError(f"The radius of near duplicates is 0 to {MAX_RADIUS} bits; got {radius}.")
    hashes = np.ascontiguousarray(hashes, dtype=np.uint64)
    collector = PairCollector(radius, limit)
    if len(hashes) > 1:
        masks = _masks(radius)
        all_pairs = len(hashes) * (len(hashes) - 1) // 2
        through_index = all_pairs > _FEW_PAIRS and _index_cost(hashes, masks) < all_pairs
        tasks = list(_by_index(hashes, radius, masks) if through_index else _by_tiles(hashes, radius))

        def run(task: _Task) -> None:
            for part in task():
                collector.add(*part)

        with ThreadPoolExecutor(max(1, threads)) as pool:
            try:
                for done, _ in enumerate(pool.map(run, tasks)):
                    if progress is not None:
                        progress(done + 1, len(tasks))
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
    return collector.pairs(len(hashes))


_Found = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]  # places, places, bits that differ
_Task = Callable[[], Iterator[_Found]]


def _masks(radius: int) -> list[NDArray[np.int64]]:
    """For each band, every way in which its 16 bits may differ.

    Shares of the radius: with radius = 4 q + r the first r + 1 bands may differ by q bits, the others by q - 1. If
    all bands differed by more than that, it would be by (r + 1)(q + 1) + (3 - r) q = radius + 1 bits at least.
    """
    share, rest = divmod(radius, _BANDS)
    return [_differences(share if band <= rest else share - 1) for band in range(_BANDS)]


@lru_cache(maxsize=8)
def _differences(bits: int) -> NDArray[np.int64]:
    """All 16-bit numbers with at most `bits` bits set; none for -1."""
    return np.array(
        [
            sum(1 << place for place in places)
            for count in range(bits + 1)
            for places in combinations(range(_BAND_BITS), count)
        ],
        dtype=np.int64,
    )


def _band(hashes: NDArray[np.uint64], band: int) -> NDArray[np.int64]:
    shift = np.uint64(band * _BAND_BITS)
    return ((hashes >> shift) & np.uint64((1 << _BAND_BITS) - 1)).astype(np.int64)


def _index_cost(hashes: NDArray[np.uint64], masks: list[NDArray[np.int64]]) -> float:
    differences = sum(len(of_band) for of_band in masks)
    return _DIFFERENCE_COST * differences * len(hashes) + _CANDIDATE_COST * _candidates(hashes, masks)


def _candidates(hashes: NDArray[np.uint64], masks: list[NDArray[np.int64]]) -> float:
    """How many pairs the index would have to compare, without making them.

    The number of pairs whose band differs by exactly m is the autocorrelation of the band's counts under XOR, which
    is the Walsh-Hadamard transform of the square of theirs.
    """
    total = 0.0
    for band, differences in enumerate(masks):
        counts = np.bincount(_band(hashes, band), minlength=1 << _BAND_BITS).astype(np.float64)
        correlation = _walsh_hadamard(np.square(_walsh_hadamard(counts))) / len(counts)
        total += float(correlation[differences].sum()) / 2
    return total


def _walsh_hadamard(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Unnormalised; the length is a power of two."""
    width = 1
    while width < len(values):
        halves = values.reshape(-1, 2, width)
        values = np.stack((halves[:, 0] + halves[:, 1], halves[:, 0] - halves[:, 1]), axis=1).ravel()
        width *= 2
    return values


def _by_tiles(hashes: NDArray[np.uint64], radius: int) -> Iterator[_Task]:
    """Every hash with all after it."""
    rows_a_task = 64 * _TILE[0]

    def task(begin: int) -> Iterator[_Found]:
        differing = np.empty(_TILE, np.uint64)
        bits = np.empty(_TILE, np.uint8)
        for row in range(begin, min(begin + rows_a_task, len(hashes)), _TILE[0]):
            left = hashes[row : row + _TILE[0], None]
            for column in range(row - row % _TILE[1], len(hashes), _TILE[1]):
                right = hashes[None, column : column + _TILE[1]]
                there = (slice(len(left)), slice(right.shape[1]))
                np.bitwise_xor(left, right, out=differing[there])
                np.bitwise_count(differing[there], out=bits[there])
                places = np.flatnonzero(bits[there] <= radius)
                if len(places) == 0:
                    continue
                first, second = np.divmod(places, right.shape[1])
                counted = bits[first, second]
                first, second = first + row, second + column
                later = second > first
                if later.any():
                    yield first[later], second[later], counted[later]

    for begin in range(0, len(hashes), rows_a_task):
        yield partial(task, begin)


def _by_index(hashes: NDArray[np.uint64], radius: int, masks: list[NDArray[np.int64]]) -> Iterator[_Task]:
    """Every band with those that differ from it as little as masks say."""

    def task(
        band: int, difference: int, places: NDArray[np.int64], values: NDArray[np.int64], ends: NDArray[np.int64]
    ) -> Iterator[_Found]:
        partner = values ^ difference
        if difference == 0:
            starts = np.arange(1, len(places) + 1)  # of equal values, only those behind
        else:
            starts = np.where(values < partner, ends[partner], ends[partner + 1])  # each pair of values once
        counts = ends[partner + 1] - starts
        for begin, end in _batches(counts):
            first, second = _joined(begin, starts[begin:end], counts[begin:end])
            first, second = places[first], places[second]
            differing = hashes[first] ^ hashes[second]
            bits = np.bitwise_count(differing)
            near = np.flatnonzero(bits <= radius)
            # a pair may be alike in several bands: it is told by the first that shows it
            near = near[~_shown_before(differing[near], band, radius)]
            yield first[near], second[near], bits[near]

    for band, differences in enumerate(masks):
        if len(differences) == 0:
            continue
        of_band = _band(hashes, band)
        places = np.argsort(of_band, kind="stable")
        values = of_band[places]
        ends = np.concatenate(([0], np.bincount(of_band, minlength=1 << _BAND_BITS).cumsum()))
        for difference in differences.tolist():
            yield partial(task, band, difference, places, values, ends)


def _batches(counts: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Runs of places with about _BLOCK candidates each; a single place has at most as many as there are hashes."""
    sums = counts.cumsum()
    begin = 0
    while begin < len(counts):
        done = sums[begin - 1] if begin else 0
        end = max(begin + 1, int(np.searchsorted(sums, done + _BLOCK, side="right")))
        yield begin, end
        begin = end


def _joined(
    offset: int, starts: NDArray[np.int64], counts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Place offset + i with starts[i], starts[i] + 1, ..., counts[i] of them."""
    first = np.repeat(np.arange(offset, offset + len(counts)), counts)
    within = np.arange(len(first)) - np.repeat(counts.cumsum() - counts, counts)
    return first, np.repeat(starts, counts) + within


def _shown_before(differing: NDArray[np.uint64], band: int, radius: int) -> NDArray[np.bool_]:
    """Whether an earlier band already differs by no more than its share of the radius."""
    share, rest = divmod(radius, _BANDS)
    before = np.zeros(len(differing), dtype=bool)
    for earlier in range(band):
        allowed = share if earlier <= rest else share - 1
        if allowed >= 0:
            before |= np.bitwise_count(_band(differing, earlier)) <= allowed
    return before
