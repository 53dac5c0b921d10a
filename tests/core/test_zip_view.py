import io
import random
import zipfile

import pytest

from core.zip_view import ChangedFileError, ZipView


@pytest.fixture
def files(tmp_path):
    contents = {"a.bin": random.Random(0).randbytes(3_000_001), "sub/b.json": b"{}", "empty": b"", "ä.txt": b"text"}
    found = {}
    for number, (name, data) in enumerate(contents.items()):
        found[name] = tmp_path / str(number)
        found[name].write_bytes(data)
    return found


def test_an_archive_read_in_stretches_is_a_whole_zip_file(files):
    view = ZipView(files)
    data = b"".join(view[start : start + 777_777] for start in range(0, len(view), 777_777))
    assert len(data) == len(view)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {
            name: path.read_bytes() for name, path in files.items()
        }
    assert view[100:100] == b""
    assert view[len(view) - 5 :] == data[-5:]
    assert view[:20] == data[:20]


def test_a_large_file_gets_the_headers_of_zip64(files, monkeypatch):
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 1_000_000)
    view = ZipView(files)
    with zipfile.ZipFile(io.BytesIO(view[:])) as archive:
        assert archive.testzip() is None
        assert archive.getinfo("a.bin").file_size == 3_000_001


def test_a_file_that_was_cut_short_meanwhile_is_told(files):
    view = ZipView(files)
    files["a.bin"].write_bytes(b"short")
    with pytest.raises(ChangedFileError, match="has changed since the archive was begun"):
        view[:]
