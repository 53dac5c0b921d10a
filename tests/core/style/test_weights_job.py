"""Weights as a job: fetched from a server on loopback because somebody asked, stopped, made slim."""

import hashlib

import pytest
import torch

from core.errors import ConfigError
from core.jobs import control
from core.jobs.folder import State
from core.pretrained import KnownFile
from core.sources.web.settings import HostSettings, WebSettings, write_web_settings
from core.style import weights
from core.style.neural import vgg
from core.style.neural.vgg import LayerPlan, random_tensors
from core.style.weights import lying
from core.style.weights_job import create_weights
from tests.core.style.test_download import CONTENT, Site

PLAN = LayerPlan("small", ((1, 4), (2, 5)))


@pytest.fixture(autouse=True)
def hub(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


def known_from(site: Site, monkeypatch, workspace, **more: str) -> KnownFile:
    known = KnownFile("small.pth", "A network", "tests", 1.0, "small", f"{site.server.url}/small.pth", **more)
    monkeypatch.setattr(weights, "KNOWN", (known,))
    write_web_settings(workspace, WebSettings(hosts={site.server.netloc: HostSettings(allowed=True)}))
    return known


def test_nothing_is_asked_for_until_the_job_is_started_and_then_it_lies_where_it_was_said(workspace, monkeypatch):
    site = Site()
    with site.server:
        known_from(site, monkeypatch, workspace, sha256=hashlib.sha256(CONTENT).hexdigest())
        job = create_weights(workspace, "small", act="download")
        assert site.server.seen == []
        end = control.run_here(workspace, job)
    assert end.state is State.DONE
    assert "its SHA-256 is the published one" in end.message
    found = lying("small", workspace)
    assert found == workspace.data / "weights" / "small.pth"
    assert found.read_bytes() == CONTENT


def test_a_file_that_nobody_published_a_hash_of_is_told_as_such(workspace, monkeypatch):
    site = Site()
    with site.server:
        known_from(site, monkeypatch, workspace)
        end = control.run_here(workspace, create_weights(workspace, "small", act="download"))
    assert "nobody published a hash" in end.message


def test_another_file_fails_the_job_and_leaves_nothing(workspace, monkeypatch):
    site = Site(content=CONTENT[::-1])
    with site.server:
        known_from(site, monkeypatch, workspace, sha256=hashlib.sha256(CONTENT).hexdigest())
        end = control.run_here(workspace, create_weights(workspace, "small", act="download"))
    assert end.state is State.FAILED
    assert "is not small.pth" in end.message
    assert lying("small", workspace) is None


def test_a_slim_file_is_made_of_the_whole_one_and_found_first(workspace, monkeypatch):
    folder = workspace.data / "weights"
    folder.mkdir(parents=True)
    torch.save(random_tensors(PLAN, "relu2_2", seed=0), folder / "small.pth")
    monkeypatch.setattr(weights, "KNOWN", (KnownFile("small.pth", "A network", "tests", 0.1, "small"),))
    monkeypatch.setitem(vgg.PLANS, "small", PLAN)
    end = control.run_here(workspace, create_weights(workspace, "small", act="slim"))
    assert end.state is State.DONE
    assert lying("small", workspace) == folder / "small-features.safetensors"


def test_nothing_else_can_be_done_with_weights(workspace):
    with pytest.raises(ConfigError, match="download, slim"):
        create_weights(workspace, "vgg19", act="delete")
