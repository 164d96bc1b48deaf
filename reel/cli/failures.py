"""How errors reach people: one line each, and an exit code for each class."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from reel.errors import BadMedia, Internal, InvalidRequest, ReelError, Resource, Transient

EXIT_CODES: dict[type[ReelError], int] = {InvalidRequest: 2, BadMedia: 3, Resource: 4, Transient: 4, Internal: 5}
"""0 is done; 130 is interrupted, as shells have it."""


@contextmanager
def told() -> Iterator[None]:
    """Turn errors of ours into red lines and an exit code. With REEL_DEBUG set, tracebacks and FFmpeg's commands show."""
    debug = bool(os.environ.get("REEL_DEBUG"))
    if debug:
        logging.basicConfig(level=logging.DEBUG)
    try:
        yield
    except ReelError as error:
        if debug:
            raise
        typer.secho(str(error), fg="red", err=True)
        raise typer.Exit(next((code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), 1)) from None
    except KeyboardInterrupt:
        typer.secho("interrupted; what was made is kept, and the same command goes on from it", fg="yellow", err=True)
        raise typer.Exit(130) from None
