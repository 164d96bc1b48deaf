"""The application: the desk, the routes, and what stands before them all."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from gateway import problems
from gateway.addresses import gateway_at
from gateway.agents import Agents
from gateway.desk import Desk
from gateway.front import Front
from gateway.hub import GoodKeys, Hub, limits_of
from gateway.pages.every import PAGES
from gateway.pages.routing import answered
from gateway.routes import ROUTERS, STREAMED
from gateway.throttle import Throttle
from reel import __version__
from reel.control.feeding import LiveFeed
from reel.control.keys import good_keys

DESCRIPTION = """Order videos over HTTP, hear how they come on, and fetch them.

Each request carries `Authorization: Bearer <API key>`. Errors are problem documents (RFC 9457)."""


class Gateway(FastAPI):
    """An application whose OpenAPI document names what problems look like, of which all routes speak."""

    def openapi(self) -> dict[str, Any]:
        """The document; made once."""
        is_new = self.openapi_schema is None
        made = super().openapi()
        if is_new:
            schemas = made.setdefault("components", {}).setdefault("schemas", {})
            found = problems.ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update({**found.pop("$defs", {}), problems.ProblemDocument.__name__: found})
        return made


def create_app(desk: Desk) -> FastAPI:
    """The application that answers with what is on a desk."""
    app = Gateway(
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
    app.state.hub = Hub(_feed(desk), _good_keys(desk), limits_of(desk.settings))
    app.state.throttle = Throttle(desk.settings.download_rate, desk.settings.downloads_rate)
    app.state.agents = Agents(app)
    problems.install(app, answered)
    app.router.default = problems.nowhere
    app.add_middleware(Front, desk=desk, streamed=STREAMED)
    for router in (*ROUTERS, *PAGES):
        app.include_router(router)
    return app


def _good_keys(desk: Desk) -> GoodKeys:
    return lambda ids: good_keys(desk.catalogue, ids, desk.clock())


def _feed(desk: Desk) -> LiveFeed:
    # Without an address of its own, links are read by a page that came from here: they begin with its host then.
    base = (desk.settings.url or "").rstrip("/")
    return LiveFeed(desk.catalogue, desk.clock, lambda: gateway_at(base, desk))
