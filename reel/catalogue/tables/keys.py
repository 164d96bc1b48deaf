"""What rows and their foreign keys are."""

from __future__ import annotations

from pydantic import ConfigDict
from sqlalchemy import ForeignKeyConstraint

ROW = ConfigDict(frozen=False, extra="ignore")
"""SQLAlchemy fills a row field by field."""


def of_tenant(table: str) -> ForeignKeyConstraint:
    """It belongs to a tenant."""
    return ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=f"{table}_tenant")


def of_generation(table: str) -> ForeignKeyConstraint:
    """With the tenant in the key: nothing can belong to another tenant's generation, whatever the code does."""
    parent = ["generation.tenant_id", "generation.id"]
    return ForeignKeyConstraint(["tenant_id", "generation"], parent, name=f"{table}_generation", ondelete="CASCADE")


def of(table: str, columns: list[str], parent: str, keys: list[str]) -> ForeignKeyConstraint:
    """It ends with what it belongs to."""
    referred = [f"{parent}.{key}" for key in keys]
    return ForeignKeyConstraint(columns, referred, name=f"{table}_{parent}", ondelete="CASCADE")
