"""What FFmpeg reports: how far it is while it runs, and what it did when it has ended.

`ProgressReader` turns the bytes of `-progress` into `FFmpegProgress`::

    reader = ProgressReader()
    reader.read(b"frame=25\\nout_time_us=1000000\\nprogress=continue\\n")
    print(reader.progress.frames, reader.progress.seconds)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class FFmpegProgress:
    """How far FFmpeg is."""

    frames: int = 0
    """Frames of the first video output; 0 when there is none."""
    seconds: float = 0.0
    """How much of the output's own time is written, to within a few frames."""
    written_bytes: int = 0

    def updated(self, block: Mapping[str, str]) -> FFmpegProgress:
        """The state after one `-progress` report; what the report leaves out or calls `N/A` stays as it was."""

        def number(key: str, before: int) -> int:
            text = block.get(key, "")
            return int(text) if text.isdecimal() else before

        return FFmpegProgress(
            frames=number("frame", self.frames),
            seconds=number("out_time_us", round(self.seconds * 1e6)) / 1e6,
            written_bytes=number("total_size", self.written_bytes),
        )


class ProgressReader:
    """Reads what `-progress` writes, in whatever pieces it comes."""

    def __init__(self) -> None:
        self.progress = FFmpegProgress()
        """As of the last report that was complete."""
        self._unparsed = b""
        self._block: dict[str, str] = {}

    def read(self, data: bytes) -> None:
        *lines, self._unparsed = (self._unparsed + data).split(b"\n")
        for line in lines:
            key, _, value = line.decode(errors="replace").partition("=")
            self._block[key] = value.strip()
            if key == "progress":  # the last line of each report
                self.progress = self.progress.updated(self._block)


class Reporter:
    """Tells the caller of growth, and of nothing else."""

    def __init__(self, on_frames: Callable[[int], None] | None, on_seconds: Callable[[float], None] | None) -> None:
        self._on_frames = on_frames
        self._on_seconds = on_seconds
        self._told = FFmpegProgress()

    def __call__(self, progress: FFmpegProgress) -> None:
        told, self._told = self._told, progress
        if self._on_frames and progress.frames > told.frames:
            self._on_frames(progress.frames)
        if self._on_seconds and progress.seconds > told.seconds:
            self._on_seconds(progress.seconds)


@dataclass(frozen=True)
class Finished:
    """An FFmpeg that ended with exit code 0."""

    seconds: float
    """From start to end, by the clock on the wall."""
    cpu_seconds: float
    frames: int
    """Frames of the first video output, as FFmpeg counted them; 0 when there is none."""
    media_seconds: float
    """Length of the output, as FFmpeg reported it last."""
    peak_memory_bytes: int
    """The most memory that was resident, as last seen; 0 when FFmpeg ended too soon to be looked at."""
    stderr_tail: str
    """The last lines of what FFmpeg said: warnings, and reports of filters that print."""
