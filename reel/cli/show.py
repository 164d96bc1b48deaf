"""Tables and bars on the terminal."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from reel.findings import Scenes
from reel.generate.progress import Snapshot
from reel.languages import UNKNOWN
from reel.media import MediaFacts, NamedTrack, VideoFacts
from reel.plan.estimate import Estimate
from reel.plan.step import Plan
from reel.report import Report, words
from reel.report.regeneration import Regeneration, regeneration_headline, slot_rows

console = Console(markup=False, emoji=False, highlight=False)
"""Names of files may hold what looks like markup (`[red]`, `:x:`); they are shown as they are."""


def new_table(*columns: str | Column, title: str | None = None) -> Table:
    """A table without a frame: of the 80 columns that a terminal may have, lines take none. What is too long for its column is
    folded, between words where it has any, and never cut off."""
    named = (Column(each, overflow="fold") if isinstance(each, str) else each for each in columns)
    layout = {"box": box.SIMPLE_HEAD, "show_edge": False, "pad_edge": False, "padding": (0, 1, 0, 0)}
    return Table(*named, title=title, title_justify="left", **layout)  # type: ignore[arg-type]


@contextmanager
def bar(*, hidden: bool) -> Iterator[Callable[[Snapshot], None]]:
    """A progress bar; what it yields is to be told of each snapshot. It reaches its end only when all is published."""
    columns = (BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=console, disable=hidden, refresh_per_second=5) as bars:
        task = bars.add_task("reading assets", total=1.0)

        def listener(snapshot: Snapshot) -> None:
            bars.update(task, completed=snapshot.share, description=snapshot.describe())

        yield listener


def json_document(document: Any) -> None:
    """JSON for programs, and nothing else, on standard output."""
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))


def report(made: Report) -> None:
    """What a generation delivered."""
    table = new_table(
        "file", "picture", *_numbers("seconds", "MB", "similarity or beats"), "warnings", title="Verified outputs"
    )
    for output in made.outputs:
        for number, each in enumerate(words.delivered(output)):
            table.add_row(
                each.file.name,
                each.what,
                f"{output.measured['seconds']:.2f}",
                f"{each.bytes / 1e6:.2f}",
                f"{output.manifest['similarity']:.0%}" if "similarity" in output.manifest else words.on_beats(output),
                # They are of the variant: no sound by itself has black frames.
                "" if number else "; ".join(output.warnings),
            )
    console.print(table)
    _synced(output.manifest for output in made.outputs)
    for warning in made.warnings:
        console.print(f"warning: {warning}", style="yellow")
    saved = f" ({words.seconds(made.saved_seconds)} of work saved)" if made.reused else ""
    console.print(
        f"{words.count(made.made, 'step')} made, {made.reused} reused{saved}, in {words.seconds(made.seconds)}."
    )
    console.print(f"Predicted: {words.predicted(made)}.")
    shown = made.outputs[0].video
    folder = shown.path.removesuffix(f"/{shown.name}")
    console.print(f"Files:  {folder}\nReport: {folder}/report.html", soft_wrap=True)


def plan(planned: Plan, made: Collection[str], expected: Estimate) -> None:
    """The steps of a plan, and what is expected of it."""
    table = new_table("step", "what", "made", *_numbers("seconds", "MB"), Column("key", no_wrap=True))
    for step in planned.steps:
        there = step.key in made
        table.add_row(
            step.kind,
            step.title,
            "yes" if there else "",
            "" if there else f"{step.work.seconds:.1f}",
            f"{step.work.bytes / 1e6:.1f}",
            step.key[:12],
        )
    console.print(table)
    _synced(planned.manifests)
    for warning in planned.warnings:
        console.print(f"warning: {warning}", style="yellow")
    console.print(f"{len(planned.steps)} steps, {expected.steps} to make.")
    estimate(expected)


def estimate(expected: Estimate) -> None:
    """What is expected, as a table."""
    table = new_table("", *_numbers("p50", "p90"))
    for row in words.expectations(expected):
        table.add_row(*row)
    console.print(table)
    console.print(words.learnt(expected))


def _synced(manifests: Iterable[Mapping[str, Any]]) -> None:
    """What was found of sources that were put in time by their sound."""
    for manifest in manifests:
        for line in words.synced(manifest):
            console.print(line)


def regeneration(found: Regeneration) -> None:
    """What changed in a set of requests, and why."""
    rows = slot_rows(found)
    if rows:
        table = new_table(*rows[0])
        for row in rows:
            table.add_row(*row.values())
        console.print(table)
    console.print(regeneration_headline(found))


def facts(found: Sequence[tuple[Path, MediaFacts]]) -> None:
    """What is known of files."""
    table = new_table("file", *_numbers("seconds"), "picture", "sound", "remarks")
    for path, media in found:
        table.add_row(
            path.name,
            f"{float(media.duration):.3f}",
            _picture(media.video) if media.video else "",
            _sounds(media),
            "; ".join((*_beside(media), *media.warnings)),
        )
    console.print(table)


def _sounds(media: MediaFacts) -> str:
    """Its sound tracks; where there are several, with the numbers that requests name them by."""
    told = [f"{each.codec} {each.layout} {each.sample_rate}{_name(each)}" for each in media.sounds]
    return (
        "\n".join(f"{number}: {each}" for number, each in enumerate(told, start=1)) if len(told) > 1 else "".join(told)
    )


def _beside(media: MediaFacts) -> Iterator[str]:
    if media.subtitles:
        texts = (f"{number}: {each.codec}{_name(each)}" for number, each in enumerate(media.subtitles, start=1))
        yield f"subtitles {', '.join(texts)}"
    if media.chapters:
        yield f"{len(media.chapters)} chapters"


def _name(track: NamedTrack) -> str:
    return (f" {track.language}" if track.language != UNKNOWN else "") + (f' "{track.title}"' if track.title else "")


def _picture(video: VideoFacts) -> str:
    size, shown = f"{video.width}x{video.height}", "{}x{}".format(*video.display_size)
    parts = [
        f"{video.codec} {size}" + (f" shown as {shown}" if shown != size else ""),
        f"{float(video.rate):.6g} fps{' variable' if video.variable else ''}",
        f"{video.colour.hdr or 'sdr'} {video.bit_depth} bit",
    ]
    return ", ".join(parts)


def scenes(found: Sequence[tuple[str, MediaFacts, Scenes]]) -> None:
    """The scenes of videos, in seconds."""
    for file, media, seen in found:
        table = new_table(*_numbers("scene", "start", "end", "length", "change"), title=file)
        for number, scene in enumerate(seen.document(media.duration)["scenes"], start=1):
            change = f"{scene['strength']:.0%}" if scene["strength"] else ""
            times = (f"{scene[name]:.3f}" for name in ("start", "end", "seconds"))
            table.add_row(str(number), *times, change)
        console.print(table)
        if seen.reason:
            console.print(seen.reason)


def _numbers(*names: str) -> list[Column]:
    return [Column(name, justify="right", overflow="fold") for name in names]
