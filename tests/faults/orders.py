"""A stream of orders by all ways there are, and the faults that befall it."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

from prefect.client.orchestration import get_client

from deployments.follow import trigger
from flows.submit import submit
from reel.catalogue import ENDED, Generation
from reel.request.terms import Terms
from tests.control.receiving import Receiver
from tests.faults.installation import Installation, command_of
from tests.faults.kinds import KINDS, Heal, Kind, nothing, stalled
from tests.faults.trial import Trial
from tests.faults.work import Footage

TENANTS = ("north", "east", "west")
TWICE_EVERY = 4
"""Each fourth order is asked for a second time, the other way."""
WAITING = 3
"""So many orders wait, beside one for each worker."""
LOOK_SECONDS = 1.0
ASKED_SECONDS = 20.0
"""How long a run is waited for that asks for FFmpeg's version."""


def _kill_while_asked(trial: Trial) -> Heal | None:
    """Kill an FFmpeg that says which it is: workers ask once and note the answer, so the notes go first."""
    for host in trial.site.hosts:
        (host.home / "ffmpeg.json").unlink(missing_ok=True)
    deadline = time.monotonic() + ASKED_SECONDS
    while time.monotonic() < deadline:
        engines = trial.site.engines()
        for _ in range(200):
            for pid in [child for engine in engines for child in _children(engine)]:
                if "-version" in command_of(pid):
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                        return nothing
            time.sleep(0.002)
    return None


def _children(pid: int) -> list[int]:
    try:
        threads = [*Path(f"/proc/{pid}/task").iterdir()]
        return [int(child) for thread in threads for child in (thread / "children").read_text().split()]
    except OSError:
        return []


FAULTS = {
    name: KINDS[name]
    for name in (
        "FFmpeg killed",
        "FFmpeg stopped",
        "flow process killed",
        "worker killed",
        "worker told to go",
        "Prefect server killed",
        "PostgreSQL killed",
        "disk full, segment",
        "S3 answers 500",
        "S3 answers 503",
        "S3 slow",
        "S3 cuts bodies",
        "S3 garbles bodies",
        "artefact cut",
        "bit flipped",
    )
} | {
    "FFmpeg killed while asked": Kind(_kill_while_asked),
    "Prefect server away": replace(KINDS["Prefect server away"], seconds=20),
    "catalogue away": replace(KINDS["catalogue away"], seconds=10),
    "S3 stalls": Kind(stalled, seconds=8),
}


@dataclass
class Book:
    """What was ordered, done to it, and heard of it."""

    site: Installation
    chance: random.Random
    receiver: Receiver
    footages: list[Footage]
    placed: list[tuple[str, int]] = field(default_factory=list)
    """Tenant and number of each order."""
    runs: list[UUID] = field(default_factory=list)
    """Those that plain triggers made."""
    struck: Counter[str] = field(default_factory=Counter)

    def generations(self) -> list[Generation]:
        """All there are."""
        return [generation for tenant in TENANTS for generation in self._of(tenant)]

    def _of(self, tenant: str) -> list[Generation]:
        def read() -> list[Generation]:
            with self.site.catalogue.tenant(tenant) as records:
                return records.generations(limit=1000)

        return self.site.ask(read, 120)

    def trial(self, generation: Generation) -> Trial:
        """A generation as the faults and the checks see it."""
        number = int((generation.idempotency_key or "order-0").rpartition("-")[2])
        run = UUID(generation.flow_run or generation.id)
        return Trial(self.site, self.chance, generation.tenant_id, self.footages[number], generation.id, run)


def place_and_strike(book: Book, orders: int, faults: int, deadline: float, say: Callable[[str], None]) -> None:
    """Orders in a steady stream, so many faults to each, until all have ended."""
    each, backlog = faults / orders, len(book.site.hosts) + WAITING
    kinds = _shuffled(book.chance)
    while True:
        live = [generation for generation in book.generations() if generation.status not in ENDED]
        if time.monotonic() > deadline:
            raise TimeoutError("\n".join(["not all orders ended:", *(book.trial(each).states() for each in live)]))
        placed = len(book.placed)
        # No faster than faults strike, so that there is something to strike up to the last.
        ripe = len(live) < backlog and book.struck.total() >= (placed - backlog) * each
        if placed < orders and (ripe or not live):
            say(
                f"order {placed + 1} of {orders}: {len(live)} before it have not ended, {book.struck.total()} faults struck"
            )
            _place(book, placed)
        elif book.struck.total() < faults and live:
            _strike(book, next(kinds), live)
        elif not live and placed == orders and all(_has_ended(book.site, run) for run in book.runs):
            return
        time.sleep(LOOK_SECONDS)


def _shuffled(chance: random.Random) -> Iterator[str]:
    """All kinds in turns, each time in another order."""
    while True:
        yield from chance.sample([*FAULTS], len(FAULTS))


def _place(book: Book, number: int) -> None:
    tenant = book.chance.choice(TENANTS)
    plainly = bool(number % 2)
    _order(book, tenant, number, plainly=plainly)
    if number % TWICE_EVERY == 0:
        _order(book, tenant, number, plainly=not plainly)
    book.placed.append((tenant, number))


def _order(book: Book, tenant: str, number: int, *, plainly: bool) -> None:
    request, terms = book.footages[number].request(), {"tenant": tenant, "idempotency_key": f"order-{number}"}
    if plainly:
        book.runs.append(book.site.ask(lambda: trigger("mixer/mixer", request, terms), 120))
    else:
        book.site.ask(lambda: submit(request, Terms.model_validate(terms), book.site.catalogue), 120)


def _strike(book: Book, name: str, live: Sequence[Generation]) -> None:
    """Do one fault to one of those that run, where there is something to do it to."""
    kind = FAULTS[name]
    under_way = [generation for generation in live if generation.status != "queued"]
    if kind.small_disk and not all(host.small for host in book.site.hosts):
        return  # only root can make small disks
    if under_way and (heal := kind.strike(book.trial(book.chance.choice(under_way)))):
        book.struck[name] += 1
        time.sleep(kind.seconds)
        heal()


def _has_ended(site: Installation, run: UUID) -> bool:
    def read() -> bool:
        with get_client(sync_client=True) as client:
            state = client.read_flow_run(run).state
        return bool(state and state.is_final())

    return site.ask(read, 120)
