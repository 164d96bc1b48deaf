"""Files to and from the gateway, over connections that break: sent by tus, fetched in parts, held to their digests."""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import httpx

from reel.client.errors import GatewayError, Unreachable
from reel.client.line import Line
from reel.client.operations import BEGIN_UPLOAD, HOW_FAR, OUTPUT, SEND
from reel.errors import Damaged, InvalidRequest
from reel.patience import retry

TUS = {"Tus-Resumable": "1.0.0"}
BLOCK_BYTES = 8 << 20
"""Sent in one request."""
MOST_BREAKS = 8
"""So often may a download break without anything more having come."""
COME_AGAIN = (408, 409, 423, 429, 460, 500, 502, 503, 504)
"""Statuses after which an upload is asked how far it is, and goes on."""

Told = Callable[[int, int], object]
"""Is told how many bytes of how many have come."""


def nobody(done: int, of: int) -> None:
    """Where nobody wants to know."""


def upload(line: Line, path: Path, name: str, folder: str, resume: str | None, told: Told = nobody) -> str:
    """Send a file, or go on with an upload; the id of the asset. Raises as `Line`, when it has got no further for as long as
    its policy has patience; `InvalidRequest` for a file that is not the one whose upload goes on."""
    size = path.stat().st_size
    id_ = resume or _begin(line, size, name, folder)
    with path.open("rb") as file:
        offset = _offset(line, id_, size)
        while offset < size:
            told(offset, size)
            offset = _sent(line, id_, file, offset, size)
    told(size, size)
    return id_


def _begin(line: Line, size: int, name: str, folder: str) -> str:
    named = ",".join(
        f"{key} {_base64(text.encode())}" for key, text in (("filename", name), ("folder", folder)) if text
    )
    headers = {**TUS, "Upload-Length": str(size), "Upload-Metadata": named}
    # One that was begun and never heard of is empty, and goes by itself.
    return line.respond(BEGIN_UPLOAD, headers=headers).headers["Location"].rpartition("/")[2]


def _offset(line: Line, id_: str, size: int) -> int:
    headers = line.respond(HOW_FAR, headers=TUS, id=id_).headers
    if int(headers["Upload-Length"]) != size:
        what = f"has {size:,} bytes, and the file of upload {id_} has {int(headers['Upload-Length']):,}"
        raise InvalidRequest.at("path", what, "go on with the file that it was begun with")
    return int(headers["Upload-Offset"])


def _sent(line: Line, id_: str, file: BinaryIO, offset: int, size: int) -> int:
    """Send what comes next; how far the upload is then, which is further."""
    began, failures = line.clock.now(), 0
    while True:
        file.seek(offset)
        block = file.read(BLOCK_BYTES)
        digest = _base64(hashlib.sha256(block).digest())
        headers = {
            **TUS,
            "Upload-Offset": str(offset),
            "Upload-Checksum": f"sha256 {digest}",
            "Content-Type": "application/offset+octet-stream",
        }
        try:
            return int(line.respond(SEND, headers=headers, content=block, id=id_).headers["Upload-Offset"])
        except (Unreachable, GatewayError) as error:
            failures += 1
            if not _may_go_on(error) or line.clock.now() > began + line.policy.seconds:
                raise
        if line.clock.sleep(line.policy.delay_seconds(failures)):
            raise Unreachable.at("upload", "it was given up", f"go on with resume={id_!r}")
        if (now := _offset(line, id_, size)) > offset:
            return now


def _may_go_on(error: Unreachable | GatewayError) -> bool:
    return isinstance(error, Unreachable) or error.status in COME_AGAIN


def download(line: Line, id_: str, name: str, to: Path, sha256: str | None, told: Told = nobody) -> Path:
    """Fetch an output to a file, which is there once it is whole and right; what came of it before is kept beside it, and not
    fetched again. Raises `Damaged` where its bytes are not those of the digest; as `Line`."""
    part = to.with_name(f"{to.name}.part")
    had = _size(part)

    def count(failures: float) -> float:
        nonlocal had
        before, had = had, _size(part)
        return 1 if had > before else failures

    tries = replace(line.policy, retries={Unreachable: MOST_BREAKS}, seconds=math.inf)
    digest = retry(lambda: _fetched(line, id_, name, part, told), tries, line.clock, count)
    _check(part, sha256 or digest, name)
    return part.replace(to)


def _fetched(line: Line, id_: str, name: str, part: Path, told: Told) -> str | None:
    """Fetch what is missing; the digest that the gateway tells of the whole."""
    have = _size(part)
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    try:
        with line.streamed(OUTPUT, headers=headers, id=id_, name=name) as response:
            have = have if response.status_code == 206 else 0
            size = have + int(response.headers.get("Content-Length", 0))
            with part.open("ab" if have else "wb") as file:
                for block in response.iter_raw():
                    file.write(block)
                    told(file.tell(), size)
            return _told_digest(response)
    except GatewayError as error:
        if error.status != 416:
            raise
        return None  # all of it was there


def _told_digest(response: httpx.Response) -> str | None:
    """The SHA-256 of `Repr-Digest` (RFC 9530)."""
    _, _, rest = response.headers.get("Repr-Digest", "").partition("sha-256=:")
    return base64.b64decode(rest.partition(":")[0]).hex() if rest else None


def _check(part: Path, sha256: str | None, name: str) -> None:
    with part.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if sha256 is not None and found != sha256:
        part.unlink()
        raise Damaged.at(name, f"its SHA-256 is {found}, and was to be {sha256}", "fetch it again")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
