"""Asking the web: `get` follows redirects and streams, `post` does neither.

httpcore is used directly. httpx's own client would log whole URLs, with the signatures in them, and would have its pool
replaced behind its back; what is taken from httpx is its reading of URLs and headers.
"""

from __future__ import annotations

import base64
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

import httpcore
import httpx

from reel import __version__
from reel.errors import BadMedia, Internal, ReelError, Transient
from reel.settings import settings
from reel.values import public_name
from reel.web.connect import pool
from reel.web.urls import Hosts, parsed, redirected, require_url_allowed, shown

CONNECT_SECONDS = 10.0
"""So long may one address take to accept a connection."""
IDLE_SECONDS = 30.0
"""So long may a server be silent."""
MOST_REDIRECTS = 5
MOST_POSTED_BYTES = 64 << 10
"""So much is read of the answer to a `post`."""
REDIRECTS = (301, 302, 303, 307, 308)

MISTAKES = (httpcore.LocalProtocolError, httpcore.UnsupportedProtocol)
"""Of ours: requests that nobody could send."""
FAILURES = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    *MISTAKES,
)
"""All that httpcore raises."""


class Broken(Transient):
    """An answer broke off, or fell silent, before it was complete; what came of it is right."""


class Posted(NamedTuple):
    """What a server answered to a `post`."""

    status: int
    headers: Mapping[str, str]
    """Found whatever the case of the name."""
    body: bytes
    """At most `MOST_POSTED_BYTES` of it."""


class Answer:
    """The answer to a request, its body still to come."""

    def __init__(self, response: httpcore.Response, url: httpx.URL, place: str, until: float) -> None:
        self.status: int = response.status
        self.headers: Mapping[str, str] = httpx.Headers(response.headers)
        """Found whatever the case of the name."""
        self.url = shown(url)
        """Where it came from in the end, without secrets."""
        self._response, self._place, self._until = response, place, until

    def blocks(self) -> Iterator[bytes]:
        """The body as it comes, still compressed if it was sent so. Errors: `Broken`."""
        try:
            yield from self._response.iter_stream()
        except FAILURES as error:
            raise Broken.at(self._place, f"{self.url} broke off: {_reason(error, self._until)}") from error


@contextmanager
def get(url: str, place: str, headers: Mapping[str, str], until: float, hosts: Hosts | None = None) -> Iterator[Answer]:
    """Ask for a URL and follow redirects; the answer may have any other status.

    `place` is the field that names it; `until` is the moment (`time.monotonic`) when all must be over, reading included;
    `hosts` are those it may go to; null: those of assets.
    Errors: `InvalidRequest` where the URL or a redirect is not allowed, `BadMedia` for a certificate that is not trusted
    and for too many redirects, `Transient` where nothing answers.
    """
    target, assets = parsed(url, place), settings().web_hosts
    allowed = hosts or (None if assets is None else Hosts(assets))
    with pool(place, until) as connections:
        for _ in range(MOST_REDIRECTS + 1):
            require_url_allowed(target, place, allowed)
            with _answered(connections, "GET", target, headers, b"", place, until) as answer:
                if answer.status not in REDIRECTS or "location" not in answer.headers:
                    yield answer
                    return
                target = redirected(target, answer.headers["location"], place)
    raise BadMedia.at(place, f"{public_name(url)} redirects more than {MOST_REDIRECTS} times", "give the last address")


def post(
    url: str, body: bytes, headers: Mapping[str, str], seconds: float, place: str = "url", hosts: Hosts | None = None
) -> Posted:
    """Send `body` and read the answer, whatever its status; a redirect is an answer too. `hosts` are those it may go to; null:
    any. Errors: as `get`."""
    until = time.monotonic() + seconds
    target = parsed(url, place)
    require_url_allowed(target, place, hosts)
    received = b""
    with (
        pool(place, until) as connections,
        _answered(connections, "POST", target, headers, body, place, until) as answer,
    ):
        for block in answer.blocks():
            received += block
            if len(received) >= MOST_POSTED_BYTES:
                break
    return Posted(answer.status, answer.headers, received[:MOST_POSTED_BYTES])


@contextmanager
def _answered(
    connections: httpcore.ConnectionPool,
    method: str,
    url: httpx.URL,
    headers: Mapping[str, str],
    body: bytes,
    place: str,
    until: float,
) -> Iterator[Answer]:
    """One request and its answer; both are over when the block is left."""
    # Compressed answers are not asked for: a small one can unpack to any size.
    ours = {"User-Agent": f"reelflow/{__version__}", "Accept": "*/*", "Accept-Encoding": "identity"}
    if url.userinfo:
        ours["Authorization"] = f"Basic {base64.b64encode(unquote_to_bytes(url.userinfo)).decode()}"
    whole = httpx.Request(method, url, headers={**ours, **headers}, content=body or None)
    request = httpcore.Request(
        method,
        httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
        headers=whole.headers.raw,
        content=body or None,
        extensions={"timeout": {"connect": CONNECT_SECONDS, "read": IDLE_SECONDS, "write": IDLE_SECONDS}},
    )
    try:
        response = connections.handle_request(request)
    except FAILURES as error:
        raise _unanswered(error, shown(url), place, until) from error
    try:
        yield Answer(response, url, place, until)
    finally:
        response.close()


def _unanswered(error: Exception, name: str, place: str, until: float) -> ReelError:
    untrusted = next((cause for cause in _causes(error) if isinstance(cause, ssl.SSLCertVerificationError)), None)
    if untrusted:
        what = f"{name}: the server's certificate is not trusted: {untrusted.verify_message}"
        return BadMedia.at(place, what, "have it mended, or name its authority in REEL_WEB_CA")
    kind = Internal if isinstance(error, MISTAKES) else Transient
    return kind.at(place, f"{name} gave no answer: {_reason(error, until)}")


def _reason(error: Exception, until: float) -> str:
    """Why, in words; the library's own where it has some."""
    if time.monotonic() >= until:
        return "the time allowed for it is over"
    if isinstance(error, httpcore.ConnectTimeout):
        return f"no connection within {CONNECT_SECONDS:g} s"
    if isinstance(error, httpcore.TimeoutException):
        return f"silent for {IDLE_SECONDS:g} s"
    return str(error) or type(error).__name__


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__ or error.__context__
