"""A vote that a rater saw accepted is never lost, and one that was refused never counts."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.studies.errors import VoteNotSavedError
from core.studies.journal import VoteJournal
from core.studies.voting import ballot, cast, join

SHOWN = "2026-11-21T10:00:00.000Z"

# Votes until the study is finished, printing each vote's showing only once `cast` has returned.
_VOTER = """
import sys
from pathlib import Path
from core.studies.journal import VoteJournal
from core.studies.study import Study
from core.studies.voting import ballot, cast, join

study = Study(Path(sys.argv[1]))
journal = VoteJournal(study.path)
for _ in range(int(sys.argv[2])):
    rater = join(study, journal)
    while (now := ballot(study, journal, rater)).current:
        cast(study, journal, rater, now.current.presentation, 3, response_ms=900, shown_at="2026-11-21T10:00:00.000Z")
        print(now.current.presentation, flush=True)
"""


def voter(study, rounds, **options):
    return subprocess.Popen(
        [sys.executable, "-c", _VOTER, str(study.path), str(rounds)], stdout=subprocess.PIPE, text=True, **options
    )


def vote_once(study, journal, rater, value=3):
    presentation = ballot(study, journal, rater).current.presentation
    return cast(study, journal, rater, presentation, value, response_ms=900, shown_at=SHOWN)


def test_killing_the_writer_loses_no_acknowledged_vote(study):
    process = voter(study, 1000)
    acknowledged = [process.stdout.readline().strip() for _ in range(40)]
    process.send_signal(signal.SIGKILL)
    acknowledged += [line.strip() for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    process.wait()
    journal = VoteJournal(study.path)
    written = {vote.presentation for vote in journal.votes()}
    assert set(acknowledged) <= written
    assert len(written) <= len(acknowledged) + 1
    rater = join(study, journal)  # the lock is free again, and the journal goes on
    vote_once(study, journal, rater)
    assert len(VoteJournal(study.path).votes()) == len(written) + 1


def test_threads_and_processes_write_one_journal_without_loss(study):
    processes = [voter(study, 2) for _ in range(2)]
    journal = VoteJournal(study.path)

    def votes():
        rater = join(study, journal)
        while ballot(study, journal, rater).current:
            vote_once(study, journal, rater)

    threads = [threading.Thread(target=votes) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for process in processes:
        process.communicate()
        assert process.returncode == 0
    standing = VoteJournal(study.path).votes()
    assert len(standing) == 8 * 12
    assert {sum(vote.item == item for vote in standing) for item in study.items} == {8}
    assert standing == journal.votes()


def test_a_torn_line_is_skipped_and_the_next_vote_stands_alone(study, journal):
    rater = join(study, journal)
    vote_once(study, journal, rater, 2)
    with journal.path.open("ab") as handle:
        handle.write(b'{"event": "vote", "rater": "')
    again = VoteJournal(study.path)
    assert [vote.answer for vote in again.votes()] == [2]
    vote_once(study, again, rater, 4)
    assert [vote.answer for vote in VoteJournal(study.path).votes()] == [2, 4]


@pytest.mark.skipif(os.name == "nt", reason="file size limits exist only where resource does")
def test_a_full_disk_is_told_to_the_rater_and_the_vote_can_be_cast_again(study):
    """RLIMIT_FSIZE makes the real write fail in the middle of a line, as a full disk does."""
    script = """
import resource, signal, sys
from pathlib import Path
from core.studies.errors import VoteNotSavedError
from core.studies.journal import VoteJournal
from core.studies.study import Study
from core.studies.voting import ballot, cast, join

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
study = Study(Path(sys.argv[1]))
journal = VoteJournal(study.path)
rater = join(study, journal)
now = ballot(study, journal, rater)
shown = {"response_ms": 900, "shown_at": "2026-11-21T10:00:00.000Z"}
resource.setrlimit(resource.RLIMIT_FSIZE, (journal.path.stat().st_size + 50, resource.RLIM_INFINITY))
try:
    cast(study, journal, rater, now.current.presentation, 4, **shown)
except VoteNotSavedError as error:
    print(error)
assert journal.votes() == []
assert VoteJournal(study.path).votes() == []
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
after = cast(study, journal, rater, now.current.presentation, 4, **shown)
assert (after.done, after.current) == (1, now.upcoming)
print("ok")
"""
    done = subprocess.run([sys.executable, "-c", script, str(study.path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    message, ok = done.stdout.splitlines()
    assert "was not saved" in message
    assert "File too large" in message
    assert ok == "ok"
    assert [vote.answer for vote in VoteJournal(study.path).votes()] == [4]


def test_a_vote_that_could_not_be_made_durable_does_not_count(study, journal, monkeypatch):
    rater = join(study, journal)
    presentation = ballot(study, journal, rater).current.presentation

    def refuse(descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", refuse)
        with pytest.raises(VoteNotSavedError, match="No space left on device"):
            cast(study, journal, rater, presentation, 4, response_ms=900, shown_at=SHOWN)
    assert VoteJournal(study.path).votes() == []
    cast(study, journal, rater, presentation, 2, response_ms=900, shown_at=SHOWN)
    assert [vote.answer for vote in VoteJournal(study.path).votes()] == [2]


def test_events_of_a_later_version_are_skipped(study, journal):
    rater = join(study, journal)
    with journal.path.open("a") as handle:
        handle.write('{"event": "comment", "rater": "' + rater + '", "text": "hm", "at": "2026-11-21T10:00:00.000Z"}\n')
    vote_once(study, journal, rater)
    assert len(VoteJournal(study.path).votes()) == 1


class Disk:
    """An fsync that waits, the first time, until `crowd` others want something written; it may refuse from then on."""

    def __init__(self, journal, crowd, refuses=False):
        self.journal, self.crowd, self.refuses, self.calls = journal, crowd, refuses, 0

    def __call__(self, descriptor):
        self.calls += 1
        if self.calls > 1:
            if self.refuses:
                raise OSError(28, "No space left on device")
            return
        give_up = time.monotonic() + 20
        while len(self.journal._wishes) < self.crowd and time.monotonic() < give_up:
            time.sleep(0.002)


def cast_at_once(study, journal, monkeypatch, *, refuses=False):
    """Eight raters answer; the first one's fsync ends when the others wait behind it.

    Returns: raters, what was before each, what became of each answer, the disk.
    """
    raters = [join(study, journal) for _ in range(8)]
    open_now = [ballot(study, journal, rater).current.presentation for rater in raters]
    disk = Disk(journal, crowd=7, refuses=refuses)

    def answer(number):
        try:
            return cast(study, journal, raters[number], open_now[number], 4, response_ms=900, shown_at=SHOWN).done
        except VoteNotSavedError:
            return "not saved"

    with monkeypatch.context() as slow, ThreadPoolExecutor(8) as threads:
        slow.setattr(os, "fsync", disk)
        first = threads.submit(answer, 0)
        while disk.calls == 0 and not first.done():
            time.sleep(0.002)
        others = [threads.submit(answer, number) for number in range(1, 8)]
        became = [first.result(), *(other.result() for other in others)]
    return raters, open_now, became, disk


def test_raters_who_wait_for_the_disk_share_the_next_fsync(study, journal, monkeypatch):
    _, _, became, disk = cast_at_once(study, journal, monkeypatch)
    assert became == [1] * 8
    assert disk.calls == 2
    assert len(VoteJournal(study.path).votes()) == 8
    assert journal.votes() == VoteJournal(study.path).votes()


def test_when_the_disk_refuses_a_shared_fsync_none_of_those_votes_counts(study, journal, monkeypatch):
    raters, open_now, became, _ = cast_at_once(study, journal, monkeypatch, refuses=True)
    assert became == [1] + ["not saved"] * 7
    for source in (journal, VoteJournal(study.path)):
        assert [vote.rater for vote in source.votes()] == raters[:1]
    for rater, presentation in zip(raters, open_now, strict=True):  # and all of them can answer again
        cast(study, journal, rater, presentation, 2, response_ms=900, shown_at=SHOWN)
    assert [vote.answer for vote in VoteJournal(study.path).votes()] == [4] + [2] * 7
