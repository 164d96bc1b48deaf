"""Sessions that see one tenant and no other, whatever is asked of them.

Three walls, from the inside out: each statement gets the tenant as a criterion, each new row is stamped with the tenant,
and on PostgreSQL row-level security holds even where the first two should be passed by.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Executable, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import ORMExecuteState, SessionTransaction, UOWTransaction, with_loader_criteria
from sqlmodel import Session, col

from reel.catalogue.tables import OWNED, PaceRow, TenantRow
from reel.catalogue.values import Owned, Shape
from reel.errors import Internal

EVERYONE = "*"
"""What stands for all tenants, in a session's scope and in the policies; no tenant can have this name."""

SETTING = "reel.tenant"
"""The PostgreSQL variable that the policies of row-level security read; unset or empty, no row is seen."""


class ScopedSession(Session):
    """A session for one tenant, or for `EVERYONE`."""

    def __init__(self, bind: Any, tenant: str) -> None:
        super().__init__(bind, expire_on_commit=False)
        self.tenant = tenant
        self.criteria = () if tenant == EVERYONE else _criteria(tenant)


@lru_cache(maxsize=1024)
def _criteria(tenant: str) -> tuple[Any, ...]:
    """What each statement of a tenant gets; remembered, as making it takes longer than finding a row."""
    own = with_loader_criteria(TenantRow, col(TenantRow.id) == tenant, include_aliases=True)
    return (own, *(with_loader_criteria(row, col(row.tenant_id) == tenant, include_aliases=True) for row in OWNED))


@event.listens_for(ScopedSession, "after_begin")
def _begin(session: ScopedSession, transaction: SessionTransaction, connection: Connection) -> None:
    set_scope(connection, session.tenant)


def set_scope(connection: Connection, tenant: str) -> None:
    """Let the policies of row-level security show a tenant, or `EVERYONE`, for the length of a transaction."""
    if connection.dialect.name == "postgresql":
        # True: for this transaction only, so that a pooled connection carries nothing over.
        connection.execute(text("select set_config(:name, :tenant, true)"), {"name": SETTING, "tenant": tenant})


@event.listens_for(ScopedSession, "do_orm_execute")
def _keep_to_the_tenant(state: ORMExecuteState) -> None:
    session = state.session
    assert isinstance(session, ScopedSession)
    # Rows are changed by statements only, so what a statement finds is always fresher than what is in memory.
    state.update_execution_options(populate_existing=True, synchronize_session=False)
    if session.tenant == EVERYONE:
        return
    if not state.is_orm_statement:
        raise Internal.at(
            "catalogue", "a statement that cannot be kept to one tenant", "use the tables of the catalogue"
        )
    if state.is_insert and state.bind_mapper and state.bind_mapper.class_ is PaceRow:
        return  # of the installation
    if state.is_insert:
        given: Any = state.parameters if isinstance(state.parameters, list) else [state.parameters or {}]
        _refuse_others(session, [str(row.get("tenant_id") or row.get("id")) for row in given])
    else:
        state.statement = state.statement.options(*session.criteria)


@event.listens_for(ScopedSession, "before_flush")
def _stamp(session: ScopedSession, context: UOWTransaction, instances: Any) -> None:
    if session.tenant == EVERYONE:
        return
    for row in session.new:
        if isinstance(row, Owned) and not row.tenant_id:
            setattr(row, "tenant_id", session.tenant)  # noqa: B010 - values are frozen, rows are not
    touched = [*session.new, *session.dirty, *session.deleted]
    _refuse_others(session, [row.tenant_id if isinstance(row, Owned) else row.id for row in touched])


def _refuse_others(session: ScopedSession, tenants: Sequence[str]) -> None:
    if others := sorted(set(tenants) - {session.tenant}):
        raise Internal.at("catalogue", f"a row of {others[0]!r} was to be written for {session.tenant!r}")


class Scope:
    """One transaction in one scope: the base of all that reads and writes the catalogue."""

    def __init__(self, session: ScopedSession, clock: Callable[[], datetime]) -> None:
        self._session = session
        self._now = clock

    def now(self) -> datetime:
        """The time, by the catalogue's clock."""
        return self._now()

    def _make_tenant(self, name: str) -> None:
        """Make a tenant, unless it is there already."""
        self._put(TenantRow, [{"id": name, "created": self._now(), "weight": 1.0}], [])

    def _look_over_the_fence(self, statement: Executable) -> Any:
        """The one value that a statement finds among the rows of all tenants."""
        connection = self._session.connection()
        set_scope(connection, EVERYONE)
        value = connection.execute(statement).scalar()
        set_scope(connection, self._session.tenant)
        return value

    def _put(self, row: type[Shape], documents: Sequence[dict[str, Any]], changed: Sequence[str]) -> None:
        """Insert rows, or where their primary keys are there already, overwrite the `changed` columns."""
        if not documents:
            return
        dialect = self._session.get_bind().dialect.name
        insert = (postgresql if dialect == "postgresql" else sqlite).insert
        table = insert(row)
        keys = [column.name for column in row.__table__.primary_key]  # type: ignore[attr-defined]
        update = {name: table.excluded[name] for name in changed}
        statement = (
            table.on_conflict_do_update(index_elements=keys, set_=update)
            if update
            else table.on_conflict_do_nothing(index_elements=keys)
        )
        stamp = {"tenant_id": self._session.tenant} if issubclass(row, Owned) else {}
        self._session.execute(statement, [{**document, **stamp} for document in documents])
