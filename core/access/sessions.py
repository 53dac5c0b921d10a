"""Owners' sessions: a random token in the browser, its hash on disk, an idle and an absolute end."""

import hashlib
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.files import read_json, write_json

IDLE_SECONDS = 12 * 3600.0
LONGEST_SECONDS = 7 * 86_400.0
_TOUCH_SECONDS = 30.0  # how exactly the last act of an owner is known


@dataclass(frozen=True)
class Session:
    who: str  # an e-mail address, or "owner" for whoever knows the passphrase
    how: str  # "passphrase" or "provider"
    signed_in: float  # seconds since 1970
    credential: str = ""  # a digest of what was signed in with: where that has changed, the session counts no more


class Sessions:
    """One small file per session, named by the hash of its token: who reads the disk cannot sign in with what is there.

    A file is written once; its time of change is the last act of the owner. Signing out leaves the file behind with the
    mark "ended" until the session would have ended anyway, so that nothing, no late write and no older cookie, brings
    it back.
    """

    def __init__(
        self,
        folder: Path,
        *,
        idle_seconds: float = IDLE_SECONDS,
        longest_seconds: float = LONGEST_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.idle_seconds = idle_seconds
        self.longest_seconds = longest_seconds
        self._folder = folder
        self._clock = clock

    def sign_in(self, who: str, how: str = "passphrase", credential: str = "") -> str:
        """Begin a session; return its token: 256 random bits, for the browser alone."""
        token = secrets.token_urlsafe(32)
        self._begin(self._path("token", token), Session(who, how, self._clock(), credential))
        return token

    def owner_of(self, token: str, *, acts: bool = True) -> Session | None:
        """The session of a token; None once it has ended.

        Args:
            acts: whether a person does something now, which puts off the idle end; False for what a page does alone.
        """
        return self._living(self._path("token", token), acts) if token else None

    def sign_out(self, token: str) -> None:
        """End a session in all its tabs, at once."""
        self._end(self._path("token", token))

    def of_identity(self, identity: str, who: str, signed_in: float, *, acts: bool = True) -> Session | None:
        """The session of somebody whom an identity provider vouched for at a moment; begins it at the first look.

        The provider's cookie outlives our sessions. A sign-in there counts for one session here: once that has ended,
        only a new sign-in (with a new time) begins another.

        Args:
            identity: names the sign-in: issuer, subject and time.
            signed_in: seconds since 1970, by the provider.
        """
        if not signed_in - 300 <= self._clock() <= signed_in + self.longest_seconds:  # clocks may differ by minutes
            return None
        path = self._path("identity", identity)
        if not path.exists():
            self._begin(path, Session(who, "provider", signed_in))
        return self._living(path, acts)

    def end_identity(self, identity: str) -> None:
        """End the session of a sign-in at the provider, in all its tabs, at once."""
        self._end(self._path("identity", identity))

    def end_all(self, who: str) -> int:
        """End every session of an owner, on all devices; return how many there were."""
        ended = 0
        for path in self._folder.glob("*.json"):
            record = _record(path)
            if record and record["who"] == who and not record["ended"]:
                self._end(path)
                ended += 1
        return ended

    def sweep(self) -> None:
        """Remove the files of sessions that ended long ago."""
        for path in self._folder.glob("*.json"):
            record = _record(path)
            if record and self._clock() - record["signed_in"] > self.longest_seconds + 86_400:
                path.unlink(missing_ok=True)

    def _path(self, kind: str, secret: str) -> Path:
        # The kind is hashed with it: what names a sign-in at a provider is no secret, and must never pass for a token.
        digest = hashlib.sha256(f"{kind}\n{secret}".encode(errors="surrogatepass")).hexdigest()
        return self._folder / f"{digest}.json"

    def _begin(self, path: Path, session: Session) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.sweep()
        record = {**asdict(session), "ended": False}
        written = self._folder / f"{secrets.token_hex(8)}.tmp"
        try:
            write_json(written, record)
            os.utime(written, (self._clock(), self._clock()))
            # A link, and not a rename: of two tabs that begin the session of one sign-in, or of one that begins it and
            # one that ends it, only the first makes the file, and nobody sees half of it.
            os.link(written, path)
        except FileExistsError:
            return
        finally:
            written.unlink(missing_ok=True)

    def _living(self, path: Path, acts: bool) -> Session | None:
        record = _record(path)
        try:
            seen = path.stat().st_mtime
        except FileNotFoundError:
            return None
        now = self._clock()
        if record is None or record["ended"] or now - record["signed_in"] > self.longest_seconds:
            return None
        if now - seen > self.idle_seconds:
            self._end(path)
            return None
        if acts and abs(now - seen) > _TOUCH_SECONDS:
            try:
                os.utime(path, (now, now))
            except FileNotFoundError:
                return None
        return Session(record["who"], record["how"], record["signed_in"], record["credential"])

    def _end(self, path: Path) -> None:
        record = _record(path)
        if record is not None:
            write_json(path, {**record, "ended": True})


def _record(path: Path) -> dict[str, Any] | None:
    """What is known of a session; None if there is none, or if its file is damaged, which lets nobody in."""
    try:
        record = read_json(path)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None
