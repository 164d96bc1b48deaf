"""Options that many of the operator's commands have."""

from __future__ import annotations

from typing import Annotated

import typer

OfTenant = Annotated[str | None, typer.Option("--tenant", help="Of this tenant alone; default: of all.")]
ForTenant = Annotated[str, typer.Option("--tenant", help="Whose.")]
Limit = Annotated[int, typer.Option(min=1, help="How many at most, the newest.")]
