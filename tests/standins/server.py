"""A real HTTP server on loopback whose answers are given by a function, and whose faults are faults of the wire."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

CANARY = "127.0.0.9"  # a private address that nothing may be led to; see `StandIn(host=...)`


@dataclass(frozen=True)
class Request:
    """What a client asked for."""

    method: str
    path: str  # still percent-encoded
    query: tuple[tuple[str, str], ...]  # decoded, in the order in which they were sent
    headers: Mapping[str, str]  # names in lower case
    at: float  # time.monotonic()
    body: bytes = b""

    def param(self, name: str, default: str = "") -> str:
        return next((value for key, value in self.query if key == name), default)


@dataclass(frozen=True)
class Answer:
    """What the server sends, and how it misbehaves while sending it."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()  # as they stand, doubled names included
    announce: int | None = None  # Content-Length to announce in place of the true one
    cut_after: int | None = None  # bytes of the body after which the connection is dropped
    drip_seconds: float = 0.0  # pause after each `drip_bytes` of the body
    drip_bytes: int = 256
    delay_seconds: float = 0.0  # before the first byte


def as_json(value: object, status: int = 200, **more: object) -> Answer:
    return Answer(status, json.dumps(value).encode(), "application/json", **more)  # type: ignore[arg-type]


@dataclass
class StandIn:
    """Runs `answer` on 127.0.0.1 (or another 127.0.0.x) while the `with` block lasts; remembers every request."""

    answer: Callable[[Request], Answer]
    host: str = "127.0.0.1"
    port: int = 0
    seen: list[Request] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def netloc(self) -> str:
        return f"{self.host}:{self.port}"

    def asked_for(self, path: str) -> int:
        """How often a path was requested."""
        with self._lock:
            return sum(request.path == path for request in self.seen)

    def __enter__(self) -> "StandIn":
        self._lock = threading.Lock()
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def handle_one_request(self) -> None:
                with contextlib.suppress(ConnectionError, TimeoutError):
                    super().handle_one_request()

            def do_GET(self) -> None:
                split = urlsplit(self.path)
                request = Request(
                    method=self.command,
                    path=split.path,
                    query=tuple(parse_qsl(split.query, keep_blank_values=True)),
                    headers={name.lower(): value for name, value in self.headers.items()},
                    at=time.monotonic(),
                    body=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
                )
                with stand_in._lock:
                    stand_in.seen.append(request)
                self._send(request, stand_in.answer(request))

            do_HEAD = do_POST = do_GET  # noqa: N815, the names that http.server looks for

            def _send(self, request: Request, answer: Answer) -> None:
                time.sleep(answer.delay_seconds)
                self.send_response(answer.status)
                names = {name.lower() for name, _ in answer.headers}
                if "content-type" not in names and answer.content_type:
                    self.send_header("Content-Type", answer.content_type)
                if "content-length" not in names:
                    self.send_header(
                        "Content-Length", str(len(answer.body) if answer.announce is None else answer.announce)
                    )
                for name, value in answer.headers:
                    self.send_header(name, value)
                    if name.lower() == "connection" and value.lower() == "close":
                        self.close_connection = True
                self.end_headers()
                if request.method == "HEAD":
                    return
                body = answer.body if answer.cut_after is None else answer.body[: answer.cut_after]
                if answer.drip_seconds:
                    for start in range(0, len(body), answer.drip_bytes):
                        self.wfile.write(body[start : start + answer.drip_bytes])
                        self.wfile.flush()
                        time.sleep(answer.drip_seconds)
                else:
                    self.wfile.write(body)
                if answer.cut_after is not None or (answer.announce is not None and answer.announce > len(body)):
                    self.wfile.flush()
                    self.close_connection = True
                    with contextlib.suppress(OSError):
                        self.connection.shutdown(socket.SHUT_RDWR)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer((self.host, self.port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
