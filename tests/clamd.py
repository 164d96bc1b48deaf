"""A stand-in for clamd, by its INSTREAM protocol alone: it finds the test signature of EICAR, as every scanner does.

with clamd() as scanner:
    scanner.address                 # host:port
    scanner.answers = "..."         # instead of what it finds
"""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Scanner:
    """A running stand-in."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.scanned: list[bytes] = []
        self.answers: str | None = None

    def answer(self, data: bytes) -> str:
        self.scanned.append(data)
        if self.answers is not None:
            return self.answers
        return "stream: Eicar-Test-Signature FOUND" if EICAR in data else "stream: OK"


@contextmanager
def clamd(at: Path | None = None) -> Iterator[Scanner]:
    """Serve on a free port, or on a socket at a path."""
    scanner = Scanner("")

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            assert self.rfile.read(10) == b"zINSTREAM\0"
            data = b""
            while size := struct.unpack(">I", self.rfile.read(4))[0]:
                data += self.rfile.read(size)
            self.wfile.write(scanner.answer(data).encode() + b"\0")

    server: Any
    if at:
        server = socketserver.ThreadingUnixStreamServer(str(at), Handler)
        scanner.address = str(at)
    else:
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        scanner.address = "{}:{}".format(*server.server_address)
    with server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield scanner
        server.shutdown()


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
