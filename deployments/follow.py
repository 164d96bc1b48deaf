"""Triggering a deployment through the Prefect API and following its run to the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId, ArtifactFilterKey
from prefect.client.schemas.objects import State
from prefect.exceptions import PrefectHTTPStatusError

from flows.following import KEY
from reel.errors import InvalidRequest
from reel.kinds.read import parse_request
from reel.patience import Policy, retry, wait_until, while_away
from reel.request.read import parse_terms
from reel.settings import settings

POLL = Policy((0.25,))


@dataclass(frozen=True)
class RunStatus:
    """One look at a run."""

    state: State[Any]
    percent: float
    doing: str


def trigger(deployment: str, request: Mapping[str, Any], terms: Mapping[str, Any] | None = None) -> UUID:
    """Create a run of `deployment`; its id. Raises `InvalidRequest` where the server refuses the parameters, in our words."""
    with get_client(sync_client=True) as client:
        found = client.read_deployment_by_name(deployment)
        parameters = {"request": dict(request), **({"terms": dict(terms)} if terms else {})}
        try:
            run = client.create_flow_run_from_deployment(found.id, parameters=parameters)
        except (PrefectHTTPStatusError, httpx.HTTPStatusError) as error:
            if error.response.status_code != httpx.codes.CONFLICT:
                raise
            parse_request(request)
            parse_terms(terms)
            raise InvalidRequest.at("request", error.response.text) from None
    return run.id


def follow(run_id: UUID, listener: Callable[[RunStatus], None]) -> State[Any]:
    """Tell `listener` of a run until it ends; its last state. A server that is away for a while is waited for; when we give
    up, the run itself goes on without us."""
    away = while_away(settings().prefect_away_seconds, httpx.TransportError, PrefectHTTPStatusError)
    with get_client(sync_client=True) as client:

        def end() -> State[Any] | None:
            look = retry(lambda: _look(client, run_id), away)
            listener(look)
            return look.state if look.state.is_final() else None

        state = wait_until(end, POLL)
    assert state, "it is waited for without an end"
    return state


def _look(client: SyncPrefectClient, run_id: UUID) -> RunStatus:
    state = client.read_flow_run(run_id).state
    assert state, "a run that exists has a state"
    percent, doing = 0.0, state.name or ""
    for artifact in _artifacts(client, run_id, KEY):
        percent, doing = float(artifact.data), artifact.description or ""
    return RunStatus(state, percent, doing)


def _artifacts(client: SyncPrefectClient, run_id: UUID, key: str) -> list[Any]:
    return client.read_artifacts(
        artifact_filter=ArtifactFilter(
            flow_run_id=ArtifactFilterFlowRunId(any_=[run_id]), key=ArtifactFilterKey(any_=[key])
        )
    )


def failure_of(state: State[Any]) -> str:
    """Why a run ended badly, in the words of the error; `clips[0].in: ...` where a request was refused."""
    return state.message or state.name or "no reason was given"
