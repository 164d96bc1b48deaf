"""On whose behalf a generation is made, and how urgently: what is no part of what is made."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from reel.values import Value

Priority = Literal["interactive", "batch", "regeneration"]
PRIORITIES: tuple[Priority, ...] = get_args(Priority)
"""The most urgent first; each is a queue of the work pool."""

Name = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$")]
"""Of tenants and projects: as a label of a host name, so that it is good in paths, buckets and metrics."""


class Terms(Value):
    """What a generation's making depends on besides its request."""

    tenant: Name = Field("default", description="To whom it belongs. Nothing crosses from one tenant to another.")
    project: Name = Field("default", description="Which of the tenant's projects it counts to.")
    priority: Priority = Field("interactive", description="Which of the waiting generations go first.")
    idempotency_key: str | None = Field(
        None,
        min_length=1,
        max_length=255,
        description="The tenant's own name for this order: the same key returns the same generation.",
    )
    generation: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$",
        description="The generation's id, where it was queued beforehand; null: that of the flow run.",
    )
    slot: str | None = Field(
        None,
        max_length=1024,
        description="What this generation stands for in a set that is made again and again: a file, a row.",
    )
