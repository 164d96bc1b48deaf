"""What a tenant used and has: the month's quotas, credits and their movements."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Response

from gateway.access import Needs
from gateway.callers import Caller
from gateway.desk import TheDesk
from gateway.pages.rendering import page
from gateway.pages.routing import pages
from gateway.routes import credits, usage

router = pages("credits")

TRANSFERS = 50
"""Shown, the newest."""
QUOTAS = {"minutes": "Minutes of video", "bytes": "Bytes of files", "pixels": "Pixels of frames", "credits": "Credits"}

Looks = Annotated[Caller, Depends(Needs("viewer", besides=("usage:read",)))]


@router.get("")
def account(caller: Looks, desk: TheDesk) -> Response:
    """This month, and what is left."""
    return page(
        "credits.html.j2",
        caller,
        account=credits.account(caller, desk),
        used=usage.usage(caller, desk),
        transfers=credits.transfers(caller, desk, None, TRANSFERS).transfers,
        quotas=QUOTAS,
    )


@router.get("/usage.csv")
def as_csv(caller: Looks, desk: TheDesk) -> Response:
    """The month, a line for each generation."""
    return usage.usage_as_csv(caller, desk)
