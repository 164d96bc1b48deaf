"""How pages are made: errors are told in HTML, whoever has not signed in is asked to, and forms are taken from our own pages.

router = pages("generations")                    # /pages/generations

A cookie that goes with every request of a browser would let another page order in its name. `SameSite=Strict` keeps it from
other sites; for other origins of the same site, browsers say with each request whose page it comes from (Fetch Metadata), or at
least from which origin, and what does not come from here is refused before anything of it is read. So forms need no tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar, get_origin
from urllib.parse import parse_qsl, urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from gateway import problems
from gateway.access import READING
from gateway.callers import Caller
from gateway.desk import Desk
from gateway.pages.rendering import page
from gateway.problems import PlacedProblem, Refused, told_of
from gateway.sessions import COOKIE, PAGES, PURPOSE, begun
from reel.values import Value, digest

Asked = TypeVar("Asked", bound=Value)

MOST_FIELDS = 500
"""Of a form."""


class Page(APIRoute):
    """A route whose answers are pages, errors too."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                require_own_page(request)
                return await handle(request)
            except Exception as error:  # noqa: BLE001 - whatever it is, who looks at a page is told on a page
                return of_error(request, error)

        return handler


def pages(name: str = "", route: type[APIRoute] = Page) -> APIRouter:
    """The routes below `/pages/<name>`. They are for people, and stand in no OpenAPI document."""
    prefix = f"{PAGES}/{name}" if name else PAGES
    return APIRouter(prefix=prefix, route_class=route, include_in_schema=False, strict_content_type=False)


def require_own_page(request: Request) -> None:
    """Raise `Refused` (403) for what changes something and was not sent by a page of ours. A key is in no browser's keeping."""
    if request.method in READING or "authorization" in request.headers:
        return
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin", "")
    is_ours = site == "same-origin" if site else urlsplit(origin).netloc == request.headers.get("host") != ""
    if not is_ours:
        raise Refused(403, "this was not sent by a page of this service: open it here, and try again")


def of_error(request: Request, error: Exception) -> Response:
    """A page that tells what went wrong; where nobody has signed in, the one to do it."""
    problem, headers = told_of(request, error)
    headers.pop("content-length", None)
    caller = getattr(request.state, "caller", None)
    if problem.status == 401:
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        next_ = here if request.method in READING else PAGES
        return ask_to_sign_in(request.app.state.desk, next_, Refused(401, "", headers=headers))
    return page("problem.html.j2", caller, status=problem.status, headers=headers, problem=problem)


async def answered(request: Request, error: Exception) -> Response:
    """An error that no route answers: of an address below `/pages` where nothing is, or nothing for that method, on a page, as
    people mistype it; else as a problem, which scripts of pages read."""
    is_nothing = "endpoint" not in request.scope or type(error) is HTTPException
    is_page = is_nothing and request.url.path.startswith(f"{PAGES}/")
    return of_error(request, error) if is_page else await problems.answered(request, error)


def ask_to_sign_in(desk: Desk, next_: str, problem: Refused | None = None, sign_out: str | None = None) -> Response:
    """The page to sign in. `problem`: why that came to nothing; without words, nobody has tried. `sign_out`: where somebody who
    has signed out here does so as well."""
    issuer = urlsplit(desk.settings.oidc_issuer or "").netloc if desk.settings.oidc_client else ""
    return page(
        "sign-in.html.j2",
        None,
        status=problem.status_code if problem else 200,
        headers=problem.headers if problem else None,
        next=next_,
        problem=problem.detail if problem else "",
        issuer=issuer,
        sign_out=sign_out,
    )


def begin_session(answer: Response, told: str, request: Request, desk: Desk) -> None:
    """Have a browser keep who it is."""
    answer.set_cookie(
        COOKIE,
        begun(told, desk.secrets(PURPOSE), desk.clock()),
        max_age=int(desk.settings.session_hours * 3600),
        path=PAGES,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def within(path: str) -> str:
    """A path of our pages, for after signing in; anything else would send people away from here."""
    is_ours = path == PAGES or path.startswith((f"{PAGES}/", f"{PAGES}?"))
    return path if is_ours and path.isprintable() and "\\" not in path else PAGES


def asked_for(model: type[Asked], request: Request, **fixed: Any) -> Asked:
    """What a form of filters asks for by its query; fields that were left empty ask for nothing. Raises as any bad query."""
    query = request.query_params
    several = {name for name, field in model.model_fields.items() if get_origin(field.annotation) is tuple}
    given = {name: query[name] for name in model.model_fields.keys() - several if query.get(name)}
    lists = {name: [value for value in query.getlist(name) if value] for name in several}
    return read(model, {**given, **lists, **fixed}, "query")


def read(model: type[Asked], given: Mapping[str, Any], where: str = "body") -> Asked:
    """Fields that a page was sent as a value. Raises as FastAPI does, so that they are told alike."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise RequestValidationError([{**each, "loc": (where, *each["loc"])} for each in error.errors()]) from None


async def form_of(request: Request, *names: str) -> Mapping[str, str]:
    """The fields of a form, each once; the last one counts. `names`: those that it can have; what ends with a dot begins many.
    Raises `Refused`, also for a field that is none of these: passed over, it would leave out what it was to narrow."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise Refused(415, "send a form, as `Content-Type: application/x-www-form-urlencoded`")
    try:
        text = (await request.body()).decode("ascii")
        form = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"))
    except ValueError:
        raise Refused(400, "the form cannot be read") from None
    begins = tuple(name for name in names if name.endswith("."))
    if unknown := [field for field in form if field not in names and not field.startswith(begins)]:
        again = "open its page anew, and send it from there"
        found = (PlacedProblem(place=field[:80], what="is not a field of this form", remedy=again) for field in unknown)
        raise Refused(422, "the form has fields that are not known here", *found)
    return form


def once(form: Mapping[str, str], document: Mapping[str, Any]) -> str | None:
    """The key of an order: the same form with the same values is one, however often its button is pressed."""
    return f"{form['once'][:64]}-{digest(document)[:16]}" if form.get("once") else None


def seen(path: str) -> RedirectResponse:
    """To a page, after a form was taken: loading it again sends nothing again."""
    return RedirectResponse(path, 303)


def home_of(caller: Caller) -> str:
    """Where somebody begins."""
    return f"{PAGES}/operator" if caller.role == "operator" else f"{PAGES}/generations"
