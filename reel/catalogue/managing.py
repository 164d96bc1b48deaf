"""What a tenant does with its generations, beside ordering: looks through them, calls off, removes, tries again."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any, TypedDict, Unpack

from sqlmodel import and_, col, delete, func, or_, select, tuple_, update

from reel.catalogue.generations import Generations, NoSuchGeneration
from reel.catalogue.matching import criteria_of, relevance_of
from reel.catalogue.published import Place, comes_later, cursor_at, place_at
from reel.catalogue.status import ENDED, Status
from reel.catalogue.tables import DeadLetterRow, DocumentRow, GenerationRow, OutputRow
from reel.catalogue.values import DeadLetter, Generation, NewGeneration, Shape
from reel.errors import Conflict, InvalidRequest
from reel.search import parse_query
from reel.values import digest

RETRIABLE: tuple[Status, ...] = ("failed", "cancelled")


class Listed(Shape):
    """A part of a list of generations, the newest first."""

    found: tuple[Generation, ...]
    after: str | None
    """Where the list goes on; null at its end."""


class Narrowing(TypedDict, total=False):
    """Which generations are wanted of a list."""

    statuses: Sequence[Status]
    """One of these; none: any."""
    since: datetime | None
    """Created at or after this."""
    until: datetime | None
    """Created before this."""
    project: str | None
    kind: str | None
    slot: str | None


class Managed(Generations):
    """The part of a tenant's records in which what it has removed is not there."""

    def standing(self, id_: str) -> Generation:
        """A generation that was not removed. Raises `NoSuchGeneration`."""
        found = self.generation(id_)
        if found.removed is not None:
            raise NoSuchGeneration.at("generation", f"there is no {id_[:80]!r}")
        return found

    def listed(self, *, limit: int = 50, after: str | None = None, **narrowing: Unpack[Narrowing]) -> Listed:
        """The generations that match, the newest first. Raises `InvalidRequest` for what is no cursor of this question."""
        question, criteria = _narrowed(**narrowing)
        created, id_ = col(GenerationRow.created), col(GenerationRow.id)
        query = select(GenerationRow).where(*criteria)
        if after:
            moment, last = _read(after, question)
            query = query.where(or_(created < moment, and_(created == moment, id_ > last)))
        rows = self._session.exec(query.order_by(created.desc(), id_).limit(limit + 1)).all()
        found = tuple(Generation.model_validate(row) for row in rows[:limit])
        return Listed(found=found, after=_cursor(question, found[-1]) if len(rows) > limit else None)

    def searched(
        self, text: str, *, limit: int = 50, after: str | None = None, **narrowing: Unpack[Narrowing]
    ) -> Listed:
        """Those of the generations that match (as in `listed`) of which a query finds an output (`Published.search`), each once
        however many it finds: in the order of their outputs. Raises `InvalidRequest` for what is no query, and for what is no
        cursor of this question."""
        asked = parse_query(text)
        narrowed, criteria = _narrowed(**narrowing)
        question = digest([asked.digest, narrowed])[:16]
        dialect = self._session.get_bind().dialect.name
        rank = func.max(relevance_of(asked, dialect)).label("rank")
        moment, number = (how(column).label(name) for how, column, name in _FIRST)
        outputs = select(DocumentRow.generation, rank, moment, number).where(*criteria_of(asked, dialect))
        places = outputs.group_by(col(DocumentRow.generation)).subquery().c
        place = (places.rank, places.moment, places.number)
        query = select(GenerationRow, *place).where(GenerationRow.id == places.generation, *criteria)
        if after:
            query = query.where(comes_later(place, place_at(after, question)))
        in_order = query.order_by(places.rank.desc(), places.moment.desc(), places.number)
        rows = self._session.exec(in_order.limit(limit + 1)).all()
        found = tuple(Generation.model_validate(row) for row, *_ in rows[:limit])
        more = len(rows) > limit
        return Listed(found=found, after=cursor_at(question, Place(*rows[limit - 1][1:])) if more else None)

    def ahead(self, generation: Generation) -> int:
        """How many generations will begin before one that waits, whosever they are: no more is learnt of others."""
        waiting = (GenerationRow.status == "queued", GenerationRow.priority == generation.priority)
        # As workers take them: of equal places, that of two tenants who take turns, what came first.
        order = (col(GenerationRow.queue_place), col(GenerationRow.created), col(GenerationRow.id))
        before = tuple_(*order) < (generation.queue_place, generation.created, generation.id)
        count: int = self._look_over_the_fence(select(func.count()).select_from(GenerationRow).where(*waiting, before))
        return count

    def last_letter(self, id_: str) -> DeadLetter | None:
        """What is known of a generation's last failure."""
        of_it = select(DeadLetterRow).where(DeadLetterRow.generation == id_)
        row = self._session.exec(of_it.order_by(col(DeadLetterRow.created).desc()).limit(1)).first()
        return row and DeadLetter.model_validate(row)

    def call_off(self, id_: str) -> Generation:
        """End a generation as cancelled, whatever is under way; it is never begun again. One that has ended stays as it is.
        Raises `NoSuchGeneration`."""
        if self._locked(id_).status not in ENDED:
            self._change(id_, {"called_off": self._now()})
            self.move(id_, "cancelled")
        return self.generation(id_)

    def remove(self, id_: str) -> None:
        """Call a generation off, and let it be there no more; what it used stays counted. The caller removes its files, and the
        janitor what is put after that. Raises `NoSuchGeneration`."""
        self.standing(id_)
        self.call_off(id_)
        self._session.exec(delete(DocumentRow).where(col(DocumentRow.generation) == id_))
        self._session.exec(delete(OutputRow).where(col(OutputRow.generation) == id_))
        # Its key is free: who orders by it again wants another generation.
        self._change(id_, {"removed": self._now(), "idempotency_key": None, "slot": None})

    def fetched(self, id_: str, names: Collection[str]) -> bool:
        """Note that outputs were fetched whole; whether that was all there are, and the generation removed for that, as it was
        ordered to be. Raises `NoSuchGeneration`."""
        self._locked(id_)
        if not self.standing(id_).delete_after_download:
            return False
        these = (col(OutputRow.generation) == id_, col(OutputRow.name).in_(names), col(OutputRow.fetched).is_(None))
        self._session.exec(update(OutputRow).where(*these).values(fetched=self._now()))
        waiting = select(OutputRow.name).where(OutputRow.generation == id_, col(OutputRow.fetched).is_(None)).limit(1)
        if self._session.exec(waiting).first() is not None:
            return False
        self.remove(id_)
        return True

    def again(self, id_: str) -> tuple[Generation, bool]:
        """Queue the request of a generation that failed or was called off, as a new one, which finds what was made; and whether
        it is new: asked for again while that one stands, it is the same, so that nothing is made and paid for twice. The
        idempotency key goes over to it, and dead letters are closed. Raises `Conflict` where it did not fail."""
        self._tenant()
        old = self._locked(id_)
        if old.removed or old.status not in RETRIABLE:
            what = f"{id_} is {old.status}" if not old.removed else f"{id_} was removed"
            raise Conflict.at("generation", what, "only what failed or was cancelled can be tried again")
        if standing := self._tried_again(id_):
            return standing, False
        self._change(id_, {"idempotency_key": None})
        kept = set(NewGeneration.model_fields) - {"id", "flow_run", "retry_of"}
        order = NewGeneration(**{name: getattr(old, name) for name in kept}, retry_of=id_)
        new, _ = self.add(order, reserve=self._last_reserved(id_))
        letters = (col(DeadLetterRow.generation) == id_, col(DeadLetterRow.state) == "open")
        self._session.exec(update(DeadLetterRow).where(*letters).values(state="replayed", replayed_as=new.id))
        return new, True

    def _tried_again(self, id_: str) -> Generation | None:
        """The other try of a generation that is queued, under way or done; null where there is none that came to something."""
        stands = (col(GenerationRow.status).not_in(RETRIABLE), col(GenerationRow.removed).is_(None))
        found = self._session.exec(select(GenerationRow).where(GenerationRow.retry_of == id_, *stands).limit(1)).first()
        return found and Generation.model_validate(found)


_FIRST = ((func.max, col(DocumentRow.published), "moment"), (func.min, col(DocumentRow.number), "number"))
"""Where the first of a generation's outputs stands among those that are as relevant."""


def _narrowed(
    statuses: Sequence[Status] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    **same: str | None,
) -> tuple[str, list[Any]]:
    """What tells a list of generations apart from others, and what those on it fulfil."""
    wanted = {name: value for name, value in same.items() if value is not None}
    created = col(GenerationRow.created)
    criteria: list[Any] = [col(GenerationRow.removed).is_(None)]
    criteria += [getattr(GenerationRow, name) == value for name, value in wanted.items()]
    if statuses:
        criteria.append(col(GenerationRow.status).in_(statuses))
    if since:
        criteria.append(created >= since)
    if until:
        criteria.append(created < until)
    return digest([sorted(statuses), wanted, *(moment and moment.isoformat() for moment in (since, until))]), criteria


def _cursor(question: str, last: Generation) -> str:
    """Where a list goes on: after its last generation."""
    document = json.dumps([question[:16], last.created.astimezone(UTC).isoformat(), last.id])
    return base64.urlsafe_b64encode(document.encode()).decode().rstrip("=")


def _read(cursor: str, question: str) -> tuple[datetime, str]:
    try:
        whose, moment, id_ = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if whose == question[:16] and isinstance(id_, str):
            return datetime.fromisoformat(moment).astimezone(UTC), id_
    except (ValueError, TypeError, OverflowError, RecursionError):
        pass
    raise InvalidRequest.at("after", "is no cursor of this question", "take it from the page before, and ask the same")
