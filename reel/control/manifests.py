"""What became of a batch: as one thing, and a line for each row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from reel.catalogue import Batch, Catalogue, Counts, Entry, OutputRecord, Records, Status, of_problems
from reel.control.batches import placed, standing

PAGE = 500
"""Rows that are read at a time."""

Tell = Callable[[OutputRecord], dict[str, Any]]
"""What is told of an output."""


def where_it_lies(output: OutputRecord) -> dict[str, Any]:
    """An output by its location: for who runs the installation."""
    return output.model_dump(mode="json", include={"name", "location", "bytes", "sha256"})


def manifest(
    id_: str,
    tenant: str,
    catalogue: Catalogue,
    after: int = 0,
    limit: int | None = None,
    tell: Tell = where_it_lies,
    wrong: bool = False,
) -> list[dict[str, Any]]:
    """A line for each row, or for each that is bad or failed: what became of it, its outputs, and what is wrong, by row and
    column. Raises `NotFound`."""
    with catalogue.tenant(tenant, only_reads=True) as records:
        batch = records.batch(id_)
        return [
            {
                **_line(batch, entry, status, records),
                "outputs": [tell(each) for each in _outputs(entry, status, records)],
            }
            for entry, status in records.entries(id_, after=after, limit=limit, wrong=wrong)
        ]


def whole_manifest(id_: str, tenant: str, catalogue: Catalogue, tell: Tell = where_it_lies) -> Iterator[dict[str, Any]]:
    """All lines, page by page, so that nobody waits for a slow reader, and little is in memory. Raises `NotFound`."""
    after = 0
    while page := manifest(id_, tenant, catalogue, after, PAGE, tell):
        yield from page
        after = page[-1]["row"]


def _outputs(entry: Entry, status: Status | None, records: Records) -> list[OutputRecord]:
    return records.outputs(entry.generation) if entry.generation and status == "done" else []


def _line(batch: Batch, entry: Entry, status: Status | None, records: Records) -> dict[str, Any]:
    problems = entry.problems
    if entry.generation and status == "failed":
        problems = of_problems(placed(batch, entry, tuple(records.problems_of(entry.generation))))
    return {
        "row": entry.number,
        "id": entry.slot,
        "status": entry.state if entry.state != "ordered" else status or "forgotten",
        "attempt": entry.attempt,
        "generation": entry.generation,
        "problems": problems,
    }


def shown(batch: Batch, counts: Counts) -> dict[str, Any]:
    """A batch as it is told, as one thing: how far it is, and why it stopped."""
    hidden = {"tenant_id", "used", "fingerprint", "flow_run", "rows"}
    status, why = standing(batch, counts)
    return {
        **batch.model_dump(mode="json", exclude=hidden),
        # Rows are reckoned for the sake of a cap alone: without one, 0 would be a price that nobody has looked up.
        "expected_cost": batch.expected_cost if batch.cost_cap is not None else None,
        "status": status,
        "why": why,
        "percent": counts.percent,
        "rows": {**counts.model_dump(), "all": counts.rows},
    }
