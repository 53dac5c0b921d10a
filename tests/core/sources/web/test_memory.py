"""What the lab remembers of other people's servers, across threads, processes, kills and damage."""

import logging
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.sources.web.memory import HostState, WebMemory, WebMemoryError

COUNT = """
import sys
from pathlib import Path
from core.sources.web.memory import WebMemory
memory = WebMemory(Path(sys.argv[1]))
def one_more(state): state.good_answers += 1
print("ready", flush=True)
sys.stdin.readline()
for _ in range(1000):
    memory.update_host("museum.example", one_more)
"""


def remember(memory: WebMemory, key: str = "key", body: bytes = b"{}") -> None:
    memory.remember_answer(
        key, url="https://museum.example/", status=200, found_at="https://museum.example/", body=body
    )


def test_an_answer_outlives_the_process(tmp_path: Path) -> None:
    first = WebMemory(tmp_path / "web.sqlite")
    remember(first, body=b"x" * 100_000)
    first.close()
    second = WebMemory(tmp_path / "web.sqlite")
    found = second.answer("key")
    assert found
    assert found.body == b"x" * 100_000
    assert second.answer("key", fresh_since=time.time() + 1) is None
    assert (tmp_path / "web.sqlite").stat().st_size < 100_000


def test_two_processes_change_a_host_without_losing_a_change(tmp_path: Path) -> None:
    path = tmp_path / "web.sqlite"
    command = [sys.executable, "-c", COUNT, str(path)]
    running = [
        subprocess.Popen(command, cwd=Path(__file__).parents[4], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    for process in running:
        assert process.stdout
        process.stdout.readline()
    for process in running:
        process.stdin.close()  # type: ignore[union-attr]
    assert [process.wait() for process in running] == [0, 0]
    assert WebMemory(path).host("museum.example").good_answers == 2000


def test_many_threads_may_use_it_at_once(tmp_path: Path) -> None:
    memory = WebMemory(tmp_path / "web.sqlite")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: memory.remember_picture(f"u{number}", f"{number:064x}"), range(200)))
    assert [memory.picture(f"u{number}") for number in range(200)] == [f"{number:064x}" for number in range(200)]


def test_a_change_that_fails_changes_nothing(tmp_path: Path) -> None:
    memory = WebMemory(tmp_path / "web.sqlite")

    def fail(state: HostState) -> None:
        state.pauses = 5
        raise ValueError

    with pytest.raises(ValueError):
        memory.update_host("museum.example", fail)
    assert memory.host("museum.example") == HostState()


@pytest.mark.parametrize("damage", [b"this is no database at all, whatever its name says" * 50, b"\0" * 4096])
def test_a_damaged_file_is_set_aside_and_begun_anew(
    tmp_path: Path, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "web.sqlite").write_bytes(damage)
    with caplog.at_level(logging.WARNING):
        memory = WebMemory(tmp_path / "web.sqlite")
    remember(memory)
    assert memory.answer("key")
    [aside] = tmp_path.glob("web.sqlite.damaged-*")
    assert aside.read_bytes() == damage
    assert "begun anew" in caplog.text


def test_damage_that_shows_later_is_set_aside_too(tmp_path: Path) -> None:
    path = tmp_path / "web.sqlite"
    memory = WebMemory(path)
    for number in range(300):
        remember(memory, f"key{number}", body=bytes(f"{number}" * 500, "ascii"))
    memory.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))  # the first page still opens
    memory = WebMemory(path)
    remember(memory)
    assert memory.answer("key")
    assert len(list(tmp_path.glob("web.sqlite.damaged-*"))) == 1


def test_a_file_of_another_version_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "web.sqlite"
    WebMemory(path).close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    remember(WebMemory(path))
    assert len(list(tmp_path.glob("web.sqlite.damaged-*"))) == 1


def test_a_file_that_cannot_be_opened_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "web.sqlite").mkdir()
    with pytest.raises(WebMemoryError, match="can be written to"):
        WebMemory(tmp_path / "web.sqlite")


def test_answers_of_half_a_year_ago_are_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "web.sqlite"
    memory = WebMemory(path)
    remember(memory)
    memory.close()
    db = sqlite3.connect(path)
    db.execute("UPDATE answers SET at = at - 365 * 86400")
    db.commit()
    db.close()
    assert WebMemory(path).answer("key") is None
