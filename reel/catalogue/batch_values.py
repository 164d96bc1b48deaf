"""Batches as values: many orders that are one, a row for each."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, String
from sqlmodel import Field

from reel.catalogue.columns import Utc, Words
from reel.catalogue.names import new_id
from reel.catalogue.status import Priority
from reel.catalogue.values import Owned, Shape

BatchStatus = Literal["running", "stopped", "done", "cancelled"]
"""`stopped`: nothing more is ordered, for a reason that is told; `done`: every row has ended, well or not."""
EntryState = Literal["waiting", "bad", "ordered"]
"""`bad`: its request cannot be met, so that nothing was ordered; `ordered`: its generation tells the rest."""


class NewBatch(Shape):
    """A batch that is to be ordered."""

    id: str = Field(default_factory=lambda: new_id("batch_"), primary_key=True)
    project: str = "default"
    name: str = Field(default="", sa_type=Words)
    priority: Priority = Field(default="batch", sa_type=String)
    idempotency_key: str | None = None
    fingerprint: str = ""
    """Digest of what was asked for: the same key stands for nothing else."""
    template: str | None = None
    template_version: int | None = None
    """The stored template that its requests are made from."""
    used: dict[str, list[str]] = Field(default_factory=dict, sa_type=JSON)
    """The columns whose values are in a field of the requests, by field."""
    cost_cap: float | None = None
    stop_after_failed_percent: float | None = None
    ahead: int = 100
    """How many of its generations are queued or under way at once."""


class Batch(NewBatch, Owned):
    """A batch with its history."""

    status: BatchStatus = Field(default="running", sa_type=String)
    why: str = Field(default="", sa_type=Words)
    """Why it was stopped."""
    rows: int = 0
    expected_cost: float = 0.0
    """Of all that was ordered, as far as that is known."""
    flow_run: str | None = None
    """The run that orders."""
    created: datetime = Field(sa_type=Utc)
    touched: datetime = Field(sa_type=Utc)
    ended: datetime | None = Field(default=None, sa_type=Utc)


class NewEntry(Shape):
    """A row, as its table had it."""

    number: int = Field(primary_key=True)
    """From 1."""
    slot: str | None = None
    """What its generation stands for in the project, where a column says so."""
    columns: list[str] = Field(default_factory=list, sa_type=JSON)
    """Those that have a value in it."""
    request: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    """Null where nothing could be read."""
    problems: list[dict[str, str]] = Field(default_factory=list, sa_type=JSON)
    """Place (by column), what and remedy."""
    state: EntryState = Field(default="waiting", sa_type=String)


class Entry(NewEntry, Owned):
    """A row, and what became of it."""

    batch: str = Field(primary_key=True)
    attempt: int = 0
    generation: str | None = None
    """Of its last attempt."""
    expected_cost: float | None = None


class Counts(Shape):
    """How the rows of a batch stand."""

    waiting: int = 0
    bad: int = 0
    queued: int = 0
    running: int = 0
    done: int = 0
    failed: int = 0
    cancelled: int = 0
    forgotten: int = 0
    """Whose generations have ended, and were removed since."""

    @property
    def rows(self) -> int:
        return self.waiting + self.live + self.ended

    @property
    def ended(self) -> int:
        return self.bad + self.done + self.failed + self.cancelled + self.forgotten

    @property
    def live(self) -> int:
        """Those whose generations have not ended."""
        return self.queued + self.running

    @property
    def wrong(self) -> int:
        """Those that are bad or failed."""
        return self.bad + self.failed

    @property
    def percent(self) -> float:
        """Of the rows that have ended."""
        return round(100 * self.ended / self.rows, 1) if self.rows else 100.0
