"""Fetching a file of weights when a person asked for it: guarded, resumable, in its place only once it is checked."""

import re
import shutil
from collections.abc import Callable, Collection
from pathlib import Path

import urllib3
from filelock import FileLock, Timeout

from core.pretrained import HashMemory, KnownFile, hash_of
from core.sources.artwork import ItemError
from core.sources.web.addresses import AddressGuard, Resolve, Target
from core.sources.web.connections import PinnedPools
from core.sources.web.settings import read_web_settings, user_agent
from core.style.weights import Found, WeightsError, find
from core.workspace import Workspace

Progress = Callable[[int, int], None]  # bytes so far, of all

_MOST_REDIRECTS = 5
_PIECE_BYTES = 1 << 18
_TIMEOUT_SECONDS = 30.0
_SPARE = 1.5  # against the published size, which is rounded: more is another file
_REDIRECTS = (301, 302, 303, 307, 308)
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")


class DownloadStoppedError(WeightsError):
    """A person had it stopped; what has arrived is kept, and gone on with the next time."""


def target_of(known: KnownFile, workspace: Workspace) -> Path:
    """Where a download puts the file: what a page shows before it asks."""
    return workspace.data / "weights" / known.name


def download(
    known: KnownFile,
    workspace: Workspace,
    *,
    progress: Progress = lambda done, total: None,
    stop_requested: Callable[[], bool] = lambda: False,
    allowed_hosts: Collection[str] = (),
    resolve: Resolve | None = None,
) -> Found:
    """Fetch a published file into data/weights. Call it only when a person, shown URL, size and place, said so.

    A broken download is gone on with where the file has a published hash, which tells whether the parts fit together.

    Args:
        allowed_hosts: "host:port" that may be reached although they are not public, beside those of data/web.json.
        resolve: as socket.getaddrinfo.
    Raises: WeightsError, with what to do; DownloadStoppedError.
    """
    if not known.url:
        raise WeightsError(f"{known.name} cannot be had as one file. {known.licence}")
    target = target_of(known, workspace)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.partial")
    settings = read_web_settings(workspace)
    guard = AddressGuard([*settings.allowed_hosts, *allowed_hosts], **({} if resolve is None else {"resolve": resolve}))
    try:
        with FileLock(f"{partial}.lock", timeout=0), PinnedPools(guard) as pools:
            if not known.sha256_start:
                partial.unlink(missing_ok=True)  # parts of two files could not be told from one
            _check_room(known, partial)
            _fetch(pools, known, partial, user_agent(settings), progress, stop_requested)
            _check_hash(known, partial)
            partial.replace(target)
    except Timeout as error:
        raise WeightsError(f"{known.name} is being downloaded already. Wait for that to end.") from error
    except ItemError as error:  # an address that must not be reached
        raise WeightsError(f"{known.name} was not downloaded. {error}") from error
    except urllib3.exceptions.HTTPError as error:
        raise WeightsError(
            f"{known.name} was not downloaded: {known.url} could not be read to its end ({type(error).__name__}). Try "
            f"again: it goes on where it broke off. Or fetch it with a browser and put it into {target.parent}."
        ) from error
    except OSError as error:
        raise WeightsError(f"{known.name} could not be written to {target.parent}: {error}.") from error
    HashMemory(workspace).sha256(target)
    found = find(known.key, target, workspace=workspace) if known.key else None
    return found or Found(target, known, hash_of(target), is_verified=bool(known.sha256_start))


def _fetch(
    pools: PinnedPools,
    known: KnownFile,
    partial: Path,
    agent: str,
    progress: Progress,
    stop_requested: Callable[[], bool],
) -> None:
    had = partial.stat().st_size if partial.exists() else 0
    answer = _open(pools, known, agent, had)
    try:
        begins = _RANGE.fullmatch(answer.headers.get("Content-Range", "")) if answer.status == 206 else None
        goes_on = begins is not None and int(begins[1]) == had
        if had and not goes_on:
            had = 0
            if answer.status != 200:  # nothing that this part could be gone on with
                answer.close()
                answer = _open(pools, known, agent, 0)
        length = answer.headers.get("Content-Length", "")
        total = had + int(length) if length.isdecimal() else 0
        most = int(known.megabytes * 1e6 * _SPARE) + 1_000_000
        _check_size(known, total, most)
        done = had
        with partial.open("ab" if had else "wb") as handle:
            progress(done, total)
            for piece in answer.stream(_PIECE_BYTES, decode_content=False):
                if stop_requested():
                    raise DownloadStoppedError(
                        f"The download of {known.name} was stopped after {done / 1e6:,.1f} MB, which are kept."
                    )
                handle.write(piece)
                done += len(piece)
                _check_size(known, done, most)
                progress(done, total)
    finally:
        answer.close()
    if total and done != total:
        raise WeightsError(
            f"{known.url} announced {total / 1e6:,.1f} MB, but ended after {done / 1e6:,.1f}. Try again: it goes on "
            "there."
        )


def _open(pools: PinnedPools, known: KnownFile, agent: str, had: int) -> urllib3.BaseHTTPResponse:
    """The answer, after redirects, each judged like the first address."""
    target: Target = pools.guard.target(known.url)
    headers = {"User-Agent": agent, "Accept-Encoding": "identity"} | ({"Range": f"bytes={had}-"} if had else {})
    for _ in range(_MOST_REDIRECTS + 1):
        answer = pools.open("GET", target, headers=headers, timeout_seconds=_TIMEOUT_SECONDS)
        if answer.status not in _REDIRECTS:
            break
        location = answer.headers.get("Location", "")
        answer.close()
        following = pools.guard.redirected(target, location)
        if target.scheme == "https" and following.scheme != "https":
            raise WeightsError(f"{target.url} redirects to {following.url}, which anybody on the way could change.")
        target = following
    else:
        raise WeightsError(f"{known.url} redirects more than {_MOST_REDIRECTS} times.")
    if answer.status not in (200, 206, 416):
        answer.close()
        raise WeightsError(
            f"{target.site} answers {answer.status} where {known.name} should be. It may have moved: look for it on "
            "its maker's page, and put it into data/weights yourself."
        )
    return answer


def _check_room(known: KnownFile, partial: Path) -> None:
    needed = int(known.megabytes * 1e6) - (partial.stat().st_size if partial.exists() else 0)
    free = shutil.disk_usage(partial.parent).free
    if free < needed * 1.05:
        raise WeightsError(
            f"{known.name} needs {needed / 1e6:,.0f} MB more, but {partial.parent} has {free / 1e6:,.0f} MB free. "
            "Make room."
        )


def _check_size(known: KnownFile, size: int, most: int) -> None:
    if size > most:
        raise WeightsError(
            f"{known.url} has {size / 1e6:,.1f} MB or more, but {known.name} has about {known.megabytes:,.1f}: it is "
            "another file, and is not fetched."
        )


def _check_hash(known: KnownFile, partial: Path) -> None:
    """A file that fails is removed: nothing could be made of it."""
    if not known.sha256_start:
        return
    sha256 = hash_of(partial)
    if not sha256.startswith(known.sha256_start):
        partial.unlink()
        raise WeightsError(
            f"What {known.url} gave is not {known.name}: its SHA-256 begins with {sha256[:8]}, and should begin with "
            f"{known.sha256_start[:8]}. It was thrown away. Try again, or get it from another place."
        )
