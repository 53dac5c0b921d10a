import threading
import time
from functools import partial

import pytest

from core.sources.artwork import Artwork, Item, StoppedError
from core.sources.gathering import Gathering


def item(number: int) -> Item:
    return Item(f"k{number}", Artwork("test", str(number)), lambda: b"")


def row(item: Item, *, state: str = "stored") -> dict:
    return {"key": item.key, "state": state}


def gather(items, collect=row, *, limit=None, stored=0, stop_requested=lambda: False, workers=4) -> list[dict]:
    gathering = Gathering(
        iter(items),
        collect,
        workers=workers,
        limit=limit,
        stored=stored,
        stop_requested=stop_requested,
        enough=threading.Event(),
    )
    return [row for row in gathering.rows() if row is not None]


def test_every_item_comes_back_once():
    rows = gather(map(item, range(200)))
    assert sorted(row["key"] for row in rows) == sorted(f"k{number}" for number in range(200))


def test_a_slow_item_holds_up_no_other():
    slow_may_end = threading.Event()
    others = 0

    def collect(item: Item) -> dict:
        if item.key == "k0":
            assert slow_may_end.wait(20)
        return row(item)

    gathering = Gathering(
        iter(map(item, range(40))),
        collect,
        workers=2,
        limit=None,
        stored=0,
        stop_requested=lambda: False,
        enough=threading.Event(),
    )
    keys = []
    for result in gathering.rows():
        if result is not None:
            keys.append(result["key"])
            others += result["key"] != "k0"
            if others == 7:
                slow_may_end.set()
    assert len(keys) == 40
    assert keys.index("k0") >= 7


def test_a_limit_counts_pictures_and_not_attempts():
    def collect(item: Item) -> dict:
        return row(item, state="refused" if int(item.key[1:]) % 2 else "stored")

    rows = gather(map(item, range(100)), collect, limit=10)
    assert sum(row["state"] == "stored" for row in rows) == 10


def test_never_more_is_begun_than_the_limit_can_take():
    begun = []
    lock = threading.Lock()

    def collect(item: Item) -> dict:
        with lock:
            begun.append(item.key)
        time.sleep(0.005)
        return row(item)

    gather(map(item, range(100)), collect, limit=5, workers=16)
    assert len(begun) == 5


def test_what_was_stored_before_counts_towards_the_limit():
    assert len(gather(map(item, range(100)), limit=10, stored=7)) == 3


def test_a_limit_that_is_reached_already_begins_nothing():
    assert gather(map(item, range(100)), limit=10, stored=10) == []


def test_an_endless_listing_ends_with_the_limit():
    def endless():
        number = 0
        while True:
            yield item(number)
            number += 1

    assert len(gather(endless(), limit=25)) == 25


def test_an_error_of_the_listing_is_raised_after_what_was_under_way():
    def listing():
        yield from map(item, range(3))
        raise OSError("the list broke")

    seen = []
    gathering = Gathering(
        listing(),
        row,
        workers=2,
        limit=None,
        stored=0,
        stop_requested=lambda: False,
        enough=threading.Event(),
    )
    with pytest.raises(OSError, match="the list broke"):
        seen.extend(result["key"] for result in gathering.rows() if result is not None)
    assert sorted(seen) == ["k0", "k1", "k2"]


def test_a_fatal_error_of_one_item_ends_the_whole_and_keeps_the_rows_of_the_others():
    def collect(item: Item) -> dict:
        if item.key == "k3":
            raise OSError("the host is closed")
        return row(item)

    seen = []
    gathering = Gathering(
        iter(map(item, range(10_000))),
        collect,
        workers=1,
        limit=None,
        stored=0,
        stop_requested=lambda: False,
        enough=threading.Event(),
    )
    with pytest.raises(OSError, match="the host is closed"):
        seen.extend(result["key"] for result in gathering.rows() if result is not None)
    assert {"k0", "k1", "k2"} <= set(seen)
    assert "k3" not in seen
    assert len(seen) < 10_000


def test_after_a_stop_items_that_waited_are_as_if_never_begun():
    stop = threading.Event()

    def collect(item: Item) -> dict:
        if int(item.key[1:]) >= 5:
            stop.set()
            raise StoppedError("stopped")
        return row(item)

    rows = gather(map(item, range(1000)), collect, stop_requested=stop.is_set, workers=2)
    assert sorted(row["key"] for row in rows) == [f"k{number}" for number in range(5)]


def test_the_listing_keeps_only_a_few_items_ahead():
    listed = []
    hold = threading.Event()

    def listing():
        for number in range(10_000):
            listed.append(number)
            yield item(number)

    def collect(stop: threading.Event, item: Item) -> dict:
        hold.wait(20)
        stop.set()
        return row(item)

    stop = threading.Event()
    timer = threading.Timer(0.3, hold.set)
    timer.start()
    gather(listing(), partial(collect, stop), stop_requested=stop.is_set, workers=2)
    assert len(listed) < 50
