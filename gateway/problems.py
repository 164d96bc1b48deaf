"""Errors as RFC 9457 problem documents, out of `reel.errors`.

    {"type": "https://reelflow.dev/problems/invalid-request", "title": "The request cannot be met as written", "status": 422,
     "detail": "clips[2].in: ...", "instance": "/v1/generations",
     "problems": [{"place": "clips[2].in", "what": "...", "remedy": "..."}]}

What went wrong within us tells nothing but an id, under which the log has the rest.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, Field
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from reel.errors import (
    BadMedia,
    Cancelled,
    Conflict,
    Exhausted,
    InvalidRequest,
    NotFound,
    Problem,
    ReelError,
    Resource,
    Transient,
)
from reel.request.fields import hint
from reel.values import Value
from reel.words import in_words, remedy_of

log = logging.getLogger("reel.gateway")

MEDIA_TYPE = "application/problem+json"
TYPES = "https://reelflow.dev/problems/"
"""What the types of problems begin with: names, which need not be found on the web (RFC 9457, 3.1.1)."""

TITLES: Mapping[int, tuple[str, str]] = {
    400: ("bad-request", "The request cannot be read"),
    401: ("unauthenticated", "A good API key or token is needed"),
    402: ("exhausted", "Credits or a quota are used up"),
    403: ("forbidden", "The key may not do this"),
    404: ("not-found", "There is no such thing, or it is not yours"),
    405: ("method-not-allowed", "This is not done here"),
    408: ("slow-body", "The body was too long in coming"),
    409: ("conflict", "It does not go together with how things stand"),
    410: ("gone", "It was there, and is no more"),
    412: ("precondition-failed", "It has changed meanwhile"),
    413: ("too-large", "The body is too large"),
    415: ("unsupported-media-type", "The body is of another type than is read here"),
    416: ("range-not-satisfiable", "There is no such part of it"),
    421: ("misdirected", "Somebody else is meant"),
    422: ("invalid-request", "The request cannot be met as written"),
    423: ("locked", "Somebody else is at it"),
    429: ("too-many-requests", "Too much was asked in too short a time"),
    431: ("head-too-large", "The head of the request is too large"),
    460: ("wrong-checksum", "What came is not what was sent"),
    500: ("internal", "Something went wrong here"),
    503: ("unavailable", "It cannot be done at this moment"),
}
"""Of each status, the name of its type and its title."""
OWN_TITLES: Mapping[str, str] = {
    "link-ended": "The link has ended",
}
"""Those of types that mean something else than their status does."""

STATUSES: tuple[tuple[type[ReelError], int], ...] = (
    (NotFound, 404),
    (Conflict, 409),
    (Exhausted, 402),
    (InvalidRequest, 422),
    (BadMedia, 422),
    (Cancelled, 409),
    (Transient, 503),
    (Resource, 503),
)
"""The status of each class of errors, the first that fits; of all others 500."""
RETRY_SECONDS = 5
"""After which one that is told to come again may."""


class PlacedProblem(Value):
    """One thing that is wrong."""

    place: str = Field(description="A field of the body, a parameter or a header.")
    what: str = Field(description="What is wrong with it.")
    remedy: str = Field("", description="What can be done about it; empty where nothing can be said.")


class ProblemDocument(Value):
    """What all answers of an error look like (RFC 9457)."""

    type: str = Field(description="Names the sort of problem.")
    title: str = Field(description="The sort in words.")
    status: int = Field(description="The HTTP status.", ge=400, le=599)
    detail: str = Field("", description="What went wrong this time, in words.")
    instance: str = Field(
        description="The path that was asked for; of an error of ours, an id to name to whoever runs this."
    )
    problems: tuple[PlacedProblem, ...] = Field((), description="All that is wrong, each with its place.")


class Refused(HTTPException):
    """An answer that is a problem of HTTP rather than of what is asked for."""

    def __init__(
        self,
        status: int,
        detail: str,
        *problems: PlacedProblem,
        headers: Mapping[str, str] | None = None,
        type_: str = "",
    ) -> None:
        super().__init__(status, detail, dict(headers or {}))
        self.problems, self.type = problems, type_


def document(
    status: int, detail: str, instance: str, problems: tuple[PlacedProblem, ...] = (), type_: str = ""
) -> ProblemDocument:
    """A problem document of a status."""
    name, title = TITLES.get(status, ("problem", "The request was refused"))
    return ProblemDocument(
        type=f"{TYPES}{type_ or name}",
        title=OWN_TITLES.get(type_, title),
        status=status,
        detail=detail,
        instance=instance,
        problems=problems,
    )


def answer(problem: ProblemDocument, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """A problem document as an answer."""
    # A file's name, in an error, may hold bytes that are no UTF-8.
    body = problem.model_dump(mode="json")
    return JSONResponse(_sound(body), problem.status, headers, media_type=MEDIA_TYPE)


def of_error(error: ReelError, instance: str) -> ProblemDocument:
    """An error of ours as a problem. What is our mistake, or tells how this installation is set up, is not told."""
    status = next((status for kind, status in STATUSES if isinstance(error, kind)), 500)
    if status >= 500:
        return hidden(error, status)
    problems = tuple(PlacedProblem(place=each.place, what=each.what, remedy=each.remedy) for each in error.problems)
    type_ = "bad-media" if isinstance(error, BadMedia) else ""
    return document(status, str(error), instance, problems, type_)


def hidden(error: BaseException, status: int = 500) -> ProblemDocument:
    """A problem that tells an id and no more; the log has the rest under it: of what is away for a while, which many ask for,
    one line; of what nobody foresaw, where it was raised too."""
    id_ = f"error-{secrets.token_hex(8)}"
    log.error("%s: %s", id_, " ".join(str(error).split()), exc_info=error if status == 500 else None)
    return document(status, "Name the id under `instance` to whoever runs this service.", id_)


def install(app: FastAPI, answered: Callable[[Request, Exception], Awaitable[Response]]) -> None:
    """Have an application answer all errors that its routes do not answer themselves."""
    for kind in (ReelError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, answered)


async def nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    """What is at a path where nothing is: a problem for all who ask, of WebSockets too, which would hear a bare 403."""
    raise Refused(404, "there is no such path here; GET /v1/openapi.json has those that there are")


def told_of(request: Request, error: Exception) -> tuple[ProblemDocument, dict[str, str]]:
    """Any error as a problem, and the headers of its answer."""
    path = request.url.path
    if isinstance(error, ReelError):
        problem = of_error(error, path)
        return problem, {"Retry-After": str(RETRY_SECONDS)} if problem.status == 503 else {}
    if isinstance(error, RequestValidationError):
        problems = problems_of(error, request)
        return document(422, in_lines(problems), path, problems), {}
    if isinstance(error, HTTPException):
        headers, detail = dict(error.headers or {}), str(error.detail)
        if error.status_code == 405:
            headers["Allow"] = ", ".join(sorted(_methods(request)))
            detail = f"{request.method[:20]} is not done here; what is: {headers['Allow']}"
        problems, type_ = (error.problems, error.type) if isinstance(error, Refused) else ((), "")
        return document(error.status_code, detail, path, problems, type_), headers
    return hidden(error), {}


def problems_of(error: RequestValidationError, request: Request) -> tuple[PlacedProblem, ...]:
    """What is wrong with fields of a body, parameters and headers. A list is not too short for entries that are refused."""
    details, body = error.errors(), _body_of(request)
    around = {each["loc"][:end] for each in details for end in range(len(each["loc"]))}
    told = (each for each in details if each["type"] != "too_short" or each["loc"] not in around)
    return tuple(
        PlacedProblem(place=_place(each["loc"]), what=in_words(each), remedy=_remedy(each, body)) for each in told
    )


def _remedy(detail: ErrorDetails, body: type[BaseModel] | None) -> str:
    place, *path = detail["loc"]
    is_unknown = body and place == "body" and path and detail["type"] == "extra_forbidden"
    return hint(tuple(path), "", body, {}).words if body and is_unknown else remedy_of([detail])


def _body_of(request: Request) -> type[BaseModel] | None:
    """The model of the body of the route that was asked, where it has one."""
    field = getattr(request.scope.get("route"), "body_field", None)
    model = field.field_info.annotation if field else None
    return model if isinstance(model, type) and issubclass(model, BaseModel) else None


def in_lines(problems: Iterable[PlacedProblem]) -> str:
    """Problems as the `detail` of a document, as errors of ours say them."""
    return "\n".join(str(Problem(each.place, each.what, each.remedy)) for each in problems)


async def answered(request: Request, error: Exception) -> JSONResponse:
    """An error, answered as a problem."""
    return answer(*told_of(request, error))


def _methods(request: Request) -> set[str]:
    """All that can be done at a path: the framework tells those of its first route alone. `/v1/generations/estimate` is no
    generation's path, though it looks like one."""
    matching = [
        each for each in iter_route_contexts(request.app.routes) if each.matches(request.scope)[0] != Match.NONE
    ]
    plain = next((each.path for each in matching if each.path == request.url.path), None)
    return {method for each in matching if plain in (None, each.path) for method in each.methods or ()}


def _place(location: tuple[int | str, ...]) -> str:
    """`("body", "scopes", 0)` as `scopes[0]`; a parameter or a header by its name."""
    parts = location[1:] or location
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return text.lstrip(".")


def _sound(part: Any) -> Any:
    if isinstance(part, dict):
        return {name: _sound(value) for name, value in part.items()}
    if isinstance(part, list):
        return [_sound(value) for value in part]
    return part.encode("utf-8", "replace").decode() if isinstance(part, str) else part
