"""Files survive whatever interrupts their writing."""

import json
import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from core.files import JsonLines, new_id, read_json, remove_temporary, replacing, write_bytes, write_json


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "value.json"
    write_json(path, {"title": "Zürich, 茨木", "count": 3})
    assert read_json(path) == {"title": "Zürich, 茨木", "count": 3}
    write_json(path, [1], durable=False)
    assert read_json(path) == [1]


def test_a_missing_file_is_none_and_a_damaged_one_an_error(tmp_path: Path) -> None:
    assert read_json(tmp_path / "missing.json") is None
    (tmp_path / "damaged.json").write_bytes(b'{"a": \xff')
    with pytest.raises(ValueError):
        read_json(tmp_path / "damaged.json")


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "weights.bin"
    write_bytes(path, b"old")

    def fail_halfway() -> None:
        with replacing(path) as temporary:
            temporary.write_bytes(b"half of the ne")
            raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        fail_halfway()
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["weights.bin"]


def test_a_value_that_is_not_json_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "value.json"
    write_json(path, 1)
    with pytest.raises(TypeError):
        write_json(path, {1, 2})
    assert read_json(path) == 1


def _write_for_ever(path: Path) -> None:
    number = 0
    while True:
        number += 1
        write_json(path, {"number": number, "padding": "x" * 200_000})


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_a_killed_writer_never_leaves_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "value.json"
    for round_number in range(8):
        writer = multiprocessing.get_context("fork").Process(target=_write_for_ever, args=(path,))
        writer.start()
        while not path.exists():
            time.sleep(0.001)
        time.sleep(0.005 * round_number)
        assert writer.pid is not None
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
        assert len(read_json(path)["padding"]) == 200_000
    remove_temporary(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["value.json"]


def test_what_this_process_is_writing_is_no_leftover(tmp_path: Path) -> None:
    """A job cleans its folder while its sign of life is being written beside it."""
    (tmp_path / "status.json.1-abc.tmp").write_text("of a writer that was killed")
    with replacing(tmp_path / "status.json") as temporary:
        temporary.write_text("{}")
        remove_temporary(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["status.json"]


def test_lines_are_read_in_order_and_from_where_one_was(tmp_path: Path) -> None:
    lines = JsonLines(tmp_path / "log.jsonl")
    assert lines.read() == ([], 0)
    lines.append({"n": 1}, {"n": 2})
    rows, offset = lines.read()
    assert rows == [{"n": 1}, {"n": 2}]
    assert lines.read(offset) == ([], offset)
    lines.append({"n": 3}, durable=True)
    assert lines.read(offset)[0] == [{"n": 3}]
    assert lines.rows() == [{"n": 1}, {"n": 2}, {"n": 3}]


def test_appending_nothing_makes_no_file(tmp_path: Path) -> None:
    JsonLines(tmp_path / "log.jsonl").append()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("torn", ['{"n": 2', '{"n": 2}', '{"long": "' + "x" * 200_000])
def test_a_torn_last_line_does_not_count_and_does_not_spoil_the_next(tmp_path: Path, torn: str) -> None:
    lines = JsonLines(tmp_path / "log.jsonl")
    lines.append({"n": 1})
    with lines.path.open("a") as handle:
        handle.write(torn)  # without its newline, as a kill leaves it
    rows, offset = lines.read()
    assert rows == [{"n": 1}]
    lines.append({"n": 3})
    assert lines.read(offset)[0] == [{"n": 3}]
    assert lines.rows() == [{"n": 1}, {"n": 3}]


def test_a_file_that_is_nothing_but_a_torn_line_starts_over(tmp_path: Path) -> None:
    lines = JsonLines(tmp_path / "log.jsonl")
    lines.path.write_text('{"n": ')
    lines.append({"n": 1})
    assert lines.path.read_text() == json.dumps({"n": 1}) + "\n"


def test_ids_sort_by_time_and_differ() -> None:
    ids = [new_id("run") for _ in range(50)]
    assert len(set(ids)) == 50
    assert [one[:15] for one in ids] == sorted(one[:15] for one in ids)


def test_a_file_name_that_is_no_valid_text_survives_a_round_trip(tmp_path: Path) -> None:
    name = b"caf\xe9.jpg".decode(errors="surrogateescape")
    lines = JsonLines(tmp_path / "ledger.jsonl")
    lines.append({"name": name}, {"name": "café"})
    assert [row["name"] for row in lines.rows()] == [name, "café"]
    write_json(tmp_path / "one.json", {"name": name})
    assert read_json(tmp_path / "one.json") == {"name": name}
