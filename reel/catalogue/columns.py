"""Column types that hold the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, String, Text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.types import TypeDecorator, TypeEngine

from reel.sealing import is_sealed, opened_document, seal, sealed_document, unseal
from reel.search.index import BREAK
from reel.values import WEBHOOK


class Utc(TypeDecorator[datetime]):
    """A moment. SQLite keeps no time zone, so it is written in UTC and read back as such."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


class Words(TypeDecorator[str]):
    """Text that came from outside, such as FFmpeg's: what PostgreSQL refuses (NUL, lone surrogates) becomes U+FFFD or `?`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return value and value.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


class Secret(TypeDecorator[str]):
    """A text that is a secret as a whole: encrypted in the database, and plain to who reads it through the catalogue. One that
    was written before there was encryption is read as it is. Raises `Resource` where it cannot be opened."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return value and seal(value.encode())

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return unseal(value).decode() if value and is_sealed(value) else value


class SecretAddresses(TypeDecorator[Any]):
    """A JSON document, in which the database sees of addresses what may be shown (`reel.sealing`)."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return sealed_document(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return opened_document(value)


class SecretWebhook(SecretAddresses):
    """A request's webhook, of whose address the database sees the host."""

    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return sealed_document(value, WEBHOOK)


class WideNumber(TypeDecorator[int]):
    """A number of 64 bits that a database counts up by itself; SQLite's is called INTEGER, and is as wide."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else BigInteger())


class Indexed(TypeDecorator[tuple[str, ...]]):
    """Words in order, as `reel.search` makes them, for the full-text index; written, and not read back.

    PostgreSQL gets them as a finished vector and SQLite with spaces between them, so neither splits, folds or drops any.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(TSVECTOR() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return _vector(value) if dialect.name == "postgresql" else " ".join(value)


def _vector(words: Sequence[str]) -> str:
    """The text of a `tsvector`: each word with its places, counted from 1."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, word in enumerate(words, start=1):
        places[word].append(place)
    # Words hold letters and digits alone, so that nothing needs to be escaped.
    return " ".join(f"'{word}':{','.join(map(str, found))}" for word, found in places.items() if word != BREAK)
