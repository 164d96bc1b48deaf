"""The resources, a module each. A new one is its module and its entry here."""

from fastapi import APIRouter

from gateway.routes import (
    agents,
    assets,
    batches,
    credits,
    events,
    forecast,
    frames,
    generations,
    keys,
    kinds,
    outputs,
    projects,
    system,
    templates,
    uploads,
    usage,
    webhooks,
)

STREAMED: tuple[str, ...] = ("/v1/uploads", "/pages/assets/upload")
"""What paths begin with whose routes read bodies as they come: uploads, which have bounds of their own."""
ROUTERS: tuple[APIRouter, ...] = (
    system.router,
    keys.router,
    kinds.router,
    generations.router,
    events.router,
    events.of_generations,
    credits.router,
    usage.router,
    templates.router,
    batches.router,
    assets.router,
    uploads.router,
    projects.router,
    frames.frame_router,
    frames.sheet_router,
    outputs.router,
    outputs.of_links,
    webhooks.router,
    forecast.router,
    agents.router,
)
