"""What may be the name of a tenant, a project, a slot, a host; and names and secrets that nothing else has."""

from __future__ import annotations

import base64
import re
import secrets

from reel.errors import InvalidRequest

TENANT = re.compile(r"[a-z0-9-]{1,64}")
ORIGIN = re.compile(r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?")
HOST = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
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


def check_host(host: str) -> str:
    """A host in small letters, as `hooks.example` or, for all below it, `*.example`; `InvalidRequest` for anything else."""
    plain = host.strip().rstrip(".").lower()
    if len(plain) > LONGEST or not HOST.fullmatch(plain):
        remedy = (
            "write hooks.example, or *.example for all hosts below it; no port, and letters of other scripts as xn--..."
        )
        raise InvalidRequest.at("webhook_hosts", f"{host[:80]!r} is no host", remedy)
    return plain


def check_origin(origin: str) -> str:
    """Where a web page comes from, as browsers say it (`https://shop.example`); `InvalidRequest` for anything else."""
    plain = origin.strip().rstrip("/").lower()
    if len(plain) > LONGEST or not ORIGIN.fullmatch(plain):
        raise InvalidRequest.at("origins", f"{origin[:80]!r} is no origin", "write https://shop.example, with no path")
    return plain


def new_id(prefix: str = "") -> str:
    """A name that nothing else has: 128 random bits in hex, after a prefix that says what it names."""
    return prefix + secrets.token_hex(16)


SECRET_BYTES = 32
"""The Standard Webhooks specification asks for 24 to 64."""


def new_secret() -> str:
    """A secret to sign webhooks with, as that specification writes them."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
