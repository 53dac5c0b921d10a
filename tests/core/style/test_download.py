"""Downloads of weights: from a server on loopback, with the faults of real ones."""

import hashlib
import threading

import pytest

from core.pretrained import KnownFile
from core.style.download import DownloadStoppedError, download, target_of
from core.style.weights import WeightsError
from tests.standins.server import CANARY, Answer, Request, StandIn

CONTENT = bytes(range(256)) * 4000  # 1.0 MB
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Site:
    """Gives `content`, whole or from where it is asked to go on; the first answer may have a fault."""

    def __init__(self, content: bytes = CONTENT, first: Answer | None = None) -> None:
        self.content, self.faults, self.lock = content, [first] if first else [], threading.Lock()
        self.server = StandIn(self.answer)

    def answer(self, request: Request) -> Answer:
        with self.lock:
            if self.faults:
                return self.faults.pop()
        begin = int(request.headers.get("range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        if begin == 0:
            return Answer(200, self.content, "application/octet-stream")
        span = f"bytes {begin}-{len(self.content) - 1}/{len(self.content)}"
        return Answer(206, self.content[begin:], "application/octet-stream", (("Content-Range", span),))


def _known(site: Site, *, sha256: str = SHA256, megabytes: float = 1.0) -> KnownFile:
    return KnownFile("small.pth", "A network", "tests", megabytes, url=f"{site.server.url}/small.pth", sha256=sha256)


def _fetch(site: Site, workspace, known: KnownFile | None = None, **more):
    return download(known or _known(site), workspace, allowed_hosts=[site.server.netloc], **more)


def test_a_file_takes_its_place_once_its_hash_is_right(workspace):
    site, told = Site(), []
    with site.server:
        found = _fetch(site, workspace, progress=lambda *seen: told.append(seen))
    assert found.path == target_of(_known(site), workspace)
    assert found.path.read_bytes() == CONTENT
    assert found.is_verified
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert not list(found.path.parent.glob("*.partial"))


def test_another_files_content_never_takes_the_place(workspace):
    site = Site(content=CONTENT[::-1])
    with site.server, pytest.raises(WeightsError, match=r"is not small\.pth: its SHA-256 begins with"):
        _fetch(site, workspace)
    assert not target_of(_known(site), workspace).exists()
    assert not list((workspace.data / "weights").glob("*.partial"))


def test_a_download_that_broke_off_goes_on_where_it_was(workspace):
    site = Site(first=Answer(200, CONTENT, "application/octet-stream", cut_after=600_000))
    with site.server:
        with pytest.raises(WeightsError, match="goes on where it broke off"):
            _fetch(site, workspace)
        had = (workspace.data / "weights" / "small.pth.partial").stat().st_size
        found = _fetch(site, workspace)
        assert 0 < had <= 600_000
        assert site.server.seen[-1].headers["range"] == f"bytes={had}-"
    assert found.path.read_bytes() == CONTENT


def test_a_server_that_cannot_go_on_gives_the_whole_again(workspace):
    partial = workspace.data / "weights" / "small.pth.partial"
    partial.parent.mkdir(parents=True)
    partial.write_bytes(b"?" * 500)
    site = Site(first=Answer(200, CONTENT, "application/octet-stream"))
    with site.server:
        assert _fetch(site, workspace).path.read_bytes() == CONTENT


def test_a_partial_file_beyond_the_end_is_begun_anew(workspace):
    partial = workspace.data / "weights" / "small.pth.partial"
    partial.parent.mkdir(parents=True)
    partial.write_bytes(CONTENT + b"?")
    site = Site(first=Answer(416, b"", "text/plain"))
    with site.server:
        assert _fetch(site, workspace).path.read_bytes() == CONTENT


def test_a_redirect_to_an_address_that_is_not_public_is_refused(workspace):
    trap = StandIn(lambda request: Answer(200, CONTENT), host=CANARY)
    with trap:
        site = Site(first=Answer(302, b"", headers=(("Location", f"{trap.url}/small.pth"),)))
        with site.server, pytest.raises(WeightsError, match=f"{CANARY} is an address of this machine"):
            _fetch(site, workspace)
    assert trap.seen == []


def test_a_name_that_resolves_to_an_address_that_is_not_public_is_refused(workspace):
    site = Site()
    known = KnownFile("small.pth", "A network", "tests", 1.0, url="http://weights.example/small.pth", sha256=SHA256)
    inward = [(2, 1, 6, "", (CANARY, 80))]
    with site.server, pytest.raises(WeightsError, match=r"resolves to 127\.0\.0\.9"):
        download(known, workspace, resolve=lambda *asked: inward)


def test_redirects_are_followed_but_not_in_a_circle(workspace):
    site = Site()
    site.faults = [Answer(302, b"", headers=(("Location", "/elsewhere.pth"),))]
    with site.server:
        assert _fetch(site, workspace).path.read_bytes() == CONTENT
    site.server = StandIn(lambda request: Answer(302, b"", headers=(("Location", request.path),)))
    with site.server, pytest.raises(WeightsError, match="redirects more than 5 times"):
        _fetch(site, workspace)


def test_a_file_far_larger_than_published_is_not_fetched(workspace):
    site = Site(content=CONTENT * 4)
    with site.server, pytest.raises(WeightsError, match="it is another file, and is not fetched"):
        _fetch(site, workspace)
    assert not target_of(_known(site), workspace).exists()


def test_an_answer_that_is_none_is_told_with_its_status(workspace):
    site = Site(first=Answer(403, b"no"))
    with site.server, pytest.raises(WeightsError, match=r"answers 403 where small\.pth should be"):
        _fetch(site, workspace)


def test_a_stopped_download_keeps_what_has_arrived(workspace):
    site, pieces = Site(), []
    with site.server:
        with pytest.raises(DownloadStoppedError):
            _fetch(site, workspace, progress=lambda *seen: pieces.append(seen), stop_requested=lambda: len(pieces) >= 2)
        assert (workspace.data / "weights" / "small.pth.partial").stat().st_size > 0
        assert _fetch(site, workspace).path.read_bytes() == CONTENT


def test_without_a_published_hash_nothing_is_gone_on_with_and_nothing_called_verified(workspace):
    partial = workspace.data / "weights" / "small.pth.partial"
    partial.parent.mkdir(parents=True)
    partial.write_bytes(b"?" * 500)
    site = Site()
    with site.server:
        found = _fetch(site, workspace, _known(site, sha256=""))
        assert "range" not in site.server.seen[-1].headers
    assert found.path.read_bytes() == CONTENT
    assert not found.is_verified


def test_a_disk_that_is_too_full_is_told_before_anything_is_fetched(workspace):
    site = Site()
    with site.server, pytest.raises(WeightsError, match="Make room"):
        _fetch(site, workspace, _known(site, megabytes=1e12))
    assert site.server.seen == []


def test_what_cannot_be_had_as_one_file_is_told(workspace):
    with pytest.raises(WeightsError, match="cannot be had as one file"):
        download(KnownFile("candy.pth", "A network", "tests", 1.0), workspace)
