"""Types of fields that are taken as JSON has them, and not by what else might be meant: 0 is no `false`, and no day in 1970."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator, Field

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)")


def _moment(given: Any) -> Any:
    if not isinstance(given, str) or not _MOMENT.fullmatch(given):
        raise ValueError("must be a moment with its zone, such as 2026-11-28T12:00:00Z")
    return given


Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
"""RFC 3339."""
Flag = Annotated[bool, Field(strict=True)]
