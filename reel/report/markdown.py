"""The report as Markdown, for the Prefect UI and for chats."""

from __future__ import annotations

from reel.report.report import Report

MOST_ROWS = 50


def to_markdown(report: Report) -> str:
    """Headline, a row for each video, a row for each kind of step."""
    count = len(report.outputs)
    lines = [
        f"# {count} video{'' if count == 1 else 's'} in {report.seconds:.1f} s",
        "",
        f"**{report.made}** steps made, **{report.reused}** reused.",
        "",
        *(f"> {cell(warning)}" for warning in report.warnings),
        "",
        "| video | seconds | MB | similarity | remarks |",
        "|---|---:|---:|---:|---|",
    ]
    for output in report.outputs[:MOST_ROWS]:
        lines.append(
            f"| {cell(output.video.name)} | {output.measured['seconds']:.2f} | {output.video.bytes / 1e6:.2f} "
            f"| {output.manifest['similarity']:.0%} | {cell('; '.join(output.warnings))} |"
        )
    if count > MOST_ROWS:
        lines.append(f"| ... and {count - MOST_ROWS} more | | | | |")
    lines += ["", "| steps | made | reused | seconds | saved |", "|---|---:|---:|---:|---:|"]
    for row in report.steps:
        lines.append(
            f"| {row.kind} | {row.steps - row.reused} | {row.reused} | {row.seconds:.1f} | {row.saved_seconds:.1f} |"
        )
    return "\n".join(lines) + "\n"


def cell(text: str) -> str:
    """Text that cannot end a table's cell or begin markup."""
    for sign in "\\|<>[]*_`":
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", " ")
