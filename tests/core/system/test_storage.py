"""Whether a lab's folder survives a restart is found out, and told before anybody votes."""

import pytest

from core.errors import ConfigError
from core.system import storage, storage_lasts
from core.workspace import Workspace

DISK = [("/", "ext4")]


@pytest.fixture
def workspace() -> Workspace:
    return Workspace("/srv/lab")


def test_a_folder_on_a_disk_lasts(workspace):
    found = storage(workspace, environment={}, mounts=DISK)
    assert found.lasts
    assert found.warning == ""


@pytest.mark.parametrize("kind", ["tmpfs", "overlay"])
def test_a_folder_in_memory_or_in_a_containers_own_layer_does_not(workspace, kind):
    found = storage(workspace, environment={}, mounts=[("/", kind), ("/other", "ext4")])
    assert not found.lasts
    assert "Ratings are stored in /srv/lab, which does not survive a restart" in found.warning
    assert "Download them" in found.warning


def test_a_volume_inside_a_container_lasts(workspace):
    assert storage(workspace, environment={}, mounts=[("/", "overlay"), ("/srv/lab", "ext4")]).lasts


def test_a_neighbour_whose_path_begins_alike_is_not_the_volume(workspace):
    assert not storage(workspace, environment={}, mounts=[("/", "overlay"), ("/srv/la", "ext4")]).lasts


def test_a_space_keeps_only_what_lies_on_a_mounted_disk(workspace):
    space = {"SPACE_ID": "somebody/lab"}
    assert not storage(workspace, environment=space, mounts=DISK).lasts
    assert storage(workspace, environment=space, mounts=[*DISK, ("/srv", "fuse")]).lasts


def test_community_cloud_is_known_by_where_it_puts_an_app():
    found = storage(Workspace("/mount/src/atelier"), environment={}, mounts=DISK)
    assert not found.lasts
    assert "Community Cloud" in found.warning


@pytest.mark.parametrize(("chosen", "lasts"), [("ephemeral", False), ("lasting", True)])
def test_the_owners_word_counts_more_than_what_was_found(workspace, chosen, lasts):
    mounts = [("/", "overlay")] if lasts else DISK
    assert storage(workspace, environment={"ATELIER_STORAGE": chosen}, mounts=mounts).lasts is lasts


def test_a_misspelt_word_is_refused(workspace):
    with pytest.raises(ConfigError, match="lasting, ephemeral"):
        storage(workspace, environment={"ATELIER_STORAGE": "forever"}, mounts=DISK)


def test_the_machine_itself_is_asked_where_nothing_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("ATELIER_STORAGE", "ephemeral")
    assert not storage_lasts(Workspace(tmp_path))
