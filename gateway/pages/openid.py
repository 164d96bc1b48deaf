"""Signing in by an OpenID issuer: there and back."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from gateway import openid
from gateway.addresses import base_of
from gateway.callers import Caller
from gateway.desk import Desk, TheDesk
from gateway.limiting import network_of
from gateway.openid import ATTEMPT_HOURS, COOKIE, HERE, NOT_OURS, PURPOSE, CameBack
from gateway.pages.rendering import STORED_NOWHERE, page
from gateway.pages.routing import ask_to_sign_in, asked_for, begin_session, home_of, pages, within
from gateway.problems import Refused
from gateway.sessions import PAGES, begun, of_person, told_by

router = pages("openid")


def _came(request: Request) -> CameBack:
    return asked_for(CameBack, request)


@router.get("")
def there(request: Request, desk: TheDesk, next: str = PAGES) -> Response:
    """To the issuer."""
    desk.limiter.take("address", network_of(request.client.host if request.client else ""))
    attempt = openid.begin(desk.secrets(PURPOSE), within(next))
    try:
        answer = RedirectResponse(openid.to_issuer(attempt, desk, _back(request, desk)), 303, STORED_NOWHERE)
    except Refused as error:
        return ask_to_sign_in(desk, attempt.next, error)
    answer.set_cookie(
        COOKIE,
        begun(attempt.told, attempt.secret, desk.clock()),
        max_age=int(ATTEMPT_HOURS * 3600),
        path=HERE,
        secure=request.url.scheme == "https",
        httponly=True,
        # It has to come with a browser that another site sends here.
        samesite="lax",
    )
    return answer


@router.get("/back")
def back(came: Annotated[CameBack, Depends(_came)], request: Request, desk: TheDesk) -> Response:
    """From the issuer: the session begins, or it is told why not."""
    desk.limiter.take("address", network_of(request.client.host if request.client else ""))
    attempt = _attempt(request, desk)
    try:
        if attempt is None:
            raise Refused(400, NOT_OURS)
        answer = _begun(openid.signed_in_by(came, attempt, desk, _back(request, desk)), attempt.next, request, desk)
    except Refused as error:
        answer = ask_to_sign_in(desk, attempt.next if attempt else PAGES, error)
    answer.delete_cookie(COOKIE, path=HERE, httponly=True, samesite="lax")
    return answer


def _attempt(request: Request, desk: Desk) -> openid.Attempt | None:
    cookie = request.cookies.get(COOKIE, "")
    for secret in desk.every_secret(PURPOSE):
        if told := told_by(cookie, [secret], desk.clock(), ATTEMPT_HOURS):
            return openid.attempt_in(told, secret)
    return None


def _begun(caller: Caller, next_: str, request: Request, desk: Desk) -> Response:
    # A redirect would go on as another site's request, with which browsers send no strict cookie: the page itself leads on.
    to = home_of(caller) if next_ == PAGES else next_
    answer = page("signed-in.html.j2", caller, headers=STORED_NOWHERE, to=to)
    begin_session(answer, of_person(caller), request, desk)
    return answer


def _back(request: Request, desk: Desk) -> str:
    return f"{base_of(request, desk)}{HERE}/back"
