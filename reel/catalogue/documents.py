"""What the catalogue keeps of each published output, to be searched and exported: a document, and what it is found by."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Identity
from sqlmodel import Field

from reel.catalogue.columns import Indexed, Utc, WideNumber
from reel.catalogue.values import Owned, Shape
from reel.search import OutputDocument, indexed_words, numbers_of


class Numbers(Shape):
    """The numbers of an output that queries may compare, under their names in queries; null: not measured."""

    width: float | None = None
    height: float | None = None
    fps: float | None = None
    duration: float | None = None
    bytes: float | None = None
    bitrate: float | None = None
    loudness: float | None = None
    black: float | None = None


class DocumentRecord(Numbers, Owned):
    """A document with its words and numbers."""

    # A number of its own: SQLite's full-text index knows rows by it, and it outlasts VACUUM. An identity needs no grant.
    number: int | None = Field(default=None, primary_key=True, sa_type=WideNumber, sa_column_args=(Identity(),))
    tenant_id: str = ""
    generation: str
    name: str
    published: datetime = Field(sa_type=Utc)
    """When its generation was done."""
    noted: datetime = Field(sa_type=Utc)
    """When this document was written: later than published, where it was built again."""
    version: int
    words: tuple[str, ...] = Field(sa_type=Indexed)
    document: dict[str, Any] = Field(sa_type=JSON)


class Described(Shape):
    """A document as it is handed out."""

    tenant_id: str
    generation: str
    name: str
    published: datetime
    noted: datetime
    document: dict[str, Any]
    cursor: str
    """Where the answer that it was found in goes on after it."""


class Page(Shape):
    """A part of an answer."""

    found: tuple[Described, ...]
    more: bool
    """Whether there is more; it comes after the cursor of the last one."""


def row_of(document: OutputDocument, published: datetime, noted: datetime) -> dict[str, Any]:
    """The columns of a document."""
    return {
        **numbers_of(document),
        "generation": document.generation,
        "name": document.name,
        "published": published,
        "noted": noted,
        "version": document.version,
        "words": indexed_words(document),
        "document": document.model_dump(mode="json"),
    }
