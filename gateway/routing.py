"""How a resource's routes are made, so that all read bodies, tell errors and stand in the OpenAPI document alike.

router = resource("projects")                    # /v1/projects

@router.get("")
def all_projects(caller: Viewer, desk: TheDesk) -> Projects: ...
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from gateway.problems import MEDIA_TYPE, TITLES, PlacedProblem, ProblemDocument, Refused
from reel.errors import InvalidRequest
from reel.request.read import read_json

ALWAYS = (400, 401, 403, 404, 422, 429, 431, 500, 503)
"""Statuses of errors that any route may answer with."""
AS_IT_IS = {"Accept-Encoding": "identity"}
"""What is said to a body that is compressed: unpacked it may have any size (RFC 9110, 15.5.16)."""
UNREAD, INSTEAD = "is not read here", "send none; GET /v1/openapi.json has what the query may say, as `?name=value`"
"""Of a body at a route that has none."""
WITH_BODY = (408, 413, 415)
"""Those of routes that read a body."""


class JsonRequest(Request):
    """A request whose body is read as requests of generations are: a name that stands twice in an object is refused, say."""

    async def json(self) -> Any:
        """The body. Raises `Refused` (400) for what is no JSON object."""
        try:
            return read_json(await self.body(), "body", '{"..."}')
        except InvalidRequest as error:
            problems = tuple(
                PlacedProblem(place=each.place, what=each.what, remedy=each.remedy) for each in error.problems
            )
            raise Refused(400, str(error), *problems) from None


class Route(APIRoute):
    """A route that reads JSON, and no other type of body where it wants one."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        reads_json = self.body_field is not None

        async def handler(request: Request) -> Response:
            # Rather than that what it says counts for nothing, and nobody hears of it.
            if not reads_json and await _says_something(request):
                problem = PlacedProblem(place="body", what=UNREAD, remedy=INSTEAD)
                raise Refused(422, f"body: {UNREAD} ({INSTEAD})", problem)
            if reads_json and not is_json(request.headers.get("content-type", "")):
                raise Refused(415, "send JSON, as `Content-Type: application/json`")
            if (
                reads_json
                and (coded := request.headers.get("content-encoding", "identity").strip().lower()) != "identity"
            ):
                raise Refused(
                    415, f"send the body as it is, without `Content-Encoding: {coded[:20]}`", headers=AS_IT_IS
                )
            return await handle(JsonRequest(request.scope, request.receive))

        return handler


async def _says_something(request: Request) -> bool:
    """Whether a request has JSON for a body, other than what stands for none."""
    if request.headers.get("content-type") is None or not is_json(request.headers["content-type"]):
        return False
    return (await request.body()).strip() not in (b"", b"{}", b"null")


def is_json(media_type: str) -> bool:
    """Whether a `Content-Type` is JSON; none at all is taken to be."""
    plain = media_type.partition(";")[0].strip().lower()
    return plain in ("", "application/json") or (plain.startswith("application/") and plain.endswith("+json"))


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What the OpenAPI document says of answers that are problems."""
    schema = {"$ref": f"#/components/schemas/{ProblemDocument.__name__}"}
    return {
        status: {"description": TITLES[status][1], "content": {MEDIA_TYPE: {"schema": schema}}} for status in statuses
    }


def resource(name: str, *statuses: int) -> APIRouter:
    """The routes below `/v1/<name>`; `statuses` of errors that they answer with besides those of all."""
    responses = problem_responses(*ALWAYS, *WITH_BODY, *statuses)
    return APIRouter(
        prefix=f"/v1/{name}",
        tags=[name],
        responses=responses,
        route_class=Route,
        # Not FastAPI's guard against pages that send without a preflight: those have no key to send.
        strict_content_type=False,
    )
