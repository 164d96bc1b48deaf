"""The tables of settings in docs/operations.md and docs/gateway.md, from the settings themselves.

python -m tests.settings_table      # writes them
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pydantic_core import PydanticUndefined

from gateway.settings import GatewaySettings
from reel.environment import FromEnvironment
from reel.settings import Settings

PAGE = Path(__file__).resolve().parents[1] / "docs" / "operations.md"
GATEWAY = PAGE.with_name("gateway.md")
PLACE = re.compile(r"(<!-- settings: [^\n]*-->\n).*(<!-- end of settings -->)", re.DOTALL)
GATEWAY_PLACE = re.compile(r"(<!-- gateway settings: [^\n]*-->\n).*(<!-- end of gateway settings -->)", re.DOTALL)
OF_THE_MACHINE = {
    "home": "`.reel` of the checkout, else `~/.reelflow`",
    "jobs": "all processors",
    "memory_bytes": "half the machine's",
}
"""Defaults that are not the same everywhere."""
UNITS = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


def table(model: type[FromEnvironment] = Settings) -> str:
    """A row for each setting."""
    prefix = model.model_config["env_prefix"]
    rows = [
        f"| `{prefix}{name.upper()}` | {OF_THE_MACHINE.get(name) or shown(name, field.default)} | {field.description} |"
        for name, field in model.model_fields.items()
    ]
    return "\n".join(["| variable | default | |", "|---|---|---|", *rows, ""])


def shown(name: str, value: Any) -> str:
    """A default as people read it."""
    if value is None or value is PydanticUndefined or value == "":
        return ""
    if name.endswith("_bytes"):
        size, unit = next(((size, unit) for size, unit in UNITS if value % size == 0), (1, "bytes"))
        return f"{value // size} {unit}"
    if isinstance(value, tuple):
        return "`[" + ", ".join(map(str, value)) + "]`"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def written(page: str) -> str:
    """The page with the tables in their places."""
    page = PLACE.sub(lambda found: found[1] + table() + found[2], page)
    return GATEWAY_PLACE.sub(lambda found: found[1] + table(GatewaySettings) + found[2], page)


if __name__ == "__main__":
    for each in (PAGE, GATEWAY):
        each.write_text(written(each.read_text("utf-8")), "utf-8")
