"""What a request would look like, before it is made: `/v1/frame` and `/v1/contact-sheet`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi import Response
from pydantic import Field

from gateway.access import Viewer
from gateway.problems import Refused
from gateway.routing import resource
from reel.control.previews import ask_frame
from reel.errors import BadMedia, InvalidRequest, Transient
from reel.request.look import Look
from reel.request.parts import Seconds
from reel.values import Value

frame_router, sheet_router = resource("frame"), resource("contact-sheet")

JPEG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": {}}, "description": "The picture."}}
RETRY_SECONDS = 2
OWN_FIELDS = {"preview.frame": "at", "variants": "variant"}
"""What stands in the request that is looked at in the place of a field here."""


class _Of(Value):
    request: dict[str, Any] = Field(description="As in an order.")
    scale: float = Field(1.0, ge=0.1, le=1, description="Of the width and height.")
    variant: int = Field(1, ge=1, le=1000, description="Which of the videos that the request makes is shown.")


class WantedFrame(_Of):
    """A frame that is to be seen."""

    at: Seconds = Field(0, description="The second whose frame is shown.", validate_default=True)


class WantedSheet(_Of):
    """A sheet that is to be seen."""

    pictures: int = Field(9, ge=2, le=100, description="So many frames, evenly spaced.")


@frame_router.post("", response_class=Response, responses=JPEG)
def frame(wanted: WantedFrame, caller: Viewer) -> Response:
    """One frame of what a request makes, as a JPEG. What is wrong with the request is told as of an order."""
    return _picture(caller.tenant, wanted.request, Look(frame=wanted.at, scale=wanted.scale, variant=wanted.variant))


@sheet_router.post("", response_class=Response, responses=JPEG)
def contact_sheet(wanted: WantedSheet, caller: Viewer) -> Response:
    """Several frames of what a request makes on one sheet, as a JPEG."""
    look = Look(pictures=wanted.pictures, scale=wanted.scale, variant=wanted.variant)
    return _picture(caller.tenant, wanted.request, look)


def _picture(tenant: str, request: Mapping[str, Any], look: Look) -> Response:
    try:
        made = ask_frame(tenant, request, look)
    except (InvalidRequest, BadMedia) as error:
        named = (replace(each, place=OWN_FIELDS.get(each.place, each.place)) for each in error.problems)
        raise type(error)(*named) from error
    except Transient as error:
        raise Refused(503, str(error), headers={"Retry-After": str(RETRY_SECONDS)}) from error
    headers = {"ETag": f'"{made.key}"', "X-Reel-Warnings": json.dumps(made.warnings)}
    return Response(made.jpeg, headers=headers, media_type="image/jpeg")
