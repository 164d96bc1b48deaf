"""The `janitor` deployment: removes what nobody needs any more, every hour."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.settings import get_current_settings

from flows.kind import pool_flow, tie_to_worker
from reel.control.cleaning import Cleaning, Removed, policy_of
from reel.control.janitor import clean
from reel.control.ledger import this_catalogue
from reel.control.stores import these_stores
from reel.settings import settings

RECORD = re.compile(r"[0-9a-f]{64}")
"""Prefect keeps the result of a step under the step's key."""


@pool_flow("janitor", lambda parameters: "see what would go" if parameters.get("dry_run") else "clean up")
def janitor(dry_run: bool = False) -> dict[str, Any]:
    """Remove artefacts, generations, outputs and messages that are past their time.

    Args:
        dry_run: Only say what would be removed.
    """
    tie_to_worker()
    cleaning = clean(these_stores(), this_catalogue(), policy_of(settings()), datetime.now(UTC), dry_run)
    show(cleaning, forget_results(dry_run=dry_run))
    return cleaning.model_dump(mode="json")


def forget_results(*, dry_run: bool = False) -> Removed:
    """Remove what Prefect remembers, on this machine, of steps whose artefacts are past their time.

    Without such a record a step is looked for in the store, and is found there or made.
    """
    folder = get_current_settings().results.local_storage_path
    before = datetime.now(UTC) - policy_of(settings()).intermediates
    found = [path for path in _files(folder) if _is_old_record(path, before.timestamp())]
    size = sum(path.stat().st_size for path in found)
    if not dry_run:
        for path in found:
            path.unlink(missing_ok=True)
    return Removed(what="Prefect's records of steps, on this machine", count=len(found), bytes=size)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []


def _is_old_record(path: Path, before: float) -> bool:
    ours = RECORD.fullmatch(path.name) and path.stat().st_mtime < before
    return bool(ours) and _tells_key(path)


def _tells_key(path: Path) -> bool:
    """Whether the result in a record speaks of the key that the record is named by, as ours do."""
    try:
        return path.name in json.loads(path.read_bytes())["result"]
    except (ValueError, TypeError, KeyError):
        return False


def show(cleaning: Cleaning, records: Removed) -> None:
    """Show in the UI what was removed, and what is left."""
    parts = (*cleaning.removed, records)
    create_table_artifact(
        [
            {"what": part.what, "count": part.count, "MB": round(part.bytes / 1e6, 2), "first": ", ".join(part.first)}
            for part in parts
        ],
        key="janitor",
        description="What would be removed" if cleaning.dry_run else "What was removed",
    )
    create_markdown_artifact(summary(cleaning, parts), key="janitor-report", description="The cleaning in short")


def summary(cleaning: Cleaning, parts: tuple[Removed, ...]) -> str:
    """A cleaning in Markdown."""
    verb = "would be removed (dry run)" if cleaning.dry_run else "were removed"
    lines = [
        f"- {part.count} {part.what}" + (f", {part.bytes / 1e6:.2f} MB" if part.bytes else "")
        for part in parts
        if part.count
    ]
    left = ", ".join(f"{kind} {size / 1e6:.0f} MB" for kind, size in cleaning.left.items())
    what = "\n".join(lines) if lines else "Nothing was past its time."
    title = f"**{sum(part.count for part in parts)} things {verb}** in {cleaning.seconds:.1f} s."
    return f"{title}\n\n{what}\n\nLeft: {left}.\n"
