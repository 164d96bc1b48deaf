"""Orders of three tenants, by Prefect's own API and by `submit`, some twice by the same key, while faults of every kind befall
what runs: in the end each is done, once, and everybody who was to hear of it has, in order."""

from __future__ import annotations

import json
import math
import os
import random
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from standardwebhooks import Webhook

from deployments.follow import trigger
from flows.submit import submit
from reel.catalogue import ENDED, DeadLetter, Generation, WebhookEvent
from reel.perform.dead_letters import replay
from reel.request.terms import Terms
from tests.faults.installation import Installation, command_of
from tests.faults.invariants import broken, left_behind, slots_held
from tests.faults.kinds import KINDS, Heal, Kind, nothing, stalled
from tests.faults.trial import Trial
from tests.faults.work import Footage, shoot
from tests.perform.test_webhooks import Receiver
from tests.waiting import wait_for

TENANTS = ("north", "east", "west")
CLIPS, CLIP_SECONDS = 2, 3.0
TWICE_EVERY = 4
"""Each fourth order is asked for a second time, the other way."""
LOOK_SECONDS = 1.0
ASKED_SECONDS = 20.0
"""How long a run is waited for that asks for FFmpeg's version."""
JOB_LENGTHS = 2
"""So many jobs of each hand may start between an order's fair place and its start."""
MOST_SECONDS_EACH = 120.0
"""For each order and each fault; beyond that something hangs."""


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
class Ledger:
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


def run_acceptance(
    site: Installation, receiver: Receiver, orders: int, faults: int, seed: int, say: Callable[[str], None]
) -> list[str]:
    """Place all orders while faults strike, wait for the end, replay what a full disk failed; all that is wrong then."""
    chance = random.Random(seed)
    footages = [shoot(site.folder / "clips", take, CLIPS, CLIP_SECONDS) for take in range(orders)]
    ledger = Ledger(site, chance, receiver, footages)
    secrets = {tenant: _subscribed(site, tenant, receiver.url) for tenant in TENANTS}
    began = time.monotonic()
    _place_and_strike(ledger, orders, faults, began + MOST_SECONDS_EACH * (orders + faults))
    say(f"{orders} orders, {ledger.struck.total()} faults in {time.monotonic() - began:.0f} s: {dict(ledger.struck)}")
    replayed = _replay_failed(ledger)
    generations = ledger.generations()
    say(f"attempts: {sum(each.attempts for each in generations)}; replayed after full disks: {replayed}")
    wait_for(lambda: not _unsent(ledger, generations), "all webhooks", 300)
    return [
        *([f"only {ledger.struck.total()} of {faults} faults struck"] if ledger.struck.total() < faults else []),
        *_wrong_orders(ledger, generations),
        *_wrong_letters(ledger),
        *_wrong_webhooks(ledger, generations, secrets, say),
        *_unfair(ledger, generations, say),
        *left_behind(site),
        *slots_held(site),
    ]


def _subscribed(site: Installation, tenant: str, url: str) -> str:
    with site.catalogue.operator() as everybody:
        everybody.set_tenant(tenant, concurrency=2)
    with site.catalogue.tenant(tenant) as records:
        return records.add_endpoint(url).secret


def _place_and_strike(ledger: Ledger, orders: int, faults: int, deadline: float) -> None:
    """Orders in a steady stream, so many faults to each, until all have ended."""
    each = faults / orders
    kinds = _shuffled(ledger.chance)
    while True:
        live = [generation for generation in ledger.generations() if generation.status not in ENDED]
        if time.monotonic() > deadline:
            raise TimeoutError("\n".join(["not all orders ended:", *(ledger.trial(each).states() for each in live)]))
        placed = len(ledger.placed)
        if placed < orders and (len(live) < 2 or ledger.struck.total() >= placed * each):
            _place(ledger, placed)
        elif ledger.struck.total() < faults and live:
            _strike(ledger, next(kinds), live)
        elif not live and placed == orders and all(map(_has_ended, [ledger.site] * len(ledger.runs), ledger.runs)):
            return
        time.sleep(LOOK_SECONDS)


def _shuffled(chance: random.Random) -> Iterator[str]:
    """All kinds in turns, each time in another order; such as need disks of their own are left out where there are none."""
    while True:
        yield from chance.sample([*FAULTS], len(FAULTS))


def _place(ledger: Ledger, number: int) -> None:
    tenant = ledger.chance.choice(TENANTS)
    plainly = bool(number % 2)
    _order(ledger, tenant, number, plainly=plainly)
    if number % TWICE_EVERY == 0:
        _order(ledger, tenant, number, plainly=not plainly)
    ledger.placed.append((tenant, number))


def _order(ledger: Ledger, tenant: str, number: int, *, plainly: bool) -> None:
    request, terms = ledger.footages[number].request(), {"tenant": tenant, "idempotency_key": f"order-{number}"}
    if plainly:
        ledger.runs.append(ledger.site.ask(lambda: trigger("mixer/mixer", request, terms), 120))
    else:
        ledger.site.ask(lambda: submit(request, Terms.model_validate(terms), ledger.site.catalogue), 120)


def _strike(ledger: Ledger, name: str, live: Sequence[Generation]) -> None:
    """Do one fault to one of those that run, where there is something to do it to."""
    kind = FAULTS[name]
    under_way = [generation for generation in live if generation.status != "queued"]
    if kind.small_disk and not all(host.small for host in ledger.site.hosts):
        return
    if under_way and (heal := kind.strike(ledger.trial(ledger.chance.choice(under_way)))):
        ledger.struck[name] += 1
        time.sleep(kind.seconds)
        heal()


def _has_ended(site: Installation, run: UUID) -> bool:
    from prefect.client.orchestration import get_client

    def read() -> bool:
        with get_client(sync_client=True) as client:
            state = client.read_flow_run(run).state
        return bool(state and state.is_final())

    return site.ask(read, 120)


def _letters(ledger: Ledger) -> list[DeadLetter]:
    def read() -> list[DeadLetter]:
        with ledger.site.catalogue.operator() as everybody:
            return everybody.find_dead_letters(limit=None)

    return ledger.site.ask(read)


def _replay_failed(ledger: Ledger) -> int:
    """What failed on a full disk is an operator's to replay; how many those were."""
    letters = [letter for letter in _letters(ledger) if letter.error_class == "resource"]
    for letter in letters:
        replay(ledger.site.catalogue, letter.id)
    wait_for(lambda: all(each.status in ENDED for each in ledger.generations()), "the end of replays", 600)
    return len(letters)


def _wrong_orders(ledger: Ledger, generations: Sequence[Generation]) -> Iterator[str]:
    """Each order is one generation that is done, and what it published is whole and right."""
    by_order: dict[tuple[str, int], list[Generation]] = defaultdict(list)
    for generation in generations:
        place = ledger.footages.index(ledger.trial(generation).footage)
        by_order[generation.tenant_id, place].append(generation)
    for order in ledger.placed:
        done = [generation for generation in by_order[order] if generation.status == "done"]
        others = [f"{each.status}: {each.error}" for each in by_order[order] if each not in done]
        if len(done) != 1:
            yield f"order {order} is {len(done)} times done, besides {others}"
        for generation in done:
            trial = ledger.trial(generation)
            trial.neighbours = {each.id for each in generations if each.tenant_id == generation.tenant_id}
            yield from broken(trial, frozenset({"done"}))


def _wrong_letters(ledger: Ledger) -> Iterator[str]:
    for letter in _letters(ledger):
        yield f"the letter of {letter.generation} is open: {letter.problems}"


def _events(ledger: Ledger, generation: Generation) -> list[WebhookEvent]:
    def read() -> list[WebhookEvent]:
        with ledger.site.catalogue.tenant(generation.tenant_id) as records:
            return records.events(generation.id)

    return ledger.site.ask(read)


def _unsent(ledger: Ledger, generations: Sequence[Generation]) -> list[str]:
    return [event.id for each in generations for event in _events(ledger, each) if event.state == "pending"]


def _wrong_webhooks(
    ledger: Ledger, generations: Sequence[Generation], secrets: dict[str, str], say: Callable[[str], None]
) -> Iterator[str]:
    """Each event has come, signed, in its order; one that came again bore the same id, so that its receiver knew it."""
    heard: dict[str, list[str]] = defaultdict(list)
    again = 0
    tenants = {generation.id: generation.tenant_id for generation in generations}
    for headers, body in ledger.receiver.got:
        generation = json.loads(body)["data"]["generation"]
        try:
            # As of its own moment: what was received a while ago is not refused for its age.
            signed = Webhook(secrets[tenants[generation]]).sign(
                headers["webhook-id"], _moment(headers["webhook-timestamp"]), body.decode()
            )
        except KeyError:
            yield f"an event of {generation}, which nobody knows"
            continue
        if signed not in headers["webhook-signature"].split():
            yield f"{headers['webhook-id']} of {generation} is not signed by its tenant's secret"
        if headers["webhook-id"] in heard[generation]:
            again += 1
        else:
            heard[generation].append(headers["webhook-id"])
    say(f"{sum(map(len, heard.values()))} events were heard, {again} of them came again")
    for generation in generations:
        told = [event.id for event in _events(ledger, generation)]
        if heard[generation.id] != told:
            yield f"of {generation.id} was told {told}, heard {heard[generation.id]}"


def _moment(text: str) -> datetime:
    return datetime.fromtimestamp(int(text), UTC)


def _unfair(ledger: Ledger, generations: Sequence[Generation], say: Callable[[str], None]) -> Iterator[str]:
    """An order starts at its turn: of those with a later one, no more start while it waits than two for each hand."""
    starts = {each.id: start for each in generations if (start := _first_start(ledger, each))}
    started = [each for each in generations if each.id in starts]
    passed = {
        each.id: sum(other.turn > each.turn and each.created < starts[other.id] < starts[each.id] for other in started)
        for each in started
    }
    most = max(passed.values(), default=0)
    say(f"before an order started, {most} at most did whose turn was later")
    hands = len(ledger.site.hosts)
    for id_, others in passed.items():
        if math.ceil(others / hands) > JOB_LENGTHS:
            yield f"{others} orders whose turn was later started before {id_}, on {hands} workers"


def _first_start(ledger: Ledger, generation: Generation) -> datetime | None:
    events = [event for event in _events(ledger, generation) if event.type == "generation.started"]
    return min((event.created for event in events), default=None)
