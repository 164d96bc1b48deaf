"""Who signed in to the pages: a cookie that says who and when, with a MAC by the installation's secret.

    begun(of_key("3f0c..."), secret, now)           # names a key, which is looked up with each request: it ends the session
    begun(of_person(caller), secret, now)           # names whom an OpenID issuer told us of

Nothing is kept of sessions, and no key is in the cookie.
Browsers send the cookie to the pages alone (`Path`), never with what another site asks (`SameSite=Strict`), and no script reads
it (`HttpOnly`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

from gateway.callers import Caller

PAGES = "/pages"
"""What the paths of pages begin with."""
COOKIE = "reelflow"
PURPOSE = "pages"
"""Of the secret."""
_TOKEN = re.compile(r"([A-Za-z0-9_.~-]{1,3000})\.([0-9]{1,12})\.([A-Za-z0-9_-]{43})")
_KEY = re.compile(r"[0-9a-f]{16}")
_PERSON = "~"
"""What begins the text that names a person: no key's id does."""


def begun(told: str, secret: bytes, now: datetime) -> str:
    """A cookie that says something, and when. `told`: of `A-Z a-z 0-9 _ . ~ -`."""
    dated = f"{told}.{int(now.timestamp())}"
    return f"{dated}.{mac_of(dated, secret)}"


def told_by(cookie: str, secrets: Iterable[bytes], now: datetime, hours: float) -> str | None:
    """What a cookie says; null where it is none of ours, or older than some hours."""
    read = _TOKEN.fullmatch(cookie)
    if not read or not any(hmac.compare_digest(mac_of(f"{read[1]}.{read[2]}", secret), read[3]) for secret in secrets):
        return None
    return read[1] if 0 <= now.timestamp() - int(read[2]) + 1 <= hours * 3600 else None


def of_person(caller: Caller) -> str:
    """How a cookie names somebody of an issuer."""
    return _PERSON + written([caller.tenant, caller.role, caller.key])


def key_in(told: str) -> str | None:
    """The id of the key that a cookie names; null where it names a person."""
    return told if _KEY.fullmatch(told) else None


def person_in(told: str) -> Caller | None:
    """The person that a cookie names; null where it names a key."""
    if not told.startswith(_PERSON):
        return None
    tenant, role, name = read_back(told[1:])
    return Caller(tenant, cast(Any, role), name)


def mac_of(told: str, secret: bytes) -> str:
    """The MAC of a text, in 43 characters that stand in cookies and addresses as they are."""
    return plain64(hmac.digest(secret, told.encode(), hashlib.sha256))


def plain64(data: bytes) -> str:
    """Bytes as base64url without padding (RFC 7515, appendix C)."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def written(value: object) -> str:
    """A small value as a word of a cookie."""
    return plain64(json.dumps(value).encode())


def read_back(word: str) -> list[str]:
    """What `written` wrote; ours, as the MAC was right."""
    found: list[str] = json.loads(base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)))
    return found
