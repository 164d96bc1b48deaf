"""Operations that look at and listen to finished videos."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from reel.media import MediaFacts
from reel.plan.operations.base import OneFile, Operation, Retention
from reel.plan.operations.expected import Sort, Work, usual_size
from reel.plan.operations.joins import Part, segment_of
from reel.plan.operations.work import PROCESS_BYTES
from reel.presets import Canvas
from reel.toolchain import Tool
from reel.values import Value

LISTEN_SECONDS_PER_SECOND = 0.02
"""Of measuring loudness and true peak of stereo."""

STATS_SECONDS = 0.00003
"""Of a frame whose stats were kept; one that is decoded for them takes a hundred times as long."""


class FinishedVideo(Value):
    """A video that is delivered, by itself or as a rung of a ladder."""

    name: str
    """Of its file; of one that is encrypted as whole segments, of its playlist."""
    video: str
    """Key of the step that puts its packets into one file, in clear."""


class FindScenes(OneFile):
    """Find the scenes of a finished video, and where it is black or stands still, into `scenes.json`: all in frames, ranges
    half-open."""

    operation: Literal["find-scenes"] = "find-scenes"
    rules: ClassVar[int] = 4
    tools: ClassVar[frozenset[Tool]] = frozenset({"pyav", "scenedetect", "opencv", "numpy"})
    task: ClassVar[str] = "metadata"
    doing: ClassVar[str] = "find {}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = False
    retention: ClassVar[Retention] = "intermediates"
    file: ClassVar[str] = "scenes.json"
    parts: tuple[Part, ...]
    """What the video is joined from: where there are several, the smallest."""
    canvas: Canvas
    frames: int
    transitions: tuple[tuple[int, int], ...] = ()
    """Where one clip takes over from another, as the timeline has it: each makes one change of scene, in its middle."""

    def needs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(map(segment_of, self.parts)))

    def assets(self) -> tuple[str, ...]:
        return ()

    def sort(self) -> Sort:
        return Sort(size=usual_size(self.canvas))

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        return Work(
            seconds=round(0.05 + STATS_SECONDS * self.frames, 3),
            bytes=20_000,
            memory_bytes=PROCESS_BYTES + 24 * self.canvas.pixels * 3 // 2,
        )


class Analysis(Operation):
    """Say what is in a finished video: its scenes, its sound, and what its packets tell."""

    operation: Literal["analysis"] = "analysis"
    rules: ClassVar[int] = 3
    tools: ClassVar[frozenset[Tool]] = frozenset({"ffmpeg", "pyav", "opencv", "numpy"})
    task: ClassVar[str] = "metadata"
    doing: ClassVar[str] = "make {}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = False
    retention: ClassVar[Retention] = "intermediates"
    scenes: str
    """Key of the step that found them."""
    title: str
    """Of the video, for lists that editors read."""
    canvas: Canvas
    frames: int
    videos: tuple[FinishedVideo, ...]
    """All that are delivered of the timeline; the first is the one that lists for editors name."""
    heard: str | None
    """Key of the step whose file has the sound that is measured; null: there is none."""

    def needs(self) -> tuple[str, ...]:
        found = (self.scenes, *(each.video for each in self.videos), *((self.heard,) if self.heard else ()))
        return tuple(dict.fromkeys(found))

    def assets(self) -> tuple[str, ...]:
        return ()

    def files(self) -> tuple[str, ...]:
        waveform = ("waveform.json", "waveform.dat", "waveform.png") if self.heard else ()
        return ("analysis.json", "chapters.vtt", "scenes.edl", "scenes.otio", *waveform)

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        seconds = float(self.frames / self.canvas.rate)
        return Work(
            seconds=round(0.3 + LISTEN_SECONDS_PER_SECOND * seconds, 3),
            bytes=100_000 + round(3_000 * seconds),
            memory_bytes=PROCESS_BYTES,
        )
