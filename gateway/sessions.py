"""Who signed in to the pages: a cookie that names a key and when it was shown, with a MAC by the installation's secret.

Nothing is kept of sessions, and no key is in the cookie: with each request the key is looked up, so a session ends with it.
Browsers send the cookie to the pages alone (`Path`), never with what another site asks (`SameSite=Strict`), and no script reads
it (`HttpOnly`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import datetime

PAGES = "/pages"
"""What the paths of pages begin with."""
COOKIE = "reelflow"
PURPOSE = "pages"
"""Of the secret."""
_TOKEN = re.compile(r"([0-9a-f]{16})\.([0-9]{1,12})\.([A-Za-z0-9_-]{43})")


def begun(key: str, secret: bytes, now: datetime) -> str:
    """The cookie of a session that somebody begins with the key of an id."""
    told = f"{key}.{int(now.timestamp())}"
    return f"{told}.{_mac(told, secret)}"


def key_of(cookie: str, secrets: Iterable[bytes], now: datetime, hours: float) -> str | None:
    """The id of the key with which a session was begun; null where it is none of ours, or older than some hours."""
    read = _TOKEN.fullmatch(cookie)
    if not read or not any(hmac.compare_digest(_mac(f"{read[1]}.{read[2]}", secret), read[3]) for secret in secrets):
        return None
    return read[1] if 0 <= now.timestamp() - int(read[2]) + 1 <= hours * 3600 else None


def _mac(told: str, secret: bytes) -> str:
    digest = hmac.digest(secret, told.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
