"""A generation on the terminal: bars while it runs, a table when it is done."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from deployments.follow import RunStatus, failure_of, follow
from deployments.stack import Stack
from flows.kind import DEFAULT_TERMS
from reel.report import Report, words
from reel.settings import settings


def watch(run_id: UUID, stack: Stack, console: Console) -> bool:
    """Follow a run with a progress bar and present what came of it; whether it was completed."""
    console.print(f"Run: [link]{run_url(stack, run_id)}[/link]")
    columns = (
        SpinnerColumn(),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console) as bars:
        bar = bars.add_task("waiting for a worker", total=100)

        def show(look: RunStatus) -> None:
            bars.update(bar, completed=look.percent, description=look.doing)

        state = follow(run_id, show)
    if not state.is_completed():
        console.print(f"[bold red]{state.name}[/bold red]\n{failure_of(state)}", soft_wrap=True, highlight=False)
        return False
    present(settings().outputs_folder / DEFAULT_TERMS.tenant / str(run_id), console)
    return True


def run_url(stack: Stack, run_id: UUID) -> str:
    """Where the Prefect UI shows a run."""
    return f"{stack.url}/runs/flow-run/{run_id}"


def present(folder: Path, console: Console) -> None:
    """The table of a finished generation."""
    report = Report.model_validate_json((folder / "report.json").read_bytes())
    table = Table("video", "picture", "seconds", "MB", "similarity", "remarks", title="Verified outputs")
    for output in report.outputs:
        for each in words.delivered(output):
            table.add_row(
                each.file.name,
                each.what,
                f"{output.measured['seconds']:.2f}",
                f"{each.bytes / 1e6:.2f}",
                f"{output.manifest['similarity']:.0%}" if "similarity" in output.manifest else "",
                "; ".join(output.warnings),
            )
    console.print(table)
    reused, steps, saved = report.reused, report.made + report.reused, report.saved_seconds
    if reused == steps:
        console.print(f"[green]All {steps} steps were in the store already: nothing was rendered again.[/green]")
    else:
        console.print(f"{steps - reused} steps made, {reused} reused (which saved {saved:.1f} s of work).")
    console.print(f"Done in {report.seconds:.1f} s. Files:  {folder}")
    console.print(f"Report: {(folder / 'report.html').as_uri()}", soft_wrap=True)
