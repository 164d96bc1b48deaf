"""Orders over HTTP, with uploads, while what takes and makes them is killed again and again: in the end each order that was
accepted is one generation with one end, told once, paid for once, and its video shows what was uploaded."""

from __future__ import annotations

import itertools
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial

from deployments import processes
from reel.catalogue import ENDED, Generation, NewApiKey
from reel.client import Client
from reel.control.keys import issue
from reel.secrets import hkdf_sha256
from tests.control.receiving import Receiver
from tests.faults.customers import OVER, TENANTS, Order, Receipt, in_small_blocks, ordered, prepare
from tests.faults.hearing import unsent, wrong_webhooks
from tests.faults.installation import Front, Installation, Service
from tests.faults.invariants import left_behind, slots_held
from tests.faults.settled import all_generations, wrong_orders, wrong_records, wrong_runs
from tests.waiting import wait_for

AT_ONCE = 6
"""So many customers are on their way at the same time."""
CREDITS = 1_000.0
MOST_PAUSE_SECONDS = 6.0
"""Before each kill, so that it comes at any moment of what is under way."""
MOST_AWAY_SECONDS = 3.0
"""How long the database is away."""
MOST_SECONDS_EACH = 60.0
"""For each order and each kill; beyond that something hangs."""
REFUSED_EVERY = 20
"""Each so manieth event is not taken by its receiver at first."""

Strike = Callable[[Installation, random.Random], bool]
"""Kills something; whether there was anything to kill."""


def _service(which: Callable[[Installation, random.Random], Service]) -> Strike:
    def strike(site: Installation, chance: random.Random) -> bool:
        service = which(site, chance)
        if not service.pid or not processes.is_alive(service.pid):
            return False
        service.kill()
        return True

    return strike


def _kill_run(site: Installation, chance: random.Random) -> bool:
    if not (engines := site.engines()):
        return False
    with suppress(ProcessLookupError):
        os.kill(chance.choice(engines), signal.SIGKILL)
        return True
    return False


def _kill_database(site: Installation, chance: random.Random) -> bool:
    site.database.kill()
    time.sleep(chance.uniform(0, MOST_AWAY_SECONDS))
    site.database.start()
    return True


VICTIMS: dict[str, Strike] = {
    "gateway": _service(lambda site, _: _front(site).gateway),
    "what looks at uploads": _service(lambda site, _: _front(site).preview),
    "worker": _service(lambda site, chance: chance.choice(site.hosts).service),
    "run": _kill_run,
    "Prefect server": _service(lambda site, _: site.server),
    "PostgreSQL": _kill_database,
}


def _front(site: Installation) -> Front:
    assert site.front
    return site.front


def run_gateway(
    site: Installation,
    receiver: Receiver,
    orders: int,
    kills: int,
    minutes: float,
    seed: int,
    say: Callable[[str], None],
) -> list[str]:
    """Have all customers served who come within so many minutes, while something is killed again and again; all that is wrong
    when it is over."""
    wanted = [prepare(site.folder / "files", number) for number in range(orders)]
    apis = {tenant: _client(site, tenant) for tenant in TENANTS}
    receiver.answer = lambda number: 503 if number % REFUSED_EVERY == 0 else 200
    secrets = {tenant: apis[tenant].webhooks.add(receiver.url).secret for tenant in TENANTS}
    videos = site.folder / "videos"
    videos.mkdir()
    began = time.monotonic()

    def serve(order: Order) -> Receipt | None:
        if time.monotonic() > began + 60 * minutes:
            return None
        receipt = ordered(order, apis[order.tenant], videos, random.Random(f"{seed} {order.number}"))
        say(f"{order.key}: {receipt.status or receipt.wrong}, {time.monotonic() - began:.0f} s after the first")
        return receipt

    receipts, struck = _served(site, wanted, serve, kills, random.Random(seed))
    say(f"{len(receipts)} orders, {struck.total()} kills in {time.monotonic() - began:.0f} s: {dict(struck)}")
    say(f"statuses: {dict(Counter(each.status or each.wrong for each in receipts))}")
    say(f"uploads that were begun: {sum(each.uploads for each in receipts)}")
    return [
        *_wrong(site, receiver, receipts, apis, secrets, say),
        *left_behind(site),
        *slots_held(site),
    ]


def _client(site: Installation, tenant: str) -> Client:
    """A client of an owner with credits."""
    pepper = hkdf_sha256(site.secret.encode(), b"reelflow installation secret", b"api-key")
    with site.catalogue.tenant(tenant) as records:
        records.grant(CREDITS, key=f"payment-{tenant}")
        key = issue(records, NewApiKey(name="customers", role="owner"), pepper).key
    return Client(_front(site).url, key)


def _served(
    site: Installation,
    orders: Sequence[Order],
    serve: Callable[[Order], Receipt | None],
    kills: int,
    chance: random.Random,
) -> tuple[list[Receipt], Counter[str]]:
    """Serve all orders while something is killed again and again; what their customers were told, and what was killed."""
    with in_small_blocks(), ThreadPoolExecutor(AT_ONCE, "customer") as pool:
        served = [pool.submit(serve, each) for each in orders]
        try:
            struck = _strike(site, served, kills, chance)
        except BaseException:
            OVER.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [receipt for each in served if (receipt := each.result())], struck


def _strike(
    site: Installation, served: Sequence[Future[Receipt | None]], kills: int, chance: random.Random
) -> Counter[str]:
    """Kill, spread over the way of all orders, until all have been served; how often what was killed."""
    struck: Counter[str] = Counter()
    deadline = time.monotonic() + MOST_SECONDS_EACH * (len(served) + kills)
    kinds = itertools.chain.from_iterable(chance.sample([*VICTIMS], len(VICTIMS)) for _ in itertools.count())
    while not all(each.done() for each in served):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{sum(not each.done() for each in served)} orders were not served")
        due = kills * (sum(each.done() for each in served) + AT_ONCE) / len(served)
        if struck.total() < min(kills, due):
            time.sleep(chance.uniform(0, MOST_PAUSE_SECONDS))
            name = next(kinds)
            struck[name] += VICTIMS[name](site, chance)
        time.sleep(0.2)
    return struck


def _wrong(
    site: Installation,
    receiver: Receiver,
    receipts: Sequence[Receipt],
    apis: dict[str, Client],
    secrets: dict[str, str],
    say: Callable[[str], None],
) -> Iterator[str]:
    """What does not hold when all has come to rest."""
    find = partial(all_generations, site, TENANTS)
    wait_for(lambda: all(each.status in ENDED for each in find()), "the end of all", 300, lambda: _live(find()))
    wait_for(lambda: not unsent(site, find()), "all webhooks", 600)
    generations = find()
    say(f"attempts: {sum(each.attempts for each in generations)} of {len(generations)} generations")
    yield from wrong_orders(receipts, generations, apis)
    yield from wrong_records(site, TENANTS, generations, CREDITS)
    yield from wrong_webhooks(site, receiver, generations, secrets, say)
    yield from wrong_runs(site, generations)


def _live(generations: Sequence[Generation]) -> str:
    return str([(each.id, each.status, each.idempotency_key) for each in generations if each.status not in ENDED])
