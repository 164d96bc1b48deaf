"""The resources, a module each. A new one is its module and its entry here."""

from fastapi import APIRouter

from gateway.routes import batches, credits, events, generations, keys, kinds, system, templates, usage

STREAMED: tuple[str, ...] = ()
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
)
