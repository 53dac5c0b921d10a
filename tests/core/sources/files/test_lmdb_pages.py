"""PageReader against the databases that the C library writes."""

import random
import threading

import lmdb
import pytest

from core.sources.files.lmdb_pages import DatabaseError, PageReader


@pytest.fixture
def write(tmp_path):
    """Make a database of these entries; the path of its data file."""

    def make(entries, name="db"):
        path = tmp_path / name
        with lmdb.open(str(path), map_size=1 << 28) as environment, environment.begin(write=True) as transaction:
            for key, value in entries.items():
                transaction.put(key, value)
        return path / "data.mdb"

    return make


def some(count, sizes=(0, 1, 300, 1999, 2100, 4080, 4081, 9000)):
    chance = random.Random(0)
    return {f"{chance.getrandbits(160):040x}".encode(): chance.randbytes(chance.choice(sizes)) for _ in range(count)}


@pytest.mark.parametrize("count", [0, 1, 40, 2_000])
def test_all_entries_are_found_in_the_order_of_their_keys(write, count):
    entries = some(count)
    reader = PageReader(write(entries), "db")
    assert len(reader) == count
    assert [(entry.key, reader.value(entry)) for entry in reader.entries()] == sorted(entries.items())


def test_what_was_written_last_is_read_after_changes_and_deletions(write):
    path = write(some(300))
    with lmdb.open(str(path.parent), map_size=1 << 28) as environment:
        for round_number in range(4):
            with environment.begin(write=True) as transaction:
                for key in list(transaction.cursor().iternext(values=False))[::3]:
                    transaction.delete(key)
                transaction.put(b"round", b"%d" % round_number * 3000)
        with environment.begin() as transaction:
            expected = list(transaction.cursor())
    reader = PageReader(path, "db")
    assert [(entry.key, reader.value(entry)) for entry in reader.entries()] == expected


def test_a_database_that_is_open_for_writing_elsewhere_is_read(write):
    path = write({b"a": b"1"})
    with lmdb.open(str(path.parent), map_size=1 << 28) as environment, environment.begin(write=True):
        reader = PageReader(path, "db")
        assert [reader.value(entry) for entry in reader.entries()] == [b"1"]


def test_many_threads_read_at_the_same_time(write):
    entries = some(200)
    reader = PageReader(write(entries), "db")
    listed = list(reader.entries())
    wrong = []

    def look():
        wrong.extend(entry.key for entry in listed if reader.value(entry) != entries[entry.key])

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("share", [0.0, 0.0001, 0.5, 0.99])
def test_a_database_that_was_cut_off_says_so(write, share):
    """Reading one with the C library ends the process with SIGBUS."""
    path = write(some(500))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(DatabaseError, match="cut off"):
        PageReader(path, "db")


def test_damage_anywhere_ends_in_an_error_or_in_bytes(write):
    path = write(some(400))
    whole = path.read_bytes()
    chance = random.Random(1)
    errors = 0
    for _ in range(150):
        damaged = bytearray(whole)
        for _ in range(10):
            page = chance.randrange(len(whole) // 4096)
            damaged[page * 4096 + chance.randrange(200)] = chance.randrange(256)
        path.write_bytes(damaged)
        try:
            reader = PageReader(path, "db")
            for entry in reader.entries():
                reader.value(entry)
        except DatabaseError:
            errors += 1
    assert errors > 20


def test_a_database_with_fewer_or_more_entries_than_it_says_is_damaged(write):
    path = write(some(50))
    whole = path.read_bytes()
    count = (50).to_bytes(8, "little")
    assert count in whole[:8192]
    for other in (49, 51):
        path.write_bytes(whole[:8192].replace(count, other.to_bytes(8, "little")) + whole[8192:])
        with pytest.raises(DatabaseError, match=f"should hold {other} entries"):
            list(PageReader(path, "db").entries())


def test_a_file_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "data.mdb"
    path.write_bytes(b"no database " * 1000)
    with pytest.raises(DatabaseError, match="no LMDB database"):
        PageReader(path, "db")


def test_several_databases_in_one_file_are_refused(tmp_path):
    with lmdb.open(str(tmp_path / "db"), max_dbs=2) as environment:
        inner = environment.open_db(b"inner")
        with environment.begin(write=True, db=inner) as transaction:
            transaction.put(b"a", b"1")
    reader = PageReader(tmp_path / "db/data.mdb", "db")
    with pytest.raises(DatabaseError, match="several databases"):
        list(reader.entries())
