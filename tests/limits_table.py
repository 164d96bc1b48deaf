"""The table of limits in docs/bounds.md, from the limits themselves.

python -m tests.limits_table      # writes it
"""

from __future__ import annotations

import re
from pathlib import Path

from reel.limits import USUAL, Limits

PAGE = Path(__file__).resolve().parents[1] / "docs" / "bounds.md"
PLACE = re.compile(r"(<!-- limits: [^\n]*-->\n).*(<!-- end of limits -->)", re.DOTALL)


def table() -> str:
    """A row for each limit."""
    rows = [
        f"| `{name}` | {getattr(USUAL, name):,.0f} | {field.description} |"
        for name, field in Limits.model_fields.items()
    ]
    return "\n".join(["| limit | usually | |", "|---|---|---|", *rows, ""])


def written(page: str) -> str:
    """The page with the table in its place."""
    return PLACE.sub(lambda found: found[1] + table() + found[2], page)


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
