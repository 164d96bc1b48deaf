"""Judges when FFmpeg has to end before its time. It only judges: `reel.ffmpeg.process` shows it how far FFmpeg is, and
ends what it has condemned."""

from __future__ import annotations

import threading
import time

from reel.errors import Cancelled, ReelError, Resource, Transient
from reel.ffmpeg.progress import FFmpegProgress


class Watchdog:
    """Watches one FFmpeg from the moment of its start."""

    def __init__(
        self, place: str, cancelled: threading.Event | None, silence_seconds: float, limit_seconds: float
    ) -> None:
        self.verdict: ReelError | None = None
        """Why FFmpeg has to end; the first reason stays."""
        self._place = place
        self._cancelled = cancelled
        self._silence_seconds = silence_seconds
        self._limit_seconds = limit_seconds
        self._silent = 0.0
        self._started = self._checked = time.monotonic()
        self._seen: tuple[FFmpegProgress, int] | None = None

    def check(self, progress: FFmpegProgress, blocks: int) -> None:
        """Look at how far FFmpeg is, and at how many blocks of a feed it has taken; sets `verdict`."""
        if self.verdict is None:
            now = time.monotonic()
            self._listen((progress, blocks), now)
            self.verdict = self._judge(progress, now)

    def _listen(self, seen: tuple[FFmpegProgress, int], now: float) -> None:
        """Add up the time in which nothing moved: no frame, no second, no byte written, no block of a feed taken.

        Only time that we watched counts, in steps of at most a second: after Ctrl-Z, in a container that was frozen, or
        behind a slow callback of ours FFmpeg is not to blame.
        """
        self._silent = 0.0 if seen != self._seen else self._silent + min(now - self._checked, 1.0)
        self._seen, self._checked = seen, now

    def _judge(self, progress: FFmpegProgress, now: float) -> ReelError | None:
        at = f"at frame {progress.frames}, {progress.seconds:.1f} s"
        if self._cancelled and self._cancelled.is_set():
            return Cancelled.at(self._place, f"cancelled {at}")
        if now - self._started > self._limit_seconds:
            what = f"FFmpeg was ended {at}, after its time limit of {self._limit_seconds:g} s"
            return Resource.at(self._place, what, "raise REEL_STEP_SECONDS, or use a faster machine")
        if self._silent > self._silence_seconds:
            what = f"FFmpeg hung {at}; it was ended after {self._silence_seconds:g} s without progress"
            return Transient.at(self._place, what, "if it happens again, raise REEL_SILENCE_SECONDS")
        return None
