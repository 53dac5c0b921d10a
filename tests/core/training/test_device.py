"""How many threads a training takes."""

import pytest

from core.training.device import physical_cores, threads_allowed


@pytest.mark.parametrize(("asked", "threads"), [("1", 1), ("1,4", 1), ("4096", physical_cores())])
def test_who_asks_for_fewer_threads_than_cores_gets_them(monkeypatch, asked, threads):
    monkeypatch.setenv("OMP_NUM_THREADS", asked)
    assert threads_allowed() == threads


@pytest.mark.parametrize("asked", ["", "0", "many"])
def test_what_is_no_number_of_threads_counts_for_nothing(monkeypatch, asked):
    monkeypatch.setenv("OMP_NUM_THREADS", asked)
    assert threads_allowed() == physical_cores()
