"""What all values of the catalogue are."""

from __future__ import annotations

from pydantic import ConfigDict
from sqlmodel import Field, SQLModel


class Shape(SQLModel):
    """An immutable value that refuses unknown fields. Times are in UTC and know it."""

    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True)  # type: ignore[assignment]


class Owned(Shape):
    """Something that belongs to a tenant."""

    tenant_id: str = Field(default="", primary_key=True)
    """Filled in by the scope in which it is written."""


class OfGeneration(Owned):
    """Something that belongs to a generation."""

    generation: str = Field(default="", primary_key=True)
