"""What every worker does beside its runs, so that no other process is needed for it: each again and again, for ever."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import cache

from deployments.adopt import adopt
from deployments.reconcile import correct, reconcile, reconcile_batches
from deployments.recovery import recover_crashed
from flows.janitor import forget_results
from reel.control.ledger import this_catalogue
from reel.control.webhooks import Sender

log = logging.getLogger("reel.upkeep")

CANCEL_SECONDS = 1.0
RECOVER_SECONDS = 5.0
RECONCILE_SECONDS = 15.0
WEBHOOK_SECONDS = 1.0
RECORDS_SECONDS = 3600.0


async def keep_up(end_cancelled: Callable[[], Awaitable[None]], end_unwatched: Callable[[], Awaitable[None]]) -> None:
    """Do all of it until cancelled; `end_cancelled` ends those of the worker's own runs that were called off, `end_unwatched`
    those that no worker has."""
    await asyncio.gather(
        _again_and_again("cancelled runs", CANCEL_SECONDS, end_cancelled),
        _again_and_again("crashed runs", RECOVER_SECONDS, recover_crashed),
        _again_and_again("runs that no worker has", RECONCILE_SECONDS, end_unwatched),
        _again_and_again("runs without a place in the queue", RECOVER_SECONDS, _in_thread(_adopt)),
        _again_and_again("generations without a run", RECONCILE_SECONDS, _in_thread(_reconcile)),
        _again_and_again("webhooks", WEBHOOK_SECONDS, _in_thread(_send)),
        _again_and_again("old records", RECORDS_SECONDS, _in_thread(_forget)),
    )


def _adopt() -> None:
    adopt(this_catalogue())


def _reconcile() -> None:
    reconcile(this_catalogue())
    reconcile_batches(this_catalogue())
    correct(this_catalogue())


def _send() -> None:
    _sender().begin()


@cache
def _sender() -> Sender:
    return Sender(this_catalogue())


def _forget() -> None:
    # The janitor's run is on one machine; what Prefect remembers of steps is on each.
    forget_results()


def _in_thread(work: Callable[[], None]) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        await asyncio.to_thread(work)

    return run


async def _again_and_again(what: str, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - a server that is away is back at another turn
            log.warning("%s could not be looked after: %s", what, error)
        await asyncio.sleep(seconds)
