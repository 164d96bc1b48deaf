"""What a tenant may be made in a calendar month: looked at when an order is queued, so that nothing under way is cut off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlmodel import col, func, select

from reel.catalogue.credits import Credits, month_of
from reel.catalogue.money import credits_of
from reel.catalogue.tables import TransferRow, UsageRow
from reel.catalogue.values import Generation, NewUsageRecord, Tenant, UsageRecord
from reel.errors import Exhausted, Problem


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

    def _check_quotas(self, tenant: Tenant) -> None:
        """Raises `Exhausted` with all quotas of this month that are used up."""
        if tenant.monthly_minutes is tenant.monthly_bytes is tenant.monthly_pixels is None:
            return
        if problems := [*_exceeded(tenant, self.used(month_of(self._now())))]:
            raise Exhausted(*problems)


def _exceeded(tenant: Tenant, used: NewUsageRecord) -> Iterator[Problem]:
    limits = {
        "minutes": (used.output_seconds / 60, tenant.monthly_minutes),
        "bytes": (used.bytes, tenant.monthly_bytes),
        "pixels": (used.pixels, tenant.monthly_pixels),
    }
    for name, (had, limit) in limits.items():
        if limit is not None and had >= limit:
            what = f"{had:,.10g} of {limit:,.10g} {name} of this month are used"
            yield Problem(f"quota.{name}", what, "wait for the next month, or have the quota raised")
