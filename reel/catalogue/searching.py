"""Finding things of any tenant, for the operator's eyes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlmodel import col, select, tuple_

from reel.catalogue.generations import NoSuchGeneration
from reel.catalogue.scope import Scope
from reel.catalogue.status import Status
from reel.catalogue.tables import DeadLetterRow, GenerationRow
from reel.catalogue.values import DeadLetter, Generation, LetterState
from reel.errors import InvalidRequest


class Searching(Scope):
    """The part of the operator's scope that looks things up."""

    def find_generations(
        self, *, tenant: str | None = None, status: Status | None = None, limit: int = 100
    ) -> list[Generation]:
        """The newest generations that match, newest first."""
        query = select(GenerationRow).filter_by(**_given(tenant_id=tenant, status=status))
        newest = query.order_by(col(GenerationRow.created).desc(), col(GenerationRow.id)).limit(limit)
        return [Generation.model_validate(row) for row in self._session.exec(newest)]

    def find_generation(self, id_: str, tenant: str | None = None) -> Generation:
        """The generation of that id. Raises `NoSuchGeneration`, and `InvalidRequest` where several tenants have one."""
        query = select(GenerationRow).filter_by(**_given(id=id_, tenant_id=tenant)).order_by(GenerationRow.tenant_id)
        rows = self._session.exec(query).all()
        if not rows:
            raise NoSuchGeneration.at("generation", f"there is no {id_[:80]!r}")
        if len(rows) > 1:
            who = ", ".join(row.tenant_id for row in rows)
            raise InvalidRequest.at("generation", f"several tenants have a {id_[:80]!r}: {who}", "name the tenant")
        return Generation.model_validate(rows[0])

    def find_done(
        self, after: Generation | None = None, tenant: str | None = None, limit: int = 100
    ) -> list[Generation]:
        """Generations that are done, those first that were done first; `after` is the last one that is known."""
        order = (col(GenerationRow.ended), col(GenerationRow.tenant_id), col(GenerationRow.id))
        query = select(GenerationRow).filter_by(**_given(tenant_id=tenant, status="done"))
        if after:
            query = query.where(tuple_(*order) > (after.ended, after.tenant_id, after.id))
        return [Generation.model_validate(row) for row in self._session.exec(query.order_by(*order).limit(limit))]

    def find_dead_letters(
        self,
        *,
        tenant: str | None = None,
        state: LetterState | None = "open",
        error_class: str | None = None,
        limit: int | None = 100,
    ) -> list[DeadLetter]:
        """The newest dead letters that match, newest first."""
        query = select(DeadLetterRow).filter_by(**_given(tenant_id=tenant, state=state, error_class=error_class))
        newest = query.order_by(col(DeadLetterRow.created).desc(), col(DeadLetterRow.id)).limit(limit)
        return [DeadLetter.model_validate(row) for row in self._session.exec(newest)]

    def find_dead_letter(self, id_: str) -> DeadLetter:
        """Raises `InvalidRequest` where there is none of that id."""
        row = self._session.exec(select(DeadLetterRow).where(DeadLetterRow.id == id_)).first()
        if row is None:
            raise InvalidRequest.at("dead letter", f"there is no {id_[:80]!r}", "`reel dead list` shows them")
        return DeadLetter.model_validate(row)

    def statuses(self, tenant: str, ids: Collection[str]) -> dict[str, Status]:
        """The statuses of those generations of a tenant that are known."""
        this = (GenerationRow.tenant_id == tenant, col(GenerationRow.id).in_(ids))
        rows: Any = self._session.exec(select(GenerationRow.id, GenerationRow.status).where(*this))
        return dict(rows.all())


def _given(**wanted: Any) -> dict[str, Any]:
    return {name: value for name, value in wanted.items() if value is not None}
