"""A receiver of webhooks on this machine, a clock that is moved, and what is sent to the one by the other."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from reel.catalogue import Catalogue, NewGeneration
from reel.control.webhooks import Sender


class Receiver:
    """Remembers what it was sent; answers with the status that `answer` gives for the number of the request."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answer: Callable[[int], int] = lambda number: 200
        self.hold = threading.Event()
        self.hold.set()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def types(self) -> list[str]:
        return [json.loads(body)["type"].removeprefix("generation.") for _, body in self.got]

    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.got]


@contextmanager
def serving(receiver: Receiver) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            status = receiver.answer(len(receiver.got))
            receiver.hold.wait(20)
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "http://169.254.169.254/")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", receiver.port), Handler)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        receiver.hold.set()
        server.shutdown()
        server.server_close()
        thread.join()


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


def made(catalogue: Catalogue) -> str:
    """A generation from queued to done: three events."""
    with catalogue.tenant("acme") as records:
        generation, _ = records.add(NewGeneration(kind="mixer", request={}))
        for status in ("fetching", "rendering", "saving", "done"):
            records.move(generation.id, status)
    return generation.id


def endpoint(catalogue: Catalogue, url: str) -> str:
    with catalogue.tenant("acme") as records:
        return records.add_endpoint(url).secret


def deliver_due(catalogue: Catalogue, clock: Clock) -> int:
    """Send what is due and what becomes due by that; how many events were sent."""
    sender = Sender(catalogue, clock)
    sender.begin()
    return sender.wait()


def drain(catalogue: Catalogue, clock: Clock, rounds: int = 30) -> None:
    """Send until nothing is left, with all the time in the world between attempts."""
    for _ in range(rounds):
        deliver_due(catalogue, clock)
        clock.now += timedelta(hours=30)
