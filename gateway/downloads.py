"""Files as answers: whole or in parts, at a pace, or where they are to be fetched instead."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.requests import HTTPConnection

from gateway.desk import Desk, TheDesk
from gateway.problems import Refused
from gateway.ranges import Facts, decide
from gateway.streams import PatientStream
from gateway.throttle import Throttle
from reel.control.delivering import Archived, Delivered, blocks, require_readable
from reel.report.html import script_source
from reel.store import address_of
from reel.store.content_types import content_type
from reel.store.headers import FOR_EVER_SECONDS, disposition
from reel.store.links import REPORT_PAGE, scope_of
from reel.store.zipping import Entry, zip_blocks, zip_bytes

FAR_LINK_SECONDS = 3600
"""How long a link to a bucket holds to which somebody is sent on: a film that is watched with pauses asks again by ours."""

HARMLESS = "sandbox; default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'"
"""The content security policy of files: a page among them runs no scripts, and is of no origin."""
FOR_ANY_PAGE = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Accept-Ranges, Content-Length, Content-Range, ETag",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
"""Of signed links: they are good for whoever has them, and no cookie or key goes with them."""


@dataclass(frozen=True)
class Fetching:
    """A request for files that is allowed."""

    request: Request
    desk: Desk
    throttle: Throttle
    seconds: int | None = None
    """For how long yet, by a signed link; null: by a key."""
    save: bool = False
    """Whether a browser is to save it, rather than show it."""

    def file(self, file: Delivered) -> Response:
        """One file. Raises `Refused` for parts that there are not, and for what is archived."""
        facts = Facts(f'"{file.sha256}"', file.done, file.bytes)
        status, ranges = self._decided(facts)
        headers = self._headers(facts, file.name) | _digest_of(file) | {"Accept-Ranges": "bytes"}
        if status == 304:
            return Response(status_code=304, headers=headers)
        kind = content_type(file.name)
        if self.request.method == "HEAD":
            return Response(headers=headers | {"Content-Length": str(file.bytes)}, media_type=kind)
        _require_readable(self.desk, file)
        if not self.desk.stores.outputs.local and scope_of(file.name) == file.name:
            return self._elsewhere(file)
        if len(ranges) > 1:
            return self._parts(file, ranges, headers, kind)
        return self._part(file, status, ranges[0], headers, kind)

    def archive(self, generation: str, files: Sequence[Delivered]) -> Response:
        """All files in one ZIP archive, stored as they are. Its parts cannot be asked for."""
        named = json.dumps([[file.name, file.sha256] for file in files]).encode()
        entries = [Entry(file.name, file.bytes, file.done) for file in files]
        facts = Facts(f'"{hashlib.sha256(named).hexdigest()}"', files[0].done, zip_bytes(entries))
        status, _ = self._decided(facts, in_parts=False)
        headers = self._headers(facts, f"{generation}.zip", save=True)
        if status == 304:
            return Response(status_code=304, headers=headers)
        headers |= {"Content-Length": str(facts.bytes), "Accept-Ranges": "none"}
        if self.request.method == "HEAD":
            return Response(headers=headers, media_type="application/zip")
        _require_readable(self.desk, *files)
        by_name = {file.name: file for file in files}
        found = zip_blocks(entries, lambda entry: self._read(by_name[entry.name], range(entry.bytes)))
        return self._stream(found, 200, headers, "application/zip", files)

    def _decided(self, facts: Facts, *, in_parts: bool = True) -> tuple[int, tuple[range, ...]]:
        asked = {name: value for name, value in self.request.headers.items() if in_parts or name != "range"}
        decision = decide(self.request.method, asked, facts)
        if decision.status == 412:
            raise Refused(412, "the file is not the one that the request speaks of")
        if decision.status == 416:
            detail = f"the file has {facts.bytes:,} bytes"
            raise Refused(416, detail, headers={"Content-Range": f"bytes */{facts.bytes}"})
        return decision.status, decision.ranges

    def _headers(self, facts: Facts, name: str, *, save: bool = False) -> dict[str, str]:
        seconds = FOR_EVER_SECONDS if self.seconds is None else min(self.seconds, FOR_EVER_SECONDS)
        whose = "private" if self.seconds is None else "public"
        return {
            "ETag": facts.etag,
            "Last-Modified": facts.last_modified,
            "Cache-Control": f"{whose}, max-age={seconds}, immutable",
            "Content-Disposition": disposition(name, download=save or self.save),
            "Content-Security-Policy": report_policy(self.desk) if name == REPORT_PAGE else HARMLESS,
            **({} if self.seconds is None else FOR_ANY_PAGE),
        }

    def _elsewhere(self, file: Delivered) -> Response:
        """A bucket or a CDN has it: the client is sent there, with a range that it asked for. What becomes of it there nobody
        tells us: who is sent for a whole file has it."""
        if "range" not in self.request.headers:
            self._note([file])
        seconds = min(FAR_LINK_SECONDS, self.seconds or FAR_LINK_SECONDS)
        where = self.desk.stores.outputs.where(file.object)
        headers = {"Location": address_of(where, seconds, download=self.save).url, "Cache-Control": "no-store"}
        return Response(status_code=302, headers=headers | ({} if self.seconds is None else FOR_ANY_PAGE))

    def _part(self, file: Delivered, status: int, part: range, headers: dict[str, str], kind: str) -> Response:
        """All of a file, or one part."""
        headers |= {"Content-Length": str(len(part))}
        if status == 206:
            headers["Content-Range"] = _content_range(part, file.bytes)
        # A player asks for parts here and there. Who goes on with what broke off says what it has a part of.
        is_last = part.stop == file.bytes and (status == 200 or "if-range" in self.request.headers)
        return self._stream(self._read(file, part), status, headers, kind, [file] if is_last else [])

    def _parts(self, file: Delivered, ranges: Sequence[range], headers: dict[str, str], kind: str) -> Response:
        """Several parts of a file (RFC 9110, 14.6)."""
        boundary = secrets.token_hex(16)
        heads = [
            f"--{boundary}\r\nContent-Type: {kind}\r\nContent-Range: {_content_range(part, file.bytes)}\r\n\r\n".encode()
            for part in ranges
        ]
        end = f"--{boundary}--\r\n".encode()
        size = sum(map(len, heads)) + sum(len(part) + 2 for part in ranges) + len(end)
        found = chain(
            *(chain([head], self._read(file, part), [b"\r\n"]) for head, part in zip(heads, ranges, strict=True)),
            [end],
        )
        headers |= {"Content-Length": str(size)}
        return self._stream(found, 206, headers, f"multipart/byteranges; boundary={boundary}")

    def _read(self, file: Delivered, part: range) -> Iterator[bytes]:
        return blocks(self.desk.stores.outputs, file.object, part.start, len(part))

    def _stream(
        self, found: Iterator[bytes], status: int, headers: dict[str, str], kind: str, whole: Sequence[Delivered] = ()
    ) -> Response:
        """Blocks at a pace; `whole` are files that are fetched when all was taken."""
        client = self.request.client
        paced = self.throttle.paced(client.host if client else "", found)
        return PatientStream(self._noted(paced, whole), status, headers, media_type=kind)

    async def _noted(self, paced: AsyncIterator[bytes], whole: Sequence[Delivered]) -> AsyncIterator[bytes]:
        async for block in paced:
            yield block
        await run_in_threadpool(self._note, whole)

    def _note(self, files: Sequence[Delivered]) -> None:
        """Have what was to be fetched once removed, when all of it was."""
        once = [file for file in files if file.once]
        if once:
            tenant, generation, _ = once[0].object.split("/", 2)
            with self.desk.catalogue.tenant(tenant) as records:
                records.fetched(generation, [file.name for file in once])


async def _throttle(connection: HTTPConnection) -> Throttle:
    throttle: Throttle = connection.app.state.throttle
    return throttle


TheThrottle = Annotated[Throttle, Depends(_throttle)]


def _fetching(request: Request, desk: TheDesk, throttle: TheThrottle) -> Fetching:
    return Fetching(request, desk, throttle)


TheFetching = Annotated[Fetching, Depends(_fetching)]
"""A request for files; whoever takes it has to see that it is allowed."""


def _require_readable(desk: Desk, *files: Delivered) -> None:
    try:
        require_readable(desk.stores.outputs, *files)
    except Archived as error:
        raise Refused(409, str(error), type_="archived") from error


def _digest_of(file: Delivered) -> dict[str, str]:
    """RFC 9530: of the whole file, whatever part of it is sent."""
    return {"Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(file.sha256)).decode()}:"}


def _content_range(part: range, size: int) -> str:
    return f"bytes {part.start}-{part.stop - 1}/{size}"


def report_policy(desk: Desk) -> str:
    """The content security policy of reports: of no origin either, and of scripts none but ours runs. What they show
    may lie elsewhere."""
    others = "".join(f" {origin}" for origin in elsewhere(desk))
    return (
        f"sandbox allow-scripts; default-src 'none'; script-src {script_source()}; style-src 'unsafe-inline'; "
        f"img-src 'self' data:{others}; media-src 'self'{others}"
    )


def elsewhere(desk: Desk) -> tuple[str, ...]:
    """Where browsers are sent on to for files: the bucket's or the CDN's origin, where they are not here."""
    outputs = desk.stores.outputs
    if outputs.local:
        return ()
    found = urlsplit(address_of(outputs.where("-/-/-"), 60).url)
    return (f"{found.scheme}://{found.netloc}",)
