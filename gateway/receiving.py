"""Bodies of uploads, taken in as they come: what arrives counts, however it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from gateway.callers import Caller
from gateway.keeping import upload_problems
from gateway.problems import Refused
from reel.control.library import Library
from reel.control.receiving import Checksum

VERSION = "1.0.0"
"""Of tus."""
TUS = {"Tus-Resumable": VERSION}
"""In every answer about uploads."""
BLOCK_BYTES = 1 << 20
"""Written at a time, so that few blocks go through threads."""
SILENT_SECONDS = 30.0
"""Whoever sends nothing for so long is taken for gone; what came counts."""
MOST_AT_ONCE = 64
"""Uploads that one process takes at a time; each holds a part of S3's in memory (8 MiB)."""


class Places:
    """So many uploads at a time; of one event loop, so it needs no lock."""

    def __init__(self, most: int) -> None:
        self.free = most

    @contextmanager
    def taken(self) -> Iterator[None]:
        if not self.free:
            raise Refused(503, "too many uploads at present", headers=TUS | {"Retry-After": "5"})
        self.free -= 1
        try:
            yield
        finally:
            self.free += 1


PLACES = Places(MOST_AT_ONCE)


async def received_of(
    request: Request, caller: Caller, library: Library, id: str, offset: int, checksum: str | None
) -> int:
    """Take the body of a request in, as the bytes of an upload that come next; how many bytes there are then."""
    text = request.headers.get("content-length", "")
    length = int(text) if text.isdecimal() and len(text) < 19 else 0
    return await taken_in(request.stream(), length, caller, library, id, offset, checksum)


async def taken_in(
    stream: AsyncIterator[bytes],
    length: int,
    caller: Caller,
    library: Library,
    id: str,
    offset: int = 0,
    checksum: str | None = None,
) -> int:
    """Take in what comes next of an upload, `length` bytes as far as that is known; how many bytes there are then."""
    with upload_problems(TUS), PLACES.taken():
        expected = Checksum.read(checksum) if checksum else None
        receiving = await run_in_threadpool(library.receive, caller.tenant, id, offset, expected, length)
        try:
            async for block in _blocks(stream):
                await run_in_threadpool(receiving.write, block)
        except ClientDisconnect:
            pass  # what came counts; nobody hears the answer
        finally:
            # Also where this request is cancelled: the server ends, and others go on from here.
            upload = await asyncio.shield(run_in_threadpool(receiving.close))
        return upload.received


async def _blocks(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """What comes, as it comes, in blocks of some size; what came before it breaks off is given first."""
    held = bytearray()
    stream = stream.__aiter__()
    try:
        while True:
            async with asyncio.timeout(SILENT_SECONDS):
                held += await anext(stream)
            if len(held) >= BLOCK_BYTES:
                yield bytes(held)
                held.clear()
    except StopAsyncIteration:
        pass
    except (ClientDisconnect, TimeoutError):
        if held:
            yield bytes(held)
        raise ClientDisconnect from None
    if held:
        yield bytes(held)
