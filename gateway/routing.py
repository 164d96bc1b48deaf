"""How a resource's routes are made, so that all read bodies, tell errors and stand in the OpenAPI document alike.

router = resource("projects")                    # /v1/projects

@router.get("")
def all_projects(caller: Viewer, desk: TheDesk) -> Projects: ...
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from gateway.problems import MEDIA_TYPE, TITLES, ProblemDocument

ALWAYS = (400, 401, 403, 404, 422, 429, 500, 503)
"""Statuses of errors that any route may answer with."""


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What the OpenAPI document says of answers that are problems."""
    schema = {"$ref": f"#/components/schemas/{ProblemDocument.__name__}"}
    return {
        status: {"description": TITLES[status][1], "content": {MEDIA_TYPE: {"schema": schema}}} for status in statuses
    }


def resource(name: str, *statuses: int) -> APIRouter:
    """The routes below `/v1/<name>`; `statuses` of errors that they answer with besides those of all."""
    return APIRouter(prefix=f"/v1/{name}", tags=[name], responses=problem_responses(*ALWAYS, *statuses))
