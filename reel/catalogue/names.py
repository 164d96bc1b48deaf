"""What may be the name of a tenant, a project, a slot."""

from __future__ import annotations

import re
import secrets

from reel.errors import InvalidRequest

TENANT = re.compile(r"[a-z0-9-]{1,64}")
LONGEST = 255
"""Characters of a name that is not a tenant's."""


def check_tenant(name: str) -> str:
    """The name itself; `InvalidRequest` where it cannot be a tenant's."""
    if not TENANT.fullmatch(name):
        raise InvalidRequest.at("tenant", f"{name[:80]!r} is no tenant's name", "use 1 to 64 of a-z, 0-9 and -")
    return name


def check_name(place: str, name: str) -> str:
    """The name itself; `InvalidRequest` where it is empty, too long or holds what cannot be printed."""
    if not 1 <= len(name) <= LONGEST or not name.isprintable():
        raise InvalidRequest.at(place, f"{name[:80]!r} is no name", f"use 1 to {LONGEST} printable characters")
    return name


def new_id(prefix: str = "") -> str:
    """A name that nothing else has: 128 random bits in hex, after a prefix that says what it names."""
    return prefix + secrets.token_hex(16)
