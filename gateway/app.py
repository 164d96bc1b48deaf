"""The application: the desk, the routes, and what stands before them all."""

from __future__ import annotations

from fastapi import FastAPI

from gateway import problems
from gateway.desk import Desk
from gateway.routes import ROUTERS
from reel import __version__

DESCRIPTION = """Order videos over HTTP, hear how they come on, and fetch them.

Each request carries `Authorization: Bearer <API key>`. Errors are problem documents (RFC 9457)."""


def create_app(desk: Desk) -> FastAPI:
    """The application that answers with what is on a desk."""
    app = FastAPI(
        title="Reelflow",
        version=__version__,
        description=DESCRIPTION,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        # A path has one form: a redirect would send the body, and the key, twice.
        redirect_slashes=False,
    )
    app.state.desk = desk
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router)
    return app
