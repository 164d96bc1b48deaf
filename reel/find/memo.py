"""Memoised findings: kept by what they were found in, so that nothing is analysed twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reel.findings import Found
from reel.make.worker import Worker
from reel.store import workspace
from reel.values import digest


def finding_key(kind: str, inputs: dict[str, Any], rules: int, tools: dict[str, str]) -> str:
    """The name of a finding: a digest of all that it was found in (keys, digests) and by (rules, identities of tools)."""
    return digest({"finding": kind, "rules": rules, "tools": tools, **inputs})


def memoised(kind: str, key: str, model: type[Found], find: Callable[[], Found], worker: Worker) -> Found:
    """The stored finding, or one that is found now and stored."""
    if kept := worker.store.find(key, kind):
        worker.store.touch(key, kind)
        return model.model_validate_json(worker.store.open(kept, f"{kind}.json").read_bytes())
    found = find()
    with workspace(worker.scratch) as scratch:
        folder = scratch / kind
        folder.mkdir()
        (folder / f"{kind}.json").write_text(found.model_dump_json(), "utf-8")
        worker.store.publish(folder, key, kind)
    return found
