"""How errors reach people: one line each, and an exit code for each class."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import typer

from reel.errors import BadMedia, Internal, InvalidRequest, NotFound, ReelError, Resource, Transient
from reel.extras import missing_extra

EXIT_CODES: dict[type[ReelError], int] = {InvalidRequest: 2, BadMedia: 3, Resource: 4, Transient: 4, Internal: 5}
"""0 is done; what fits none of the classes is ours to mend, as `Internal` is."""
INTERRUPTED = 130
"""As shells have it."""


@contextmanager
def told(debug: bool = False) -> Iterator[None]:
    """Turn errors into red lines and an exit code. With `debug`, tracebacks and FFmpeg's commands show as well."""
    if debug:
        logging.basicConfig(level=logging.INFO)
        logging.getLogger("reel").setLevel(logging.DEBUG)
    try:
        yield
    except (typer.Exit, typer.Abort, BrokenPipeError):
        raise
    except KeyboardInterrupt:
        typer.secho("interrupted; what was made is kept, and the same command goes on from it", fg="yellow", err=True)
        raise typer.Exit(INTERRUPTED) from None
    except Exception as error:
        if debug:
            logging.getLogger("reel").exception("the command failed")
        if isinstance(error, ModuleNotFoundError):
            error = missing_extra(error) or error
        tell(_with_list(error))
        raise typer.Exit(exit_code_for(error)) from None


def exit_code_for(error: Exception) -> int:
    """The exit code of an error's class."""
    return next((code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), EXIT_CODES[Internal])


LISTED_BY = {
    "generation": "reel generation list",
    "batch": "reel batch list",
    "endpoint": "reel webhook list",
    "key": "reel key list",
    "template": "reel template list",
}
"""Where the ids of what is asked for are to be seen."""


def _with_list(error: Exception) -> Exception:
    """What is not there, with where it would be seen, if nothing else is said to be done."""
    if not isinstance(error, NotFound):
        return error
    listed = (
        replace(each, remedy=f"`{LISTED_BY[each.place]}` shows them")
        if not each.remedy and each.place in LISTED_BY
        else each
        for each in error.problems
    )
    return NotFound(*listed)


def tell(error: Exception) -> None:
    """Say an error on standard error; one that is no `ReelError` is a mistake of ours, and is named with its type."""
    unforeseen = f"internal: {type(error).__name__}: {error} (--debug shows where; please report it)"
    typer.secho(str(error) if isinstance(error, ReelError) else unforeseen, fg="red", err=True)
