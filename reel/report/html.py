"""The report as one HTML page (placeholder until rendered with pictures)."""

from __future__ import annotations

from reel.report.report import Report


def to_html(report: Report) -> str:
    return f"<pre>{report.model_dump_json(indent=2)}</pre>"
