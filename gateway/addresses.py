"""Where customers fetch outputs: at a bucket or a CDN where they lie or are served there, else here."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from fastapi import Request

from gateway.desk import Desk
from reel.catalogue import OutputRecord
from reel.control.telling import ADDRESS_LIFE
from reel.settings import settings
from reel.store import address_of


def base_of(request: Request, desk: Desk) -> str:
    """The address of this service, as customers know it, without a slash at its end."""
    return (desk.settings.url or str(request.base_url)).rstrip("/")


def output_address(found: OutputRecord, base: str, desk: Desk) -> tuple[str, datetime | None]:
    """Where an output is fetched, and until when that holds; null: as long as it is there. Errors: those of signing."""
    if desk.stores.outputs.local and not settings().outputs_url:
        return f"{base}/v1/generations/{quote(found.generation)}/outputs/{quote(found.name)}", None
    url, expires = address_of(found.location, int(ADDRESS_LIFE.total_seconds()))
    return url, desk.clock() + ADDRESS_LIFE if expires else None
