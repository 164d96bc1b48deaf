"""What stands before all routes: bounds of heads and bodies, pages of other origins (CORS), headers of answers, the meter."""

from __future__ import annotations

import asyncio
import time
from collections.abc import MutableMapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from fastapi.concurrency import run_in_threadpool
from fastapi.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.cors import allowed_headers, origin_of, preflight
from gateway.desk import Desk
from gateway.origins import Named
from gateway.problems import Refused, answer, document, of_error
from reel.errors import ReelError

HEADERS = {
    "x-content-type-options": "nosniff",
    # Answers are a tenant's own, unless a route says otherwise.
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
}


class Front:
    """An ASGI application around another one."""

    def __init__(self, app: ASGIApp, desk: Desk, streamed: tuple[str, ...] = ()) -> None:
        """`streamed`: what paths begin with whose routes read bodies as they come, within bounds of their own."""
        self._app, self._desk, self._streamed = app, desk, streamed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            with self._desk.meter.stream():
                await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with ExitStack() as held:
            exchange = _Exchange(scope, send, self._desk, held)
            try:
                # Whoever asks without an origin, as all programs do, costs no look at the catalogue.
                exchange.named = await run_in_threadpool(self._desk.origins.named) if origin_of(scope) else {}
            except ReelError as error:
                await answer(of_error(error, scope["path"]))(scope, receive, exchange.send)
                return
            await self._answer(scope, receive, exchange)

    async def _answer(self, scope: Scope, receive: Receive, exchange: _Exchange) -> None:
        if (response := preflight(scope, exchange.named)) is not None:
            await response(scope, receive, exchange.send)
            return
        if (size := _head_bytes(scope)) > (most := self._desk.settings.head_bytes):
            problem = document(431, f"the head has {size:,} bytes, and {most:,} are the most", scope["path"][:_SHOWN])
            await answer(problem, {"Connection": "close"})(scope, receive, exchange.send)
            return
        streamed = scope["path"].startswith(self._streamed) if self._streamed else False
        body = receive if streamed else _Body(receive, self._desk.settings.body_bytes, self._desk.settings.body_seconds)
        if isinstance(body, _Body) and (too_large := body.announced_too_large(scope)):
            problem = document(413, too_large.detail, scope["path"])
            await answer(problem, {"Connection": "close"})(scope, receive, exchange.send)
            return
        await self._app(scope, body, exchange.send)


_SHOWN = 200
"""Characters of a path that are told of one that may have any number."""


def _head_bytes(scope: Scope) -> int:
    """About how long a head was. The server bounds what it waits for; what comes in one piece it takes as it is."""
    target = len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"])
    return target + sum(len(name) + len(value) + len(": \r\n") for name, value in scope["headers"])


class _Body:
    """A body that may be so long, and take so long to come."""

    def __init__(self, receive: Receive, most: int, seconds: float) -> None:
        self._receive, self._most, self._seconds = receive, most, seconds
        self._read, self._until, self._whole = 0, 0.0, False

    def announced_too_large(self, scope: Scope) -> Refused | None:
        """Why not even to begin."""
        length = dict(scope["headers"]).get(b"content-length", b"0")
        return self._too_large() if length.isdigit() and int(length[:20]) > self._most else None

    async def __call__(self) -> Message:
        if self._whole:  # what is waited for now is that the client goes
            return await self._receive()
        self._until = self._until or time.monotonic() + self._seconds
        try:
            async with asyncio.timeout(max(0.0, self._until - time.monotonic())):
                message = await self._receive()
        except TimeoutError:
            raise Refused(
                408, f"the body was not there within {self._seconds:g} s", headers={"Connection": "close"}
            ) from None
        self._read += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        if self._read > self._most:
            raise self._too_large()
        return message

    def _too_large(self) -> Refused:
        return Refused(413, f"the body has more than {self._most:,} bytes", headers={"Connection": "close"})


@dataclass
class _Exchange:
    """One request on its way to its answer."""

    scope: Scope
    to_client: Send
    desk: Desk
    held: ExitStack
    named: Named = field(default_factory=dict)
    """The origins of pages that may ask."""
    begun: float = field(default_factory=time.monotonic)
    status: int = 0
    is_stream: bool = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begin(message)
        await self.to_client(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False) and not self.is_stream:
            seconds = time.monotonic() - self.begun
            self.desk.meter.answered(self.scope["method"], route_of(self.scope), self.status, seconds)

    def _begin(self, message: MutableMapping[str, Any]) -> None:
        self.status = message["status"]
        headers = [(name.lower(), value) for name, value in message.get("headers", [])]
        given = {name for name, _ in headers}
        ours = {**HEADERS, **self.scope.get("state", {}).get("headers", {}), **allowed_headers(self.scope, self.named)}
        added = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in ours.items()]
        message["headers"] = [*headers, *((name, value) for name, value in added if name not in given)]
        if dict(headers).get(b"content-type", b"").startswith(b"text/event-stream"):
            self.is_stream = True
            self.held.enter_context(self.desk.meter.stream())


def route_of(scope: Scope) -> str:
    """The pattern of the route that was matched, so that ids make no metrics of their own."""
    return str(getattr(scope.get("route"), "path", "") or "none")


def also(connection: HTTPConnection, headers: dict[str, str]) -> None:
    """Give the answer some headers, whatever it will be."""
    connection.scope.setdefault("state", {}).setdefault("headers", {}).update(headers)
