"""Who comes next when several tenants wait: start-time fair queueing.

After Goyal, Vin and Cheng, "Start-time Fair Queueing" (SIGCOMM 1996), with one generation as the unit of work. Each one
gets a place in the queue (the paper's start tag), and the smallest place starts first; equal ones start in the order of their
arrival. Places look like times, so that they can be given to a scheduler that orders by time.
"""

from __future__ import annotations

from datetime import datetime, timedelta

QUANTUM = timedelta(milliseconds=1)
"""By how much the places of one tenant of weight 1 lie apart. Only their order matters, so it is short."""


def next_place(now: datetime, front: datetime | None, last: datetime | None, weight: float) -> datetime:
    """The place of a generation that is added at `now`.

    `front` is the smallest place of all that wait with the same priority, the queue's virtual time; `last` the largest of
    those of the same tenant; null where none waits. A tenant of weight 2 gets two places where one of weight 1 gets one.
    """
    earliest = front or now
    return earliest if last is None else max(earliest, last + QUANTUM / weight)
