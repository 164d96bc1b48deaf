"""The catalogue for the length of a command, and its records as tables or as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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


Row = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""What people see of a document, by column."""

WHOLE = ("id", "type", "kind", "age", "seconds")
"""Columns that are not folded: ids are for copying, and the others are short."""


def table(documents: Sequence[Mapping[str, Any]], row: Row, *, as_json: bool, none: str = "none") -> None:
    """Documents as JSON with all their fields, or as a table, a row for each."""
    from rich.table import Column

    from reel.cli import show

    if as_json:
        show.json_document(documents)
        return
    if not documents:
        show.console.print(none)
        return
    rows = [row(document) for document in documents]
    shown = show.new_table(*(Column(name, overflow="fold", no_wrap=name in WHOLE) for name in rows[0]))
    for each in rows:
        shown.add_row(*map(text, each.values()))
    show.console.print(shown)


def age(moment: str | None, now: datetime | None = None) -> str:
    """How long ago a moment was, in its largest unit: `5min`, `3h`, `12d`."""
    if not moment:
        return ""
    seconds = ((now or datetime.now(UTC)) - datetime.fromisoformat(moment)).total_seconds()
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if abs(seconds) >= length:
            return f"{seconds / length:.0f}{unit}"
    return f"{seconds:.0f}s"


def fields(document: Mapping[str, Any], *, as_json: bool) -> None:
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
