"""What only the operator of an installation may see: all tenants at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlmodel import col, delete, exists, func, or_, select, tuple_, update

from reel.catalogue.batches import AllBatches
from reel.catalogue.courses import Courses
from reel.catalogue.credentials import INSTALLATION
from reel.catalogue.feed import Numbering
from reel.catalogue.inspections import Inspections
from reel.catalogue.keys import FoundKeys
from reel.catalogue.measures import Measuring
from reel.catalogue.names import check_host, check_origin, check_tenant
from reel.catalogue.published import Published
from reel.catalogue.searching import Searching
from reel.catalogue.status import ENDED, LIVE, Status
from reel.catalogue.tables import EndpointRow, EventRow, GenerationRow, StepDocumentRow, StepRow, TenantRow
from reel.catalogue.values import Generation, Tenant
from reel.errors import InvalidRequest
from reel.limits import limits_of

WEIGHTS = (0.01, 100.0)
"""Least and largest weight: queue places hold whole microseconds, and the quantum is a thousand of them."""


class Monthly(NamedTuple):
    """What a tenant may have in a calendar month; null: any amount."""

    minutes: float | None = None
    bytes: int | None = None
    pixels: int | None = None
    credits: float | None = None


NO_QUOTAS = Monthly()


class Operator(Measuring, Searching, Published, FoundKeys, Numbering, AllBatches, Inspections, Courses):
    """The records of all tenants, in one transaction; see `Catalogue.operator`."""

    def tenants(self) -> list[Tenant]:
        """All tenants by name; not the installation itself, which has keys and nothing else."""
        query = select(TenantRow).where(TenantRow.id != INSTALLATION).order_by(TenantRow.id)
        return [Tenant.model_validate(row) for row in self._session.exec(query)]

    def set_tenant(
        self,
        name: str,
        *,
        concurrency: int | None = None,
        weight: float = 1.0,
        webhook_hosts: Sequence[str] | None = None,
        origins: Sequence[str] | None = None,
        monthly: Monthly = NO_QUOTAS,
        limits: Mapping[str, float] | None = None,
        file_roots: Sequence[str] | None = None,
        s3_roots: Sequence[str] | None = None,
    ) -> Tenant:
        """Say what a tenant may use, making it where it is new. Raises `InvalidRequest`."""
        check_tenant(name)
        limits_of(limits)
        if strange := next((root for root in file_roots or () if not root.startswith("/")), None):
            raise InvalidRequest.at(
                "file_roots", f"{strange[:80]!r} is no path from the root", "write /srv/assets/acme"
            )
        if any(not root.strip("/ ") for root in s3_roots or ()):
            raise InvalidRequest.at("s3_roots", "names no bucket", "write media/acme/, or `none`")
        if not WEIGHTS[0] <= weight <= WEIGHTS[1]:
            raise InvalidRequest.at("weight", f"{weight} is not from {WEIGHTS[0]} to {WEIGHTS[1]}")
        if concurrency is not None and concurrency < 1:
            raise InvalidRequest.at("concurrency", f"{concurrency} is less than 1", "use null for no limit")
        quotas = {f"monthly_{what}": _at_least_nothing(what, limit) for what, limit in monthly._asdict().items()}
        hosts = [check_host(host) for host in webhook_hosts or ()]
        pages = [check_origin(origin) for origin in origins or ()]
        self._make_tenant(name)
        this = col(TenantRow.id) == name
        change = {
            "concurrency": concurrency,
            "weight": weight,
            "webhook_hosts": hosts or None,
            "origins": pages or None,
            **quotas,
            "limits": dict(limits) if limits else None,
            "file_roots": None if file_roots is None else list(file_roots),
            "s3_roots": None if s3_roots is None else list(s3_roots),
        }
        self._session.exec(update(TenantRow).where(this).values(**change))
        return Tenant.model_validate(self._session.exec(select(TenantRow).where(this)).one())

    def live(self, limit: int | None = None) -> list[Generation]:
        """The generations that have not ended; those that wait come in the order of their places."""
        query = select(GenerationRow).where(col(GenerationRow.status).in_(LIVE))
        ordered = query.order_by(col(GenerationRow.queue_place), col(GenerationRow.created), col(GenerationRow.id))
        return [Generation.model_validate(row) for row in self._session.exec(ordered.limit(limit))]

    def keys_in_use(
        self, since: datetime, failed_since: datetime | None = None, among: Collection[str] | None = None
    ) -> set[str]:
        """Keys of all steps of generations that are live, or ended at or after a moment: not to be deleted.

        For what failed or was cancelled another moment may hold; a replay goes on from its steps. With `among`, only
        those of these keys.
        """
        of_it = (col(StepRow.tenant_id) == GenerationRow.tenant_id) & (col(StepRow.generation) == GenerationRow.id)
        in_use = or_(
            col(GenerationRow.status).in_(LIVE),
            col(GenerationRow.ended) >= since,
            (col(GenerationRow.status) != "done") & (col(GenerationRow.ended) >= (failed_since or since)),
        )
        these = () if among is None else (col(StepRow.key).in_(among),)
        query = select(StepRow.key).where(of_it, in_use, *these).distinct()
        return set(self._session.exec(query.execution_options(yield_per=5000)))

    def forget_generations(
        self, before: datetime, statuses: Sequence[Status] = ENDED, limit: int = 1000
    ) -> list[Generation]:
        """Delete at most `limit` of the `forgettable` generations, with all that hangs on them; those deleted.

        What they used is kept.
        """
        return self._forget(self.forgettable(before, statuses, limit))

    def forget_removed(self, before: datetime, limit: int = 1000) -> list[Generation]:
        """Delete at most `limit` of the `removed` generations likewise."""
        return self._forget(self.removed(before, limit))

    def _forget(self, found: list[Generation]) -> list[Generation]:
        these = tuple_(col(GenerationRow.tenant_id), col(GenerationRow.id)).in_(
            [(generation.tenant_id, generation.id) for generation in found]
        )
        self._forget_documents(found)
        self._session.exec(delete(GenerationRow).where(these))
        return found

    def _forget_documents(self, forgotten: Sequence[Generation]) -> None:
        """Delete what only steps of these generations stand for."""
        of_these = tuple_(col(StepRow.tenant_id), col(StepRow.generation)).in_(
            [(generation.tenant_id, generation.id) for generation in forgotten]
        )
        theirs = select(StepRow.tenant_id, StepRow.key).where(of_these)
        same = (col(StepRow.tenant_id) == StepDocumentRow.tenant_id) & (col(StepRow.key) == StepDocumentRow.key)
        self._session.exec(
            delete(StepDocumentRow).where(
                tuple_(col(StepDocumentRow.tenant_id), col(StepDocumentRow.key)).in_(theirs),
                ~exists().where(same, ~of_these),
            )
        )

    def without_run(self, limit: int) -> list[Generation]:
        """Generations that wait and have no run yet, in the order of their places."""
        waiting = (GenerationRow.status == "queued", col(GenerationRow.flow_run).is_(None))
        query = select(GenerationRow).where(*waiting).order_by(col(GenerationRow.queue_place)).limit(limit)
        return [Generation.model_validate(row) for row in self._session.exec(query)]

    def removed(self, before: datetime, limit: int) -> list[Generation]:
        """Generations that their tenants removed before a moment, and of which nothing is to be told any more."""
        gone = (col(GenerationRow.removed) < before, col(GenerationRow.status).in_(ENDED), ~_has_to_tell())
        rows = self._session.exec(select(GenerationRow).where(*gone).order_by(col(GenerationRow.removed)).limit(limit))
        return [Generation.model_validate(row) for row in rows]

    def forgettable(
        self, before: datetime, statuses: Sequence[Status] = ENDED, limit: int | None = None
    ) -> list[Generation]:
        """The generations that ended before a moment, those that ended first coming first.

        Not among them are whatever filled its slot last, so that a regeneration knows it is unchanged, and what still has
        a webhook to send.
        """
        ended = (col(GenerationRow.status).in_(set(statuses) & set(ENDED)), col(GenerationRow.ended) < before)
        query = select(GenerationRow).where(*ended, ~_fills_its_slot(), ~_has_to_tell())
        rows = self._session.exec(query.order_by(col(GenerationRow.ended)).limit(limit))
        return [Generation.model_validate(row) for row in rows]

    def forget_events(self, before: datetime) -> int:
        """Delete webhook events that were delivered or given up on, and made before a moment; how many."""
        return self._session.exec(delete(EventRow).where(*_settled(before))).rowcount

    def forgettable_events(self, before: datetime) -> int:
        """How many events `forget_events` would delete."""
        return self._session.exec(select(func.count()).select_from(EventRow).where(*_settled(before))).one()


def _at_least_nothing(what: str, limit: float | None) -> float | None:
    if limit is not None and not 0 <= limit < 1 << 63:
        raise InvalidRequest.at(f"monthly_{what}", f"{limit} is no quota", "0 or more; null for none")
    return limit


def _settled(before: datetime) -> tuple[Any, Any]:
    return col(EventRow.state) != "pending", col(EventRow.created) < before


def _fills_its_slot() -> Any:
    """Whether a generation is the newest done one of its slot."""
    newer = GenerationRow.__table__.alias("newer")  # type: ignore[attr-defined]
    overtaken = exists().where(
        newer.c.tenant_id == GenerationRow.tenant_id,
        newer.c.project == GenerationRow.project,
        newer.c.slot == GenerationRow.slot,
        newer.c.status == "done",
        newer.c.ended > GenerationRow.ended,
    )
    return (col(GenerationRow.status) == "done") & col(GenerationRow.slot).is_not(None) & ~overtaken


def _has_to_tell() -> Any:
    """Whether an event of a generation is still to be sent, to an endpoint that is not disabled."""
    return exists().where(
        col(EventRow.tenant_id) == GenerationRow.tenant_id,
        col(EventRow.generation) == GenerationRow.id,
        col(EventRow.state) == "pending",
        col(EndpointRow.tenant_id) == EventRow.tenant_id,
        col(EndpointRow.id) == EventRow.endpoint,
        col(EndpointRow.disabled).is_(None),
    )
