"""`/mcp`, and what agents can read."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from gateway.access import Unscoped
from gateway.agents import Agents, require_near
from gateway.desk import TheDesk
from gateway.routing import problem_responses

router = APIRouter(tags=["agents"], responses=problem_responses(500))

LLMS = Path(__file__).parents[1] / "llms.txt"


@router.get("/llms.txt", include_in_schema=False)
def llms() -> PlainTextResponse:
    """What an agent needs to know of this service, as text (llmstxt.org)."""
    return PlainTextResponse(LLMS.read_text("utf-8"), headers={"Cache-Control": "public, max-age=3600"})


@router.post("/mcp", include_in_schema=False)
def mcp(request: Request, caller: Unscoped, desk: TheDesk) -> Response:
    """The Model Context Protocol; each tool needs what its request would need."""
    named = desk.origins.named().get(caller.tenant, ()) if "origin" in request.headers else ()
    require_near(request, desk.settings.url, named)
    agents: Agents = request.app.state.agents
    return agents.answer(request)
