"""What became of a set of requests that was planned again: a verdict on each, as a value and as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Literal

from reel.report.markdown import escaped_markdown, markdown_table
from reel.report.words import count, seconds
from reel.values import Value

Standing = Literal["unchanged", "changed", "under way", "bad"]

MOST_LISTED = 200
"""Verdicts that Markdown and tables list; the returned document has all."""


class Verdict(Value):
    """One slot: whether what fills it is what its request would make today."""

    slot: str
    where: str
    """Where the request comes from, for people: `row 3`, `summer/a.json`."""
    standing: Standing
    reasons: tuple[str, ...] = ()
    """Why it is changed: `new`, `request changed: data.NAME`, `asset changed: clips[0].asset`..."""
    problems: tuple[str, ...] = ()
    """What is wrong with a bad one, each under its field."""
    expected_seconds: float = 0.0
    """What making it takes, as far as its steps are not made yet."""
    generation: str | None = None
    """The generation that fills the slot, or is to: null where there is none yet."""
    queued: bool = False
    """Whether that one was queued for this verdict."""
    outcome: str | None = None
    """The status that the queued generation ended with, where it was waited for."""


class Regeneration(Value):
    """One pass through a set of requests."""

    tenant: str
    project: str
    dry_run: bool
    seconds: float
    verdicts: tuple[Verdict, ...]

    @property
    def counts(self) -> Mapping[str, int]:
        return Counter(verdict.standing for verdict in self.verdicts)

    @property
    def queued(self) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if verdict.queued)

    @property
    def why(self) -> Mapping[str, int]:
        """How often each reason was one, without its particulars."""
        kinds = (reason.partition(":")[0] for verdict in self.verdicts for reason in verdict.reasons)
        return dict(Counter(kinds).most_common())


def regeneration_headline(report: Regeneration) -> str:
    """`1,000 requests in 12.4 s: 997 unchanged, 2 changed, 1 bad; 2 queued`."""
    counts = report.counts
    parts = ", ".join(
        f"{counts[standing]:,} {standing}"
        for standing in ("unchanged", "changed", "under way", "bad")
        if counts[standing]
    )
    ending = "nothing queued, as this was a dry run" if report.dry_run else f"{len(report.queued):,} queued"
    return f"{count(len(report.verdicts), 'request')} in {seconds(report.seconds)}: {parts or 'none'}; {ending}"


def regeneration_markdown(report: Regeneration) -> str:
    """Headline, reasons, and every slot that is not unchanged."""
    expected = sum(verdict.expected_seconds for verdict in report.verdicts)
    parts = [f"# {report.project}: {escaped_markdown(regeneration_headline(report))}"]
    if report.why:
        parts.append("\n".join(f"- {escaped_markdown(reason)}: {number:,}" for reason, number in report.why.items()))
    if expected:
        parts.append(f"What changed is about {seconds(expected)} of work on this machine.")
    rows = slot_rows(report)
    if rows:
        parts.append(
            markdown_table(("Slot", "From", "Standing", "Why", "Generation"), [tuple(row.values()) for row in rows])
        )
    hidden = len(report.verdicts) - report.counts["unchanged"] - len(rows)
    if hidden > 0:
        parts.append(f"and {hidden:,} more")
    return "\n\n".join(parts) + "\n"


def slot_rows(report: Regeneration) -> list[dict[str, str]]:
    """A row for each of the first slots that are not unchanged."""
    rows = [verdict for verdict in report.verdicts if verdict.standing != "unchanged"]
    return [
        {
            "slot": verdict.slot,
            "from": verdict.where,
            "standing": verdict.outcome or verdict.standing,
            "why": "; ".join((*verdict.reasons, *verdict.problems)),
            "generation": verdict.generation or "",
        }
        for verdict in rows[:MOST_LISTED]
    ]
