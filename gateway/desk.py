"""What an endpoint works with: one frozen value, handed to `create_app`, and to endpoints by `TheDesk`.

@router.get("/{id}")
def one(id: str, caller: Viewer, desk: TheDesk) -> Thing:
    with desk.catalogue.tenant(caller.tenant, only_reads=True) as records:
        ...
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends
from fastapi.requests import HTTPConnection

from gateway.idempotency import UnderWay
from gateway.limiting import Limiter
from gateway.origins import Origins
from gateway.settings import GatewaySettings
from gateway.tokens import Issuer
from gateway.working import Work, tables, trials
from reel.catalogue import Catalogue
from reel.control.stores import Stores
from reel.telemetry.serving import Meter


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def nobody() -> None:
    """Where workers alone give orders their runs."""


def by_itself(run: str) -> None:
    """Where a run that was called off ends when it next asks the catalogue."""


@dataclass(frozen=True)
class Desk:
    """All that endpoints need; `desk_of` makes one."""

    catalogue: Catalogue
    settings: GatewaySettings
    every_secret: Callable[[str], tuple[bytes, ...]]
    """For a purpose (`api-key`) 32 bytes of each secret of the installation that counts: `reel.secrets.every_derived`."""
    stores: Stores
    """Where artefacts and outputs are."""
    limiter: Limiter
    origins: Origins
    meter: Meter
    work: Work
    """Requests that are looked through."""
    tables: Work
    """Batches that are taken in."""
    issuer: Issuer | None = None
    """Whose tokens are taken as keys are."""
    clock: Callable[[], datetime] = utc_now
    ordered: Callable[[], None] = nobody
    """Called when orders were committed: somebody is to give them their runs."""
    called_off: Callable[[str], None] = by_itself
    """Called with a run that is to end."""
    trials: Work = field(default_factory=trials)
    """Webhooks that are tried out."""
    under_way: UnderWay = field(default_factory=UnderWay)
    """Orders that are being placed."""

    def secrets(self, purpose: str) -> bytes:
        """What is made for a purpose today is made with this; what was made earlier is checked with `every_secret`."""
        return self.every_secret(purpose)[0]


def desk_of(
    catalogue: Catalogue,
    settings: GatewaySettings,
    every_secret: Callable[[str], tuple[bytes, ...]],
    stores: Stores,
    clock: Callable[[], datetime] = utc_now,
    ordered: Callable[[], None] = nobody,
    called_off: Callable[[str], None] = by_itself,
) -> Desk:
    """A desk with what its settings say."""
    return Desk(
        catalogue,
        settings,
        every_secret,
        stores,
        limiter=Limiter(settings),
        origins=Origins(catalogue),
        meter=Meter(),
        work=Work(settings.judged, settings.judged_per_tenant),
        tables=tables(settings.judged, settings.judged_per_tenant),
        issuer=Issuer(settings) if settings.oidc_issuer else None,
        clock=clock,
        ordered=ordered,
        called_off=called_off,
    )


async def the_desk(connection: HTTPConnection) -> Desk:
    """The desk of the application that answers."""
    desk: Desk = connection.app.state.desk
    return desk


TheDesk = Annotated[Desk, Depends(the_desk)]
