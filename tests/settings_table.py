"""The table of settings in docs/operations.md, from the settings themselves.

python -m tests.settings_table      # writes it
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pydantic_core import PydanticUndefined

from reel.settings import Settings

PAGE = Path(__file__).resolve().parents[1] / "docs" / "operations.md"
PLACE = re.compile(r"(<!-- settings: [^\n]*-->\n).*(<!-- end of settings -->)", re.DOTALL)
OF_THE_MACHINE = {
    "home": "`.reel` of the checkout, else `~/.reelflow`",
    "jobs": "all processors",
    "memory_bytes": "half the machine's",
}
"""Defaults that are not the same everywhere."""
UNITS = ((1 << 30, "GiB"), (1 << 20, "MiB"))


def table() -> str:
    """A row for each setting."""
    rows = [
        f"| `REEL_{name.upper()}` | {OF_THE_MACHINE.get(name) or shown(name, field.default)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(["| variable | default | |", "|---|---|---|", *rows, ""])


def shown(name: str, value: Any) -> str:
    """A default as people read it."""
    if value is None or value is PydanticUndefined or value == "":
        return ""
    if name.endswith("_bytes"):
        size, unit = next((size, unit) for size, unit in UNITS if value % size == 0)
        return f"{value // size} {unit}"
    if isinstance(value, tuple):
        return "`[" + ", ".join(map(str, value)) + "]`"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def written(page: str) -> str:
    """The page with the table in its place."""
    return PLACE.sub(lambda found: found[1] + table() + found[2], page)


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
