"""Asking clamd, the daemon of ClamAV, what it thinks of a file (docs.clamav.net/manual/Usage/Scanning.html, INSTREAM).

verdict = scan(path, "127.0.0.1:3310")          # or the path of its socket
verdict.found                                   # "Eicar-Test-Signature"; empty where nothing was found
"""

from __future__ import annotations

import socket
import struct
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from reel.errors import Resource, Transient

BLOCK_BYTES = 1 << 20
SECONDS = 120.0
"""So long may it take to answer, as it unpacks what is packed."""
ANSWER_BYTES = 4096


class ScannerAway(Transient):
    """Nobody can say at present what a file holds."""


class Verdict(NamedTuple):
    """What the scanner thinks."""

    found: str
    """The name of what it found; empty for nothing."""
    said: str
    """In its own words."""


def scan(path: Path, address: str, seconds: float = SECONDS) -> Verdict:
    """Have a file scanned. `address` is `host:port`, or a path. Raises `ScannerAway`, and `Resource` where the file is larger
    than the scanner takes."""
    try:
        with closing(_connected(address, seconds)) as line, path.open("rb") as file:
            line.sendall(b"zINSTREAM\0")
            while block := file.read(BLOCK_BYTES):
                line.sendall(struct.pack(">I", len(block)) + block)
            line.sendall(struct.pack(">I", 0))
            said = _answer(line)
    except (ConnectionError, TimeoutError, socket.gaierror) as error:
        raise ScannerAway.at("clamd", f"{address} does not answer: {error}", "look at whether it runs") from error
    return _verdict(said, address)


def _verdict(said: str, address: str) -> Verdict:
    _, _, result = said.partition(": ")
    if result == "OK":
        return Verdict("", said)
    if result.endswith(" FOUND"):
        return Verdict(result.removesuffix(" FOUND"), said)
    if "size limit exceeded" in said:
        raise Resource.at("clamd", f"{address} takes no file of that size", "raise StreamMaxLength in clamd.conf")
    raise ScannerAway.at("clamd", f"{address} could not scan the file: {said[:200]!r}", "look into its log")


def _connected(address: str, seconds: float) -> socket.socket:
    host, colon, port = address.rpartition(":")
    if colon and port.isdecimal() and "/" not in address:
        return socket.create_connection((host.strip("[]"), int(port)), seconds)
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(seconds)
    try:
        line.connect(address)
    except OSError as error:
        line.close()
        raise ConnectionError(str(error)) from error
    return line


def _answer(line: socket.socket) -> str:
    answer = b""
    while b"\0" not in answer and len(answer) < ANSWER_BYTES:
        block = line.recv(ANSWER_BYTES)
        if not block:
            break
        answer += block
    return answer.partition(b"\0")[0].decode(errors="replace").strip()
