"""Signed links to outputs, which the gateway answers: whoever has one reads what it opens until it ends, and nothing else.

    /d/<token>/<tenant>/<generation>/<name>          a file, or a file below a folder that the token opens
    /d/<token>/<tenant>/<generation>.zip             all files, in one

The token stands before the names, so that a player that fetches what a playlist names beside it asks with the token too. It is
the URL-safe Base64 of

    1 byte   flags: 1 saved rather than shown, 2 bound to a digest
    1 byte   how many parts of the name it opens: that folder, and all below it; 0: the whole generation; 255: this one file
    5 bytes  the moment when it ends, in seconds since 1970
    16 bytes the first half of an HMAC-SHA-256 over all of that, the method, the tenant, the generation, what it opens, and the
             SHA-256 of the file, where it is bound to it: then a link never shows other bytes than it was made for
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import quote

PURPOSE = "downloads"
"""Of the key (`reel.secrets`)."""
PREFIX = "/d"
REPORT_PAGE = "report.html"
"""A generation's page for people."""
METHOD = b"GET"
"""What a link is good for: reading, HEAD included."""
_MAC_BYTES = 16
_SAVED, _BOUND, _ONE_FILE = 1, 2, 255
_ENDS_BYTES = 5


@dataclass(frozen=True)
class Grant:
    """What a link opens."""

    tenant: str
    generation: str
    opens: str
    """Within the generation: a file (`a/b.mp4`), a folder with all below it (`a/`), or everything (empty)."""
    ends: int
    """Seconds since 1970."""
    download: bool = False
    """Whether a browser saves it, rather than shows it."""
    sha256: str = ""
    """Of the file, in hex; empty: whatever bytes are there."""

    @property
    def depth(self) -> int:
        return self.opens.count("/") if self.opens.endswith("/") or not self.opens else _ONE_FILE


def link(grant: Grant, name: str, key: bytes) -> str:
    """The path that opens a file of a grant; without a name, the archive of all."""
    token = base64.urlsafe_b64encode(_head(grant) + _mac(grant, key)).decode().rstrip("=")
    place = f"{quote(grant.tenant)}/{quote(grant.generation, safe='')}"
    return f"{PREFIX}/{token}/{place}/{quote(name)}" if name else f"{PREFIX}/{token}/{place}.zip"


def granted(
    token: str, tenant: str, generation: str, name: str, sha256: Callable[[], str], keys: Iterable[bytes]
) -> Grant | None:
    """What a token grants who asks for a file by it; null where it is not ours, or not for this. Whether it has ended is for
    the caller to look at. `sha256` tells the digest of the file as it is now; asked for where the token is bound to one."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) != 2 + _ENDS_BYTES + _MAC_BYTES:
        return None
    flags, depth, mac = raw[0], raw[1], raw[-_MAC_BYTES:]
    opens = _opened(name, depth)
    if opens is None:
        return None
    grant = Grant(
        tenant=tenant,
        generation=generation,
        opens=opens,
        ends=int.from_bytes(raw[2 : 2 + _ENDS_BYTES]),
        download=bool(flags & _SAVED),
        sha256=sha256() if flags & _BOUND else "",
    )
    good = _head(grant) == raw[:-_MAC_BYTES] and any(hmac.compare_digest(_mac(grant, key), mac) for key in keys)
    return grant if good else None


def scope_of(name: str) -> str:
    """What a link to a file has to open for it to be of use: of what names files beside itself (a playlist, a manifest, the
    page of a report), its folder with all that lies in it."""
    if name != REPORT_PAGE and not name.endswith((".m3u8", ".mpd")):
        return name
    folder, slash, _ = name.rpartition("/")
    return folder + slash


def _opened(name: str, depth: int) -> str | None:
    if depth == _ONE_FILE:
        return name
    parts = name.split("/")
    if depth >= len(parts) and depth:
        return None
    return "".join(f"{part}/" for part in parts[:depth])


def _head(grant: Grant) -> bytes:
    flags = _SAVED * grant.download | _BOUND * bool(grant.sha256)
    return bytes([flags, grant.depth]) + grant.ends.to_bytes(_ENDS_BYTES)


def _mac(grant: Grant, key: bytes) -> bytes:
    # Names hold no NUL (`check_object_name`), so no two grants read alike.
    said = (METHOD, grant.tenant, grant.generation, grant.opens, grant.sha256)
    text = b"\0".join(part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass") for part in said)
    return hmac.digest(key, _head(grant) + text, hashlib.sha256)[:_MAC_BYTES]
