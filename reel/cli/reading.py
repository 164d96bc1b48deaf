"""What several commands take, and how they read it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from reel.errors import InvalidRequest

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Debug = Annotated[bool, typer.Option("--debug", envvar="REEL_DEBUG", help="Show FFmpeg's commands and tracebacks.")]


def read_request_file(file: str) -> tuple[bytes, Path]:
    """The text of a request, in whatever encoding JSON may have, and the folder that its relative paths count from."""
    path = Path("/dev/stdin" if file == "-" else file)
    try:
        text = sys.stdin.buffer.read() if file == "-" else path.read_bytes()
    except OSError as error:
        raise InvalidRequest.at(file, f"cannot be read: {error.strerror}", "name a JSON file, or -") from None
    return text, Path.cwd() if file == "-" else path.resolve().parent
