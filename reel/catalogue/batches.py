"""Batches: their rows, how these stand, and what is to be ordered next.

A row is ordered in one transaction, with the batch's row locked: its generation and the note of it are there together, or
neither is. So whoever dies while it orders has ordered some rows once, and the others not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import col, delete, func, or_, select, update

from reel.catalogue.batch_values import Batch, BatchStatus, Counts, Entry, NewBatch, NewEntry
from reel.catalogue.generations import Generations
from reel.catalogue.names import check_name
from reel.catalogue.scope import Scope
from reel.catalogue.status import LIVE, Status
from reel.catalogue.tables import BatchRow, EntryRow, GenerationRow
from reel.errors import InvalidRequest, NotFound, Problem
from reel.request.told import EventType

ENDED_EVENT: EventType = "batch.ended"
AT_ONCE = 500
"""Rows that are written at a time."""


class Batches(Generations):
    """The part of a tenant's records that is about batches."""

    def add_batch(self, new: NewBatch, entries: Iterable[NewEntry]) -> tuple[Batch, bool]:
        """Keep a batch with its rows. The second value is false when the idempotency key was used before: then the first is the
        batch that it was used for. Raises `InvalidRequest` where that one asked for something else."""
        self._tenant()
        if new.idempotency_key is not None:
            check_name("idempotency_key", new.idempotency_key)
            if older := self.batch_with_key(new.idempotency_key):
                if older.fingerprint != new.fingerprint:
                    what = f"{new.idempotency_key!r} was used for another batch, {older.id}"
                    raise InvalidRequest.at("idempotency_key", what, "use a new key for a new batch")
                return older, False
        now = self._now()
        self._session.add(BatchRow(**new.model_dump(), created=now, touched=now))
        self._session.flush()
        rows, some = 0, []
        for entry in entries:
            some.append({**entry.model_dump(), "batch": new.id, "attempt": 0})
            rows += 1
            if len(some) == AT_ONCE:
                self._put(EntryRow, some, [])
                some = []
        self._put(EntryRow, some, [])
        self._change_batch(new.id, {"rows": rows})
        return self.batch(new.id), True

    def batch(self, id_: str) -> Batch:
        """Raises `NotFound`."""
        return self._one(id_, locked=False)

    def batch_with_key(self, key: str) -> Batch | None:
        """The batch that an idempotency key was used for."""
        row = self._session.exec(select(BatchRow).where(BatchRow.idempotency_key == key)).first()
        return row and Batch.model_validate(row)

    def locked_batch(self, id_: str) -> Batch:
        """A batch that nobody else changes until the transaction ends. Raises `NotFound`."""
        return self._one(id_, locked=True)

    def batches(self, *, project: str | None = None, limit: int = 100) -> list[Batch]:
        """The newest, newest first."""
        query = select(BatchRow).filter_by(**({"project": project} if project else {}))
        newest = query.order_by(col(BatchRow.created).desc(), col(BatchRow.id)).limit(limit)
        return [Batch.model_validate(row) for row in self._session.exec(newest)]

    def batch_counts(self, id_: str) -> Counts:
        """How a batch's rows stand."""
        of = (col(EntryRow.state), col(GenerationRow.status))
        query = select(*of, func.count()).select_from(EntryRow).join(GenerationRow, _of_it(), isouter=True)
        found: dict[str, int] = {}
        for state, status, count in self._session.exec(query.where(EntryRow.batch == id_).group_by(*of)):
            name = _standing(state, status)
            found[name] = found.get(name, 0) + count
        return Counts(**found)

    def entries(
        self, id_: str, *, after: int = 0, limit: int | None = None, waiting: bool = False, wrong: bool = False
    ) -> list[tuple[Entry, Status | None]]:
        """Rows in order, from the one after a number, each with its generation's status; null where it has none, or that is
        forgotten. `wrong`: those alone that are bad or failed."""
        query = select(EntryRow, col(GenerationRow.status)).join(GenerationRow, _of_it(), isouter=True)
        mine: list[Any] = [EntryRow.batch == id_, col(EntryRow.number) > after]
        mine += [EntryRow.state == "waiting"] if waiting else []
        mine += [or_(col(EntryRow.state) == "bad", col(GenerationRow.status) == "failed")] if wrong else []
        rows = self._session.exec(query.where(*mine).order_by(col(EntryRow.number)).limit(limit))
        return [(Entry.model_validate(entry), status) for entry, status in rows]

    def live_in_batch(self, id_: str) -> list[str]:
        """The generations of a batch that have not ended."""
        query = select(GenerationRow.id).join(EntryRow, _of_it()).where(EntryRow.batch == id_)
        return list(self._session.exec(query.where(col(GenerationRow.status).in_(LIVE)).order_by(col(EntryRow.number))))

    def entry_ordered(self, batch: Batch, entry: Entry, generation: str, cost: float | None) -> None:
        """Note which generation a row has become. The batch must be locked."""
        more = (cost or 0.0) - (entry.expected_cost or 0.0)
        change = {"state": "ordered", "generation": generation, "expected_cost": cost}
        self._change_entry(batch.id, entry.number, change)
        self._change_batch(batch.id, {"expected_cost": BatchRow.expected_cost + more})

    def entry_refused(self, batch: Batch, entry: Entry, problems: Sequence[Mapping[str, str]]) -> None:
        """Note that a row cannot be ordered. The batch must be locked."""
        self._change_entry(batch.id, entry.number, {"state": "bad", "problems": [*map(dict, problems)]})
        self._change_batch(batch.id, {})

    def retry_batch(self, id_: str) -> int:
        """Have the rows ordered again whose generations failed or were called off, and go on; how many. Raises `NotFound`."""
        self.locked_batch(id_)
        ended = select(EntryRow.number).join(GenerationRow, _of_it())
        wanted = (EntryRow.batch == id_, col(GenerationRow.status).in_(("failed", "cancelled")))
        numbers = list(self._session.exec(ended.where(*wanted)))
        for number in numbers:
            again = {"state": "waiting", "attempt": EntryRow.attempt + 1, "generation": None}
            self._change_entry(id_, number, again)
        self._change_batch(id_, {"status": "running", "why": "", "ended": None, "flow_run": None})
        return len(numbers)

    def end_batch(self, batch: Batch, status: BatchStatus, why: str = "") -> Batch:
        """Order nothing more, and tell the endpoints. The batch must be locked."""
        self._change_batch(batch.id, {"status": status, "why": why, "ended": self._now()})
        ended = self.batch(batch.id)
        last = select(GenerationRow).join(EntryRow, _of_it()).where(EntryRow.batch == batch.id)
        newest = self._session.exec(last.order_by(col(GenerationRow.created).desc()).limit(1)).first()
        counts = self.batch_counts(batch.id)
        told = {"id": ended.id, "name": ended.name, "status": status, "why": why, "rows": counts.model_dump()}
        if newest:
            # Webhooks are numbered by generation: this one is told in line with those of the last that was ordered.
            self._tell(self._locked(newest.id), ENDED_EVENT, batch=told)
        else:
            self.announce(
                ENDED_EVENT, {"type": ENDED_EVENT, "timestamp": self._now().isoformat(), "data": {"batch": told}}
            )
        return ended

    def batch_runs_as(self, id_: str, flow_run: str) -> None:
        """Note which run orders a batch."""
        self._change_batch(id_, {"flow_run": flow_run})

    def _one(self, id_: str, *, locked: bool) -> Batch:
        query = select(BatchRow).where(BatchRow.id == id_)
        row = self._session.exec(query.with_for_update() if locked else query).first()
        if row is None:
            raise NotFound.at("batch", f"there is no {id_[:80]!r}")
        return Batch.model_validate(row)

    def _change_batch(self, id_: str, change: Mapping[str, Any]) -> None:
        this = col(BatchRow.id) == id_
        self._session.exec(update(BatchRow).where(this).values(**{**change, "touched": self._now()}))

    def _change_entry(self, batch: str, number: int, change: Mapping[str, Any]) -> None:
        this = (col(EntryRow.batch) == batch, col(EntryRow.number) == number)
        self._session.exec(update(EntryRow).where(*this).values(**change))


class AllBatches(Scope):
    """The part of the operator's scope that is about batches."""

    def running_batches(self, limit: int = 100) -> list[Batch]:
        """Those that are not at their end, of all tenants; the ones first that were touched longest ago."""
        running = select(BatchRow).where(BatchRow.status == "running").order_by(col(BatchRow.touched)).limit(limit)
        return [Batch.model_validate(row) for row in self._session.exec(running)]

    def batches_without_run(self, limit: int) -> list[Batch]:
        """Those of them that nobody orders yet, the oldest first."""
        waiting = (BatchRow.status == "running", col(BatchRow.flow_run).is_(None))
        query = select(BatchRow).where(*waiting).order_by(col(BatchRow.created)).limit(limit)
        return [Batch.model_validate(row) for row in self._session.exec(query)]

    def forget_batches(self, before: datetime) -> int:
        """Delete batches, with their rows, that ended before a moment; how many."""
        return self._session.exec(delete(BatchRow).where(*_over(before))).rowcount

    def forgettable_batches(self, before: datetime) -> int:
        """How many `forget_batches` would delete."""
        return self._session.exec(select(func.count()).select_from(BatchRow).where(*_over(before))).one()


def of_problems(problems: Iterable[Problem]) -> list[dict[str, str]]:
    """Problems as rows keep them."""
    return [{"place": each.place, "what": each.what, "remedy": each.remedy} for each in problems]


def _over(before: datetime) -> tuple[Any, Any]:
    return col(BatchRow.status) != "running", col(BatchRow.ended) < before


def _of_it() -> Any:
    return (col(GenerationRow.tenant_id) == EntryRow.tenant_id) & (col(GenerationRow.id) == EntryRow.generation)


def _standing(state: str, status: str | None) -> str:
    """What a row counts as."""
    if state != "ordered":
        return state
    return "running" if status in LIVE and status != "queued" else status or "forgotten"
