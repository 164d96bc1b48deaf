"""Orders of three tenants, by Prefect's own API and by `submit`, some twice by the same key, while faults of every kind befall
what runs: in the end each is done, once, and everybody who was to hear of it has, in order."""

from __future__ import annotations

import math
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from reel.catalogue import ENDED, DeadLetter, Generation
from reel.control.dead_letters import replay
from tests.control.receiving import Receiver
from tests.faults.hearing import events_of, unsent, wrong_webhooks
from tests.faults.installation import Installation
from tests.faults.invariants import broken, left_behind, slots_held
from tests.faults.orders import TENANTS, Book, place_and_strike
from tests.faults.work import shoot
from tests.waiting import wait_for

CLIPS, CLIP_SECONDS = 2, 3.0
JOB_LENGTHS = 2
"""So many jobs of each hand may start between an order's fair place and its start."""
MOST_SECONDS_EACH = 120.0
"""For each order and each fault; beyond that something hangs."""


def run_acceptance(
    site: Installation, receiver: Receiver, orders: int, faults: int, seed: int, say: Callable[[str], None]
) -> list[str]:
    """Place all orders while faults strike, wait for the end, replay what a full disk failed; all that is wrong then."""
    chance = random.Random(seed)
    footages = [shoot(site.folder / "clips", take, CLIPS, CLIP_SECONDS) for take in range(orders)]
    book = Book(site, chance, receiver, footages)
    secrets = {tenant: _subscribed(site, tenant, receiver.url) for tenant in TENANTS}
    began = time.monotonic()
    place_and_strike(book, orders, faults, began + MOST_SECONDS_EACH * (orders + faults), say)
    say(f"{orders} orders, {book.struck.total()} faults in {time.monotonic() - began:.0f} s: {dict(book.struck)}")
    replayed = _replay_failed(book)
    generations = book.generations()
    say(f"attempts: {sum(each.attempts for each in generations)}; replayed after full disks: {replayed}")
    wait_for(lambda: not unsent(site, generations), "all webhooks", 300)
    return [
        *([f"only {book.struck.total()} of {faults} faults struck"] if book.struck.total() < faults else []),
        *_wrong_orders(book, generations),
        *_wrong_letters(book),
        *wrong_webhooks(site, receiver, generations, secrets, say),
        *_unfair(book, generations, say),
        *left_behind(site),
        *slots_held(site),
    ]


def _subscribed(site: Installation, tenant: str, url: str) -> str:
    with site.catalogue.operator() as everybody:
        everybody.set_tenant(tenant, concurrency=2)
    with site.catalogue.tenant(tenant) as records:
        return records.add_endpoint(url).secret


def _letters(book: Book) -> list[DeadLetter]:
    def read() -> list[DeadLetter]:
        with book.site.catalogue.operator() as everybody:
            return everybody.find_dead_letters(limit=None)

    return book.site.ask(read)


def _replay_failed(book: Book) -> int:
    """What failed on a full disk is an operator's to replay; how many those were."""
    letters = [letter for letter in _letters(book) if letter.error_class == "resource"]
    for letter in letters:
        replay(book.site.catalogue, letter.id)
    wait_for(lambda: all(each.status in ENDED for each in book.generations()), "the end of replays", 600)
    return len(letters)


def _wrong_orders(book: Book, generations: Sequence[Generation]) -> Iterator[str]:
    """Each order is one generation that is done, and what it published is whole and right."""
    by_order: dict[tuple[str, int], list[Generation]] = defaultdict(list)
    for generation in generations:
        place = book.footages.index(book.trial(generation).footage)
        by_order[generation.tenant_id, place].append(generation)
    for order in book.placed:
        done = [generation for generation in by_order[order] if generation.status == "done"]
        others = [f"{each.status}: {each.error}" for each in by_order[order] if each not in done]
        if len(done) != 1:
            yield f"order {order} is {len(done)} times done, besides {others}"
        for generation in done:
            trial = book.trial(generation)
            trial.neighbours = {each.id for each in generations if each.tenant_id == generation.tenant_id}
            yield from broken(trial, frozenset({"done"}))


def _wrong_letters(book: Book) -> Iterator[str]:
    for letter in _letters(book):
        yield f"the letter of {letter.generation} is open: {letter.problems}"


def _unfair(book: Book, generations: Sequence[Generation], say: Callable[[str], None]) -> Iterator[str]:
    """An order starts at its turn: of those with a later one, no more start while it waits than two for each hand."""
    starts = {each.id: start for each in generations if (start := _first_start(book, each))}
    started = [each for each in generations if each.id in starts]
    passed = {
        each.id: sum(
            other.queue_place > each.queue_place and each.created < starts[other.id] < starts[each.id]
            for other in started
        )
        for each in started
    }
    most = max(passed.values(), default=0)
    say(f"before an order started, {most} at most did whose turn was later")
    hands = len(book.site.hosts)
    for id_, others in passed.items():
        if math.ceil(others / hands) > JOB_LENGTHS:
            yield f"{others} orders whose turn was later started before {id_}, on {hands} workers"


def _first_start(book: Book, generation: Generation) -> datetime | None:
    events = [event for event in events_of(book.site, generation) if event.type == "generation.started"]
    return min((event.created for event in events), default=None)
