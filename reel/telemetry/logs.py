"""Logs: one JSON object a line, each with the generation, tenant and step that it belongs to.

    with bound(generation="g1", tenant="acme"):
        log.info("rendering")

    {"time": "2026-01-31T12:00:00.000+00:00", "level": "info", "logger": "reel.make", "message": "rendering",
     "generation": "g1", "tenant": "acme"}

Processes of Prefect's write the same lines by `infra/logging.yml`.
"""

from __future__ import annotations

import json
import logging
import math
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Literal

from reel.errors import ReelError

Format = Literal["plain", "json"]

PLAIN = "%(asctime)s | %(levelname)-7s | %(name)s - %(message)s"

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""What every record has. Whatever else one carries was given as `extra`, such as Prefect's flow run ids."""

_bound: ContextVar[Mapping[str, str]] = ContextVar("bound", default=MappingProxyType({}))


@contextmanager
def bound(**ids: str) -> Iterator[None]:
    """All that is logged in this context carries these ids, with those of the contexts around it.

    A thread sees them only where its starter hands it a copy of the context, as Prefect's task runners do.
    """
    token = _bound.set({**_bound.get(), **ids})
    try:
        yield
    finally:
        _bound.reset(token)


def bound_ids() -> Mapping[str, str]:
    """The ids of the context."""
    return _bound.get()


class JsonLines(logging.Formatter):
    """One JSON object a record, ASCII only: no text that is logged can end the line or break the console's encoding."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(_fields(record, self), default=str)


def _fields(record: logging.LogRecord, formatter: logging.Formatter) -> dict[str, Any]:
    extra = {name: value for name, value in vars(record).items() if name not in _STANDARD}
    fields: dict[str, Any] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": record.getMessage(),
        **_bound.get(),
    }
    # What every line has cannot be replaced by an extra of the same name.
    fields |= {name: _plain(value) for name, value in extra.items() if name not in fields}
    if record.exc_info and record.exc_info[1] is not None:
        fields["exception"] = formatter.formatException(record.exc_info)
        if isinstance(record.exc_info[1], ReelError):
            fields["error_class"] = record.exc_info[1].classification
    if record.stack_info:
        fields["stack"] = record.stack_info
    return fields


def _plain(value: object) -> object:
    """What JSON can hold, as it is; all else as text. Not a number and infinity are no JSON."""
    whole = value is None or isinstance(value, bool | int | str) or (isinstance(value, float) and math.isfinite(value))
    return value if whole else str(value)


def set_up(form: Format, level: str = "INFO") -> None:
    """Send the logs of this process to standard error; in place of what was set up before. `level`: as in `logging`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else logging.Formatter(PLAIN))
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
