"""The one form that carries a file: `multipart/form-data` (RFC 7578) whose last field is the file, taken in as it comes.

    form = await opened(request.stream(), boundary, length)
    form.fields, form.filename, form.size
    async for block in form.file: ...

How long the file is follows from the length of the whole, as nothing comes after it but the end that is known: so it is
announced to the library before it is here, and no copy of it lies anywhere meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from fastapi import Request

from gateway.problems import Refused

HEAD_BYTES = 8 << 10
"""Of one field's headers; a file's name may have a thousand letters."""
FIELD_BYTES = 8 << 10
"""Of a field that is no file."""
MOST_FIELDS = 20
_PARAMETER = re.compile(r';\s*(name|filename)="([^"]*)"')
_ESCAPED = {"%22": '"', "%0D": "\r", "%0A": "\n"}
"""What browsers write for letters that would end a name (HTML, 4.10.21.8)."""


@dataclass(frozen=True)
class FormWithFile:
    """A form whose fields are read, and whose file comes next."""

    fields: Mapping[str, str]
    filename: str
    size: int
    """How many bytes the file has, if the form is as it should be."""
    file: AsyncIterator[bytes]
    """Raises `Refused` where something else than the end comes after it."""


async def form_with_file(request: Request) -> FormWithFile:
    """The form that a request carries. Raises `Refused`."""
    kind = request.headers.get("content-type", "")
    found = re.fullmatch(r'multipart/form-data;\s*boundary="?([A-Za-z0-9\'()+_,./:=? -]{1,70})"?', kind)
    length = request.headers.get("content-length", "")
    if not found or not length.isdecimal() or len(length) > 18:
        raise Refused(415, "send a form with a file, as `multipart/form-data`, and say how long it is")
    return await opened(request.stream(), found[1].encode(), int(length))


async def opened(stream: AsyncIterator[bytes], boundary: bytes, length: int) -> FormWithFile:
    """A form up to where its file begins. Raises `Refused`."""
    reading = _Reading(stream.__aiter__())
    line = b"--" + boundary
    await reading.until(line + b"\r\n", 0)
    fields: dict[str, str] = {}
    while len(fields) < MOST_FIELDS:
        names = _names(await reading.until(b"\r\n\r\n", HEAD_BYTES))
        if "filename" in names:
            mark, end = b"\r\n" + line, b"\r\n" + line + b"--\r\n"
            return FormWithFile(fields, names["filename"], length - reading.taken - len(end), reading.rest(mark, end))
        value = await reading.until(b"\r\n" + line + b"\r\n", FIELD_BYTES)
        fields[names.get("name", "")] = value.decode("utf-8", "replace")
    raise _bad("it has too many fields")


class _Reading:
    """A stream that is read up to marks."""

    def __init__(self, stream: AsyncIterator[bytes]) -> None:
        self._stream, self._held, self.taken = stream, bytearray(), 0

    async def until(self, mark: bytes, most: int) -> bytes:
        """What comes before a mark, which is passed over: at most so many bytes. Raises `Refused`."""
        while (at := self._held.find(mark, 0, most + len(mark))) < 0:
            if len(self._held) >= most + len(mark):
                raise _bad("the file has to be its last field, with nothing long before it")
            self._held += await self._next()
        found = bytes(self._held[:at])
        del self._held[: at + len(mark)]
        self.taken += at + len(mark)
        return found

    async def rest(self, mark: bytes, end: bytes) -> AsyncIterator[bytes]:
        """All that comes, but for the end. Raises `Refused` where it ends otherwise, or a mark stands before the end."""
        while True:
            if (ready := len(self._held) - len(end)) > 0:
                if 0 <= self._held.find(mark) < ready:
                    raise _bad("the file has to be its last field")
                yield bytes(self._held[:ready])
                del self._held[:ready]
            try:
                self._held += await anext(self._stream)
            except StopAsyncIteration:
                break
        if self._held != end:
            raise _bad("the file has to be its last field")

    async def _next(self) -> bytes:
        try:
            return await anext(self._stream)
        except StopAsyncIteration:
            raise _bad("it ends too early") from None


def _names(head: bytes) -> dict[str, str]:
    """`name` and `filename` of a field."""
    text = head.decode("utf-8", "replace")
    line = next((line for line in text.split("\r\n") if line.lower().startswith("content-disposition:")), "")
    return {
        name: re.sub("%22|%0D|%0A", lambda code: _ESCAPED[code[0]], value) for name, value in _PARAMETER.findall(line)
    }


def _bad(what: str) -> Refused:
    return Refused(400, f"the form cannot be read: {what}")
