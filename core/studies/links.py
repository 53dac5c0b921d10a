"""Who may vote: the link of a study, its raters' ids, opening and closing.

The link carries a token nobody can guess; whoever has it may rate, without an account. Each visitor gets a random
rater id, kept in the URL, so that a reload goes on where it was. Nothing about the person is stored.
"""

import hmac
import re
import secrets
from dataclasses import asdict, dataclass, replace
from urllib.parse import urlencode, urlsplit, urlunsplit

from core.files import read_json, write_json
from core.studies.clock import now_text
from core.studies.errors import LinkError
from core.studies.study import Study, study_folders
from core.workspace import Workspace

_RATER_ID = re.compile(r"[A-Za-z0-9_-]{16}")


@dataclass(frozen=True)
class Access:
    """access.json: the one part of a study that changes besides its votes."""

    token: str
    is_open: bool
    changed: str  # ISO 8601, UTC


def create_access(study: Study) -> Access:
    """The first link of a study, open."""
    return _write(study, Access(secrets.token_urlsafe(16), is_open=True, changed=now_text()))


def access(study: Study) -> Access:
    """Raises: LinkError if the study has none, which happens only when somebody removed the file."""
    value = read_json(study.path / "access.json")
    if value is None:
        raise LinkError()
    return Access(**value)


def close_study(study: Study) -> Access:
    """Take no more votes. Links then say so; nothing is lost."""
    return _write(study, replace(access(study), is_open=False, changed=now_text()))


def reopen_study(study: Study) -> Access:
    """Take votes again, on the same link."""
    return _write(study, replace(access(study), is_open=True, changed=now_text()))


def replace_link(study: Study) -> Access:
    """A new token: the old link stops working for everybody, votes already given stay."""
    return _write(study, replace(access(study), token=secrets.token_urlsafe(16), changed=now_text()))


def study_of_link(workspace: Workspace, token: str) -> Study:
    """The study that a link opens, also when it is closed.

    Raises: LinkError for a token that no study has.
    """
    found = None
    for folder in study_folders(workspace):
        value = read_json(folder / "access.json")
        # Every token is compared, each in constant time: how long a refusal takes tells nothing about how close it was.
        if value is not None and hmac.compare_digest(value["token"].encode(), token.encode()):
            found = folder
    if found is None:
        raise LinkError()
    return Study(found)


def rating_url(page_url: str, token: str, rater_id: str | None = None) -> str:
    """The absolute link to share, from the URL of any page of the app.

    >>> rating_url("http://lab.example:8501/studies?study=x", "abc")
    'http://lab.example:8501/rate?link=abc'
    """
    scheme, host, path, _, _ = urlsplit(page_url)
    base = path.rstrip("/").rpartition("/")[0]
    query = {"link": token} | ({"rater": rater_id} if rater_id else {})
    return urlunsplit((scheme, host, f"{base}/rate", urlencode(query), ""))


def new_rater_id() -> str:
    """16 characters, 96 random bits."""
    return secrets.token_urlsafe(12)


def is_rater_id(text: str) -> bool:
    """Whether a text from a URL has the form of a rater id."""
    return _RATER_ID.fullmatch(text) is not None


def _write(study: Study, value: Access) -> Access:
    write_json(study.path / "access.json", asdict(value))
    return value
