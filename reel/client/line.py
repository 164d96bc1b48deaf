"""Requests to the gateway, one at a time, sent again where that helps and does no harm."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter, ValidationError

from reel.client.errors import Unreachable, refused
from reel.client.operations import Answer, Operation
from reel.errors import InvalidRequest
from reel.patience import SYSTEM, Clock, Policy, doubling

log = logging.getLogger("reel.client")

PATIENCE = Policy(doubling(0.5, 8.0), jitter=(0.75, 1.25), seconds=60.0)
"""How long a request is sent again for which there is no answer, and how often."""
LATER = (429, 503)
"""Statuses of what was not done, and may be later; the gateway says when."""
AGAIN = (408, 500, 502, 503, 504)
"""Of what may have been done: asked again where that changes nothing."""
LONGEST_WAIT_SECONDS = 60.0


@dataclass(frozen=True)
class Line:
    """A way to the gateway. Errors of all: `GatewayError` for what it refuses, `Unreachable`."""

    http: httpx.Client
    policy: Policy = PATIENCE
    clock: Clock = SYSTEM

    def ask(
        self,
        operation: Operation[Answer],
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        **names: str | int,
    ) -> Answer:
        """What an operation answers; `names` stand in its path. Fields and parameters that are null are left out."""
        return _read(operation, self.respond(operation, _given(body), _given(query), headers, None, **names))

    def respond(
        self,
        operation: Operation[Any],
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        **names: str | int,
    ) -> httpx.Response:
        """The answer itself, a good one."""
        path = filled(operation, names)
        request = self.http.build_request(
            operation.method, path, params=query, json=body, headers=headers, content=content
        )
        began, failures = self.clock.now(), 0
        while True:
            failures += 1
            response, error = _sent(self.http, request)
            if response is not None and response.status_code < 400:
                return response
            delay = max(self.policy.delay_seconds(failures), _told_seconds(response))
            late = self.clock.now() + delay > began + self.policy.seconds
            if late or not _is_worth_it(operation, response):
                raise Unreachable.at(path, f"gave no answer: {error}") if response is None else refused(response)
            log.info("%s %s: %s; again in %.1f s", operation.method, path, error or response, delay)
            if self.clock.sleep(delay):
                raise Unreachable.at(path, "it was given up")

    @contextmanager
    def streamed(
        self,
        operation: Operation[Any],
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        **names: str | int,
    ) -> Iterator[httpx.Response]:
        """An answer whose body is read as it comes; once: what breaks off raises `Unreachable`."""
        path = filled(operation, names)
        try:
            with self.http.stream(
                operation.method, path, params=_given(query), headers=headers, follow_redirects=True
            ) as response:
                if response.status_code >= 400:
                    response.read()
                    raise refused(response)
                yield response
        except httpx.TransportError as error:
            raise Unreachable.at(path, f"broke off: {error!r}") from error


def filled(operation: Operation[Any], names: Mapping[str, str | int]) -> str:
    """A path with its names, each quoted; in that of an output slashes stay, as outputs lie in folders. Raises `InvalidRequest`
    for a name by which the path would be another one."""
    found = {key: _segments(key, str(value)) for key, value in names.items()}
    return operation.path.format(**found)


def _segments(key: str, value: str) -> str:
    """A name as one part of a path, or several where it is an output's. Servers decode paths before they look where they go: of
    an id `ID/events` the quoted slash would be one again, and the answer a stream that does not end."""
    parts = value.split("/") if key == "name" else [value]
    if any(part in ("", ".", "..") or "/" in part for part in parts):
        raise InvalidRequest.at(key, f"{value[:80]!r} names nothing here", "give it as it was told")
    return "/".join(quote(part, safe="") for part in parts)


def _given(fields: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if fields is None else {name: value for name, value in fields.items() if value is not None}


def _sent(http: httpx.Client, request: httpx.Request) -> tuple[httpx.Response | None, httpx.TransportError | None]:
    try:
        return http.send(request), None
    except httpx.TransportError as error:
        return None, error


def _is_worth_it(operation: Operation[Any], response: httpx.Response | None) -> bool:
    if response is None:
        return operation.may_repeat
    said_when = response.status_code in LATER and "retry-after" in response.headers
    return said_when if response.status_code == 429 else operation.may_repeat and response.status_code in AGAIN


def _told_seconds(response: httpx.Response | None) -> float:
    """When to come again, as the answer says."""
    text = "" if response is None else response.headers.get("retry-after", "")
    return min(float(text), LONGEST_WAIT_SECONDS) if text.isdecimal() else 0.0


def _read(operation: Operation[Answer], response: httpx.Response) -> Answer:
    if operation.answer is None:
        return cast(Answer, None)
    if operation.answer is bytes:
        return cast(Answer, response.content)
    try:
        return cast(Answer, TypeAdapter(operation.answer).validate_json(response.content))
    except ValidationError as error:
        raise Unreachable.at(operation.path, f"what answers is no gateway of this version: {error}") from error
