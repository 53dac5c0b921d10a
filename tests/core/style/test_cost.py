"""What a restyling will cost is told in a process that has no torch, and agrees with one that has."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from core.pictures.chosen import ChosenPicture
from core.style import trial
from core.style.cost import cost_of
from core.style.engines import ENGINES
from core.style.request import StylePicture, StyleRequest

ANY = ChosenPicture(label="any")
_PROJECT = Path(__file__).resolve().parents[3]
_LIGHT = """
import json, sys
from core.pictures.chosen import ChosenPicture
from core.style.cost import cost_of
from core.style.engines import ENGINES
from core.style.request import StylePicture, StyleRequest
import core.style.job, core.style.sheet, core.style.folder, core.style.weights_job, core.style.views_job
any_picture = ChosenPicture(label="any")
costs = {
    name: cost_of(StyleRequest(any_picture, (StylePicture(any_picture),), engine=name), 400, 300) for name in ENGINES
}
print(json.dumps([{name: tuple(cost) for name, cost in costs.items()}, "torch" in sys.modules]))
"""


def in_a_light_process() -> tuple[dict[str, list[float]], bool]:
    done = subprocess.run(
        [sys.executable, "-c", _LIGHT], cwd=_PROJECT, capture_output=True, text=True, check=True, timeout=60
    )
    costs, has_torch = json.loads(done.stdout)
    return costs, has_torch


def test_engines_settings_costs_and_jobs_are_described_without_torch():
    costs, has_torch = in_a_light_process()
    assert set(costs) == set(ENGINES)
    assert all(seconds > 0 and memory > 1e8 for seconds, memory in costs.values())
    assert not has_torch


@pytest.mark.parametrize("engine", ["patch", "random"])
def test_what_one_process_tried_the_others_tell(engine, workspace, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", str(torch.get_num_threads()))
    trial._tried.cache_clear()
    seconds, memory = cost_of(StyleRequest(ANY, (StylePicture(ANY),), engine=engine), 400, 300)
    costs, _ = in_a_light_process()
    assert costs[engine] == [pytest.approx(seconds), memory]


def test_a_damaged_memory_of_speeds_is_no_harm(workspace):
    (workspace.data / "style-speed.json").write_text("[broken")
    costs, _ = in_a_light_process()
    assert costs["patch"][0] > 0


def test_where_speeds_cannot_be_kept_the_cost_is_told_all_the_same(workspace):
    trial._tried.cache_clear()
    (workspace.data / "style-speed.json").mkdir()  # in the way: it can neither be read nor written
    assert cost_of(StyleRequest(ANY, (StylePicture(ANY),)), 400, 300).seconds > 0
