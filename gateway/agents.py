"""Agents at `/mcp` (Model Context Protocol over HTTP): without sessions, and with nothing that a key may not do anyhow.

Each tool asks this very application, in this process, with the caller's own key: so scopes, roles, limits and problems are
those of all other requests.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from gateway.problems import Refused
from reel.client import Client
from reel.patience import Policy

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

LOOPBACK = ("127.0.0.1", "localhost", "::1")
AT_ONCE = 16
"""Requests of agents that are worked on at a time. Each holds a thread while another one answers it: they must not have all."""
AT_ONCE_ONLY = Policy((0.0,), seconds=-1.0)
"""What asks within one process is not asked again: whoever asks from outside does that."""

_asking: ContextVar[Client] = ContextVar("asking")


class Agents:
    """What answers agents; made once for an application, and as good as free until the first of them comes."""

    def __init__(self, app: FastAPI) -> None:
        self._app, self._lock, self._places = app, threading.Lock(), asyncio.Semaphore(AT_ONCE)
        self._begin: Callable[[], StreamableHTTPSessionManager] | None = None

    def answer(self, request: Request) -> Response:
        """The answer to a request that is allowed."""
        return _Answer(self, request)

    async def spoken(self, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer over the wire."""
        begin = await run_in_threadpool(self._made)
        address = (request.client.host, request.client.port) if request.client else ("", 0)
        key = request.headers["authorization"].partition(" ")[2].strip()
        within = _Within(httpx.ASGITransport(self._app, client=address), asyncio.get_running_loop())
        with Client(str(request.base_url), key, policy=AT_ONCE_ONLY, transport=within) as client:
            _asking.set(client)
            manager = begin()
            async with self._places, manager.run():
                await manager.handle_request(scope, receive, send)

    def _made(self) -> Callable[[], StreamableHTTPSessionManager]:
        with self._lock:
            if self._begin is None:
                from reel.agents import over_http, server_of  # takes most of a second

                self._begin = partial(over_http, server_of(_asking.get))
            return self._begin


class _Answer(Response):
    def __init__(self, agents: Agents, request: Request) -> None:
        super().__init__()
        self._agents, self._request = agents, request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._agents.spoken(self._request, scope, receive, send)


class _Within(httpx.BaseTransport):
    """Requests of a thread to the application in its own event loop."""

    def __init__(self, within: httpx.ASGITransport, loop: asyncio.AbstractEventLoop) -> None:
        self._within, self._loop = within, loop

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return asyncio.run_coroutine_threadsafe(self._asked(request), self._loop).result()

    async def _asked(self, request: httpx.Request) -> httpx.Response:
        answer = await self._within.handle_async_request(request)
        return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())


def require_near(request: Request, url: str | None, origins: Collection[str]) -> None:
    """Raise `Refused` for a request that goes to a name which is not this service's, or comes from a page of another origin: a
    browser may have been told that a stranger's name is this machine (DNS rebinding). `url` is this service's own address;
    `origins` are those of pages that the caller's tenant names."""
    host = request.headers.get("host", "")
    own = urlsplit(url or "")
    if not (_is_loopback(host) or (own.netloc and host.lower() == own.netloc.lower())):
        raise Refused(421, f"{host[:200]!r} is not the name of this service: REEL_GATEWAY_URL says what it is")
    origin = request.headers.get("origin")
    if origin is None or origin in origins or (url and origin == f"{own.scheme}://{own.netloc}"):
        return
    if not _is_loopback(urlsplit(origin).netloc):
        raise Refused(403, f"pages of {origin[:200]!r} may not ask: `reel tenant set --origins` names those that may")


def _is_loopback(netloc: str) -> bool:
    try:
        return urlsplit(f"//{netloc}").hostname in LOOPBACK
    except ValueError:
        return False
