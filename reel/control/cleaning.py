"""What the janitor is to keep, and what it tells of a cleaning."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from reel.settings import Settings
from reel.store import NoSuchObject, ObjectStore, workspace
from reel.values import Value

NOTE = "janitor/last.json"
"""The object, in the store of artefacts, that tells of the last cleaning."""


class RetentionPolicy(Value):
    """How long what is kept."""

    intermediates: timedelta = timedelta(hours=24)
    """Artefacts, after the last generation that referred to them was done."""
    mezzanines: timedelta = timedelta(days=30)
    """Mezzanines likewise: they are there for cuts that nobody has thought of yet."""
    failed: timedelta = timedelta(days=7)
    """Failed and cancelled generations, and their artefacts: a replay goes on from them."""
    outputs: timedelta | None = None
    """Done generations and their outputs; null: for ever."""
    events: timedelta = timedelta(days=30)
    """Webhook events that are settled."""
    feed: timedelta = timedelta(days=7)
    """Events for live clients."""
    findings: timedelta = timedelta(days=30)
    """Facts and findings, after their last use."""


class Removed(Value):
    """What was removed of one category."""

    what: str
    count: int
    bytes: int = 0
    first: tuple[str, ...] = ()
    """Names of the first few."""


class Cleaning(Value):
    """What a cleaning came to; of a dry run, what it would have."""

    dry_run: bool
    at: datetime
    seconds: float
    removed: tuple[Removed, ...]
    left: dict[str, int]
    """Bytes that are left, by kind of object: `artefacts`, `outputs`."""


def policy_of(config: Settings) -> RetentionPolicy:
    """The policy that the settings ask for."""
    return RetentionPolicy(
        intermediates=timedelta(hours=config.keep_intermediates_hours),
        mezzanines=timedelta(days=config.keep_mezzanines_days),
        failed=timedelta(days=config.keep_failed_days),
        outputs=None if config.keep_outputs_days is None else timedelta(days=config.keep_outputs_days),
        events=timedelta(days=config.keep_events_days),
        feed=timedelta(days=config.keep_feed_days),
        findings=timedelta(days=config.keep_findings_days),
    )


def note(cleaning: Cleaning, objects: ObjectStore, scratch: Path) -> None:
    """Keep what a cleaning came to, in place of the one before."""
    data = cleaning.model_dump_json(indent=2).encode()
    with workspace(scratch) as folder:
        path = folder / "note"
        path.write_bytes(data)
        objects.put(NOTE, path, hashlib.sha256(data).hexdigest(), consume=True)


def last_cleaning(objects: ObjectStore, scratch: Path) -> Cleaning | None:
    """What the last cleaning noted in the store of artefacts; null where none did, or another version."""
    with workspace(scratch) as folder:
        try:
            objects.get(NOTE, folder / "note")
            return Cleaning.model_validate_json((folder / "note").read_bytes())
        except (NoSuchObject, ValidationError):
            return None
