"""What an endpoint works with: one frozen value, handed to `create_app`, and to endpoints by `TheDesk`.

@router.get("/{id}")
def one(id: str, caller: Viewer, desk: TheDesk) -> Thing:
    with desk.catalogue.tenant(caller.tenant, reading=True) as records:
        ...
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends
from fastapi.requests import HTTPConnection

from gateway.settings import GatewaySettings
from reel.catalogue import Catalogue
from reel.control.stores import Stores


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def nobody() -> None:
    """Where orders are started by workers alone."""


@dataclass(frozen=True)
class Desk:
    """All that endpoints need. Of a test it is made by hand (`tests/gateway/conftest.py`)."""

    catalogue: Catalogue
    settings: GatewaySettings
    secrets: Callable[[str], bytes]
    """32 bytes for a purpose (`api-key`), the same on every machine of the installation: `reel.secrets.derived`."""
    stores: Stores
    """Where artefacts and outputs are."""
    clock: Callable[[], datetime] = utc_now
    ordered: Callable[[], None] = nobody
    """Called when an order was committed: somebody is to give it its run."""


async def the_desk(connection: HTTPConnection) -> Desk:
    """The desk of the application that answers."""
    desk: Desk = connection.app.state.desk
    return desk


TheDesk = Annotated[Desk, Depends(the_desk)]
