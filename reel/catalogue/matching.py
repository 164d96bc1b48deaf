"""From a query to SQL, by database: the same rows on both, as both look for the same words in the same places."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, cast, column, literal, not_, or_, select, table
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlmodel import col

from reel.catalogue.tables import DocumentRow
from reel.search import Asked, Comparison, Query, Words
from reel.search.fields import STRONG
from reel.search.index import fielded

Criterion = ColumnElement[bool]

_INDEX = table("output_words", column("rowid"), column("output_words"))
"""SQLite's full-text index; it is a table of FTS5, which no model can describe."""

_RELATIONS: Mapping[str, Callable[[Any, Any], Criterion]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
}


def criteria_of(query: Query, dialect: str) -> list[Criterion]:
    """What rows must fulfil."""
    return [or_(*(_asked(each, dialect) for each in clause)) for clause in query.clauses]


def relevance_of(query: Query, dialect: str) -> ColumnElement[int]:
    """How many of the words without a field stand in a name, a tag or a text that is shown."""
    plain = dict.fromkeys(
        each.what
        for clause in query.clauses
        for each in clause
        if isinstance(each.what, Words) and each.what.field is None and not each.negated
    )
    relevance: ColumnElement[int] = literal(0)
    for words in plain:
        strong = [_phrase(words, field) for field in STRONG]
        relevance = relevance + case((_found(strong, words.prefix, dialect), 1), else_=0)
    return relevance


def _asked(asked: Asked, dialect: str) -> Criterion:
    what = asked.what
    if isinstance(what, Comparison):
        found = _within(what)
    else:
        found = _found([_phrase(what, what.field)], what.prefix, dialect)
    return not_(found) if asked.negated else found


def _within(comparison: Comparison) -> Criterion:
    of_it = col(getattr(DocumentRow, comparison.field))
    bounds = (_RELATIONS[relation](of_it, bound) for relation, bound in comparison.bounds)
    # What is null is not within; without saying so, it would be neither within nor not.
    return and_(of_it.is_not(None), *bounds)


def _phrase(words: Words, field: str | None) -> Sequence[str]:
    return words.words if field is None else fielded(field, words.words)


def _found(phrases: Iterable[Sequence[str]], prefix: bool, dialect: str) -> Criterion:
    """Rows in which one of some phrases stands."""
    if dialect == "postgresql":
        text = " | ".join(f"({_for_postgresql(phrase, prefix)})" for phrase in phrases)
        return col(DocumentRow.words).bool_op("@@")(cast(text, TSQUERY))
    text = " OR ".join(_for_sqlite(phrase, prefix) for phrase in phrases)
    rows = select(_INDEX.c.rowid).where(_INDEX.c.output_words.bool_op("MATCH")(bindparam(None, text)))
    return col(DocumentRow.number).in_(rows)


def _for_sqlite(phrase: Sequence[str], prefix: bool) -> str:
    """In quotation marks nothing is an operator; a word holds none."""
    return f'"{" ".join(phrase)}"' + (" *" if prefix else "")


def _for_postgresql(phrase: Sequence[str], prefix: bool) -> str:
    return " <-> ".join(f"'{word}'" for word in phrase) + (":*" if prefix else "")
