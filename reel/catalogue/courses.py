"""How generations went, for who runs the installation: one by one since a moment, and how many were ordered in each hour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, func, or_, select

from reel.catalogue.money import credits_of
from reel.catalogue.scope import Scope
from reel.catalogue.status import LIVE, Status
from reel.catalogue.tables import GenerationRow, TransferRow


@dataclass(frozen=True)
class Course:
    """How one generation went, as far as it has."""

    tenant: str
    kind: str
    status: Status
    error_class: str | None
    created: datetime
    started: datetime | None
    """When its latest attempt began."""
    ended: datetime | None


class Courses(Scope):
    """The part of the operator's scope that looks back."""

    def courses(self, since: datetime) -> list[Course]:
        """Those that are live, and those that ended since a moment."""
        row = GenerationRow
        query = select(row.tenant_id, row.kind, row.status, row.error_class, row.created, row.started, row.ended).where(  # type: ignore[call-overload]
            or_(col(row.status).in_(LIVE), col(row.ended) >= since)
        )
        return [Course(*found) for found in self._session.exec(query.execution_options(yield_per=5000))]

    def ordered_by_hour(self, since: datetime) -> Mapping[datetime, int]:
        """How many were ordered in each hour since a moment, by when it began; hours without any are left out."""
        query = select(GenerationRow.created).where(col(GenerationRow.created) >= since)
        moments = self._session.exec(query.execution_options(yield_per=5000))
        return Counter(moment.replace(minute=0, second=0, microsecond=0) for moment in moments)

    def usual_seconds(self, since: datetime) -> float | None:
        """How long those took that were done since a moment, in the mean, by the clock; null where none was."""
        done = (GenerationRow.status == "done", col(GenerationRow.ended) >= since, col(GenerationRow.seconds) > 0)
        found = self._session.exec(select(func.avg(GenerationRow.seconds)).where(*done)).one()
        return None if found is None else float(found)

    def spent_by_tenant(self, since: datetime) -> Mapping[str, float]:
        """Credits that were charged since a moment."""
        charged = (TransferRow.credited == "spent", col(TransferRow.created) >= since)
        query = select(TransferRow.tenant_id, func.sum(TransferRow.amount)).where(*charged)
        return {
            tenant: credits_of(int(sum_)) for tenant, sum_ in self._session.exec(query.group_by(TransferRow.tenant_id))
        }
