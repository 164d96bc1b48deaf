"""Every route, whoever adds it: who may ask, and that nobody is told anything of another tenant."""

from __future__ import annotations

import pytest
from fastapi.routing import APIRoute, APIWebSocketRoute, iter_route_contexts

from gateway.access import role_of
from gateway.app import create_app

PUBLIC = {"/healthz", "/readyz"}
"""What needs no key. A new route is here, or names a role."""


def routes(desk):
    """All that can be asked, but the OpenAPI document."""
    found = [each for each in iter_route_contexts(create_app(desk).routes) if each.path != "/v1/openapi.json"]
    assert all(isinstance(each.original_route, APIRoute | APIWebSocketRoute) for each in found)
    return found


def test_every_route_names_a_role_or_is_public(desk):
    open_ones = {route.path for route in routes(desk) if role_of(route.dependant) is None}
    assert open_ones == PUBLIC


@pytest.mark.parametrize("role", [None, "viewer", "member", "owner", "operator"])
def test_who_may_ask(as_, desk, role):
    """Without the role a route needs, nothing is looked at before it is refused."""
    client = as_(None) if role is None else as_("acme", role)
    levels = ["viewer", "member", "owner"]
    for route in routes(desk):
        needed = role_of(route.dependant)
        if needed is None or isinstance(route.original_route, APIWebSocketRoute):
            continue
        allowed = role == needed or (role in levels and needed in levels and levels.index(role) >= levels.index(needed))
        for method in route.methods:
            status = client.request(method, route.path.replace("{", "").replace("}", "")).status_code
            assert (status in (401, 403)) == (not allowed), (method, route.path, status)
