"""How much is to be ordered in the hours to come, how long the queue gets, and what workers it takes. Pure, but `forecast`.

    ahead = forecast(everybody, now, objective)
    ahead.at_once                     # how many generations should be able to run at the same time, now
    workers(ahead.at_once, per_worker=2)

Orders come as they came in the same hours before. They wait as in a queue with many servers (M/M/c; A. K. Erlang, Solution of
some problems in the theory of probabilities, 1917): what is recommended is the least that keeps the objective.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from reel.catalogue import LIVE, Operator
from reel.control.service_level import Objective

HOUR = timedelta(hours=1)
HISTORY = timedelta(days=28)
"""How far orders are looked back upon: four of each hour of the week."""
LEAST_WEEKS = 2
"""So many of the same hour of the week tell more than the same hour of each of the last seven days."""
USUAL_SECONDS = 30.0
"""How long a generation takes where none was made yet."""
LEAD = timedelta(minutes=15)
"""Machines that are asked for are there so long after."""
MOST = 10_000
"""Generations at once; more are never recommended."""


@dataclass(frozen=True)
class HourAhead:
    """An hour to come, or the one that it is."""

    begin: datetime
    orders: float
    """That are expected in it."""
    at_once: int
    """How many generations should be able to run at the same time."""
    queue: float
    """How many wait at its end, in the mean, with as many as are there to run."""


@dataclass(frozen=True)
class Ahead:
    """What is expected."""

    hours: tuple[HourAhead, ...]
    at_once: int
    """How many generations should be able to run at the same time, now."""
    queued: int
    under_way: int
    usual_seconds: float
    """That a generation takes, in the mean."""
    history_hours: int
    """How far back orders are known."""


def forecast(
    everybody: Operator, now: datetime, objective: Objective, hours: int = 24, at_once: int | None = None
) -> Ahead:
    """What is expected, from the catalogue; `at_once`: with how many the queue is predicted, null for what is recommended
    now. Errors: those of the catalogue."""
    past = everybody.ordered_by_hour(now - HISTORY)
    live = [course.status for course in everybody.courses(now) if course.status in LIVE]
    usual = everybody.usual_seconds(now - HISTORY) or USUAL_SECONDS
    queued = live.count("queued")
    return predicted(past, now, queued, len(live) - queued, usual, objective, hours, at_once)


def predicted(
    past: Mapping[datetime, int],
    now: datetime,
    queued: int,
    under_way: int,
    usual_seconds: float,
    objective: Objective,
    hours: int,
    at_once: int | None = None,
) -> Ahead:
    """What is expected after such a past (orders by hour, without the empty ones)."""
    this = now.replace(minute=0, second=0, microsecond=0)
    begins = [this + HOUR * number for number in range(hours)]
    orders = [expected(past, begin, this) for begin in begins]
    places = [places_for(each, usual_seconds, objective) for each in orders]
    soon = places[: 2 if now + LEAD >= this + HOUR else 1]
    needed = max(1, *soon, under_way, draining(queued, under_way, usual_seconds, objective))
    queues = queue_lengths(orders, queued, at_once or needed, usual_seconds)
    ahead = tuple(HourAhead(*each) for each in zip(begins, orders, places, queues, strict=True))
    since = min(past, default=this)
    return Ahead(ahead, needed, queued, under_way, usual_seconds, int((this - since) / HOUR))


def expected(past: Mapping[datetime, int], hour: datetime, this: datetime) -> float:
    """Orders in an hour: the mean of the same hour in the weeks before; where too few of these are known, in the seven days
    before; else of all that is known. `this` hour is not over, so it tells nothing yet."""
    begin = min(past, default=this)

    def known(every: timedelta, most: int) -> list[int]:
        moments = (hour - every * number for number in range(1, most + 1))
        return [past.get(moment, 0) for moment in moments if begin <= moment < this]

    weeks = known(timedelta(days=7), 4)
    found = weeks if len(weeks) >= LEAST_WEEKS else known(timedelta(days=1), 7)
    if found:
        return sum(found) / len(found)
    whole = int((this - begin) / HOUR)
    return sum(count for moment, count in past.items() if moment < this) / whole if whole else 0.0


def waiting_share(places: int, load: float) -> float:
    """Share of orders that find all places taken, by Erlang's C formula; `load`: orders that come while one is made."""
    if load >= places:
        return 1.0
    blocked = 1.0
    for number in range(1, places + 1):
        blocked = load * blocked / (number + load * blocked)
    return blocked / (1 - load / places * (1 - blocked))


def places_for(orders: float, usual_seconds: float, objective: Objective) -> int:
    """The least number of places in which, with so many orders an hour, no more than the objective allows wait longer than it
    says. 0 where nothing is ordered."""
    load = orders * usual_seconds / 3600
    if load <= 0:
        return 0
    for places in range(max(1, math.floor(load)), MOST):
        late = waiting_share(places, load) * math.exp(-max(0.0, places - load) * objective.wait_seconds / usual_seconds)
        if places > load and late <= 1 - objective.share:
            return places
    return MOST


def draining(queued: int, under_way: int, usual_seconds: float, objective: Objective) -> int:
    """How many places begin all that waits within the objective's time; never more than there is work for."""
    wanted = math.ceil(queued * usual_seconds / max(objective.wait_seconds, usual_seconds))
    return min(MOST, queued + under_way, under_way + wanted)


def queue_lengths(orders: list[float], queued: int, places: int, usual_seconds: float) -> list[float]:
    """How many wait at the end of each hour, in the mean, with so many places: what could not be made until then, and where
    all can, those that wait for their turn (M/M/c)."""
    found, left = [], float(queued)
    for each in orders:
        left = max(0.0, left + each - places * 3600 / usual_seconds)
        load = each * usual_seconds / 3600
        turn = waiting_share(places, load) * load / (places - load) if load < places else 0.0
        found.append(left + turn)
    return found


def workers(at_once: int, per_worker: int) -> int:
    """How many workers have so many places, of which one has some."""
    return max(1, math.ceil(at_once / per_worker))
