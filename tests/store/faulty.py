"""A proxy between a client and an S3 server that does harm where it is told to."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar, Literal
from urllib.parse import urlsplit

Kind = Literal[
    "500",
    "503 SlowDown",
    "slow",
    "silence",
    "cut answer",
    "wrong answer",
    "cut request",
    "wrong request",
    "lost answer",
]
ALWAYS = 1_000_000
SLOW_SECONDS = 3.0
"""How long a request waits that is to be slow: longer than its client does."""

_ERRORS = {
    "500": (500, "InternalError", "We encountered an internal error. Please try again."),
    "503 SlowDown": (503, "SlowDown", "Please reduce your request rate."),
}


@dataclass
class Fault:
    """What befalls the next `times` requests of that method whose path and query hold `inside`."""

    kind: Kind
    method: str
    inside: str = ""
    times: int = 1


@dataclass
class FaultyServer:
    """The proxy: requests go to `behind`, unless one of `faults` befalls them."""

    endpoint: str
    behind: str
    faults: list[Fault] = field(default_factory=list)
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    """Method, path with query, and `Range` of each request."""
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next_fault(self, method: str, path: str, range_: str) -> Kind | None:
        with self.lock:
            self.requests.append((method, path, range_))
            for fault in self.faults:
                if fault.times and fault.method == method and fault.inside in path:
                    fault.times -= 1
                    return fault.kind
        return None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    faulty: ClassVar[FaultyServer]

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""

    def _answer(self) -> None:
        kind = self.faulty.next_fault(self.command, self.path, self.headers.get("Range", ""))
        length = int(self.headers.get("Content-Length", 0))
        if kind == "cut request":
            self.rfile.read(length // 2)
            self.close_connection = True
            return
        body = self.rfile.read(length)
        if kind in _ERRORS:
            self._send_error(*_ERRORS[kind])
            return
        if kind == "slow":
            self.faulty.over.wait(SLOW_SECONDS)
        if kind == "wrong request":
            body = _flipped(body)
        status, headers, answer = self._forwarded(body)
        if kind == "lost answer":
            self.close_connection = True
            return
        self._send(status, headers, _flipped(answer) if kind == "wrong answer" else answer, kind)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _answer  # noqa: N815 - the names that the base class calls

    def _forwarded(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        behind = urlsplit(self.faulty.behind)
        assert behind.hostname
        connection = http.client.HTTPConnection(behind.hostname, behind.port)
        try:
            headers = {name: value for name, value in self.headers.items() if name != "Expect"}
            # The host stays that of the proxy: it is what the client has signed.
            connection.request(self.command, self.path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def _send_error(self, status: int, code: str, message: str) -> None:
        text = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
        self._send(status, [("Content-Type", "application/xml"), ("Content-Length", str(len(text)))], text, None)

    def _send(self, status: int, headers: list[tuple[str, str]], body: bytes, kind: Kind | None) -> None:
        self.send_response_only(status)
        known = {name.lower() for name, _ in headers}
        for name, value in headers:
            if name.lower() not in ("transfer-encoding", "connection"):
                self.send_header(name, value)
        if "content-length" not in known:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if kind in ("cut answer", "silence"):
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            if kind == "silence":
                self.faulty.over.wait()
            self.close_connection = True
            return
        self.wfile.write(body)


@contextmanager
def faulty_server(behind: str) -> Iterator[FaultyServer]:
    """A proxy before the server at `behind`, on a free port."""

    class Handler(_Handler):
        pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.block_on_close = False
        Handler.faulty = FaultyServer(f"http://127.0.0.1:{server.server_port}", behind)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield Handler.faulty
        finally:
            Handler.faulty.over.set()
            server.shutdown()
            thread.join()


def _flipped(body: bytes) -> bytes:
    half = len(body) // 2
    return body[:half] + bytes([body[half] ^ 1]) + body[half + 1 :] if body else body
