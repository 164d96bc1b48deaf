"""The MCP server: the tools by name, with what an agent is told of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types import CallToolResult, InputRequiredResult, ToolAnnotations
from pydantic import ValidationError

from reel import __version__
from reel.agents.tools import Tools, refused
from reel.client import Client
from reel.errors import InvalidRequest, Problem
from reel.words import did_you_mean, in_words

INSTRUCTIONS = """Reelflow makes videos from assets by a request: a JSON object with a `kind`.

1. `kinds`, then `schema` of one; or `templates`, for one that is kept here.
2. Write the request; `validate` tells all that is wrong with it at once, by field. Mend that, and validate again.
3. `frame` or `contact_sheet` shows what it will look like, in seconds; `estimate` says what it takes.
4. `submit` orders it; ask `status` until it is `done`, no more often than `ask_again_seconds` says; then `outputs`.

Assets are named by addresses (https://...) or as `asset:ID` of the library. Errors are problem documents:
`problems` has each field (`place`), what is wrong with it (`what`) and what to do (`remedy`)."""

LOOKS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
ORDERS = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
ENDS = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False)


class _Server(MCPServer):
    """One that tells what is wrong with arguments as all else is told. The SDK passes over those that a tool has not: `seconds`
    in the place of `at` would show the first frame."""

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        known = {each.name: each.input_schema.get("properties", {}) for each in await self.list_tools()}
        unknown = _unknown(arguments, known.get(name, arguments))
        try:
            if unknown:
                raise InvalidRequest(*unknown)
            return await super().call_tool(name, arguments, context)
        except InvalidRequest as error:
            return refused(error)
        except ToolError as error:
            if isinstance(error.__cause__, ValidationError):
                return refused(InvalidRequest(*_problems(error.__cause__)))
            raise


def _unknown(arguments: Mapping[str, Any], names: Collection[str]) -> list[Problem]:
    told = f"say {', '.join(names)}" if names else "give none"
    return [
        Problem(name[:80], "is no argument of this tool", did_you_mean(name, names, told))
        for name in arguments
        if name not in names
    ]


def _problems(error: ValidationError) -> list[Problem]:
    return [Problem(".".join(map(str, each["loc"])), in_words(each)) for each in error.errors()]


def server_of(client: Callable[[], Client]) -> MCPServer:
    """A server whose tools work with the client that `client` returns when one is called."""
    server = _Server("reelflow", title="Reelflow", version=__version__, instructions=INSTRUCTIONS, log_level="WARNING")
    # Of each request over HTTP it says when it begins and when it ends.
    logging.getLogger("mcp").setLevel(logging.WARNING)
    tools = Tools(client)
    for tool in (
        tools.kinds,
        tools.schema,
        tools.templates,
        tools.validate,
        tools.estimate,
        tools.frame,
        tools.contact_sheet,
        tools.status,
        tools.outputs,
    ):
        server.tool(annotations=LOOKS)(tool)
    server.tool(annotations=ORDERS)(tools.submit)
    server.tool(annotations=ENDS)(tools.cancel)
    return server


def over_http(server: MCPServer) -> StreamableHTTPSessionManager:
    """What answers one request over HTTP, for the length of its `run()`. Nothing is kept between two requests, so that any
    process may answer the next. Whoever serves it checks names and origins."""
    unchecked = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    server.streamable_http_app(json_response=True, stateless_http=True, transport_security=unchecked)
    return server.session_manager
