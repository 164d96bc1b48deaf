"""The tools, by the SDK's own client against a gateway: over HTTP of both eras of the protocol, and over pipes."""

from __future__ import annotations

import asyncio
import base64
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, ImageContent

from gateway.routes import frames
from reel.agents import server_of
from reel.client import Client as Api
from reel.control.previews import Picture
from tests.client.conftest import InProcess
from tests.gateway.conftest import as_, called_off, catalogue, clock, desk, key_of, settings
from tests.gateway.furnishing import COLOUR
from tests.gateway.making import CONTENT, NAME, made
from tests.gateway.served import Served, served
from tests.shop import CARD

__all__ = ["as_", "called_off", "catalogue", "clock", "desk", "settings"]

TOOLS = {
    *("kinds", "schema", "templates", "validate", "estimate", "frame", "contact_sheet"),
    *("submit", "status", "cancel", "outputs"),
}
Talk = Callable[[Client], Coroutine[Any, Any, Any]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("home")) as running:
        yield running


def over_http(server: Served, talk: Talk, mode: str = "auto", **headers: str) -> Any:
    async def run() -> Any:
        key = {"Authorization": f"Bearer {server.key()}"}
        async with (
            httpx.AsyncClient(headers=key | headers, timeout=60) as http,
            # The SDK has a client of its own, which is like ours.
            Client(streamable_http_client(f"{server.url}/mcp", http_client=http), mode=mode) as client,  # type: ignore[arg-type]
        ):
            return await talk(client)

    return asyncio.run(run())


def over_stdio(server: Served, talk: Talk) -> Any:
    environment = {**os.environ, "REEL_GATEWAY_URL": server.url, "REEL_API_KEY": server.key()}
    command = StdioServerParameters(command=sys.executable, args=["-m", "reel.cli", "mcp"], env=environment)

    async def run() -> Any:
        async with Client(command) as client:
            return await talk(client)

    return asyncio.run(run())


async def ordered(client: Client) -> None:
    """Walk the way that the instructions tell."""
    assert {each.name for each in (await client.list_tools()).tools} == TOOLS
    assert "encode" in (await answered(client, "kinds"))["kinds"]
    told = await answered(client, "schema", kind="template")
    assert "timeline" in told["schema"]["properties"]
    assert "$defs" not in told["schema"]
    part = await answered(client, "schema", kind="template", part=told["parts"][0])
    assert part["schema"]["type"]
    verdict = await answered(client, "validate", request={**COLOUR, "resolution": "7p"})
    assert (verdict["valid"], [each["place"] for each in verdict["errors"]]) == (False, ["resolution"])
    assert (await answered(client, "estimate", request=COLOUR))["estimate"]["seconds"] > 0
    key = secrets.token_hex(8)
    first = await answered(client, "submit", request=COLOUR, idempotency_key=key)
    assert (await answered(client, "submit", request=COLOUR, idempotency_key=key))["id"] == first["id"]
    assert (first["status"], first["ask_again_seconds"]) == ("queued", 2)
    assert (await answered(client, "cancel", id=first["id"]))["status"] == "cancelled"
    assert await answered(client, "outputs", id=first["id"]) == {"status": "cancelled", "outputs": []}


async def answered(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert isinstance(result.structured_content, dict)
    return result.structured_content


@pytest.mark.parametrize("mode", ["2026-07-28", "legacy"])
def test_over_http(server: Served, mode: str) -> None:
    over_http(server, ordered, mode)


def test_over_standard_input_and_output(server: Served) -> None:
    over_stdio(server, ordered)


def test_what_is_made_can_be_fetched(server: Served) -> None:
    async def talk(client: Client) -> dict[str, Any]:
        id_ = (await answered(client, "submit", request=COLOUR, idempotency_key="made"))["id"]
        while (told := await answered(client, "status", id=id_))["status"] != "done":
            await asyncio.sleep(0.2)
        assert told["percent"] == 100
        return await answered(client, "outputs", id=id_)

    with made(server.home):
        (output,) = over_http(server, talk)["outputs"]
    assert output["name"] == NAME
    assert httpx.get(output["url"]).content == CONTENT


def test_templates(server: Served) -> None:
    with server.client() as api:
        added = api.post("/v1/templates", json={"name": "card", "document": CARD, "publish": True})
        assert added.status_code == 201

    async def talk(client: Client) -> None:
        assert await answered(client, "templates") == {"templates": {"card": ""}}
        told = await answered(client, "templates", name="card")
        assert {name: each["type"] for name, each in told["variables"].items()} == {"NAME": "text", "TINT": "colour"}
        request = {**told["request"], "values": {"NAME": "Ada"}}
        assert (await answered(client, "validate", request=request))["valid"]

    over_http(server, talk)


@pytest.mark.parametrize(
    ("tool", "arguments", "type_", "place"),
    [
        ("status", {"id": "0" * 32}, "not-found", "generation"),
        ("schema", {"kind": "mixxer"}, "not-found", "kind"),
        ("submit", {"request": {"kind": "mixer"}, "idempotency_key": "x"}, "invalid-request", "clips"),
        ("frame", {"request": COLOUR}, "unavailable", None),
    ],
)
def test_errors_are_problem_documents(server: Served, tool, arguments, type_, place) -> None:
    async def talk(client: Client) -> CallToolResult:
        found = await client.call_tool(tool, arguments)
        assert isinstance(found, CallToolResult)
        return found

    result = over_http(server, talk)
    assert result.is_error
    assert result.structured_content["type"].endswith(f"/{type_}")
    assert [each["place"] for each in result.structured_content["problems"]][:1] == ([place] if place else [])


WRONG: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
    ("contact_sheet", {"request": COLOUR, "pictures": 1}, [("pictures", "must be at least 2")]),
    (
        "frame",
        {"request": COLOUR, "at": "soon", "scale": 5},
        [("at", "must be a number"), ("scale", "must be at most 1")],
    ),
    ("frame", {"request": COLOUR, "seconds": 3}, [("seconds", "is no argument of this tool")]),
    ("submit", {"request": COLOUR}, [("idempotency_key", "is missing")]),
    ("submit", {"request": COLOUR, "idempotency_key": "é"}, [("idempotency_key", "'é' is no key")]),
    (
        "submit",
        {"request": COLOUR, "idempotency_key": "k", "projekt": "films"},
        [("projekt", "is no argument of this tool")],
    ),
    ("validate", {"request": "mixer"}, [("request", "must be an object with fields")]),
    ("status", {"id": ""}, [("id", "is empty")]),
    ("status", {"id": "0/events"}, [("id", "'0/events' names nothing here")]),
    ("outputs", {"id": "0/outputs/a.mp4"}, [("id", "'0/outputs/a.mp4' names nothing here")]),
    ("outputs", {}, [("id", "is missing")]),
    ("kinds", {"kind": "mixer"}, [("kind", "is no argument of this tool")]),
    ("schema", {"kind": "mixer", "part": "Clipp"}, [("part", "mixer has no part 'Clipp'")]),
]


def test_arguments_that_cannot_be_are_told_by_name(server: Served) -> None:
    async def talk(client: Client) -> list[Any]:
        return [await client.call_tool(tool, arguments) for tool, arguments, _ in WRONG]

    for result, (*_, problems) in zip(over_http(server, talk), WRONG, strict=True):
        assert result.is_error
        assert [(each["place"], each["what"]) for each in result.structured_content["problems"]] == problems


def test_what_was_meant_is_named(server: Served) -> None:
    async def talk(client: Client) -> list[Any]:
        return [
            await client.call_tool("submit", {"request": COLOUR, "idempotency_key": "k", "projekt": "films"}),
            await client.call_tool("schema", {"kind": "mixer", "part": "Clipp"}),
        ]

    remedies = [result.structured_content["problems"][0]["remedy"] for result in over_http(server, talk)]
    assert remedies == ["did you mean `project`?", "did you mean `Clip`?"]


def test_pictures_are_pictures(as_, monkeypatch: pytest.MonkeyPatch, desk) -> None:
    """In this process, where somebody can show frames in place of the preview process."""
    asked: list[Any] = []

    def show(*question: Any) -> Picture:
        asked.append(question)
        return Picture(b"jpeg", "key", ())

    monkeypatch.setattr(frames, "ask_frame", show)
    api = Api("http://testserver", key_of(desk), transport=InProcess(as_(None)))

    async def talk() -> list[CallToolResult]:
        async with Client(server_of(lambda: api)) as client:
            return [
                await client.call_tool("frame", {"request": COLOUR, "at": 1.5, "scale": 0.25}),
                await client.call_tool("contact_sheet", {"request": COLOUR, "pictures": 4}),
            ]

    for result in asyncio.run(talk()):
        (content,) = result.content
        assert isinstance(content, ImageContent)
        assert content.mime_type == "image/jpeg"
        assert base64.b64decode(content.data) == b"jpeg"
    (_, _, first), (_, _, second) = asked
    assert (first.frame, first.scale, second.pictures) == (1.5, 0.25, 4)


def test_the_gateway_starts_without_it() -> None:
    """What agents need is imported when the first of them comes."""
    code = "import gateway.app, sys; print([name for name in sys.modules if name.partition('.')[0] in ('mcp', 'mcp_types')])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert done.stdout.strip() == "[]"
