"""Tools for agents (Model Context Protocol): what a gateway's client can do, in few words and small answers.

Rule of this folder: it alone knows `mcp`, and of Reelflow the client alone.
"""

from reel.agents.server import over_http, server_of

__all__ = ["over_http", "server_of"]
