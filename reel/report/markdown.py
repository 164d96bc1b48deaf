"""The report as Markdown, for the Prefect UI, pull requests and chat."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

from reel.report import words
from reel.report.report import OutputReport, Report

MOST_ROWS = 100
"""Of outputs, and of warnings; a generation of a thousand variants has the HTML page for the rest."""


def to_markdown(report: Report) -> str:
    """Headline, outputs, steps and warnings."""
    parts = [
        f"# {words.headline(report)}",
        f"**{words.count(report.made, 'step')}** made, **{report.reused}** reused, "
        f"**{words.seconds(report.saved_seconds)}** of work saved. Predicted: {words.predicted(report)}.",
        "## Outputs",
        _outputs(report.outputs),
        "## Steps",
        _steps(report),
    ]
    if synced := [line for output in report.outputs for line in words.synced(output.manifest)]:
        parts += ["## In time by sound", "\n".join(f"- {escaped(line)}" for line in synced[:MOST_ROWS])]
    warnings = [*report.warnings, *(f"{output.name}: {text}" for output in report.outputs for text in output.warnings)]
    if warnings:
        shown = [escaped(warning) for warning in warnings[:MOST_ROWS]]
        parts += ["## Warnings", "\n".join(f"- {warning}" for warning in [*shown, *_more(warnings)])]
    return "\n\n".join(parts) + "\n"


def _outputs(outputs: Sequence[OutputReport]) -> str:
    rows = [
        (
            output.video.name,
            words.seconds(output.measured["seconds"]),
            words.size(output.video.bytes),
            f"{output.measured['width']}x{output.measured['height']}",
            words.on_beats(output) or (words.similarity(output) if "similarity" in output.manifest else ""),
            words.loudness(output),
        )
        for output in outputs[:MOST_ROWS]
    ]
    shown = table(("File", "Duration", "Size", "Picture", "Similarity or beats", "Sound"), rows)
    return "\n\n".join([shown, *_more(outputs)])


def _more(items: Sequence[object]) -> list[str]:
    """What to say of those that are left out."""
    return [f"and {len(items) - MOST_ROWS} more"] if len(items) > MOST_ROWS else []


def _steps(report: Report) -> str:
    rows = [
        (
            row.kind,
            str(row.steps - row.reused),
            str(row.reused),
            words.seconds(row.seconds),
            words.seconds(row.saved_seconds),
            words.size(row.bytes),
        )
        for row in report.steps
    ]
    return table(("Steps", "Made", "Reused", "Spent", "Saved", "Size"), rows)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table, its cells shown as they are; all columns but the first are aligned to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *([escaped(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def escaped(text: str) -> str:
    """Text that Markdown shows as it is: neither HTML nor a link, a table's edge or a new line."""
    return re.sub(r"([\\`*_{}\[\]()#|~!])", r"\\\1", html.escape(" ".join(text.split()), quote=False))
