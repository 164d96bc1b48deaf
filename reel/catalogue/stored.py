"""Stored templates as values: a name, and the versions that its document had."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON
from sqlmodel import Field

from reel.catalogue.columns import Utc, Words
from reel.catalogue.names import new_id
from reel.catalogue.values import NewUsageRecord, Owned, Shape

Which = int | Literal["latest"]
"""A version by its number; `latest`: the highest that is published and not retired."""


class StoredTemplate(Owned):
    """A template that orders name instead of bringing it along."""

    id: str = Field(default_factory=lambda: new_id("tpl_"), primary_key=True)
    name: str
    """Of the tenant's templates one has it, for ever."""
    description: str = Field(default="", sa_type=Words)
    created: datetime = Field(sa_type=Utc)
    retired: datetime | None = Field(default=None, sa_type=Utc)
    """From when on nothing new is made from any version."""


class TemplateVersion(Owned):
    """What a template was at a time. Its document never changes."""

    template: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    """From 1."""
    document: dict[str, Any] = Field(sa_type=JSON)
    """A request of kind `template`; its `data` are values that orders may replace."""
    note: str = Field(default="", sa_type=Words)
    created: datetime = Field(sa_type=Utc)
    published: datetime | None = Field(default=None, sa_type=Utc)
    """Null: a draft, that is previewed and not ordered."""
    retired: datetime | None = Field(default=None, sa_type=Utc)


class VersionUsage(NewUsageRecord):
    """What was made from a version, and what that used."""

    version: int
    generations: int
    """That are done."""


class MadeFrom(Shape):
    """What a request was made from."""

    template: str
    template_version: int
