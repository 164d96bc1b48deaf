"""What a generation goes through: its statuses, and which may follow which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Status = Literal["queued", "fetching", "rendering", "saving", "done", "failed", "cancelled"]
Priority = Literal["interactive", "batch", "regeneration"]

FOLLOWING: Mapping[Status, frozenset[Status]] = {
    "queued": frozenset({"fetching", "failed", "cancelled"}),
    "fetching": frozenset({"fetching", "rendering", "saving", "failed", "cancelled"}),
    "rendering": frozenset({"fetching", "rendering", "saving", "failed", "cancelled"}),
    "saving": frozenset({"fetching", "rendering", "done", "failed", "cancelled"}),
    "done": frozenset(),
    "failed": frozenset({"fetching"}),
    "cancelled": frozenset({"fetching"}),
}
"""`fetching` begins an attempt, so it may follow every status but `done`: the run before it failed, or died unseen.
`rendering` begins a pass through a plan, of which a second is needed where the first found something damaged."""

LIVE: tuple[Status, ...] = ("queued", "fetching", "rendering", "saving")
ENDED: tuple[Status, ...] = ("done", "failed", "cancelled")


def may_follow(before: Status, after: Status) -> bool:
    """Whether a generation may go from one status to the other."""
    return after in FOLLOWING[before]
