"""Who may vote: the links of a study, its raters' ids, opening and closing.

A link carries a token nobody can guess; whoever has it may rate, without an account. The open link is for everybody,
up to the number of raters that the design allows; an invitation is for one person. Each visitor gets a random rater id,
kept in the URL, so that a reload goes on where it was. Nothing about the person is stored.
"""

import hmac
import os
import re
import secrets
import string
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from core.errors import ConfigError, NotFoundError
from core.files import read_json, write_json
from core.studies.clock import now_seconds, now_text, seconds_of
from core.studies.errors import LinkError
from core.studies.study import Study, study_folders
from core.workspace import Workspace

MOST_INVITATIONS = 2000
_ID_LETTERS = string.ascii_letters + string.digits
_RATER_ID = re.compile(r"[A-Za-z0-9_-]{16}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")


@dataclass(frozen=True)
class Invitation:
    """A link for one person. Who that is, is nowhere stored: the owner sends number 7 to whom they like."""

    id: str  # "1", "2", ...
    token: str


@dataclass(frozen=True)
class Access:
    """access.json: the one part of a study that changes besides its votes."""

    token: str  # of the open link; "": there is none, only invitations
    is_open: bool
    changed: str  # ISO 8601, UTC
    expires: str = ""  # ISO 8601, UTC; no votes are taken after it
    invitations: tuple[Invitation, ...] = ()
    invited: int = 0  # invitations ever made: the number of a revoked one is never given to another person

    def takes_votes(self, *, now: float | None = None) -> bool:
        """Whether the study is open and its links have not expired. now: seconds since the epoch."""
        expired = self.expires and (now_seconds() if now is None else now) > seconds_of(self.expires)
        return self.is_open and not expired


@dataclass(frozen=True)
class Opened:
    """What a link opens."""

    study: Study
    invitation: str = ""  # its id; "": the open link


def create_access(study: Study) -> Access:
    """The first link of a study, open."""
    return _write(study, Access(_new_token(), is_open=True, changed=now_text()))


def access(study: Study) -> Access:
    """As it is now; read again only when the file has changed, since every vote asks.

    Raises: LinkError if the study has none, which happens only when somebody removed the file.
    """
    path = study.path / "access.json"
    try:
        found = path.stat()
    except FileNotFoundError:
        raise LinkError() from None
    return _read(path, found.st_mtime_ns, found.st_ino, found.st_size)


def close_study(study: Study) -> Access:
    """Take no more votes. Links then say so; nothing is lost."""
    return _change(study, is_open=False)


def reopen_study(study: Study) -> Access:
    """Take votes again, on the same links."""
    return _change(study, is_open=True)


def replace_link(study: Study) -> Access:
    """A new token for the open link: the old one stops working for everybody, votes already given stay."""
    return _change(study, token=_new_token())


def remove_open_link(study: Study) -> Access:
    """Only invitations open the study from now on."""
    return _change(study, token="")


def set_expiry(study: Study, expires: str) -> Access:
    """No votes after this moment. expires: ISO 8601 with its offset from UTC, or "" for never.

    Raises: ConfigError for something else.
    """
    if expires:
        try:
            seconds_of(expires)
        except ValueError as error:
            raise ConfigError(f"{expires!r} is no moment in time. Write it as 2027-01-31T18:00:00+01:00.") from error
    return _change(study, expires=expires)


def invite(study: Study, count: int) -> Access:
    """Add links that are for one person each.

    Raises: ConfigError for a number that makes no sense, or more than 2,000 in all.
    """
    given = access(study)
    present = given.invitations
    if count < 1 or len(present) + count > MOST_INVITATIONS:
        raise ConfigError(
            f"{count} invitations were asked for, with {len(present)} there. A study has 1 to {MOST_INVITATIONS}."
        )
    last = given.invited + count
    added = tuple(Invitation(str(number), _new_token()) for number in range(given.invited + 1, last + 1))
    return _change(study, invitations=present + added, invited=last)


def revoke(study: Study, invitation_id: str) -> Access:
    """An invitation stops working; votes already given on it stay. Raises: NotFoundError."""
    present = access(study).invitations
    kept = tuple(invitation for invitation in present if invitation.id != invitation_id)
    if len(kept) == len(present):
        raise NotFoundError("invitation", invitation_id, [invitation.id for invitation in present])
    return _change(study, invitations=kept)


def open_link(workspace: Workspace, token: str) -> Opened:
    """The study that a link opens, also when it is closed.

    Raises: LinkError for a token that no study has.
    """
    found = None
    if not _TOKEN.fullmatch(token):
        raise LinkError()
    for folder in study_folders(workspace):
        value = read_json(folder / "access.json")
        if value is None:
            continue
        given = _from_json(value)
        for invitation, known in (("", given.token), *((entry.id, entry.token) for entry in given.invitations)):
            # Every token is compared, each in constant time: how long a refusal takes says nothing of how close it was.
            if hmac.compare_digest(known.encode(), token.encode()):
                found = folder, invitation
    if found is None:
        raise LinkError()
    return Opened(Study(found[0]), found[1])


def study_of_link(workspace: Workspace, token: str) -> Study:
    """The study that a link opens. Raises: LinkError."""
    return open_link(workspace, token).study


def rating_url(page_url: str, token: str, rater_id: str | None = None, *, embed: bool = False) -> str:
    """The absolute link to share, from the URL of any page of the app.

    Args:
        embed: without the app's frame around it, for a frame in another page.

    >>> rating_url("http://lab.example:8501/studies?study=x", "abc")
    'http://lab.example:8501/rate?link=abc'
    """
    scheme, host, path, _, _ = urlsplit(page_url)
    base = path.rstrip("/").rpartition("/")[0]
    query = {"link": token} | ({"rater": rater_id} if rater_id else {}) | ({"embed": "true"} if embed else {})
    return urlunsplit((scheme, host, f"{base}/rate", urlencode(query), ""))


def raters_page(page_url: str) -> str:
    """The page from which rating links are made.

    Where raters are served by a process of their own, ATELIER_RATING_PAGE names its address ("https://rate.example.org");
    else it is the app that the owner looks at.

    Raises: ConfigError for an address that is none.
    """
    base = os.environ.get("ATELIER_RATING_PAGE", "").strip()
    if not base:
        return page_url
    scheme, host, path, _, _ = urlsplit(base)
    if scheme not in ("http", "https") or not host:
        raise ConfigError(
            f"ATELIER_RATING_PAGE is {base!r}, which is no address. Write it as https://rate.example.org, or leave it "
            "out where this app itself is what raters reach."
        )
    return urlunsplit((scheme, host, f"{path.rstrip('/')}/studies", "", ""))


def new_rater_id() -> str:
    """16 letters and digits, 95 random bits.

    No "_": Streamlit refuses a component whose key holds two of them in a row, and a card's key holds the rater's id.
    """
    return "".join(secrets.choice(_ID_LETTERS) for _ in range(16))


def is_rater_id(text: str) -> bool:
    """Whether a text from a URL has the form of a rater id."""
    return _RATER_ID.fullmatch(text) is not None


@lru_cache(maxsize=256)
def _read(path: Path, changed_ns: int, inode: int, size: int) -> Access:
    """The file of that state: it is replaced as a whole, so its number changes even where its time does not."""
    value = read_json(path)
    if value is None:
        raise LinkError()
    return _from_json(value)


def _new_token() -> str:
    """22 characters, 128 random bits."""
    return secrets.token_urlsafe(16)


def _from_json(value: Mapping[str, Any]) -> Access:
    invitations = tuple(Invitation(**entry) for entry in value.get("invitations", ()))
    return Access(**{**value, "invitations": invitations})


def _change(study: Study, **values: Any) -> Access:
    return _write(study, replace(access(study), **values, changed=now_text()))


def _write(study: Study, value: Access) -> Access:
    write_json(study.path / "access.json", asdict(value))
    return value
