"""Asking the preview process for frames of requests, from a process that has no pixels itself.

picture = ask_frame("acme", {"kind": "template", ...}, Look(frame=2.5))
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reel.errors import BadMedia, Internal, InvalidRequest, Problem, ReelError, Resource, Transient
from reel.request.look import Look
from reel.secrets import derived
from reel.settings import settings
from reel.web.sockets import connected

PURPOSE = "preview"
"""Of the secret that both know."""
BODY_BYTES = 4 << 20
"""Of a question: as a request may have."""
KEY_HEADER, WARNINGS_HEADER = "X-Reel-Key", "X-Reel-Warnings"
GRACE_SECONDS = 5.0
"""Beyond its own limit, in which it may say that the limit was met."""

ERRORS: Mapping[str, type[ReelError]] = {
    error.classification: error for error in (BadMedia, Internal, InvalidRequest, Resource, Transient)
}


class PreviewAway(Transient):
    """Nobody shows frames at present, or too many are asked for."""


@dataclass(frozen=True)
class Picture:
    """A frame, or a sheet of several."""

    jpeg: bytes
    key: str
    """Another picture has another key."""
    warnings: tuple[str, ...]


def ask_frame(tenant: str, request: Mapping[str, Any], look: Look) -> Picture:
    """A picture of what a tenant's request makes. Raises `PreviewAway`; `reel.errors` as they are raised there."""
    body = json.dumps({"tenant": tenant, "request": request, "look": look.model_dump(mode="json")}).encode()
    if len(body) > BODY_BYTES:
        raise InvalidRequest.at("request", f"has {len(body):,} bytes, and {BODY_BYTES:,} are the most")
    line = _Line(settings().preview_location, settings().preview_seconds + GRACE_SECONDS)
    try:
        line.request("POST", "/frame", body, {"Authorization": f"Bearer {derived(PURPOSE).hex()}"})
        answer = line.getresponse()
        content = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise PreviewAway.at("frame", "no frames are shown at present", "ask again later") from error
    finally:
        line.close()
    if answer.status == 200:
        warnings = json.loads(answer.headers.get(WARNINGS_HEADER, "[]"))
        return Picture(content, answer.headers.get(KEY_HEADER, ""), tuple(warnings))
    if answer.status == 422:
        raise _raised(json.loads(content))
    raise PreviewAway.at("frame", "too many frames are asked for at present", "ask again in a moment")


def _raised(document: Mapping[str, Any]) -> ReelError:
    problems = (Problem(*map(str, (each["place"], each["what"], each["remedy"]))) for each in document["problems"])
    return ERRORS.get(document["class"], Internal)(*problems)


class _Line(http.client.HTTPConnection):
    """HTTP to a server beside us."""

    def __init__(self, address: str, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._address, self._seconds = address, seconds

    def connect(self) -> None:
        self.sock = connected(self._address, self._seconds)
