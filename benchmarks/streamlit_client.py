"""A Streamlit session without a browser: the same websocket, the same messages, as cheap as a client can be.

It does what Streamlit's page does with the wire (`streamlit.proto`): opens /_stcore/stream with the subprotocol, asks
for a run with page, query string and address, keeps the elements of the page by their place, answers from the cache of
large messages when the server sends only a hash, and sends widget values back, within the fragment they belong to.
"""

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

_TRIGGERS = "$$STREAMLIT_INTERNAL_KEY_{}__events"  # where a component's events go, beside its own id
_CACHED_RUNS = 2  # how many runs a browser keeps a large message that is not sent again


class Files:
    """One kept-alive HTTP connection, as a browser has for the pictures of a page. Requests wait for one another."""

    def __init__(self, url: str) -> None:
        self._address = urlsplit(url)
        self._turn = asyncio.Lock()
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> bytes:
        """Raises: SessionError for another status than 200."""
        async with self._turn:
            if self._streams is not None:
                try:
                    return await self._ask(path, *self._streams)
                except (asyncio.IncompleteReadError, ConnectionError):
                    self._streams[1].close()  # the server closes connections that were idle for some seconds
            self._streams = await asyncio.open_connection(self._address.hostname, self._address.port)
            return await self._ask(path, *self._streams)

    async def _ask(self, path: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {self._address.netloc}\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        size = head.partition("\r\ncontent-length:")[2].partition("\r\n")[0]
        body = await reader.readexactly(int(size))
        if " 200 " not in head.partition("\r\n")[0]:
            raise SessionError(f"{path} was answered with {head.splitlines()[0]}")
        return body

    async def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()


class SessionError(RuntimeError):
    """The page did not do what was waited for."""


@dataclass
class _Placed:
    element: Element
    fragment_id: str
    run: int


class Session:
    """One tab. Use as an async context manager.

    Args:
        url: the app's address, as in "http://127.0.0.1:8501".
        page, query: what stands behind it, as in "rate" and "link=abc".
        token: against forged requests, as in the cookie _streamlit_xsrf; without it the server believes no st.user.
        options: handed to `websockets.connect`, such as `ssl` or `additional_headers`.
    """

    def __init__(
        self, url: str, *, page: str = "", query: str = "", token: str = "PLACEHOLDER_AUTH_TOKEN", **options: Any
    ) -> None:
        self.url, self.page, self.query = url.rstrip("/"), page, query
        self.received_bytes = 0
        self.messages = 0
        self.pages: list[Any] = []  # those that the router handed to this visitor, with `url_pathname`
        self._token = token
        self._options = options
        self._elements: dict[tuple[int, ...], _Placed] = {}
        self._cache: dict[str, tuple[ForwardMsg, int]] = {}
        self._states: dict[str, WidgetState] = {}
        self._page_hash = ""
        self._runs = 0
        self._running = False
        self._changed = asyncio.Event()
        self.on_change: Callable[[], None] = lambda: None

    async def __aenter__(self) -> "Session":
        address = urlsplit(self.url)
        scheme = "wss" if address.scheme == "https" else "ws"
        self._socket: ClientConnection = await connect(
            f"{scheme}://{address.netloc}{address.path}/_stcore/stream",
            subprotocols=["streamlit", self._token],  # as the browser's page does
            compression=None,
            max_size=None,
            open_timeout=60,
            ping_interval=None,
            proxy=None,
            **({"origin": f"{address.scheme}://{address.netloc}"} | self._options),
        )
        self._reader = asyncio.create_task(self._read())
        await self.rerun()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reader.cancel()
        await self._socket.close()

    # ---- what is on the page -----------------------------------------------------------------------------------------

    def elements(self, kind: str) -> Iterator[Any]:
        """The elements of one kind ("markdown", "button", "alert", ...) from top to bottom."""
        for place in sorted(self._elements):
            placed = self._elements[place]
            if placed.element.WhichOneof("type") == kind:
                yield getattr(placed.element, kind)

    def component(self, name: str) -> Any | None:
        """The component of a name, or None while the page has none. Its data: `json.loads(component.json)`."""
        return next((found for found in self.elements("bidi_component") if found.component_name == name), None)

    def text(self) -> str:
        """All that the page says, for messages about what went wrong."""
        said = [found.body for kind in ("heading", "markdown", "alert") for found in self.elements(kind)]
        said += [f"{found.type}: {found.message}" for found in self.elements("exception")]
        return " | ".join(said)

    async def until(self, holds: Callable[[], Any], *, what: str, timeout_seconds: float = 60) -> Any:
        """Wait until `holds` returns something true, and return it. Raises: SessionError when time is up."""
        try:
            async with asyncio.timeout(timeout_seconds):
                while not (found := holds()):
                    if self._reader.done():
                        raise SessionError(
                            f"The connection closed while waiting for {what}. {self._reader.exception()}"
                        )
                    self._changed.clear()
                    await self._changed.wait()
                return found
        except TimeoutError:
            raise SessionError(f"Waited {timeout_seconds:g} s for {what}; the page says: {self.text()[:500]}") from None

    def wake(self) -> None:
        """Have whoever waits look again: something changed that did not come through the websocket."""
        self._changed.set()

    @property
    def is_idle(self) -> bool:
        return self._runs > 0 and not self._running

    # ---- what a person does ------------------------------------------------------------------------------------------

    async def click(self, label: str) -> None:
        """Press the button whose label begins with `label`."""
        button = next((found for found in self.elements("button") if found.label.startswith(label)), None)
        if button is None:
            raise SessionError(f"No button {label!r} on the page; it says: {self.text()[:500]}")
        await self.rerun(WidgetState(id=button.id, trigger_value=True), fragment_id=self._fragment_of(button.id))

    async def set_value(self, widget_id: str, **value: Any) -> None:
        """Give a widget a lasting value, such as `bool_value=True`."""
        self._states[widget_id] = WidgetState(id=widget_id, **value)
        await self.rerun(fragment_id=self._fragment_of(widget_id))

    async def trigger(self, component_id: str, event: str, value: Any) -> None:
        """What `setTriggerValue(event, value)` does in a component's JavaScript."""
        payload = json.dumps([{"event": event, "value": value}])
        state = WidgetState(id=_TRIGGERS.format(component_id), json_trigger_value=payload)
        await self.rerun(state, fragment_id=self._fragment_of(component_id))

    async def rerun(self, *triggers: WidgetState, fragment_id: str = "") -> None:
        message = BackMsg()
        state = message.rerun_script
        state.query_string = self.query
        state.page_script_hash = self._page_hash
        state.page_name = "" if self._page_hash else self.page
        state.fragment_id = fragment_id
        state.context_info.url = f"{self.url}/{self.page}" + (f"?{self.query}" if self.query else "")
        state.context_info.timezone = "UTC"
        state.context_info.locale = "en"
        state.widget_states.widgets.extend([*self._states.values(), *triggers])
        state.cached_message_hashes.extend(self._cache)
        self._running = True
        await self._socket.send(message.SerializeToString())

    # ---- the wire ----------------------------------------------------------------------------------------------------

    def _fragment_of(self, widget_id: str) -> str:
        for placed in self._elements.values():
            kind = placed.element.WhichOneof("type")
            if getattr(getattr(placed.element, kind), "id", None) == widget_id:
                return placed.fragment_id
        return ""

    async def _read(self) -> None:
        async for raw in self._socket:
            self.received_bytes += len(raw)
            self.messages += 1
            message = ForwardMsg.FromString(raw)
            if message.WhichOneof("type") == "ref_hash":
                kept, _ = self._cache[message.ref_hash]
                self._cache[message.ref_hash] = (kept, self._runs)
                metadata = message.metadata
                message = ForwardMsg()
                message.CopyFrom(kept)
                message.metadata.CopyFrom(metadata)
            elif message.metadata.cacheable:
                self._cache[message.hash] = (message, self._runs)
            self._take(message)
            self._changed.set()
            self.on_change()
        self._changed.set()

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "delta":
            place = tuple(message.metadata.delta_path)
            delta = message.delta
            if delta.WhichOneof("type") == "new_element":
                self._elements[place] = _Placed(delta.new_element, delta.fragment_id, self._runs)
        elif kind == "new_session":
            self._runs += 1
            self._running = True
            self._page_hash = message.new_session.page_script_hash or self._page_hash
        elif kind == "navigation":
            self._page_hash = message.navigation.page_script_hash  # the page that the router chose for the name
            self.pages = list(message.navigation.app_pages)
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "script_finished":
            self._running = False
            if message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                self._forget_stale(frozenset(message.metadata.run.fragment_ids))

    def _forget_stale(self, fragments: frozenset[str]) -> None:
        """What the run that ended did not draw again is gone: of the fragments that ran, or else of all the page."""
        self._elements = {
            place: placed
            for place, placed in self._elements.items()
            if placed.run == self._runs or (fragments and placed.fragment_id not in fragments)
        }
        self._cache = {
            name: (message, run) for name, (message, run) in self._cache.items() if self._runs - run <= _CACHED_RUNS
        }
