"""The MCP server: the tools by name, with what an agent is told of them."""

from __future__ import annotations

import logging
from collections.abc import Callable

from mcp.server import MCPServer
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types import ToolAnnotations

from reel import __version__
from reel.agents.tools import Tools
from reel.client import Client

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


def server_of(client: Callable[[], Client]) -> MCPServer:
    """A server whose tools work with the client that `client` returns when one is called."""
    server = MCPServer(
        "reelflow", title="Reelflow", version=__version__, instructions=INSTRUCTIONS, log_level="WARNING"
    )
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
