"""The warm process beside the gateway: it shows frames of requests before they are made, and looks at what tenants upload.

    python -m deployments.preview

It listens where `REEL_PREVIEW` says. As many frames are made at once as there are processors (`REEL_JOBS`), a few wait, and
whoever comes then is told to come again; so whatever is asked for takes bounded time and memory. Strangers' bytes are read by
confined children alone, as in a worker. Whoever asks proves to know the installation's secret.

    POST /frame {"tenant": "acme", "request": {...}, "look": {"frame": 2.5}}     # image/jpeg
    GET /health
"""

from __future__ import annotations

import hmac
import json
import logging
import os
import signal
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from reel.control.allowed import allowed_to
from reel.control.ledger import this_catalogue
from reel.control.library import Library
from reel.control.previews import BODY_BYTES, KEY_HEADER, PURPOSE, WARNINGS_HEADER
from reel.control.stores import this_library
from reel.environment import close_roots
from reel.errors import Internal, InvalidRequest, ReelError
from reel.generate.frames import Frame, frame_of
from reel.generate.inspecting import Inspector
from reel.make.worker import Worker, this_worker
from reel.request.look import Look
from reel.secrets import every_derived
from reel.settings import settings
from reel.telemetry.logs import set_up
from reel.web.sockets import split_address

log = logging.getLogger("reel.preview")

LOOK_EVERY = 0.5
"""Seconds between two looks for assets that have come."""
TIDY_EVERY = 60.0
SWEEP_EVERY = 3600.0
ORPHAN_SECONDS = 24 * 3600.0
"""An object that no asset has is left alone for so long: it may be one whose asset is about to have it."""
IDLE_SECONDS = 30.0
"""A connection that says nothing for so long is closed."""


class Full(Exception):
    """Too much is asked for already."""


@dataclass
class Desks:
    """Places for those who wait for frames."""

    making: int
    waiting: int
    _room: threading.Semaphore = field(init=False)
    _all: threading.BoundedSemaphore = field(init=False)

    def __post_init__(self) -> None:
        self._room = threading.Semaphore(self.making)
        self._all = threading.BoundedSemaphore(self.making + self.waiting)

    @contextmanager
    def taken(self, until: float) -> Iterator[None]:
        """Hold a place; wait for it until a moment (`time.monotonic`). Raises `Full`."""
        if not self._all.acquire(blocking=False):
            raise Full
        try:
            if not self._room.acquire(timeout=max(0.0, until - time.monotonic())):
                raise Full
            try:
                yield
            finally:
                self._room.release()
        finally:
            self._all.release()


@dataclass(frozen=True)
class Previewer:
    """Makes frames for whoever asks."""

    worker: Worker
    desks: Desks
    seconds: float

    def frame(self, order: dict[str, Any]) -> Frame:
        """The frame that is asked for. Raises `Full`; as `frame_of`."""
        until = time.monotonic() + self.seconds
        try:
            tenant, document, look = str(order["tenant"]), order["request"], Look.model_validate(order["look"])
        except (KeyError, TypeError, ValidationError) as error:
            raise Internal.at("preview", f"was asked for something else than a frame: {error}") from None
        if not isinstance(document, dict):
            raise InvalidRequest.at("request", "is not a JSON object", 'begin with {"kind": ...}')
        with self.desks.taken(until):
            worker = self.worker.for_run(tenant, allowed_to(this_catalogue(), tenant))
            return frame_of(document, look, worker, seconds=max(0.0, until - time.monotonic()))


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    server: Server

    def do_GET(self) -> None:
        """Whether it is there."""
        self._answer(200 if self.path == "/health" else 404, b"{}", {})

    def do_POST(self) -> None:
        """A frame."""
        length = self.headers.get("Content-Length", "")
        if not (length.isdecimal() and int(length) <= BODY_BYTES):
            self.close_connection = True
            self._answer(413, b"{}", {})
            return
        body = self.rfile.read(int(length))
        if not is_known(self.headers.get("Authorization", "")) or self.path != "/frame":
            self._answer(404, b"{}", {})
            return
        self._answer(*self._made(body))

    def _made(self, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        try:
            made = self.server.previewer.frame(json.loads(body))
        except Full:
            return 503, b"{}", {}
        except ReelError as error:
            problems = [asdict(problem) for problem in error.problems]
            document = {"class": error.classification, "problems": problems}
            return 422, json.dumps(document).encode(), {}
        told = {KEY_HEADER: made.key, WARNINGS_HEADER: json.dumps(made.warnings[:20])}
        return 200, made.picture, {"Content-Type": "image/jpeg", **told}

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        """Of a socket there is none."""
        return "local"

    def log_message(self, format: str, *arguments: object) -> None:
        log.debug(format, *arguments)


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Listens at a socket's path, or at a host and port."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: str, previewer: Previewer) -> None:
        host, port = split_address(address)
        self.previewer = previewer
        self.address_family = socket.AF_INET if port else socket.AF_UNIX
        if not port:
            Path(host).parent.mkdir(parents=True, exist_ok=True)
            Path(host).unlink(missing_ok=True)
        mask = os.umask(0o177)  # the socket is this user's alone
        try:
            super().__init__((host, port) if port else host, Handler)  # type: ignore[arg-type]
        finally:
            os.umask(mask)


def is_known(authorization: str) -> bool:
    """Whether whoever asks knows the installation's secret."""
    shown = authorization.removeprefix("Bearer ").encode()
    return any(hmac.compare_digest(shown, key.hex().encode()) for key in every_derived(PURPOSE))


def warm_up(worker: Worker) -> None:
    """Have all loaded that frames take: readers, fonts, composing."""
    shown = [{"type": "colour", "colour": "#204060", "duration": 1}], [{"type": "text", "text": "Ready", "duration": 1}]
    document = {"kind": "template", "resolution": "360p", "timeline": {"tracks": [{"clips": clips} for clips in shown]}}
    try:
        frame_of(document, Look(), worker)
    except ReelError as error:  # whoever asks for a frame is told
        log.warning("no frame could be made at the start: %s", error)


def look_on(inspector: Inspector, over: threading.Event) -> None:
    """Look at assets as they come, and tidy up, until it is over."""
    tidied = swept = time.monotonic()
    while not over.is_set():
        try:
            while not over.is_set() and inspector.look():
                pass
            now = time.monotonic()
            if now - tidied > TIDY_EVERY:
                tidied = now
                inspector.library.tidy()
            if now - swept > SWEEP_EVERY:
                swept = now
                inspector.library.sweep(time.time() - ORPHAN_SECONDS)
        except ReelError as error:  # the catalogue or the store is away; what there is to do waits
            log.warning("assets cannot be looked at for now: %s", error)
            over.wait(5.0)
        over.wait(LOOK_EVERY)


def main() -> None:
    """Serve until it is told to end."""
    close_roots()
    config = settings()
    set_up(config.log_format, config.log_level)
    worker, over = this_worker(), threading.Event()
    warm_up(worker)
    inspector = Inspector(Library(this_catalogue(), this_library()), worker)
    previewer = Previewer(worker, Desks(config.jobs, config.preview_waiting), config.preview_seconds)
    with Server(config.preview_location, previewer) as server:
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: over.set())
        threads = [
            threading.Thread(target=server.serve_forever, name="frames", daemon=True),
            threading.Thread(target=look_on, args=(inspector, over), name="assets"),
        ]
        for thread in threads:
            thread.start()
        log.info("frames are shown at %s", config.preview_location)
        while not over.wait(1.0):
            pass
        worker.cancelled.set()
        server.shutdown()
        threads[1].join()
    with suppress(OSError):
        Path(config.preview_location).unlink()


if __name__ == "__main__":
    main()
