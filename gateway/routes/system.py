"""Whether the gateway lives, and whether it can serve."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from gateway.desk import TheDesk
from gateway.routing import problem_responses
from reel.values import Value

router = APIRouter(tags=["system"])


class Health(Value):
    """How it is."""

    status: Literal["ok"] = Field("ok", description="Anything else is another HTTP status.")


@router.get("/healthz")
async def alive() -> Health:
    """Whether the process lives; asks nothing and nobody."""
    return Health()


@router.get("/readyz", responses=problem_responses(503))
def ready(desk: TheDesk) -> Health:
    """Whether it can serve: whether the catalogue answers. Prefect need not: orders wait for it."""
    with desk.catalogue.operator(only_reads=True) as everybody:
        everybody.find_key("")
    return Health()
