"""What goes over the wire bit by bit: files, server-sent events, WebSocket messages; a client that does not read is cut."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress

from fastapi import WebSocket
from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event
from starlette.types import Send

from reel.control.feeding import Told
from reel.errors import ReelError

log = logging.getLogger("reel.gateway.live")

Events = AsyncGenerator[Told | None]

SEND_SECONDS = 20.0
"""How long a client may take none of what it is sent, before it is cut. Some 200 kB wait for it meanwhile."""
RETRY_MS = (1000, 4000)
"""When a client is to come back: not all at the same moment, after a restart."""


class PatientStream(StreamingResponse):
    """A stream to a client that takes it, however slowly; one that takes nothing is cut."""

    async def stream_response(self, send: Send) -> None:
        """As of any stream; to whoever is cut without the end that a whole answer has."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        body = self.body_iterator
        assert isinstance(body, AsyncIterator)
        try:
            async for chunk in body:
                async with asyncio.timeout(SEND_SECONDS):
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
        except TimeoutError:
            log.info("a client that took nothing for %g s is cut", SEND_SECONDS)
            return
        except (ReelError, ValueError) as error:
            log.warning("what was announced could not be sent: %s", error)
            return
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class EventStream(PatientStream):
    """Server-sent events: a comment at once, so that a client knows that it is heard, and at each heartbeat."""

    media_type = EventSourceResponse.media_type

    def __init__(self, events: Events) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # of nginx, which would collect events
        super().__init__(_wire(events), headers=headers)


async def _wire(events: Events) -> AsyncIterator[bytes]:
    yield format_sse_event(comment="open", retry=random.randint(*RETRY_MS))
    async with aclosing(_until_error(events)) as safe:
        async for told in safe:
            if told is None:
                yield KEEPALIVE_COMMENT
            else:
                yield format_sse_event(data_str=told.text, event=told.type, id=str(told.number))


async def _until_error(events: Events) -> Events:
    """Events until the catalogue fails: then the stream ends, and the client comes back."""
    try:
        async with aclosing(events) as open_events:
            async for told in open_events:
                yield told
    except ReelError as error:
        log.warning("a stream ends: %s", error)


async def over_websocket(socket: WebSocket, events: Events) -> None:
    """Send events as JSON messages until they end or the client goes; what it says is passed over."""
    await socket.accept()
    hearing, sending = asyncio.create_task(_until_gone(socket)), asyncio.create_task(_send(socket, events))
    done, under_way = await asyncio.wait((hearing, sending), return_when=asyncio.FIRST_COMPLETED)
    for task in under_way:
        task.cancel()
    await asyncio.gather(*under_way, return_exceptions=True)
    if sending in done and sending.exception() is None:
        with suppress(RuntimeError, TimeoutError):
            async with asyncio.timeout(SEND_SECONDS):
                await socket.close()


async def _until_gone(socket: WebSocket) -> None:
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


async def _send(socket: WebSocket, events: Events) -> None:
    async with aclosing(_until_error(events)) as safe:
        async for told in safe:
            if told is not None:  # of heartbeats the server takes care, by pings
                async with asyncio.timeout(SEND_SECONDS):
                    await socket.send_text(f'{{"id":"{told.number}",{told.text[1:]}')
