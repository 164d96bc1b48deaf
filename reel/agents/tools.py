"""What agents can do: each tool a method, whose docstring and parameters are what an agent knows of it."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, ParamSpec

from mcp.server.mcpserver import Image
from mcp.types import CallToolResult, TextContent
from pydantic import Field

from reel.client import Client, GatewayError
from reel.client.models import Estimate, GenerationDetail
from reel.errors import InvalidRequest, ReelError
from reel.words import did_you_mean

P = ParamSpec("P")

Request = Annotated[
    dict[str, Any],
    Field(
        description="A JSON object with its `kind`, as `schema` describes it; or of a stored template "
        '{"template": {"name": "card", "version": "latest"}, "values": {"NAME": "Ada"}}.'
    ),
]
Id = Annotated[str, Field(description="Of the generation, as `submit` returned it.", min_length=1, max_length=64)]
Scale = Annotated[
    float, Field(description="Of the width and height: small pictures are cheaper to look at.", ge=0.1, le=1)
]
Variant = Annotated[int, Field(description="Which of the videos that the request makes.", ge=1, le=1000)]
Answer = dict[str, Any]

SOONEST_SECONDS, LATEST_SECONDS = 2, 30
"""When an agent is to ask again."""


def told(tool: Callable[P, Any]) -> Callable[P, Any]:
    """A tool whose errors are problem documents that an agent can act on."""

    @functools.wraps(tool)
    def safe(*args: P.args, **options: P.kwargs) -> Any:
        try:
            return tool(*args, **options)
        except ReelError as error:
            return refused(error)

    return safe


def refused(error: ReelError) -> CallToolResult:
    """The answer that is an error's problem document."""
    problem = problem_of(error)
    text = TextContent(type="text", text=json.dumps(problem, ensure_ascii=False))
    return CallToolResult(content=[text], structured_content=problem, is_error=True)


def problem_of(error: ReelError) -> Answer:
    """An error as a problem document: the gateway's own, else one that says as much."""
    if isinstance(error, GatewayError):
        return error.document.model_dump(mode="json")
    problems = [{"place": each.place, "what": each.what, "remedy": each.remedy} for each in error.problems]
    return {"type": "about:blank", "title": error.classification, "detail": str(error), "problems": problems}


@dataclass(frozen=True)
class Tools:
    """The tools, working with a client each time anew."""

    client: Callable[[], Client]

    @told
    def kinds(self) -> Answer:
        """The kinds of video that can be ordered: encode, mixer, multicam, slideshow, template. Begin here."""
        return {"kinds": {each.kind: each.about.partition("\n")[0] for each in self.client().kinds()}}

    @told
    def schema(
        self,
        kind: Annotated[str, Field(description="One of `kinds`.")],
        part: Annotated[str, Field(description="A name of `parts`: that part alone; empty: the request itself.")] = "",
    ) -> Answer:
        """The JSON Schema of a kind's requests: its fields at once, and those of a part of it by the part's name."""
        whole = self.client().schema(kind)
        parts = whole.pop("$defs", {})
        if not part:
            return {"schema": whole, "parts": sorted(parts)}
        if part not in parts:
            other = did_you_mean(part, parts, f"say one of {', '.join(sorted(parts))}")
            raise InvalidRequest.at("part", f"{kind} has no part {part[:80]!r}", other)
        return {"schema": parts[part], "parts": sorted(parts)}

    @told
    def templates(
        self, name: Annotated[str, Field(description="Of one: its variables and versions; empty: all by name.")] = ""
    ) -> Answer:
        """Templates that are kept here: orders give their variables values, and need no request of their own."""
        api = self.client()
        if not name:
            return {"templates": {each.name: each.description for each in api.templates.list() if not each.retired}}
        found = api.templates.get(name)
        usable = [each for each in found.versions if each.published and not each.retired]
        variables = {name: each.model_dump(mode="json") for name, each in usable[0].variables.items()} if usable else {}
        request = {"template": {"id": found.id, "version": "latest"}, "values": {}}
        return {
            "id": found.id,
            "versions": [each.version for each in usable],
            "variables": variables,
            "request": request,
        }

    @told
    def validate(self, request: Request) -> Answer:
        """All that is wrong with a request, by field, as far as that can be said before its assets are read. Orders nothing."""
        verdict = self.client().generations.validate(request)
        errors = [each.model_dump() for each in verdict.errors]
        told = {"valid": verdict.valid, "errors": errors, "warnings": verdict.warnings, "unknown": verdict.unknown}
        return {**told, "estimate": _estimate(verdict.estimate)}

    @told
    def estimate(self, request: Request) -> Answer:
        """What making it takes: seconds, bytes and cost, each the median; null where assets have to be read first."""
        return {"estimate": _estimate(self.client().generations.estimate(request))}

    @told
    def frame(
        self,
        request: Request,
        at: Annotated[float, Field(description="The second whose frame is shown.", ge=0)] = 0,
        scale: Scale = 0.5,
        variant: Variant = 1,
    ) -> Image:
        """One frame of what a request makes, as it will be. Look at it before you order."""
        jpeg = self.client().generations.frame(request, at, scale=scale, variant=variant)
        return Image(data=jpeg, format="jpeg")

    @told
    def contact_sheet(
        self,
        request: Request,
        pictures: Annotated[int, Field(description="So many frames, evenly spaced.", ge=2, le=100)] = 9,
        scale: Scale = 0.5,
        variant: Variant = 1,
    ) -> Image:
        """Frames of the whole of what a request makes, on one sheet."""
        jpeg = self.client().generations.contact_sheet(request, pictures, scale=scale, variant=variant)
        return Image(data=jpeg, format="jpeg")

    @told
    def submit(
        self,
        request: Request,
        idempotency_key: Annotated[
            str,
            Field(
                description="Your own name for this order: sent again with the same one, it is not ordered twice.",
                min_length=1,
                max_length=255,
            ),
        ],
        project: Annotated[str, Field(description="Which of the projects it counts to.", max_length=64)] = "default",
    ) -> Answer:
        """Order what a request asks for. Returns at once, with the id to ask `status` for; it is made meanwhile."""
        made = self.client().generations.order(request, idempotency_key=idempotency_key, project=project)
        return _standing(made)

    @told
    def status(self, id: Id) -> Answer:
        """How a generation comes on: queued, ..., done, failed or cancelled; why it failed; when to ask again."""
        return _standing(self.client().generations.get(id))

    @told
    def cancel(self, id: Id) -> Answer:
        """End a generation, for good. One that has ended stays as it is."""
        return _standing(self.client().generations.cancel(id))

    @told
    def outputs(self, id: Id) -> Answer:
        """The files of a generation that is done: names, roles, sizes, SHA-256, and addresses where anybody can fetch them."""
        found = self.client().generations.get(id)
        return {"status": found.status, "outputs": [each.model_dump(mode="json") for each in found.outputs]}


def _standing(found: GenerationDetail) -> Answer:
    progress = found.progress
    told: Answer = {"id": found.id, "status": found.status, "percent": found.percent, "doing": progress.doing}
    if found.status in ("done", "failed", "cancelled"):
        return {**told, "error": None if found.error is None else found.error.model_dump(mode="json")}
    again = min(LATEST_SECONDS, max(SOONEST_SECONDS, round((progress.eta_seconds or 0) / 4)))
    return {**told, "place": found.place, "eta_seconds": progress.eta_seconds, "ask_again_seconds": again}


def _estimate(expected: Estimate | None) -> Answer | None:
    if expected is None:
        return None
    return {"seconds": expected.seconds, "bytes": expected.bytes, "cost": expected.cost, "steps": expected.steps}
