"""The report as Markdown, for the Prefect UI, pull requests and chat."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence

from reel.errors import ReelError
from reel.report import words
from reel.report.report import Report
from reel.report.variants import OutputReport

MOST_ROWS = 100
"""Of outputs, and of warnings; a generation of a thousand variants has the HTML page for the rest."""


NOWHERE: Mapping[str, str] = {}


def to_markdown(report: Report, addresses: Mapping[str, str] = NOWHERE) -> str:
    """Headline, outputs, steps and warnings. `addresses` says by its name where an output, or `report.html`, is to be seen."""
    page = addresses.get("report.html")
    parts = [
        f"# {words.headline(report)}",
        *([f"**[Report with pictures](<{page}>)**"] if page else []),
        f"**{words.count(report.made, 'step')}** made, **{report.reused}** reused, "
        f"**{words.seconds(report.saved_seconds)}** of work saved. Predicted: {words.predicted(report)}.",
        "## Outputs",
        _outputs(report.outputs, addresses),
        "## Steps",
        _steps(report),
    ]
    if rows := words.compared(report):
        parts += [
            "## Estimate and actual",
            markdown_table(("", "p50", "p90", "actual"), rows),
            words.learnt(report.estimate),
        ]
    if report.why:
        parts += ["## Why", markdown_table(("Because", "Steps", "Such as"), _why(report))]
    if told := [line for output in report.outputs for line in words.qualities(output)]:
        lines = [f"- {escaped_markdown(name)}: {escaped_markdown(what)}" for name, what in told[:MOST_ROWS]]
        parts += ["## Quality", "\n".join(lines)]
    if synced := [line for output in report.outputs for line in words.synced(output.manifest)]:
        parts += ["## In time by sound", "\n".join(f"- {escaped_markdown(line)}" for line in synced[:MOST_ROWS])]
    warnings = [*report.warnings, *(f"{output.name}: {text}" for output in report.outputs for text in output.warnings)]
    if warnings:
        shown = [escaped_markdown(warning) for warning in warnings[:MOST_ROWS]]
        parts += ["## Warnings", "\n".join(f"- {warning}" for warning in [*shown, *_more(warnings)])]
    return "\n\n".join(parts) + "\n"


FAILED = {
    "invalid request": (
        "The request cannot be met as it is written",
        "Mend it and ask again; it is not tried again by itself.",
    ),
    "exhausted": ("Credits or a quota are used up", "Buy credits, or wait for the next month, and ask again."),
    "bad media": ("A file cannot be used", "Replace it and ask again; it is not tried again by itself."),
    "transient": ("Something outside failed", "It was tried several times. When it is back, replay the dead letter."),
    "resource": ("The machine lacked disk, memory or time", "Give it more, then replay the dead letter."),
    "internal": ("Something of ours is wrong", "Please report it, with the id of the generation and the run's logs."),
    "cancelled": ("It was called off", "Nothing is to be done."),
}
"""What each class of error means for who reads of it, and what to do."""


def failure_markdown(error: ReelError, pictures: Sequence[str] = ()) -> str:
    """Why something failed: what, where, what to do. `pictures` are addresses of what was asked for beside what was made."""
    what, remedy = FAILED[error.classification]
    rows = [(problem.place, problem.what, problem.remedy) for problem in error.problems[:MOST_ROWS]]
    parts = [
        f"# {what}",
        markdown_table(("Where", "What is wrong", "What to do"), rows, numbers=False),
        *_more(error.problems),
        remedy,
        *(f"Asked for (left) and made (right):\n\n![asked for, and made](<{picture}>)" for picture in pictures),
    ]
    return "\n\n".join(parts) + "\n"


def _outputs(outputs: Sequence[OutputReport], addresses: Mapping[str, str]) -> str:
    rows = [
        (
            each.file.name,
            words.seconds(output.measured["seconds"]),
            words.size(each.bytes),
            each.what,
            words.on_beats(output) or (words.similarity(output) if "similarity" in output.manifest else ""),
            words.loudness(output),
        )
        for output in outputs[:MOST_ROWS]
        for each in words.delivered(output)
    ]
    shown = markdown_table(("File", "Duration", "Size", "Picture", "Similarity or beats", "Sound"), rows, addresses)
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
    return markdown_table(("Steps", "Made", "Reused", "Spent", "Saved", "Size"), rows)


def _why(report: Report) -> list[tuple[str, str, str]]:
    return [(each.reason, str(each.steps), ", ".join(each.titles)) for each in report.why[:MOST_ROWS]]


def markdown_table(
    head: Sequence[str], rows: Iterable[Sequence[str]], links: Mapping[str, str] = NOWHERE, *, numbers: bool = True
) -> str:
    """A table, its cells shown as they are, and those that `links` has an address for as links. With `numbers`, all columns but
    the first are aligned to the right."""
    marks = ["---", *["---:" if numbers else "---"] * (len(head) - 1)]
    lines = [head, marks, *([_cell(cell, links.get(cell)) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str, address: str | None) -> str:
    return f"[{escaped_markdown(text)}](<{address}>)" if address else escaped_markdown(text)


def escaped_markdown(text: str) -> str:
    """Text that Markdown shows as it is: neither HTML nor a link, a table's edge or a new line."""
    return re.sub(r"([\\`*_{}\[\]()#|~!])", r"\\\1", html.escape(" ".join(text.split()), quote=False))
