"""Where customers fetch outputs: at a bucket or a CDN where they lie or are served there, else here, by signed links."""

from __future__ import annotations

from datetime import datetime

from fastapi import Request

from gateway.desk import Desk
from reel.catalogue import OutputRecord
from reel.control.telling import ADDRESS_LIFE
from reel.settings import settings
from reel.store import address_of, tenant_prefix
from reel.store.addresses import Gateway, is_for_gateway
from reel.store.links import PURPOSE


def base_of(request: Request, desk: Desk) -> str:
    """The address of this service, as customers know it, without a slash at its end."""
    return (desk.settings.url or str(request.base_url)).rstrip("/")


def gateway_at(base: str, desk: Desk) -> Gateway:
    """This service, as who answers signed links."""
    return Gateway(base, desk.secrets(PURPOSE))


def output_address(found: OutputRecord, base: str, desk: Desk, *, once: bool = False) -> tuple[str, datetime | None]:
    """Where an output is fetched, and until when that holds; null: as long as it is there. What is removed `once` it was
    fetched is fetched here, whoever else serves it: nobody else tells us. Errors: those of signing."""
    seconds = int(ADDRESS_LIFE.total_seconds())
    if once or is_for_gateway(found.name, settings(), is_local=desk.stores.outputs.local):
        name = tenant_prefix(found.tenant_id, found.generation) + found.name
        url, expires = gateway_at(base, desk).address(name, seconds, sha256=found.sha256)
    else:
        url, expires = address_of(found.location, seconds)
    return url, desk.clock() + ADDRESS_LIFE if expires else None
