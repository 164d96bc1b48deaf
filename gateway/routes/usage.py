"""What a tenant used, in all and by generation."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Query, Response
from pydantic import Field

from gateway.access import Viewer
from gateway.desk import TheDesk
from gateway.fields import Moment
from gateway.routing import resource
from reel.catalogue import month_of
from reel.control.usage import to_millionths, usage_csv
from reel.values import Value

router = resource("usage")

Since = Annotated[Moment | None, Query(description="From when on; default: since the month began (UTC).")]


class Usage(Value):
    """What all generations used that were done since a moment."""

    since: datetime
    output_seconds: float = Field(description="Length of all outputs.")
    bytes: int = Field(description="Size of all outputs.")
    pixels: int = Field(description="Of all frames of all videos.")
    cpu_seconds: float = Field(description="Of processors.")
    rendered_seconds: float = Field(description="Of steps that were made, by the clock.")


@router.get("")
def usage(caller: Viewer, desk: TheDesk, since: Since = None) -> Usage:
    """What was used, in all."""
    begin = since or month_of(desk.clock())
    with desk.catalogue.tenant(caller.tenant, only_reads=True) as records:
        return Usage(since=begin, **to_millionths(records.used(begin).model_dump()))


@router.get("/csv", response_class=Response, responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}})
def usage_as_csv(caller: Viewer, desk: TheDesk, since: Since = None) -> Response:
    """A line for each generation, with what it was charged."""
    with desk.catalogue.tenant(caller.tenant, only_reads=True) as records:
        rows = records.usage(since or month_of(desk.clock()))
    name = {"Content-Disposition": 'attachment; filename="usage.csv"'}
    return Response(usage_csv(rows), media_type="text/csv", headers=name)
