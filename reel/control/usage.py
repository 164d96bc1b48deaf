"""What a tenant used as CSV, a line for each generation: for invoices and spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from reel.catalogue import Used

COLUMNS = (
    "generation", "done", "output_seconds", "bytes", "pixels", "cpu_seconds", "rendered_seconds", "template",
    "template_version", "credits",
)  # fmt: skip


def usage_csv(rows: Iterable[Used]) -> str:
    """CSV (RFC 4180) with a header, times in UTC, numbers with a point, to a millionth."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    for record, credits in rows:
        done = record.created.isoformat(timespec="seconds")
        writer.writerow({**to_millionths(record.model_dump()), "done": done, "credits": credits})
    return text.getvalue()


def to_millionths(amounts: Mapping[str, Any]) -> dict[str, Any]:
    """Amounts as they are told: sums of floats have more digits than anybody has measured."""
    return {name: round(each, 6) if isinstance(each, float) else each for name, each in amounts.items()}
