"""One picture from a web address, for a person who waits: asked for as politely and as guardedly as any collection."""

import time
from urllib.parse import unquote, urlsplit

from core.errors import AtelierError
from core.pictures.chosen import ChosenPicture, keep_picture
from core.sources.artwork import StoppedError
from core.sources.web.client import WebClient
from core.workspace import Workspace

PATIENCE_SECONDS = 40.0  # of somebody in front of a page; a collection waits much longer
_LONGEST_NAME = 80  # characters


class FetchError(AtelierError):
    """A picture could not be had in the time that a person waits."""


def fetch_picture(workspace: Workspace, address: str, *, patience_seconds: float = PATIENCE_SECONDS) -> ChosenPicture:
    """Ask for a picture and keep it. Private addresses, robots.txt and opt-outs are heeded; what the lab's web
    settings allow is allowed here too.

    Args:
        address: of the picture itself, not of a page that shows it.
    Raises: ItemError if it cannot be had, HostClosedError, FetchError after `patience_seconds`, ImageError if it is
        refused. Nothing is stored then.
    """
    address = address.strip()
    give_up = time.monotonic() + patience_seconds
    with WebClient(workspace, stop_requested=lambda: time.monotonic() > give_up) as client:
        try:
            picture = client.picture([address])
        except StoppedError as error:
            waits = "; ".join(f"{wait.host}: {wait.why}" for wait in client.waiting())
            raise FetchError(
                f"The picture did not arrive within {patience_seconds:.0f} seconds{f' ({waits})' if waits else ''}. "
                "Try again later, or save it on your computer and upload the file."
            ) from error
        chosen = keep_picture(workspace, picture.data, label=_name(address))
        client.kept(picture, chosen.sha256)
    return chosen


def _name(address: str) -> str:
    """What the address calls the picture: its last part, or the host where it has none."""
    split = urlsplit(address)
    return (unquote(split.path).rstrip("/").rpartition("/")[2] or split.hostname or address)[:_LONGEST_NAME]
