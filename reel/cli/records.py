"""The catalogue for the length of a command, and its records as tables or as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from reel.errors import InvalidRequest

if TYPE_CHECKING:
    from reel.catalogue import Catalogue

UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@contextmanager
def catalogue() -> Iterator[Catalogue]:
    """The catalogue that the settings name."""
    from reel.catalogue import open_catalogue
    from reel.settings import settings

    opened = open_catalogue(settings().catalogue_url)
    try:
        yield opened
    finally:
        opened.close()


def table(documents: Sequence[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool, none: str = "none") -> None:
    """Documents as JSON with all their fields, or as a table of some of them."""
    from rich.table import Column, Table

    from reel.cli import show

    if as_json:
        show.json_document(documents)
        return
    if not documents:
        show.console.print(none)
        return
    # Ids are for copying: they are shown whole, whatever the width.
    shown = Table(*(Column(name.replace("_", " "), overflow="fold", no_wrap=name == "id") for name in columns))
    for document in documents:
        shown.add_row(*(text(document.get(column)) for column in columns))
    show.console.print(shown)


def facts(document: Mapping[str, Any], *, as_json: bool) -> None:
    """One document as JSON, or a line for each of its fields that says something."""
    from reel.cli import show

    if as_json:
        show.json_document(document)
        return
    for name, value in document.items():
        if value not in (None, "", [], {}):
            show.console.print(f"{name.replace('_', ' ')}: {text(value)}", soft_wrap=True)


def text(value: Any) -> str:
    """A value as people read it."""
    match value:
        case None:
            return ""
        case float():
            return f"{value:.2f}"
        case list() | tuple():
            return ", ".join(map(str, value))
    return str(value)


def since(words: str) -> datetime:
    """A moment: `36h`, `7d`, `2w` ago, or a day as 2026-11-01 (UTC). Raises `InvalidRequest`."""
    try:
        if words[-1:] in UNITS:
            return datetime.now(UTC) - float(words[:-1]) * UNITS[words[-1]]
        moment = datetime.fromisoformat(words)
    except (ValueError, OverflowError):
        raise InvalidRequest.at("--since", f"{words!r} is no moment", "say 36h, 7d, 2w or 2026-11-01") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
