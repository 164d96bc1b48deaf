"""The command that serves agents."""

from __future__ import annotations

from reel.cli.failures import told
from reel.cli.reading import Debug


def mcp(debug: Debug = False) -> None:
    """Tools for agents over standard input and output (Model Context Protocol), for the gateway of REEL_GATEWAY_URL by the key
    of REEL_API_KEY."""
    with told(debug):
        from reel.agents import server_of
        from reel.client import Client

        with Client() as client:
            server_of(lambda: client).run("stdio")
