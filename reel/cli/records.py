"""The catalogue for the length of a command, and its records as tables or as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import typer

from reel.errors import InvalidRequest

if TYPE_CHECKING:
    from reel.catalogue import Catalogue, Records

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


@contextmanager
def tenant(opened: Catalogue, name: str, *, may_be_new: bool = False, only_reads: bool = False) -> Iterator[Records]:
    """What belongs to one tenant, which its first records make. A name that is mistyped makes none unseen: where it
    `may_be_new`, it is said that it was; elsewhere it is refused. Raises `InvalidRequest`."""
    if not may_be_new:
        require_tenant(opened, name)
    new = not is_known(opened, name)
    with opened.tenant(name, only_reads=only_reads) as theirs:
        yield theirs
    if new:
        tell_new(opened, name)


def tell_new(opened: Catalogue, name: str) -> None:
    """Say that a tenant was not there before."""
    typer.secho(
        f"The tenant {name!r} is new: it was made by this ({_near_tenant(opened, name)}).", fg="yellow", err=True
    )


def require_tenant(opened: Catalogue, name: str | None) -> None:
    """Raises `InvalidRequest` for what is no name, or not that of a tenant that is there; null stands for all."""
    from reel.catalogue.names import check_tenant

    if name is not None and not is_known(opened, check_tenant(name)):
        raise InvalidRequest.at("tenant", f"there is no tenant {name[:80]!r}", _near_tenant(opened, name))


def is_known(opened: Catalogue, name: str) -> bool:
    """Whether a tenant has records, or needs none: those that commands are about where none is named, and the installation."""
    from reel.catalogue import INSTALLATION

    return name in ("default", INSTALLATION, *_tenants(opened))


def _tenants(opened: Catalogue) -> list[str]:
    with opened.operator(only_reads=True) as everybody:
        return [each.id for each in everybody.tenants()]


def _near_tenant(opened: Catalogue, name: str) -> str:
    from reel.words import did_you_mean

    others = [each for each in _tenants(opened) if each != name]
    return did_you_mean(name, others, "`reel tenant list` shows all")


Row = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""What people see of a document, by column."""

WHOLE = ("id", "generation", "endpoint", "event", "type", "kind", "age", "seconds")
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
        case bool():
            return "yes" if value else "no"
        case dict():
            return json.dumps(value, ensure_ascii=False)
        case float():
            # Of little, such as credits for a short video, two digits would say that it is nothing.
            return f"{value:.{2 if not value or abs(value) >= 0.1 else 6}f}"
        case list() | tuple():
            return ", ".join(map(str, value))
    return str(value)


def since(words: str) -> datetime:
    """A moment: `36h`, `7d`, `2w` ago, or a day as 2026-11-01 (UTC). Raises `InvalidRequest`."""
    try:
        if words[-1:] in UNITS:
            if (count := float(words[:-1])) < 0:
                raise ValueError(words)  # what is yet to come
            return datetime.now(UTC) - count * UNITS[words[-1]]
        moment = datetime.fromisoformat(words)
    except (ValueError, OverflowError):
        raise InvalidRequest.at("--since", f"{words!r} is no moment", "say 36h, 7d, 2w or 2026-11-01") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
