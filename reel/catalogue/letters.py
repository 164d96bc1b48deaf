"""Dead letters: what was given up on, until somebody replays it or drops it."""

from __future__ import annotations

from typing import Any

from sqlmodel import col, select, update

from reel.catalogue.generations import Generations
from reel.catalogue.names import new_id
from reel.catalogue.outbox import of_error
from reel.catalogue.status import may_follow
from reel.catalogue.tables import DeadLetterRow
from reel.catalogue.values import DeadLetter, Generation, LetterState, NewDeadLetter, NewGeneration
from reel.errors import InvalidRequest, NotFound, Problem, ReelError


class DeadLetters(Generations):
    """The part of a tenant's records that is about what failed for good."""

    def bury(self, letter: NewDeadLetter) -> DeadLetter:
        """Keep what is known of a failure. Raises `NoSuchGeneration`."""
        self._locked(letter.generation)
        row = DeadLetterRow(**letter.model_dump(), id=new_id("dead_"), created=self._now())
        self._session.add(row)
        self._session.flush()
        return DeadLetter.model_validate(row)

    def fail(self, error: ReelError, letter: NewDeadLetter) -> bool:
        """End the letter's generation as failed, keep what is known of it, and tell the endpoints under which id. False, and
        nothing is kept, where it has ended or is done by now. Raises `NoSuchGeneration`."""
        if not may_follow(self._locked(letter.generation).status, "failed"):
            return False
        told = {"error": {**of_error(error), "dead_letter": self.bury(letter).id}}
        return self.move(letter.generation, "failed", error, told)

    def dead_letters(self, state: LetterState | None = "open", limit: int = 100) -> list[DeadLetter]:
        """The newest dead letters in a state, or in any, newest first."""
        wanted = {"state": state} if state else {}
        query = select(DeadLetterRow).filter_by(**wanted)
        newest = query.order_by(col(DeadLetterRow.created).desc(), col(DeadLetterRow.id)).limit(limit)
        return [DeadLetter.model_validate(row) for row in self._session.exec(newest)]

    def problems_of(self, generation: str) -> list[Problem]:
        """What a generation failed of last; nothing where nobody kept it."""
        query = select(DeadLetterRow).where(DeadLetterRow.generation == generation)
        row = self._session.exec(query.order_by(col(DeadLetterRow.created).desc()).limit(1)).first()
        return [Problem(each["place"], each["what"], each["remedy"]) for each in row.problems] if row else []

    def dead_letter(self, id_: str) -> DeadLetter:
        """Raises `NotFound` where there is none of that id."""
        row = self._session.exec(select(DeadLetterRow).where(DeadLetterRow.id == id_)).first()
        if row is None:
            raise NotFound.at("dead letter", f"there is no {id_[:80]!r}")
        return DeadLetter.model_validate(row)

    def replay(self, id_: str) -> Generation:
        """Queue the request of an open letter's generation again, as a new one, and close the letter.

        The idempotency key goes over to the new one: whoever asks by it hears of that. Raises `InvalidRequest` where there
        is no such letter, it is closed, or its generation is done or under way again.
        """
        letter = self.dead_letter(id_)
        old = self._locked(letter.generation)
        if old.status not in ("failed", "cancelled"):
            what = f"generation {old.id} is {old.status} meanwhile: there is nothing to replay"
            raise InvalidRequest.at("dead letter", what, f"`reel generation show {old.id}` tells of it")
        self._change(old.id, {"idempotency_key": None})
        fields = {name: getattr(old, name) for name in NewGeneration.model_fields if name not in ("id", "flow_run")}
        new, _ = self.add(NewGeneration(**fields), reserve=self._last_reserved(old.id))
        if not self.replayed(id_, new.id):
            closed = f"{id_} was {letter.state} before"
            raise InvalidRequest.at("dead letter", closed, "`reel dead list` shows those that are open")
        # Of one that failed more than once: the same request need not be made twice.
        others = (col(DeadLetterRow.generation) == old.id, col(DeadLetterRow.state) == "open")
        self._session.exec(update(DeadLetterRow).where(*others).values(state="replayed", replayed_as=new.id))
        return new

    def replayed(self, id_: str, as_generation: str) -> bool:
        """Close a dead letter because it is tried again; false when another was first. Raises `InvalidRequest`."""
        return self._close(id_, {"state": "replayed", "replayed_as": as_generation})

    def dropped(self, id_: str) -> bool:
        """Close a dead letter for good; false when another closed it before. Raises `InvalidRequest`."""
        return self._close(id_, {"state": "dropped"})

    def _close(self, id_: str, change: dict[str, Any]) -> bool:
        this = col(DeadLetterRow.id) == id_
        changed = self._session.exec(
            update(DeadLetterRow).where(this, col(DeadLetterRow.state) == "open").values(**change)
        )
        if not changed.rowcount:
            self.dead_letter(id_)
        return bool(changed.rowcount)
