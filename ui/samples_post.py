"""Brings the viewer of samples the pictures it asks for, by a fragment of its own: nothing else is drawn again.

One answer is one message of bytes: the length of its head (four bytes, little-endian), the head as JSON (which viewer,
which question, for each picture its key, its length, what is said of its cells), and the pictures behind one another.
"""

import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import streamlit as st

from ui import access

_ANSWER_STAYS_SECONDS = 3.0  # a page that ticks must not take an answer back before the browser has drawn it
_MESSAGE_BYTES = 2 << 20  # of pictures in one answer: sent in tens of milliseconds, small beside what a browser keeps
_ASSETS = Path(__file__).with_name("assets")

_post = st.components.v2.component(
    "atelier_samples_post",
    html="<div hidden></div>\n",
    js=(_ASSETS / "samples_post.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Picture:
    """A grid for the viewer."""

    data: bytes  # PNG; nothing where there is none
    refused: str = ""  # why there is none
    said: Sequence[str] = ()  # of each cell, shown where one is pointed at
    flagged: Sequence[int] = ()  # numbers of cells to be marked


class _Frame(Protocol):
    """What ui.samples.Frame is, as far as the post goes."""

    @property
    def path(self) -> Path: ...

    @property
    def make(self) -> Any: ...


def show(frames: Mapping[str, _Frame], *, key: str, first: Sequence[str] = ()) -> None:
    """Answer what the viewer `key` asks for, from now on and until it is drawn again.

    Args:
        frames: by their keys.
        first: what is in sight at once: sent along unasked, so that a page begins with its pictures.
    """
    post_key = f"{key}-post"
    asked_key = f"{key}-asked"
    begun_key = f"{key}-begun"
    last_key = f"{key}-last"

    def note_need() -> None:
        """A trigger can be read only after the component was drawn; the pictures are wanted before."""
        st.session_state[asked_key] = st.session_state[post_key].need

    @access.owner_fragment
    def post() -> None:
        asked = st.session_state.pop(asked_key, None)
        names, number = (asked.get("names"), asked.get("number")) if isinstance(asked, dict) else (None, None)
        if names is None and begun_key not in st.session_state:
            names = list(first)
        st.session_state[begun_key] = True
        wanted = [name for name in names if name in frames] if isinstance(names, list) else []
        sent_at, data = st.session_state.get(last_key, (-math.inf, b""))
        if wanted or number is not None:
            data = packed({name: frames[name] for name in dict.fromkeys(wanted)}, post=key, number=number)
            st.session_state[last_key] = (time.monotonic(), data)
        elif time.monotonic() - sent_at > _ANSWER_STAYS_SECONDS:
            data = packed({}, post=key, number=None)
            st.session_state.pop(last_key, None)
        _post(key=post_key, data=data, on_need_change=access.owner_action(note_need))

    post()


def packed(frames: Mapping[str, _Frame], *, post: str, number: int | None) -> bytes:
    """As many pictures as fit into one message, in the order asked; the first always does."""
    listed: list[dict[str, Any]] = []
    bodies: list[bytes] = []
    total = 0
    for name, frame in frames.items():
        try:
            picture = Picture(frame.path.read_bytes()) if frame.make is None else frame.make()
        except OSError:
            continue  # removed since it was listed: the browser will say that it lacks it
        if bodies and total + len(picture.data) > _MESSAGE_BYTES:
            break
        said = {"said": list(picture.said), "flagged": list(picture.flagged), "refused": picture.refused}
        listed.append({"key": name, "bytes": len(picture.data), **said})
        bodies.append(picture.data)
        total += len(picture.data)
    head = json.dumps({"post": post, "number": number, "pictures": listed}, separators=(",", ":")).encode()
    return len(head).to_bytes(4, "little") + head + b"".join(bodies)
