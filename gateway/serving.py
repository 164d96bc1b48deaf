"""Running the gateway: the desk that the settings describe, and the server before it.

Behind a proxy that ends TLS, on any number of machines: nothing is kept here but counts of requests (see `rate_store`).
"""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from http import HTTPStatus
from types import FrameType
from typing import Any, cast

import h11
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from gateway.app import create_app
from gateway.desk import Desk, desk_of
from gateway.front import HEADERS
from gateway.problems import RETRY_SECONDS, answer, document
from gateway.settings import GatewaySettings, gateway_settings
from gateway.starting import Starter
from reel.catalogue import Catalogue
from reel.control.ledger import this_catalogue
from reel.control.stores import these_stores
from reel.secrets import every_derived

log = logging.getLogger("reel.gateway")

LEAVE_SECONDS = 20
"""How long answers under way have when the process is told to end; streams are taken up again by their clients elsewhere."""


UNSENT_BYTES = 128 << 10
"""Of one connection, that may wait in the kernel. It would take megabytes, and ask for more when a third of them is gone: a
client that takes little, but steadily, would seem to take nothing for a minute (`streams.SEND_SECONDS`)."""


class PatientProtocol(H11Protocol):
    """HTTP/1.1 whose heads have to come within a time: who sends a byte now and then holds no connection."""

    head_seconds = 10.0
    most = 4000
    """Connections, and requests under way, above which one is told to come later."""
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._late:
            self._late.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def handle_events(self) -> None:
        """As the server does; but who is one too many is answered as all errors are."""
        is_full = len(self.connections) >= self.most or len(self.tasks) >= self.most
        self.app = _come_later if is_full else self.config.loaded_app
        super().handle_events()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP as all errors are answered, where nothing was answered yet, and end the connection."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            for event in _refused(getattr(sys.exception(), "error_status_hint", 400)):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _watch(self) -> None:
        is_waiting = self.conn.their_state is h11.IDLE
        if is_waiting and self._late is None:
            self._late = self.loop.call_later(self.head_seconds, self._end)
        elif not is_waiting and self._late:
            self._late.cancel()
            self._late = None

    def _end(self) -> None:
        self._late = None
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self.transport.close()


async def _come_later(scope: Scope, receive: Receive, send: Send) -> None:
    problem = document(503, "too many requests and streams are under way; come again later", scope["path"][:200])
    await answer(problem, {**HEADERS, "Retry-After": str(RETRY_SECONDS), "Connection": "close"})(scope, receive, send)


def _refused(status: int) -> Iterator[h11.Event]:
    detail = "the head of the request is too large" if status == 431 else "this is no request of HTTP/1.1"
    response = answer(document(status, detail, ""), {**HEADERS, "Connection": "close"})
    yield h11.Response(status_code=status, headers=response.raw_headers, reason=HTTPStatus(status).phrase.encode())
    yield h11.Data(data=bytes(response.body))
    yield h11.EndOfMessage()


class LeavingServer(uvicorn.Server):
    """A server that ends its streams when it is told to end: their clients go elsewhere, and nobody waits for them."""

    def __init__(self, config: uvicorn.Config, leave: Callable[[], None]) -> None:
        super().__init__(config)
        self._leave = leave

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._leave()
        super().handle_exit(sig, frame)


def open_desk(settings: GatewaySettings, catalogue: Catalogue, starter: Starter) -> Desk:
    """The desk of this process."""
    every_derived("api-key")  # what is wrong with the installation's secret is said now, and not to the first customer
    stores = these_stores()
    return desk_of(catalogue, settings, every_derived, stores, ordered=starter.ordered, called_off=starter.call_off)


def server_of(desk: Desk, settings: GatewaySettings) -> uvicorn.Server:
    """The server of a desk; `run` serves until the process is told to end."""
    bounds = {"head_seconds": settings.head_seconds, "most": settings.connections}
    protocol = type("Protocol", (PatientProtocol,), bounds)
    app = create_app(desk)
    config = uvicorn.Config(
        app,
        host=settings.address,
        port=settings.port,
        # h11 has a bound for heads, and what their time is limited with above.
        http=cast(Any, protocol),
        h11_max_incomplete_event_size=settings.head_bytes,
        forwarded_allow_ips=settings.proxies,
        proxy_headers=True,
        timeout_graceful_shutdown=LEAVE_SECONDS,
        ws_max_size=64 << 10,
        server_header=False,
        access_log=False,
        log_config=None,
    )
    return LeavingServer(config, app.state.hub.close)


def serve() -> None:
    """Serve until the process is told to end. Raises `ReelError` for what is set wrongly."""
    settings, catalogue = gateway_settings(), this_catalogue()
    starter = Starter(catalogue)
    desk = open_desk(settings, catalogue, starter)
    own = settings.metrics_port
    with ExitStack() as held:
        held.enter_context(starter.running())
        held.enter_context(desk.meter.serving(own, settings.address) if own else nullcontext(0))
        server_of(desk, settings).run()
