"""How many generations of one tenant run at once: Prefect's own limits, held by leases that end with their holder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

from prefect import get_client
from prefect.client.schemas.objects import State
from prefect.concurrency.sync import concurrency
from prefect.states import AwaitingConcurrencySlot
from prefect.types._datetime import now

from reel.patience import Policy

LEASE_SECONDS = 60.0
"""How long a dead run still counts; Prefect takes no less."""
PATIENCE_SECONDS = 2.0
"""Long enough for one answer of a busy server; it gives no slot to who waits for no time at all."""
RETURN = Policy((15.0,), jitter=(1.0, 1.5))
"""When a run that found its tenant's slots taken looks again; not all at once."""


@contextmanager
def tenant_slot(tenant: str, limit: int | None) -> Iterator[bool]:
    """Hold one of the tenant's slots; false where all are taken. Without a limit there is nothing to hold.

    Not waited for: a run that waits takes the place of another tenant's on its worker.
    """
    with ExitStack() as held:
        yield limit is None or _take(f"tenant:{tenant}", limit, held)


def _take(name: str, limit: int, held: ExitStack) -> bool:
    with get_client(sync_client=True) as client:
        client.upsert_global_concurrency_limit_by_name(name, limit)
    try:
        # Not `strict`: Prefect would end the run where a lease cannot be renewed because its server is away for a while.
        held.enter_context(concurrency(name, timeout_seconds=PATIENCE_SECONDS, lease_duration=LEASE_SECONDS))
    except TimeoutError:
        return False
    return True


def all_taken() -> State[Any]:
    """The state of a run that waits for a slot: to be taken up again a little later."""
    seconds = RETURN.delay_seconds(1)
    return AwaitingConcurrencySlot(
        scheduled_time=now("UTC") + timedelta(seconds=seconds), message="All slots of its tenant are taken."
    )
