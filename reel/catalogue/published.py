"""Published outputs: found by queries, and handed out in the order in which they were noted."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlmodel import and_, col, literal, or_, select

from reel.catalogue.documents import Described, Page
from reel.catalogue.matching import criteria_of, relevance_of
from reel.catalogue.scope import Scope
from reel.catalogue.tables import DocumentRow
from reel.errors import InvalidRequest
from reel.search import parse_query

SETTLED = timedelta(seconds=10)
"""Age from which on documents are exported: a transaction that noted an earlier moment may be committed after one that noted
a later moment, and would be passed by."""

EXPORT = "export"
"""What cursors of exports are told apart by."""

_SHOWN = ("tenant_id", "generation", "name", "published", "noted", "document")


class Place(NamedTuple):
    """Where a row stands in an answer: what answers are ordered by."""

    rank: int
    moment: datetime
    number: int


class Published(Scope):
    """The part of any scope that is about what was published."""

    def search(self, text: str, limit: int = 20, after: str | None = None) -> Page:
        """The outputs that a query finds (`reel.search.query`): the most relevant first, of those the newest.

        `after` is the cursor of the last one of the page before. Raises `InvalidRequest` for what is no query, and for what is
        no cursor of this one.
        """
        query = parse_query(text)
        dialect = self._session.get_bind().dialect.name
        relevance = relevance_of(query, dialect)
        published, number = col(DocumentRow.published), col(DocumentRow.number)
        criteria: list[Any] = criteria_of(query, dialect)
        if after is not None:
            criteria.append(comes_later((relevance, published, number), place_at(after, query.digest)))
        place: tuple[Any, ...] = (relevance.label("rank"), published.label("moment"), number)
        return self._page(place, criteria, limit, query.digest, newest_first=True)

    def export(self, since: datetime | None = None, limit: int = 100, after: str | None = None) -> Page:
        """All documents in the order in which they were written, from a moment or a cursor on.

        What is written later comes after the last cursor. Raises `InvalidRequest` for what is no cursor of an export.
        """
        noted, number = col(DocumentRow.noted), col(DocumentRow.number)
        criteria: list[Any] = [noted <= self._now() - SETTLED]
        if since is not None:
            criteria.append(noted >= since)
        if after is not None:
            last = place_at(after, EXPORT)
            criteria.append(or_(noted > last.moment, and_(noted == last.moment, number > last.number)))
        place: tuple[Any, ...] = (literal(0).label("rank"), noted.label("moment"), number)
        return self._page(place, criteria, limit, EXPORT, newest_first=False)

    def _page(self, place: Sequence[Any], criteria: Sequence[Any], limit: int, of: str, *, newest_first: bool) -> Page:
        """The first places in order, and only then their documents: these are large, and most are passed over. In one
        statement, so that nothing is forgotten in its midst."""
        ordered = select(*place).where(*criteria).order_by(*_in_order(place, newest_first))
        places = ordered.limit(limit + 1).subquery()
        columns = (getattr(DocumentRow, name) for name in _SHOWN)
        there = col(DocumentRow.number) == places.c.number
        statement = select(*places.c, *columns).join_from(places, DocumentRow, there)
        rows = self._session.exec(statement.order_by(*_in_order(places.c, newest_first))).all()
        found = (
            Described(**dict(zip(_SHOWN, shown, strict=True)), cursor=cursor_at(of, Place(rank, moment, number)))
            for rank, moment, number, *shown in rows[:limit]
        )
        return Page(found=tuple(found), more=len(rows) > limit)


def _in_order(place: Iterable[Any], newest_first: bool) -> tuple[Any, ...]:
    rank, moment, number = place
    return (rank.desc(), moment.desc(), number) if newest_first else (moment, number)


def comes_later(place: Sequence[Any], last: Place) -> Any:
    """Whether a place is after another, where the most relevant come first, and of these the newest."""
    rank, moment, number = place
    later = or_(moment < last.moment, and_(moment == last.moment, number > last.number))
    return or_(rank < last.rank, and_(rank == last.rank, later))


def cursor_at(of: str, place: Place) -> str:
    """Where an answer goes on: after a row."""
    moment = place.moment.astimezone(UTC).isoformat()
    document = json.dumps([of, place.rank, moment, place.number], separators=(",", ":"))
    return base64.urlsafe_b64encode(document.encode()).decode().rstrip("=")


def place_at(cursor: str, of: str) -> Place:
    """The place that a cursor names. Raises `InvalidRequest`."""
    try:
        whose, rank, moment, number = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        place = Place(rank, datetime.fromisoformat(moment).astimezone(UTC), number)
        good = whose == of and all(type(each) is int and 0 <= each < 1 << 63 for each in (rank, number))
    except (ValueError, TypeError, OverflowError, RecursionError):
        good, place = False, None
    if not good or place is None:
        what = "is no cursor of this question"
        raise InvalidRequest.at("after", what, "take it from the page before, and ask the same again")
    return place
