"""The pure parts: places in the queue, statuses, delays, names."""

from __future__ import annotations

import heapq
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reel.catalogue.measures import percentile
from reel.catalogue.names import check_name, check_tenant
from reel.catalogue.queue_places import QUANTUM, next_place
from reel.catalogue.status import ENDED, FOLLOWING, LIVE, may_follow
from reel.errors import InvalidRequest

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MS = timedelta(milliseconds=1)


class Queue:
    """Generations that wait, as the catalogue keeps them, without a database."""

    def __init__(self, weights: list[float]) -> None:
        self.weights = weights
        self.waiting: list[tuple[datetime, int, int]] = []
        self.arrivals = 0

    def add(self, tenant: int) -> None:
        own = [place for place, _, other in self.waiting if other == tenant]
        front = self.waiting[0][0] if self.waiting else None
        place = next_place(NOON, front, max(own, default=None), self.weights[tenant])
        heapq.heappush(self.waiting, (place, self.arrivals, tenant))
        self.arrivals += 1

    def start(self) -> int:
        return heapq.heappop(self.waiting)[2]


@pytest.mark.parametrize(
    ("front", "last", "weight", "place"),
    [
        (None, None, 1, NOON),
        (NOON - MS, None, 1, NOON - MS),
        (NOON, NOON, 1, NOON + QUANTUM),
        (NOON, NOON, 4, NOON + QUANTUM / 4),
        (NOON, NOON + 149 * MS, 1, NOON + 149 * MS + QUANTUM),
    ],
)
def test_places(front, last, weight, place):
    assert next_place(NOON, front, last, weight) == place


def test_one_behind_a_hundred_and_fifty_is_next_but_one():
    queue = Queue([1, 1])
    for _ in range(150):
        queue.add(0)
    queue.add(1)
    assert [queue.start() for _ in range(3)] == [0, 1, 0]


@given(st.lists(st.sampled_from([0.5, 1.0, 2.0, 4.0]), min_size=2, max_size=5), st.data())
def test_whoever_waits_gets_its_share(weights, data):
    """The bound of the paper: of two that wait all the time, neither gets ahead by more than a generation of each."""
    queue = Queue(weights)
    orders = [tenant for tenant in range(len(weights)) for _ in range(60)]
    for tenant in data.draw(st.permutations(orders)):
        queue.add(tenant)
    served: Counter[int] = Counter()
    while all(sum(other == tenant for *_, other in queue.waiting) for tenant in range(len(weights))):
        served[queue.start()] += 1
        shares = [served[tenant] / weight for tenant, weight in enumerate(weights)]
        least = min(range(len(weights)), key=shares.__getitem__)
        most = max(range(len(weights)), key=shares.__getitem__)
        assert shares[most] - shares[least] <= 1 / weights[most] + 1 / weights[least]


@given(st.lists(st.one_of(st.none(), st.integers(0, 3)), max_size=60))
def test_nobody_is_overtaken_for_ever(events):
    """A tenant of weight 1 waits for at most one generation of each other tenant before its own next one."""
    queue = Queue([1, 1, 1, 1])
    for event in [*events, *[None] * len(queue.waiting)]:
        if event is not None:
            queue.add(event)
        elif queue.waiting:
            before = Counter(tenant for *_, tenant in queue.waiting)
            queue.start()
            assert sum(before.values()) == len(queue.waiting) + 1
    for waiting in {tenant for *_, tenant in queue.waiting}:
        order = [tenant for *_, tenant in sorted(queue.waiting)]
        assert max(Counter(order[: order.index(waiting)]).values(), default=0) <= 2


def test_statuses():
    assert set(FOLLOWING) == set(LIVE) | set(ENDED)
    assert not FOLLOWING["done"]
    assert may_follow("failed", "fetching")
    assert not may_follow("cancelled", "rendering")
    assert [status for status in FOLLOWING if "done" in FOLLOWING[status]] == ["saving"]
    assert all("cancelled" in FOLLOWING[status] and "failed" in FOLLOWING[status] for status in LIVE)


@pytest.mark.parametrize("name", ["", "*", "Acme", "a b", "a" * 65, "acme\n", "ämter", "a_b", "a'"])
def test_no_names_of_tenants(name):
    with pytest.raises(InvalidRequest, match="tenant"):
        check_tenant(name)


@pytest.mark.parametrize("name", ["", "a" * 256, "a\nb", "a\0", "\ud800"])
def test_no_names(name):
    with pytest.raises(InvalidRequest, match="slot"):
        check_name("slot", name)


def test_names():
    assert check_tenant("acme-2") == "acme-2"
    assert check_name("slot", "Zeile 7: Größe") == "Zeile 7: Größe"


@pytest.mark.parametrize(("share", "value"), [(0.5, 2.0), (0.95, 4.0), (0.25, 1.0), (0.0, 1.0), (1.0, 4.0)])
def test_percentiles(share, value):
    assert percentile([1.0, 2.0, 3.0, 4.0], share) == value
