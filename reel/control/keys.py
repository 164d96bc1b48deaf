"""API keys: 256 random bits, shown once; what is kept is a MAC of them, by a pepper that is not in the database.

    issued = issue(records, NewApiKey(name="shop", role="member"), pepper)
    issued.key                                    # reel_3f0c..._kJ2v...: this once
    holder(catalogue, "reel_3f0c..._kJ2v...", [pepper], now)

A slow hash would be a mistake: there is nothing to guess, and each request has to be checked.

What a key is narrowed to are scopes of the gateway, `<resource>:read` and `<resource>:write`; their names stand here, so that
no way to make a key takes one that opens nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from reel.catalogue import USE_EVERY, ApiKey, Catalogue, NewApiKey, Records
from reel.errors import InvalidRequest, Problem
from reel.words import did_you_mean

PREFIX = "reel"
"""What all keys begin with, so that scanners of repositories know them."""
KEY = re.compile(rf"{PREFIX}_([0-9a-f]{{16}})_[A-Za-z0-9_-]{{43}}")
_READ_AND_WRITTEN = (
    *("assets", "batches", "events", "generations", "keys", "projects", "templates", "uploads", "webhooks"),
)
SCOPES = tuple(
    sorted(
        {
            *(f"{resource}:{what}" for resource in _READ_AND_WRITTEN for what in ("read", "write")),
            *("contact-sheet:write", "credits:read", "frame:write", "kinds:read", "usage:read"),
        }
    )
)
"""All that a tenant's key can be narrowed to."""
OPERATOR_SCOPES = ("credits:write", "forecast:read", "metrics:read", "operator:read")
"""All that an operator's key can be narrowed to."""
OVERLAP = timedelta(hours=24)
"""How long a key that was rotated is good yet."""


@dataclass(frozen=True)
class Issued:
    """A key that was just made."""

    record: ApiKey
    key: str = field(repr=False)
    """The key itself: it cannot be shown again."""


def issue(records: Records, new: NewApiKey, pepper: bytes) -> Issued:
    """Make a key. Raises `InvalidRequest` for scopes that there are not, and as `Records.add_key`."""
    if wrong := _wrong_scopes(new):
        raise InvalidRequest(*wrong)
    id_, key = _new_key()
    return Issued(records.add_key(id_, mac_of(key, pepper), new), key)


def rotate(records: Records, id_: str, pepper: bytes, now: datetime, overlap: timedelta = OVERLAP) -> Issued:
    """Make a key in the place of another, which is good a while yet. Raises as `Records.replace_key`."""
    new, key = _new_key()
    return Issued(records.replace_key(id_, new, mac_of(key, pepper), now + overlap), key)


def holder(catalogue: Catalogue, key: str, peppers: Sequence[bytes], now: datetime) -> ApiKey | None:
    """What is known of a key that somebody shows; null where it is none, or good no longer. Its use is noted, about.

    `peppers`: today's, and those of the secrets before it that count yet."""
    read = KEY.fullmatch(key)
    found = good_key(catalogue, read[1], now) if read else None
    if not found or not any(_is_of(found, key, pepper) for pepper in peppers):
        return None
    _note_use(catalogue, found, now)
    return found


def good_key(catalogue: Catalogue, id_: str, now: datetime) -> ApiKey | None:
    """What is known of the key of an id, which nobody shows here; null where there is none, or it is good no longer."""
    with catalogue.operator(only_reads=True) as everybody:
        found = everybody.find_keys([id_])
    return next((key for key in found if key.is_good(now)), None)


def good_keys(catalogue: Catalogue, ids: Collection[str], now: datetime) -> set[str]:
    """Those of these ids whose keys are good, whosever they are."""
    with catalogue.operator(only_reads=True) as everybody:
        return {key.id for key in everybody.find_keys(ids) if key.is_good(now)}


def mac_of(key: str, pepper: bytes) -> str:
    """What is kept of a key."""
    return hmac.new(pepper, key.encode(), hashlib.sha256).hexdigest()


def shown_of(id_: str) -> str:
    """What a key begins with: enough to tell which it is, and of no use to anybody."""
    return f"{PREFIX}_{id_}_"


def _wrong_scopes(new: NewApiKey) -> list[Problem]:
    names = OPERATOR_SCOPES if new.role == "operator" else SCOPES
    if new.scopes == []:
        return [Problem("scopes", "is empty: the key would be good for nothing", f"name some of {', '.join(names)}")]
    return [
        Problem(
            f"scopes[{number}]", f"there is no {scope[:80]!r}", did_you_mean(scope, names, f"say {', '.join(names)}")
        )
        for number, scope in enumerate(new.scopes or ())
        if scope not in names
    ]


def _is_of(record: ApiKey, key: str, pepper: bytes) -> bool:
    return hmac.compare_digest(record.mac, mac_of(key, pepper))


def _new_key() -> tuple[str, str]:
    id_ = secrets.token_hex(8)
    return id_, shown_of(id_) + secrets.token_urlsafe(32)


def _note_use(catalogue: Catalogue, key: ApiKey, now: datetime) -> None:
    if key.last_used is None or key.last_used <= now - USE_EVERY:
        with catalogue.tenant(key.tenant_id) as records:
            records.key_used(key.id)
