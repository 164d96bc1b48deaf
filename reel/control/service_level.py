"""Whether customers get what they were promised: percentiles, success, and how fast the allowance of failures is used up. Pure.

The promise is that a share of all generations (`REEL_OBJECTIVE`) is made, and begun within `REEL_OBJECTIVE_WAIT_SECONDS` after
it was ordered. How long the making takes is in what was ordered, and so is no part of it; nor is what was called off, or failed
of the order itself. Burn rates as in The Site Reliability Workbook, chapter 5 (sre.google/workbook/alerting-on-slos): at 1 the
allowance is just used up; at 14.4, for one hour, 2 % of a month's are, which is worth waking somebody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from reel.catalogue.courses import Course
from reel.catalogue.measures import percentile

OF_THE_ORDER = frozenset({"invalid request", "bad media", "exhausted"})
"""Classes of errors that whoever ordered can mend."""


@dataclass(frozen=True)
class Objective:
    """What is promised."""

    share: float
    """Of all that count: below 1."""
    wait_seconds: float


@dataclass(frozen=True)
class Spread:
    """How some numbers are spread."""

    count: int
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True)
class Went:
    """How the generations of one sort went."""

    done: int
    failed: int
    """Of us; what failed of its order is `refused`."""
    refused: int
    cancelled: int
    seconds: Spread | None
    """From begin to end of those that are done; null where none is."""
    waits: Spread | None
    """From order to begin of those that ended and had begun."""

    @property
    def success(self) -> float | None:
        """Share of what we could make that was made; null where there was nothing."""
        return self.done / (self.done + self.failed) if self.done + self.failed else None


def spread(values: Iterable[float]) -> Spread | None:
    """Null where there are none."""
    ordered = sorted(values)
    return Spread(len(ordered), *(percentile(ordered, share) for share in (0.5, 0.95, 0.99))) if ordered else None


def went(courses: Iterable[Course]) -> Went:
    """Of those that have ended, whatever else is among them."""
    ended = [course for course in courses if course.ended]
    done = [course for course in ended if course.status == "done"]
    failed = [course for course in ended if course.status == "failed"]
    refused = [course for course in failed if course.error_class in OF_THE_ORDER]
    return Went(
        done=len(done),
        failed=len(failed) - len(refused),
        refused=len(refused),
        cancelled=sum(course.status == "cancelled" for course in ended),
        seconds=spread(_seconds(course.started, course.ended) for course in done),
        waits=spread(_seconds(course.created, course.started) for course in ended if course.started),
    )


def by(courses: Iterable[Course], what: str) -> dict[str, Went]:
    """How each `kind` or `tenant` went, by name."""
    sorts: dict[str, list[Course]] = defaultdict(list)
    for course in courses:
        sorts[getattr(course, what)].append(course)
    return {name: went(found) for name, found in sorted(sorts.items())}


def kept(course: Course, objective: Objective) -> bool | None:
    """Whether the promise was kept; null for what does not count."""
    if course.status == "done":
        return _seconds(course.created, course.started) <= objective.wait_seconds
    return False if course.status == "failed" and course.error_class not in OF_THE_ORDER else None


def burn_rate(courses: Sequence[Course], objective: Objective, now: datetime, window: timedelta) -> float | None:
    """How fast the allowance was used up in a window up to now; null where nothing ended in it that counts."""
    recent = (course for course in courses if course.ended and now - window <= course.ended <= now)
    judged = [verdict for course in recent if (verdict := kept(course, objective)) is not None]
    return judged.count(False) / len(judged) / (1 - objective.share) if judged else None


def burn_rates(
    courses: Sequence[Course], objective: Objective, now: datetime, *hours: int
) -> Mapping[int, float | None]:
    """The burn rate over windows of so many hours."""
    return {each: burn_rate(courses, objective, now, timedelta(hours=each)) for each in hours}


def _seconds(begin: datetime | None, end: datetime | None) -> float:
    return max(0.0, (end - begin).total_seconds()) if begin and end else 0.0
