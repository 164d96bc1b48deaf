"""What a tenant may be made in a calendar month: looked at when an order is queued, so that nothing under way is cut off.

What is queued or under way counts by what it is foretold to deliver, so that two orders at once do not both take what is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlmodel import col, func, select

from reel.catalogue.credits import Credits, month_of
from reel.catalogue.money import credits_of
from reel.catalogue.status import ENDED
from reel.catalogue.tables import GenerationRow, TransferRow, UsageRow
from reel.catalogue.values import Generation, NewGeneration, NewUsageRecord, Tenant, UsageRecord
from reel.errors import Exhausted, Problem

FORETOLD = ("seconds", "bytes", "pixels")
"""What of a generation is foretold."""


class Used(NamedTuple):
    """What a generation used, and what it was charged for that."""

    record: UsageRecord
    credits: float


class Quotas(Credits):
    """The part of a tenant's records that is about how much it had."""

    def used(self, since: datetime) -> NewUsageRecord:
        """What the tenant used since a moment, summed."""
        sums = [func.coalesce(func.sum(getattr(UsageRow, name)), 0) for name in NewUsageRecord.model_fields]
        row = self._session.exec(select(*sums).where(UsageRow.created >= since)).one()
        return NewUsageRecord(**dict(zip(NewUsageRecord.model_fields, row, strict=True)))

    def usage(self, since: datetime) -> list[Used]:
        """What each generation used that was done since a moment, the first of them first; also of those that are forgotten."""
        charged = select(TransferRow.generation, func.sum(TransferRow.amount).label("amount"))
        charges = charged.where(TransferRow.reason == "charge").group_by(col(TransferRow.generation)).subquery()
        query = (
            select(UsageRow, charges.c.amount)
            .join(charges, charges.c.generation == UsageRow.generation, isouter=True)
            .where(UsageRow.created >= since)
            .order_by(col(UsageRow.created), col(UsageRow.generation))
        )
        rows = self._session.exec(query).all()
        return [Used(UsageRecord.model_validate(row), credits_of(amount or 0)) for row, amount in rows]

    def usual_amounts(self, kind: str) -> dict[str, Any]:
        """The most that any of the tenant's newest 20 generations of a kind delivered, as what another one is foretold to."""
        mine = (GenerationRow.kind == kind, GenerationRow.id == UsageRow.generation)
        of_it = (*mine, col(GenerationRow.tenant_id) == col(UsageRow.tenant_id))
        newest = select(UsageRow).where(*of_it).order_by(col(UsageRow.created).desc()).limit(20)
        rows = self._session.exec(newest).all()
        return {
            "foretold_seconds": max((row.output_seconds for row in rows), default=0.0),
            "foretold_bytes": max((row.bytes for row in rows), default=0),
            "foretold_pixels": max((row.pixels for row in rows), default=0),
        }

    def _account(self, generation: Generation, price: int | None) -> None:
        """What a change of status means for the credits of a generation."""
        id_, attempt = generation.id, generation.attempts
        match generation.status:
            case "fetching":
                self._reserve_again(id_, attempt)
            case "rendering" if price is not None:
                self._reserve_rather(id_, attempt, price)
            case "done":
                self._settle(id_, attempt, price)
            case "failed" | "cancelled":
                self._refund(id_, attempt)

    def _check_quotas(self, tenant: Tenant, new: NewGeneration) -> None:
        """Raises `Exhausted` with all quotas of this month that are used up, or of which too little is left for an order."""
        if tenant.monthly_minutes is tenant.monthly_bytes is tenant.monthly_pixels is None:
            return
        used, asked = self.used(month_of(self._now())), _Amounts.foretold(new)
        had = _Amounts(used.output_seconds / 60, used.bytes, used.pixels)
        if problems := [*_exceeded(tenant, had, self._put_aside(), asked)]:
            raise Exhausted(*problems)

    def _put_aside(self) -> _Amounts:
        """What all that has not ended is foretold to deliver."""
        sums = [func.coalesce(func.sum(getattr(GenerationRow, f"foretold_{name}")), 0) for name in FORETOLD]
        live = col(GenerationRow.status).not_in(ENDED)
        seconds, size, pixels = self._session.exec(select(*sums).where(live)).one()
        return _Amounts(seconds / 60, int(size), int(pixels))


class _Amounts(NamedTuple):
    """What quotas are of."""

    minutes: float
    bytes: int
    pixels: int

    @classmethod
    def foretold(cls, new: NewGeneration) -> _Amounts:
        return cls(new.foretold_seconds / 60, new.foretold_bytes, new.foretold_pixels)


def _exceeded(tenant: Tenant, had: _Amounts, aside: _Amounts, asked: _Amounts) -> Iterator[Problem]:
    for name, used, kept, more in zip(_Amounts._fields, had, aside, asked, strict=True):
        limit = getattr(tenant, f"monthly_{name}")
        if limit is None or (used + kept < limit and used + kept + more <= limit):
            continue
        what = f"{used:,.10g} of {limit:,.10g} {name} of this month are used"
        if kept or more:
            what += f", {kept:,.10g} are put aside, and {more:,.10g} are asked for"
        yield Problem(f"quota.{name}", what, "ask for less, wait for the next month, or have the quota raised")
