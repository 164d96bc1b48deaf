"""The feed: events of all tenants in one order, for live clients, who go on after the last number that they have seen.

A number must never become visible after a larger one, or a reader that has gone past it would miss it for ever. A sequence of
PostgreSQL does not promise that: numbers are drawn in the order of writing, and the transaction that drew the smaller one may
commit last. So an event is written without a number, in the transaction of what it tells of, and is numbered only once it is
committed, by one transaction at a time, which holds the row of the head meanwhile. Events of a generation keep their order, as
whoever writes one holds the generation's row until it is committed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, delete, func, select, update

from reel.catalogue.live import PROGRESS, FeedEvent, FeedHead
from reel.catalogue.scope import Scope
from reel.catalogue.tables import FeedHeadRow, FeedRow

MOST_NUMBERED = 1000
"""Events that one transaction numbers: it holds up whoever else would number, though nobody who writes."""
NO_HEAD = FeedHead()


class Feed(Scope):
    """The part of any scope that writes and reads the feed."""

    def announce(self, type_: str, payload: Mapping[str, Any], generation: str | None = None) -> None:
        """Put an event of this tenant into the feed. What told of the generation's progress before is superseded."""
        if generation is not None:
            superseded = (col(FeedRow.generation) == generation, col(FeedRow.type) == PROGRESS)
            self._session.exec(delete(FeedRow).where(*superseded))
        self._session.add(FeedRow(generation=generation, type=type_, payload=dict(payload), created=self._now()))
        self._session.flush()

    def feed_after(self, number: int, limit: int, generation: str | None = None) -> list[FeedEvent]:
        """The first events of this scope after a number, in order; of one generation, where it is named."""
        of_it = () if generation is None else (col(FeedRow.generation) == generation,)
        query = select(FeedRow).where(col(FeedRow.number) > number, *of_it).order_by(col(FeedRow.number)).limit(limit)
        return [FeedEvent.model_validate(row) for row in self._session.exec(query)]

    def newest_of(self, generation: str) -> FeedEvent | None:
        """The event that was last written of a generation, numbered or not."""
        query = select(FeedRow).where(col(FeedRow.generation) == generation).order_by(col(FeedRow.key).desc()).limit(1)
        row = self._session.exec(query).first()
        return row and FeedEvent.model_validate(row)

    def feed_head(self) -> FeedHead:
        """How far the feed has come."""
        row = self._session.exec(select(FeedHeadRow)).first()
        return NO_HEAD if row is None else FeedHead.model_validate(row)


class Numbering(Feed):
    """The part of the operator's scope that puts the feed in order, and keeps it short."""

    def has_unnumbered(self) -> bool:
        """Whether events wait for their number."""
        waiting = select(FeedRow.key).where(col(FeedRow.number).is_(None)).limit(1)
        return self._session.exec(waiting).first() is not None

    def number_feed(self, limit: int = MOST_NUMBERED) -> int:
        """Give numbers to at most so many events that have none; how many got one. 0 also where another is at it right now."""
        self._make_head()
        head = self._session.exec(select(FeedHeadRow).with_for_update(skip_locked=True)).first()
        if head is None:
            return 0
        # What is locked is being removed by whoever superseded it. Waiting for that might be waiting for each other.
        waiting = select(FeedRow.key).where(col(FeedRow.number).is_(None)).order_by(col(FeedRow.key)).limit(limit)
        keys = self._session.exec(waiting.with_for_update(skip_locked=True)).all()
        if not keys:
            return 0
        table = FeedRow.__table__  # type: ignore[attr-defined]
        numbered = table.update().where(table.c.key == bindparam("this")).values(number=bindparam("place"))
        places = [{"this": key, "place": head.number + place} for place, key in enumerate(keys, start=1)]
        self._session.connection().execute(numbered, places)
        self._session.exec(update(FeedHeadRow).values(number=head.number + len(keys)))
        return len(keys)

    def forget_feed(self, before: datetime) -> int:
        """Delete the feed's events of before a moment; how many."""
        old = col(FeedRow.created) < before
        last = self._session.exec(select(func.max(FeedRow.number)).where(old)).one()
        if last is not None:
            self._make_head()
            further = col(FeedHeadRow.forgotten) < last
            self._session.exec(update(FeedHeadRow).where(further).values(forgotten=last))
        return self._session.exec(delete(FeedRow).where(old)).rowcount

    def forgettable_feed(self, before: datetime) -> int:
        """How many events `forget_feed` would delete."""
        query = select(func.count()).select_from(FeedRow).where(col(FeedRow.created) < before)
        return self._session.exec(query).one()

    def _make_head(self) -> None:
        """Make the head where there is none. Looked for first: to insert what is locked would wait for whoever has it."""
        if self._session.exec(select(FeedHeadRow.id)).first() is None:
            self._put(FeedHeadRow, [NO_HEAD.model_dump()], [])
