"""Signing in and out, and what all pages are made with."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, RedirectResponse

import reel.report
from gateway.access import signed_in
from gateway.addresses import base_of
from gateway.callers import Caller
from gateway.desk import Desk, TheDesk
from gateway.limiting import network_of
from gateway.openid import to_sign_out
from gateway.pages.routing import ask_to_sign_in, begin_session, form_of, home_of, pages, seen, within
from gateway.problems import Refused
from gateway.sessions import COOKIE, PAGES
from reel.control.keys import KEY, holder

router = pages()
root = APIRouter(include_in_schema=False)

STATIC = FilePath(__file__).with_name("static")
OF_REPORTS = FilePath(reel.report.__file__).with_name("templates")
"""Where the player is: reports have the same inside."""
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
File = Annotated[
    Literal["pages.css", "pages.js", "live.js", "form.js", "icon.svg", "player.css", "player.js"],
    Path(description="A file of ours."),
]


@root.get("/")
def start() -> RedirectResponse:
    """To the pages."""
    return seen(PAGES)


@router.get("")
def home(request: Request, desk: TheDesk) -> RedirectResponse:
    """Where somebody begins who has signed in; else where that is done."""
    try:
        return seen(home_of(signed_in(desk, request.cookies.get(COOKIE))))
    except Refused:
        return seen(f"{PAGES}/sign-in")


@router.get("/sign-in")
def ask_key(request: Request, desk: TheDesk, next: str = PAGES, left: bool = False) -> Response:
    """Ask who it is. `left`: somebody of the issuer has just signed out."""
    sign_out = to_sign_out(desk, f"{base_of(request, desk)}{PAGES}/sign-in") if left else None
    return ask_to_sign_in(desk, within(next), sign_out=sign_out)


@router.post("/sign-in")
async def sign_in(request: Request, desk: TheDesk) -> Response:
    """Begin a session with a key."""
    desk.limiter.take("address", network_of(request.client.host if request.client else ""))
    form = await form_of(request, "key", "next")
    next_ = within(form.get("next", ""))
    key = form.get("key", "").strip()
    try:
        caller = await run_in_threadpool(_known, desk, key)
    except Refused as error:
        return ask_to_sign_in(desk, next_, error)
    answer = seen(home_of(caller) if next_ == PAGES else next_)
    begin_session(answer, caller.key, request, desk)
    return answer


def _known(desk: Desk, key: str) -> Caller:
    if not KEY.fullmatch(key):
        raise Refused(401, "This is no API key: it begins with reel_ and has no spaces.")
    found = holder(desk.catalogue, key, desk.every_secret("api-key"), desk.clock())
    if found is None:
        raise Refused(401, "This key is not known, was revoked or has expired.")
    return Caller.of(found)


@router.post("/sign-out")
def sign_out(request: Request, desk: TheDesk) -> Response:
    """End the session in this browser."""
    answer = seen(f"{PAGES}/sign-in{'?left=true' if _is_person(request, desk) else ''}")
    answer.delete_cookie(COOKIE, path=PAGES, httponly=True, samesite="strict")
    return answer


def _is_person(request: Request, desk: Desk) -> bool:
    try:
        return signed_in(desk, request.cookies.get(COOKIE)).api_key is None
    except Refused:
        return False


@router.get("/static/{name}")
def static(name: File) -> FileResponse:
    """A style sheet, a script or a picture of the pages."""
    path = (OF_REPORTS if name.startswith("player.") else STATIC) / name
    headers = {"Cache-Control": "public, max-age=300", "Cross-Origin-Resource-Policy": "same-origin"}
    return FileResponse(path, media_type=TYPES[path.suffix], headers=headers)
