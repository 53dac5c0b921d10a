import os
import time

import pytest

from core.errors import ConfigError
from core.sources.artwork import SourceError
from core.sources.staging import KEPT_SECONDS, Staging
from core.sources.uploads import UploadsSource
from tests.core.sources.conftest import picture


@pytest.mark.parametrize("name", ["../../evil.png", "/etc/evil.png", "a\\..\\..\\evil.png", "./evil.png"])
def test_no_name_leads_out_of_the_staging_folder(workspace, name):
    staging = Staging.begin(workspace)
    staging.add(name, picture(1))
    files = list(workspace.root.rglob("*evil.png"))
    assert len(files) == 1
    assert files[0].is_relative_to(staging.files)


def test_folders_are_kept_and_no_file_replaces_another(workspace):
    staging = Staging.begin(workspace)
    for number in (1, 2, 3):
        staging.add("set/a.png", picture(number))
    assert sorted(item.key for item in UploadsSource(staging.files, scratch=staging.folder / "unpacked").items()) == [
        "set/a (2).png",
        "set/a (3).png",
        "set/a.png",
    ]


def test_a_file_without_a_name_is_refused(workspace):
    with pytest.raises(ConfigError):
        Staging.begin(workspace).add("..", b"x")


def test_forgotten_uploads_are_cleared_away(workspace):
    forgotten, fresh = Staging.begin(workspace), Staging.begin(workspace)
    old = time.time() - KEPT_SECONDS - 60
    os.utime(forgotten.folder, (old, old))
    Staging.begin(workspace)
    assert not forgotten.folder.exists()
    assert fresh.folder.exists()


def test_pictures_in_uploaded_archives_come_along_with_their_table(workspace, packed):
    staging = Staging.begin(workspace)
    staging.add("single.png", picture(1))
    archive = packed({"set/a.png": picture(2), "labels.csv": b"file,artist\na.png,Ann\n"})
    staging.add("pictures.zip", archive.read_bytes())
    source = UploadsSource(staging.files, scratch=staging.folder / "unpacked")
    assert [item.key for item in source.items()] == ["single.png", "pictures.zip/set/a.png"]
    assert source.tables == ["pictures.zip/labels.csv"]
    assert source.table("pictures.zip/labels.csv").startswith(b"file")
    assert not source.left_aside["archive"]


def test_an_upload_without_pictures_is_refused(workspace):
    staging = Staging.begin(workspace)
    staging.add("notes.txt", b"x")
    with pytest.raises(SourceError, match="uploaded files"):
        list(UploadsSource(staging.files, scratch=staging.folder / "unpacked").items())
