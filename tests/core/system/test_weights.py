"""Pretrained weights are found, checked by their hash, and never trusted by their name."""

import hashlib

import pytest

from core import pretrained
from core.system import weights
from core.system.weights import KnownFile, find_weights, missing

GENUINE = b"weights of a network" * 100
KNOWN = KnownFile(f"net-{hashlib.sha256(GENUINE).hexdigest()[:8]}.pth", "A network", "something", 0.1)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(weights, "KNOWN", (KNOWN,))
    folder = tmp_path / "torch" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


def test_a_genuine_file_in_the_cache_is_verified_once_it_has_been_read(workspace, cache):
    (cache / KNOWN.name).write_bytes(GENUINE)
    (before,) = find_weights(workspace)
    assert (before.verdict, before.known) == ("not checked yet", KNOWN)
    find_weights(workspace, verify=True)
    (after,) = find_weights(workspace)
    assert after.verdict == "verified"


def test_a_changed_file_is_not_taken_for_the_one_that_was_checked(workspace, cache):
    (cache / KNOWN.name).write_bytes(GENUINE)
    find_weights(workspace, verify=True)
    (cache / KNOWN.name).write_bytes(GENUINE[:-1] + b"?")
    assert find_weights(workspace)[0].verdict == "not checked yet"
    assert find_weights(workspace, verify=True)[0].verdict == "damaged or forged"


def test_a_file_nobody_knows_is_shown_as_unverified(workspace):
    folder = workspace.data / "weights"
    folder.mkdir()
    (folder / "found-somewhere.pth").write_bytes(b"?")
    (found,) = find_weights(workspace, verify=True)
    assert found.verdict == "unverified"
    assert not found.is_verified


def test_what_is_missing_is_named(workspace, cache):
    assert missing(find_weights(workspace)) == [KNOWN]
    (cache / KNOWN.name).write_bytes(GENUINE)
    assert missing(find_weights(workspace)) == []


def test_what_has_no_published_hash_is_never_called_verified(workspace, cache, monkeypatch):
    plain = KnownFile("decoder.pth", "A decoder", "something", 0.1)
    monkeypatch.setattr(weights, "KNOWN", (plain,))
    (cache / plain.name).write_bytes(GENUINE)
    assert [one.verdict for one in find_weights(workspace, verify=True)] == ["unverified"]


def test_names_keep_what_their_makers_put_into_them():
    starts = {known.name: known.sha256_start for known in pretrained.KNOWN}
    assert starts["vgg19-dcbb9e9d.pth"] == "dcbb9e9d"
    assert starts["decoder.pth"] == ""
    assert len(starts["RealESRGAN_x4plus.pth"]) == 64
    assert len(starts) == len(pretrained.KNOWN)
