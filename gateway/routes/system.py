"""Whether the gateway lives, and whether it can serve."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Response
from pydantic import Field

from gateway.access import Operator
from gateway.desk import TheDesk
from gateway.routing import problem_responses
from reel.telemetry.serving import MEDIA_TYPE
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
        everybody.find_keys(())
    return Health()


AS_TEXT: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/plain": {}}},
    **problem_responses(401, 403, 429, 503),
}


@router.get("/metrics", response_class=Response, responses=AS_TEXT)
def metrics(caller: Operator, desk: TheDesk) -> Response:
    """What this process was asked and how it answered, for Prometheus."""
    return Response(desk.meter.text(), media_type=MEDIA_TYPE)
