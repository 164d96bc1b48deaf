"""The `backup` deployment: the catalogue and the list of outputs, every night."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from prefect.artifacts import create_markdown_artifact

from flows.kind import pool_flow, tie_to_worker
from reel.control.backups import Backup, make_backup
from reel.control.ledger import this_catalogue
from reel.control.stores import these_backups, these_stores
from reel.report.words import count
from reel.settings import settings


@pool_flow("backup", lambda _: "back up the catalogue")
def backup() -> dict[str, Any]:
    """Back up the catalogue and the list of outputs, and remove the oldest backups."""
    tie_to_worker()
    stores, keep = these_stores(), settings().keep_backups
    made = make_backup(this_catalogue(), stores.outputs, these_backups(), stores.scratch, datetime.now(UTC), keep)
    create_markdown_artifact(summary(made), key="backup", description="The backup in short")
    return made.model_dump(mode="json")


def summary(made: Backup) -> str:
    """A backup in Markdown."""
    rows = "\n".join(f"| {table} | {rows:,} |" for table, rows in made.rows.items())
    outputs = f"{count(made.outputs, 'output')} listed, {made.output_bytes / 1e6:,.1f} MB."
    return f"**{made.id}**: {outputs}\n\n| table | rows |\n|---|---|\n{rows}\n"
