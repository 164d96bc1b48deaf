"""Generations from request to end: adding them, finding them, moving them from status to status."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlmodel import col, func, select, update

from reel.catalogue.live import PROGRESS, Progressed, finished, given_up
from reel.catalogue.names import check_name
from reel.catalogue.outbox import PROGRESS_EVERY, Outbox, of_error
from reel.catalogue.queue_places import next_place
from reel.catalogue.quotas import Quotas
from reel.catalogue.status import ENDED, Priority, Status, may_follow
from reel.catalogue.tables import DeadLetterRow, GenerationRow, ProjectRow, TenantRow
from reel.catalogue.values import Generation, NewGeneration, Tenant
from reel.errors import InvalidRequest, NotFound, ReelError
from reel.kinds.read import in_full
from reel.request.told import EventType, LiveType
from reel.values import canonical

EVENTS: Mapping[Status, EventType] = {
    "queued": "generation.queued",
    "fetching": "generation.started",
    "done": "generation.done",
    "failed": "generation.failed",
    "cancelled": "generation.cancelled",
}
SHOWN: Mapping[Status, LiveType] = {"rendering": "generation.rendering", "saving": "generation.saving"}
"""What live clients alone are told of."""

NO_ASSETS: Mapping[str, Any] = MappingProxyType({"title": "", "assets": [], "settings": {}})
"""Of a project that a generation was the first to name."""


class NoSuchGeneration(NotFound):
    """The tenant has no generation of that id."""


class Generations(Outbox, Quotas):
    """The part of a tenant's records that is about generations."""

    def add(self, new: NewGeneration, asked: datetime | None = None, reserve: int = 0) -> tuple[Generation, bool]:
        """Queue a request. The second value is false when the idempotency key was used before: then the first is the
        generation that it was used for. One that was `asked` for earlier, elsewhere, gets the place of that moment; null: now.
        `reserve`: millionths of a credit that are put aside for it.

        Raises `InvalidRequest` when that one asked for something else, or when the id is taken; `Exhausted` when the tenant has
        too few credits, or none of a quota left.
        """
        _check(new)
        tenant = self._tenant()
        if older := self.of_key(new.idempotency_key):
            if not _mean_the_same(older.request, new.request):
                what = f"{new.idempotency_key!r} was used for another request, generation {older.id}"
                raise InvalidRequest.at("idempotency_key", what, "use a new key for a new request")
            return older, False
        if self._find(new.id):
            raise InvalidRequest.at("generation", f"{new.id!r} exists already", "choose another id, or none")
        self._check_quotas(tenant, new)
        self._reserve(new.id, 0, reserve)
        now = self._now()
        self._put(ProjectRow, [{"id": new.project, "created": now, "removed": None, **NO_ASSETS}], ["removed"])
        created = min(asked or now, now)
        place = next_place(created, self._front(new.priority), self._last(new.priority, asked), tenant.weight)
        row = GenerationRow(**new.model_dump(), queue_place=place, created=created, touched=now)
        self._session.add(row)
        self._session.flush()
        generation = Generation.model_validate(row)
        self._tell(generation, EVENTS["queued"])
        return generation, True

    def generation(self, id_: str) -> Generation:
        """Raises `NoSuchGeneration`."""
        if found := self._find(id_):
            return Generation.model_validate(found)
        raise NoSuchGeneration.at("generation", f"there is no {id_[:80]!r}")

    def found(self, id_: str) -> Generation | None:
        """The generation of that id, where there is one."""
        row = self._find(id_)
        return row and Generation.model_validate(row)

    def generations(
        self, *, project: str | None = None, status: Status | None = None, slot: str | None = None, limit: int = 100
    ) -> list[Generation]:
        """The newest generations that match and were not removed, newest first."""
        wanted = {"project": project, "status": status, "slot": slot}
        query = select(GenerationRow).filter_by(**{name: value for name, value in wanted.items() if value is not None})
        query = query.where(col(GenerationRow.removed).is_(None))
        newest = query.order_by(col(GenerationRow.created).desc(), col(GenerationRow.id)).limit(limit)
        return [Generation.model_validate(row) for row in self._session.exec(newest)]

    def latest_done(self, slot: str, project: str = "default") -> Generation | None:
        """The generation that last filled a slot."""
        mine = (GenerationRow.project == project, GenerationRow.slot == slot, GenerationRow.status == "done")
        query = select(GenerationRow).where(*mine).order_by(col(GenerationRow.ended).desc()).limit(1)
        row = self._session.exec(query).first()
        return row and Generation.model_validate(row)

    def slots(self, project: str = "default") -> list[str]:
        """All slots that a project's generations have filled, or were to fill, by name."""
        mine = (GenerationRow.project == project, col(GenerationRow.slot).is_not(None))
        query = select(col(GenerationRow.slot)).where(*mine).distinct().order_by(col(GenerationRow.slot))
        return [slot for slot in self._session.exec(query) if slot is not None]

    def tenant(self) -> Tenant:
        """The tenant itself, made at its first use."""
        self._make_tenant(self._session.tenant)
        return Tenant.model_validate(self._session.exec(select(TenantRow)).one())

    def known_tenant(self) -> Tenant | None:
        """The tenant as it is known; null: it was never heard of."""
        row = self._session.exec(select(TenantRow)).first()
        return row and Tenant.model_validate(row)

    def tenant_as_it_is(self) -> Tenant:
        """The tenant itself; of one that was never here before, what it would be: nothing is written."""
        row = self._session.exec(select(TenantRow)).first()
        return Tenant.model_validate(row) if row else Tenant(id=self._session.tenant, created=self._now())

    def move(
        self,
        id_: str,
        status: Status,
        error: ReelError | None = None,
        told: Mapping[str, Any] = MappingProxyType({}),
        price: int | None = None,
    ) -> bool:
        """Give a generation its next status and tell the endpoints; `fetching` begins an attempt. `told` is what the event
        says besides what all say. `price`, of one that is paid for: with `rendering` what it is expected to cost, which is put
        aside in place of what is; with `done` what it costs, of which no more is charged than is put aside; null: as put aside.

        False when the status may not follow what it is by now: then another run or a cancellation was first, and the
        caller should stop. Raises `NoSuchGeneration`, and `Exhausted` where there are too few credits to go on.
        """
        before = self._locked(id_)
        if not may_follow(before.status, status) or (status == "fetching" and before.called_off):
            return False
        change = _changed(before, status, error, self._now())
        self._change(id_, change)
        after = before.model_copy(update=change)
        self._account(after, price)
        if status == "done":
            self._resolve_letters(id_)
        if status in EVENTS:
            self._tell(after, EVENTS[status], **({"error": of_error(error)} if error else {}) | dict(told))
        elif status in SHOWN:
            self._show(after, SHOWN[status])
        return True

    def progress(self, id_: str, progress: Progressed) -> bool:
        """Keep how far a generation is, for whoever asks and for live clients, and tell the endpoints; whether they are told.

        They are not when they were told less than 10 s ago, or have not taken the last one. Of one that has ended nothing is
        kept, nor told.
        """
        generation = self._locked(id_)
        if generation.status in ENDED:
            return False
        now = self._now()
        self._change(id_, {"touched": now, "progress": progress.model_dump()})
        if self._told_progress_since(id_, now - PROGRESS_EVERY):
            self._show(generation, PROGRESS, **progress.model_dump())
            return False
        self._tell(generation, PROGRESS, **progress.model_dump())
        return True

    def runs_as(self, id_: str, flow_run: str) -> None:
        """Note which flow run makes a generation. Raises `NoSuchGeneration`."""
        self._change(id_, {"flow_run": flow_run})

    def _resolve_letters(self, id_: str) -> None:
        """Close what was given up on: it is made, by whatever way."""
        open_ones = (col(DeadLetterRow.generation) == id_, col(DeadLetterRow.state) == "open")
        self._session.exec(update(DeadLetterRow).where(*open_ones).values(state="resolved"))

    def _tenant(self) -> Tenant:
        """The tenant itself, made at its first use, and locked until the transaction ends: its additions go one by one."""
        self._make_tenant(self._session.tenant)
        locked = select(TenantRow).with_for_update(key_share=True)
        return Tenant.model_validate(self._session.exec(locked).one())

    def _front(self, priority: Priority) -> datetime | None:
        """The smallest place of all that wait, whosever they are: nothing but a time is learnt of others."""
        waiting = (GenerationRow.status == "queued", GenerationRow.priority == priority)
        front: datetime | None = self._look_over_the_fence(select(func.min(GenerationRow.queue_place)).where(*waiting))
        return front

    def _last(self, priority: Priority, asked: datetime | None) -> datetime | None:
        """The largest place of the tenant's that wait; of those alone that were created before a moment, where one is given."""
        waiting = (GenerationRow.status == "queued", GenerationRow.priority == priority)
        before = () if asked is None else (GenerationRow.created <= asked,)
        return self._session.exec(select(func.max(GenerationRow.queue_place)).where(*waiting, *before)).one()

    def _find(self, id_: str) -> GenerationRow | None:
        return self._session.exec(select(GenerationRow).where(GenerationRow.id == id_)).first()

    def _locked(self, id_: str) -> Generation:
        query = select(GenerationRow).where(GenerationRow.id == id_).with_for_update(key_share=True)
        row = self._session.exec(query).first()
        if row is None:
            raise NoSuchGeneration.at("generation", f"there is no {id_[:80]!r}")
        return Generation.model_validate(row)

    def _change(self, id_: str, change: Mapping[str, Any]) -> None:
        changed = self._session.exec(update(GenerationRow).where(col(GenerationRow.id) == id_).values(**change))
        if not changed.rowcount:
            raise NoSuchGeneration.at("generation", f"there is no {id_[:80]!r}")

    def of_key(self, key: str | None) -> Generation | None:
        """The generation that an idempotency key was used for."""
        if key is None:
            return None
        row = self._session.exec(select(GenerationRow).where(GenerationRow.idempotency_key == key)).first()
        return row and Generation.model_validate(row)


def _changed(before: Generation, status: Status, error: ReelError | None, now: datetime) -> dict[str, Any]:
    """What a generation's next status changes of it."""
    change: dict[str, Any] = {"status": status, "touched": now}
    if status == "fetching":
        change |= dict.fromkeys(("ended", "progress", "error_class", "error"))
        change |= {"started": now, "attempts": before.attempts + 1}
    if status in ENDED:
        whole = status == "done"
        change["progress"] = finished(before.progress).model_dump() if whole else given_up(before.progress)
        change["ended"] = now
    if error:
        change |= {"error_class": error.classification, "error": str(error)}
    return change


def _mean_the_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two documents ask for the same: one may stand as it was written, the other in full."""
    return canonical(one) == canonical(other) or canonical(in_full(one)) == canonical(in_full(other))


def _check(new: NewGeneration) -> None:
    for place, name in {
        "generation": new.id,
        "project": new.project,
        "slot": new.slot,
        "idempotency_key": new.idempotency_key,
    }.items():
        if name is not None:
            check_name(place, name)
