"""What a job may train on."""

import platform

import pytest

from core.errors import ConfigError
from core.jobs import devices
from core.jobs.execute import _narrow_devices


@pytest.fixture
def mac(monkeypatch):
    """A Mac with Apple's own processor, where torch has no CUDA."""
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")


def test_a_mac_trains_on_its_gpu(mac):
    assert devices.device_slots() == ["mps"]
    assert devices.slots_for("auto") == ["mps"]
    assert _narrow_devices(["mps"]) == ("mps",)


def test_a_mac_trains_on_its_processor_when_asked_to(mac):
    assert devices.slots_for("cpu") == ["cpu"]
    assert _narrow_devices(["cpu"]) == ("cpu",)


def test_a_mac_has_one_gpu_and_none_of_nvidias(mac):
    with pytest.raises(ConfigError, match="Found one GPU"):
        devices.check_count("auto", 2)
    with pytest.raises(ConfigError, match="which has: mps"):
        devices.slots_for("cuda")
