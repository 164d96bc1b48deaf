"""Triggering a deployment through the Prefect API and following its run to the end."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId, ArtifactFilterKey
from prefect.client.schemas.objects import State
from prefect.exceptions import PrefectHTTPStatusError

from reel.errors import InvalidRequest, Problem

POLL_SECONDS = 0.25
PATIENCE_SECONDS = 60.0
"""How long the server may be away before we give up following; the run itself goes on without us."""


REFUSAL = re.compile(r"Validation failed for field '(?P<field>[^']*)'. Failure reason: (?P<reason>.*)", re.DOTALL)
"""How Prefect's server words it when parameters do not fit the flow's JSON Schema."""


@dataclass(frozen=True)
class Look:
    """One look at a run."""

    state: State[Any]
    percent: float
    doing: str


def trigger(deployment: str, request: Mapping[str, Any], terms: Mapping[str, Any] | None = None) -> UUID:
    """Create a run of `deployment`; its id. Raises `InvalidRequest` where the server refuses the parameters."""
    with get_client(sync_client=True) as client:
        found = client.read_deployment_by_name(deployment)
        parameters = {"request": dict(request), **({"terms": dict(terms)} if terms else {})}
        try:
            run = client.create_flow_run_from_deployment(found.id, parameters=parameters)
        except (PrefectHTTPStatusError, httpx.HTTPStatusError) as error:
            if error.response.status_code != httpx.codes.CONFLICT:
                raise
            raise InvalidRequest(_problem(error.response)) from None
    return run.id


def _problem(response: httpx.Response) -> Problem:
    """What the server has against the parameters, under the field's name as we write it: `speed.min`."""
    try:
        words = str(response.json().get("detail", response.text))
    except ValueError:
        words = response.text
    found = REFUSAL.search(words)
    if found is None:
        return Problem("request", words)
    return Problem(found["field"].removeprefix("request.") or "request", found["reason"])


def follow(run_id: UUID, listener: Callable[[Look], None]) -> State[Any]:
    """Tell `listener` of a run until it ends; its last state. A server that is away for a while is waited for."""
    answered = time.monotonic()
    with get_client(sync_client=True) as client:
        while True:
            try:
                look = _look(client, run_id)
                answered = time.monotonic()
            except (httpx.TransportError, PrefectHTTPStatusError):
                if time.monotonic() - answered > PATIENCE_SECONDS:
                    raise
            else:
                listener(look)
                if look.state.is_final():
                    return look.state
            time.sleep(POLL_SECONDS)


def _look(client: SyncPrefectClient, run_id: UUID) -> Look:
    state = client.read_flow_run(run_id).state
    assert state, "a run that exists has a state"
    percent, doing = 0.0, state.name or ""
    # A run that was tried again has one of each try.
    for artifact in sorted(_artifacts(client, run_id, "progress"), key=lambda each: each.created):
        percent, doing = float(artifact.data), artifact.description or ""
    return Look(state, percent, doing)


def _artifacts(client: SyncPrefectClient, run_id: UUID, key: str) -> list[Any]:
    return client.read_artifacts(
        artifact_filter=ArtifactFilter(
            flow_run_id=ArtifactFilterFlowRunId(any_=[run_id]), key=ArtifactFilterKey(any_=[key])
        )
    )


def failure_of(state: State[Any]) -> str:
    """Why a run ended badly, in the words of the error; `clips[0].in: ...` where a request was refused."""
    message = state.message or state.name or "no reason was given"
    return message.removeprefix("Flow run encountered an exception: ")
