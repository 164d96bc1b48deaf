"""Asking clamd, the daemon of ClamAV, what it thinks of a file (docs.clamav.net/manual/Usage/Scanning.html, INSTREAM).

verdict = scan(path, "127.0.0.1:3310")          # or the path of its socket
verdict.found                                   # "Eicar-Test-Signature"; empty where nothing was found
"""

from __future__ import annotations

import socket
import struct
from contextlib import closing, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from reel.errors import Resource, Transient
from reel.web.sockets import connected

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
    with path.open("rb") as file:
        said = _asked(file, address, seconds)
    return _verdict(said, address)


def _asked(file: BinaryIO, address: str, seconds: float) -> str:
    """What the scanner answers. Raises `ScannerAway`."""
    try:
        with closing(connected(address, seconds)) as line:
            with suppress(BrokenPipeError):  # it has said why by then
                line.sendall(b"zINSTREAM\0")
                while block := file.read(BLOCK_BYTES):
                    line.sendall(struct.pack(">I", len(block)) + block)
                line.sendall(struct.pack(">I", 0))
            return _answer(line)
    except OSError as error:
        raise ScannerAway.at("clamd", f"{address} does not answer: {error}", "look at whether it runs") from error


def _verdict(said: str, address: str) -> Verdict:
    _, _, result = said.partition(": ")
    if result == "OK":
        return Verdict("", said)
    if result.endswith(" FOUND"):
        return Verdict(result.removesuffix(" FOUND"), said)
    if "size limit exceeded" in said:
        raise Resource.at("clamd", f"{address} takes no file of that size", "raise StreamMaxLength in clamd.conf")
    raise ScannerAway.at("clamd", f"{address} could not scan the file: {said[:200]!r}", "look into its log")


def _answer(line: socket.socket) -> str:
    answer = b""
    while b"\0" not in answer and len(answer) < ANSWER_BYTES:
        block = line.recv(ANSWER_BYTES)
        if not block:
            break
        answer += block
    return answer.partition(b"\0")[0].decode(errors="replace").strip()
