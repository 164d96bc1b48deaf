"""What a browser, a player or a cache on the way is told of an object, by its name alone."""

from __future__ import annotations

import re
from urllib.parse import quote

CHANGING_SECONDS = 300
"""How long a cache may serve what can be put again under its name, without asking: a generation that is done again puts the
same names. Long enough that a thousand viewers of a minute are one request, short enough that nobody waits for the new one."""
FOR_EVER_SECONDS = 365 * 24 * 3600
"""The longest that RFC 2616 lets a server promise; caches ask no later anyway (RFC 8246, `immutable`)."""

_BY_DIGEST = re.compile(
    r"(.*/)?artefacts/[^/]+/[0-9a-f]{2}/[0-9a-f]{64}/[0-9a-f]{16}/.+"  # a file of an artefact: see `layout`
    r"|(.*[/._-])?[0-9a-f]{64}(\.[A-Za-z0-9]+)?"  # a file that is called after its SHA-256
)


def is_immutable(name: str) -> bool:
    """Whether a name says what is in the object, so that other bytes would have another name."""
    return _BY_DIGEST.fullmatch(name) is not None


def cache_control(name: str) -> str:
    """The `Cache-Control` header of an object."""
    if is_immutable(name):
        return f"public, max-age={FOR_EVER_SECONDS}, immutable"
    return f"public, max-age={CHANGING_SECONDS}"


def disposition(name: str, *, download: bool = False) -> str:
    """The `Content-Disposition` header: shown where it can be, or with `download` saved; in both cases under the last part of
    its name, whatever the address ends with (RFC 6266; the form of RFC 8187, as headers are ASCII)."""
    return f"{'attachment' if download else 'inline'}; filename*=UTF-8''{quote(name.rpartition('/')[2], safe='')}"
