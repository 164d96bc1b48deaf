"""Addresses of servers beside us: `host:port`, or the path of a socket."""

from __future__ import annotations

import socket


def split_address(address: str) -> tuple[str, int]:
    """Host and port; of anything else, which is the path of a socket, that and 0."""
    host, colon, port = address.rpartition(":")
    return (host.strip("[]"), int(port)) if colon and port.isdecimal() and "/" not in address else (address, 0)


def connected(address: str, seconds: float) -> socket.socket:
    """A connection that is silent for so long at most. Raises `OSError`."""
    host, port = split_address(address)
    if port:
        return socket.create_connection((host, port), seconds)
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(seconds)
    try:
        line.connect(host)
    except OSError:
        line.close()
        raise
    return line
