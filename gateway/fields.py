"""Types of fields that are taken as JSON has them, and not by what else might be meant: 0 is no `false`, and no day in 1970."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator, Field

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)")


WHAT = "must be a moment with its zone, such as 2026-11-28T12:00:00Z"


def _moment(given: Any) -> Any:
    if not isinstance(given, str) or not _MOMENT.fullmatch(given):
        raise ValueError(WHAT)
    try:
        return datetime.fromisoformat(given.upper()).astimezone(UTC)
    except (ValueError, OverflowError):  # of a day that there is not; of a year that is none in UTC
        raise ValueError(WHAT) from None


Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
"""RFC 3339; in UTC."""
Flag = Annotated[bool, Field(strict=True)]
