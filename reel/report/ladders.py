"""What is told of a ladder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reel.artefact import Artefact
from reel.plan.operations import Animated, Encrypt, Fragment, Join, Package, Protect, Remux
from reel.plan.operations.probes import RUNGS_FILE
from reel.plan.operations.tracks import MANIFEST, MASTER
from reel.plan.step import Plan, PlannedOutput, Step
from reel.report.videos import OutputFile, VideoReport
from reel.values import Value


class LadderReport(Value):
    """A variant as a ladder: HLS and DASH of one set of files."""

    name: str
    """Folder of its files within the variant's."""
    bytes: int | None = None
    """Of all its files; null in reports of before that was told."""
    master: OutputFile
    """What players of HLS open."""
    manifest: OutputFile | None = None
    """What players of DASH open; none where segments are encrypted as a whole."""
    encrypted: bool = False
    scheme: str | None = None
    """Of its encryption, where samples are: `cbcs` or `cenc`."""
    rungs: tuple[VideoReport, ...]
    """As they were asked for; of one that is encrypted as whole segments, the file is its playlist."""
    sounds: tuple[str, ...] = ()
    """As players list them."""
    subtitles: tuple[str, ...] = ()
    decided: dict[str, Any] | None = None
    """How its rungs were chosen, with the curves of what was tried; null: they were said."""


def joined_by(output: PlannedOutput, plan: Plan) -> Step | None:
    """The step that put the pictures of a file together; null where it shows none. Of a track that is encrypted as whole
    segments, that is said of their head."""
    step = plan.by_key[output.step]
    if isinstance(step.operation, Protect) or (isinstance(step.operation, Encrypt) and output.file == Encrypt.head):
        step = plan.by_key[step.operation.source]
    if isinstance(step.operation, Remux) and output.file != step.operation.file:
        return None
    if isinstance(step.operation, Fragment | Animated | Remux):
        step = plan.by_key[step.operation.source]
    return step if isinstance(step.operation, Join) else None


def ladders_of(
    planned: Sequence[PlannedOutput],
    plan: Plan,
    videos: Mapping[str, VideoReport],
    published: Mapping[str, OutputFile],
    artefacts: Mapping[str, Artefact],
) -> tuple[LadderReport, ...]:
    """The ladders among the outputs of a variant, whose videos and files go by their names, and artefacts by step key."""
    masters = (output for output in planned if output.file == MASTER)
    return tuple(_ladder(master, planned, plan, videos, published, artefacts) for master in masters)


def _ladder(
    master: PlannedOutput,
    planned: Sequence[PlannedOutput],
    plan: Plan,
    videos: Mapping[str, VideoReport],
    published: Mapping[str, OutputFile],
    artefacts: Mapping[str, Artefact],
) -> LadderReport:
    folder = master.name.removesuffix(f"/{MASTER}")
    chosen_by = next((output.step for output in planned if output.name == f"{folder}/{RUNGS_FILE}"), None)
    package = plan.by_key[master.step].operation
    assert isinstance(package, Package)
    first = plan.by_key[package.pictures[0].track].operation
    return LadderReport(
        name=folder.rpartition("/")[2],
        bytes=sum(published[each.name].bytes for each in planned if each.name.startswith(f"{folder}/")),
        master=published[master.name],
        manifest=published.get(f"{folder}/{MANIFEST}"),
        encrypted=package.key_uri is not None or isinstance(first, Protect),
        scheme=first.scheme if isinstance(first, Protect) else None,
        rungs=tuple(video for name, video in videos.items() if name.startswith(f"{folder}/")),
        sounds=tuple(sound.label for sound in package.sounds),
        subtitles=tuple(text.label for text in package.subtitles),
        decided=dict(artefacts[chosen_by].measured) if chosen_by else None,
    )
