"""Pictures that do not fit stay on the disk, and the training cannot tell."""

import errno
import os
import threading

import numpy as np
import pytest
import torch

from core.training import pictures
from core.training.order import DataOrder
from core.training.parallel import Share
from core.training.pictures import Pictures
from core.training.streaming import PicturesLostError
from tests.core.training.hosts import train
from tests.core.training.packs import stripes
from tests.core.training.test_resume import final_state, same

CPU = torch.device("cpu")
ROWS = np.array([30, 2, 3, 5, 8, 13, 21, 1, 34, 39])


@pytest.fixture
def mapped(tmp_path):
    """A memory map of 40 pictures in a file."""
    np.save(tmp_path / "images.npy", stripes(40, 16))
    return np.load(tmp_path / "images.npy", mmap_mode="r")


def both(images):
    return Pictures(images, ROWS, CPU), Pictures(images, ROWS, CPU, memory_bytes=0)


def test_pictures_stay_in_memory_only_as_far_as_they_are_allowed(mapped):
    needed = len(ROWS) * 16 * 16 * 3
    assert Pictures(mapped, ROWS, CPU, memory_bytes=needed).resident
    assert not Pictures(mapped, ROWS, CPU, memory_bytes=needed - 1).resident


@pytest.mark.parametrize("source", ["file", "array"])
def test_streamed_batches_are_those_of_resident_pictures_to_the_bit(mapped, source):
    resident, streamed = both({"file": mapped, "array": np.array(mapped)}[source])
    order = DataOrder(len(ROWS), seed=1)
    for step in range(9):
        batches = []
        for one in (resident, streamed):
            batches.append(one.batch(order.rows(4 * step, 4), flip=torch.Generator().manual_seed(step)))
            one.prefetch(order.rows(4 * step + 4, 4))
            if step % 3 == 2:  # as when samples are measured between two steps
                batches.append(one.batch(np.arange(10)))
        half = len(batches) // 2
        assert all(torch.equal(*pair) for pair in zip(batches[:half], batches[half:], strict=True))


def test_a_part_of_the_map_is_not_read_by_positions_of_the_whole(mapped):
    streamed = Pictures(mapped[10:], np.arange(5), CPU, memory_bytes=0)
    assert torch.equal(streamed.batch(np.arange(5)), Pictures(mapped[10:], np.arange(5), CPU).batch(np.arange(5)))


def test_what_was_read_ahead_in_vain_does_no_harm(mapped):
    resident, streamed = both(mapped)
    for wanted, ahead in [([1, 2], [3, 4]), ([5, 6], [7, 8]), ([7, 8], [9, 0]), ([0, 9], [1, 2]), ([1], [1])]:
        assert torch.equal(streamed.batch(np.array(wanted)), resident.batch(np.array(wanted)))
        streamed.prefetch(np.array(ahead))
        streamed.prefetch(np.array(ahead[::-1]))


def test_of_a_shared_batch_each_process_reads_its_part_and_flips_as_one_would(mapped):
    resident, streamed = both(mapped)
    positions = np.arange(8)
    whole = resident.batch(positions, flip=torch.Generator().manual_seed(1))
    for source in (resident, streamed):
        parts = []
        for rank in range(2):
            share = Share(rank, 2)
            source.prefetch(positions, share=share)
            parts.append(source.batch(positions, flip=torch.Generator().manual_seed(1), share=share))
        assert torch.equal(torch.cat(parts), whole)


def test_reading_goes_on_while_the_batch_before_is_used(mapped):
    """The reader works in a thread of its own: a batch is whole before anybody asks for it."""
    streamed = Pictures(mapped, ROWS, CPU, memory_bytes=0)
    read = threading.Event()
    source = streamed._source._source
    plain, count = source.read, []

    def noticed(row, into):
        assert threading.current_thread() is not threading.main_thread()
        plain(row, into)
        count.append(row)
        if len(count) == 4:
            read.set()

    source.read = noticed
    streamed.prefetch(np.array([3, 0, 2, 1]))
    assert read.wait(30)
    assert count == sorted(ROWS[:4]), "in the order of the file"
    streamed.batch(np.array([3, 0, 2, 1]))
    assert len(count) == 4


def test_a_file_that_was_cut_short_is_told_in_words(mapped):
    streamed = Pictures(mapped, ROWS, CPU, memory_bytes=0)
    os.truncate(mapped.filename, 128 + 16 * 16 * 3 * 20)
    streamed.prefetch(np.array([0, 1]))
    with pytest.raises(PicturesLostError, match=r"images.npy: the file ends within picture 30.*resume"):
        streamed.batch(np.array([0, 1]))


class FailingDisk:
    def seek(self, place):
        raise OSError(errno.EIO, "Input/output error")


def test_a_disk_that_fails_is_told_in_words(mapped):
    streamed = Pictures(mapped, ROWS, CPU, memory_bytes=0)
    streamed._source._source._handle = FailingDisk()
    streamed.prefetch(np.array([0, 1]))
    with pytest.raises(PicturesLostError, match=r"images.npy: Input/output error.*resume"):
        streamed.batch(np.array([0, 1]))


def test_a_run_whose_pictures_stay_on_the_disk_ends_with_the_same_bits(workspace, small, monkeypatch):
    resident = train(workspace, small, epochs=2)
    monkeypatch.setattr(pictures, "free_bytes", lambda device: 0)
    streamed = train(workspace, small, epochs=2)
    assert same(final_state(resident), final_state(streamed))
