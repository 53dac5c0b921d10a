"""The benchmarks of training run on a machine that has nothing but torch, torchvision, numpy and Pillow."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_PROJECT = Path(__file__).resolve().parents[1]


def bare(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    found = os.environ | {"PYTHONPATH": str(_PROJECT / "benchmarks"), "OMP_NUM_THREADS": "1"} | environment
    command = [sys.executable, "-m", "tests.bare_machine", *arguments]
    return subprocess.run(command, cwd=_PROJECT, env=found, capture_output=True, text=True, timeout=120, check=False)


def test_what_is_refused_here_is_told_by_name():
    refused = bare("core.jobs.locks")
    assert refused.returncode
    assert "filelock" in refused.stderr


@pytest.mark.parametrize("script", ["training_throughput", "whole_job", "quality", "ablation"])
def test_a_benchmark_needs_torch_torchvision_numpy_and_pillow_only(script):
    done = bare(f"benchmarks.{script}")
    assert done.returncode == 0, done.stderr


def test_the_throughput_benchmark_runs_on_a_bare_machine(tmp_path):
    small = ("--count", "8", "--side", "64", "--batch", "2", "--rounds", "1", "--steps", "1", "--workers", "0")
    done = bare("benchmarks.training_throughput", *small, "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "x the tutorial loop" in done.stdout
    assert list(tmp_path.glob("training_throughput-*.json"))
