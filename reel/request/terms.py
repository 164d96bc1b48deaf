"""On whose behalf a generation is made, and how urgently: what is no part of what is made."""

from __future__ import annotations

import reprlib
import string
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field

from reel.limits import Told
from reel.values import Value

Priority = Literal["interactive", "batch", "regeneration"]
PRIORITIES: tuple[Priority, ...] = get_args(Priority)
"""The most urgent first; each is a queue of the work pool."""

LETTERS, DIGITS = string.ascii_lowercase, string.digits


def _label(name: str) -> str:
    ends = {*LETTERS, *DIGITS}
    if not (0 < len(name) < 65 and {name[0], name[-1]} <= ends and {*name} <= {*ends, "-"}):
        raise ValueError(
            f"{reprlib.repr(name)} is not a name here: 1 to 64 small letters, digits and -, with no - at its ends"
        )
    return name


def _identity(name: str | None) -> str | None:
    ends = {*string.ascii_letters, *DIGITS}
    if name is not None and not (0 < len(name) < 65 and name[0] in ends and {*name} <= {*ends, "_", "-"}):
        raise ValueError(
            f"{reprlib.repr(name)} is not an id: 1 to 64 letters, digits, _ and -, with a letter or digit first"
        )
    return name


Name = Annotated[str, AfterValidator(_label)]
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
    generation: Annotated[str | None, AfterValidator(_identity)] = Field(
        None, description="The generation's id, where it was queued beforehand; null: that of the flow run."
    )
    limits: Told | None = Field(
        None, description="Bounds that are lower than the tenant's; those that are not change nothing."
    )
    slot: str | None = Field(
        None,
        max_length=1024,
        description="What this generation stands for in a set that is made again and again: a file, a row.",
    )
