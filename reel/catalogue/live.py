"""What live clients are told: the feed's events and its head, and how far a generation is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import JSON, BigInteger, Identity
from sqlmodel import Field

from reel.catalogue.columns import Utc, WideNumber
from reel.catalogue.values import Owned, Shape

PROGRESS: Final = "generation.progress"
"""The one type of which the feed keeps only the newest of each generation: it tells a state, and not what happened."""


class Progressed(Shape):
    """How far a generation is."""

    percent: float
    eta_seconds: float | None = None
    """To its end; null while nothing can be said."""
    steps: int = 0
    steps_done: int = 0
    steps_reused: int = 0
    """Of those that are done."""
    doing: str = ""
    """What one of the steps under way does."""
    percents: dict[str, float] = Field(default_factory=dict, sa_type=JSON)
    """Percent of each output, by name."""


def finished(progress: Mapping[str, Any] | None) -> Progressed:
    """How far a generation is that is done, from what was known of it before; null: nothing."""
    before = Progressed.model_validate(progress or {"percent": 0})
    whole = dict.fromkeys(before.percents, 100.0)
    return before.model_copy(
        update={"percent": 100.0, "eta_seconds": 0.0, "steps_done": before.steps, "doing": "", "percents": whole}
    )


def given_up(progress: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """How far a generation had come that failed or was called off: nothing of it is under way any more."""
    return {**progress, "eta_seconds": None, "doing": ""} if progress else None


class FeedEvent(Owned):
    """Something that happened, for whoever of its tenant looks on."""

    # Counts up in the order of writing, which is not that of committing: see `number`.
    key: int | None = Field(default=None, primary_key=True, sa_type=WideNumber, sa_column_args=(Identity(),))
    number: int | None = Field(default=None, sa_type=BigInteger)
    """Its place in the feed of the installation; null until it has one. See `feed`."""
    tenant_id: str = ""
    generation: str | None = None
    type: str
    payload: dict[str, Any] = Field(sa_type=JSON)
    """As webhooks carry it: type, timestamp, data."""
    created: datetime = Field(sa_type=Utc)


class FeedHead(Shape):
    """How far the feed has come; one row, of the installation."""

    id: int = Field(default=1, primary_key=True)
    number: int = Field(default=0, sa_type=BigInteger)
    """Of the newest event that has one."""
    forgotten: int = Field(default=0, sa_type=BigInteger)
    """Of the newest event that was removed for its age: whoever has seen less than that has missed something."""
