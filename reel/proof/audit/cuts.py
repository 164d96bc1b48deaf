"""Plain cuts of a plan against the clips of a timeline: the right moments of the right files, framed as asked."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from reel.media import MediaFacts, VideoFacts
from reel.plan.operations import AnyOperation, Copied, Mezzanine, Picture
from reel.plan.operations.base import PictureSource, SourceClip
from reel.proof.seen import Seen, moment_of, stays_at
from reel.time import SAMPLING_SHIFT
from reel.timeline import Area, Framing, Timeline, VideoContent

NEAREST = Fraction(1, 2) + SAMPLING_SHIFT
"""Frames of the output by which the moment that a frame shows may lie off its own time (see `SAMPLING_SHIFT`)."""


@dataclass(frozen=True)
class PlacedClip:
    """A stretch of a source that a step shows."""

    clip: SourceClip
    first: int
    """Frame of the timeline at which it begins."""
    frames: int
    skipped: int = 0
    """Frames of the clip that are not shown before it."""
    nearly: bool = False
    """Whether it was sampled to frames before, so that its moments are the nearest that there are."""

    @property
    def end(self) -> int:
        return self.first + self.frames

    def moment(self, frame: int, rate: Fraction) -> Fraction:
        """What it shows at a frame of the timeline, on the clock of its file."""
        return self.clip.media_in + (frame - self.first + self.skipped) / rate * self.clip.speed


@dataclass(frozen=True)
class AuditContext:
    """What is needed to follow a layer or a cut to what it shows."""

    timeline: Timeline
    operations: Mapping[str, AnyOperation]
    assets: Mapping[str, MediaFacts]
    fonts: tuple[str, ...]


def cuts_of(made: Picture | Copied | Mezzanine, first: int, skipped: int, frames: int) -> Iterator[PlacedClip]:
    """The sources that a step shows one after another, as far as they are taken."""
    if isinstance(made, Mezzanine):
        yield PlacedClip(made.clip, first, frames, skipped, nearly=True)
        return
    for clip in (made.clip,) if isinstance(made, Copied) else made.clips:
        yield PlacedClip(clip, first, clip.frames)
        first += clip.frames


def wrong_cut(cut: PlacedClip, seen: Seen, frames: tuple[int, int], known: AuditContext) -> str | None:
    """What is wrong with a cut that shall show a clip, all over the canvas, in some frames; null where nothing is."""
    clip = seen.clip
    canvas = known.timeline.canvas
    whole = Area(x=0, y=0, width=canvas.width, height=canvas.height)
    moves = not (stays_at(clip.x, 0) and stays_at(clip.y, 0) and stays_at(clip.rotation, 0))
    changed = not (stays_at(clip.scale, 1) and stays_at(clip.opacity, 1))
    if not isinstance(clip.content, VideoContent):
        return f"a video is planned where a {clip.content.kind} is asked for"
    if clip.area != whole or moves or changed:
        return "it is planned as if it filled the canvas, and it does not"
    return wrong_source(cut, seen, frames, clip.framing, known)


def wrong_source(
    cut: PlacedClip, seen: Seen, frames: tuple[int, int], framing: Framing, known: AuditContext
) -> str | None:
    """What is wrong with a source that shall show a clip's video, framed so, in some frames."""
    content = seen.clip.content
    assert isinstance(content, VideoContent)
    cut = _of_asset(cut, known)
    facts = known.assets[content.asset]
    video = facts.video
    if cut.clip.source.asset != content.asset or video is None:
        return f"another file is planned ({cut.clip.source.asset[:12]})"
    if wrong := wrong_stream(cut.clip.source, video):
        return wrong
    if cut.clip.framing != framing:
        return f"it is framed as {cut.clip.framing}, not as {framing}"
    rate = known.timeline.canvas.rate
    for frame in dict.fromkeys((frames[0], frames[1] - 1)):
        asked = moment_of(seen.clip, frame, rate, facts.zero)
        planned = cut.moment(frame, rate)
        if cut.clip.speed != asked.speed:
            return f"it is planned at {float(cut.clip.speed):g}x, and asked for at {float(asked.speed):g}x"
        if not _is_same(planned, asked.seconds, cut, video, rate):
            at, due = float(planned - facts.zero), float(asked.seconds - facts.zero)
            return f"frame {frame} is planned to show {at:.4f} s of the file, and asked to show {due:.4f} s"
    return None


def wrong_stream(source: PictureSource, video: VideoFacts) -> str | None:
    """What of a stream is taken for something else than it is."""
    pairs = {
        "stream": (source.stream, video.index),
        "first frame's time": (source.start, video.start),
        "rate": (source.rate, video.rate),
        "variable rate": (source.variable, video.variable),
        "alpha": (source.alpha, video.alpha),
        "size": (source.display_size, video.display_size),
        "interlacing": (source.interlaced, video.interlaced),
    }
    wrong = next((name for name, (planned, is_) in pairs.items() if planned != is_), None)
    return f"its {wrong} is taken for {pairs[wrong][0]}, and is {pairs[wrong][1]}" if wrong else None


def _of_asset(cut: PlacedClip, known: AuditContext) -> PlacedClip:
    """A cut of what an earlier step made, as the cut of the asset that it is."""
    if not cut.clip.source.made:
        return cut
    made = known.operations[cut.clip.source.asset]
    assert isinstance(made, Mezzanine)
    seconds = made.clip.media_in + cut.clip.media_in
    clip = made.clip.model_copy(update={"media_in": seconds, "frames": cut.clip.frames, "speed": cut.clip.speed})
    return PlacedClip(clip, cut.first, cut.frames, cut.skipped, nearly=True)


def _is_same(planned: Fraction, asked: Fraction, cut: PlacedClip, video: VideoFacts, rate: Fraction) -> bool:
    """Whether two moments of a source are the same to the viewer."""
    if planned == asked:
        return True
    if abs(planned - asked) * rate <= NEAREST and (cut.nearly or _is_edge(cut, video, rate)):
        return True
    on_grid = not video.variable and video.rate == rate and cut.clip.speed == 1
    return on_grid and _frame_at(planned, video) == _frame_at(asked, video)


def _is_edge(cut: PlacedClip, video: VideoFacts, rate: Fraction) -> bool:
    """Whether a cut lies on the grid of a mezzanine: whole frames of the output after the source's first."""
    return cut.clip.speed == 1 and ((cut.clip.media_in - video.start) * rate).denominator == 1


def _frame_at(moment: Fraction, video: VideoFacts) -> int:
    """The number of the frame that is shown at a moment, where frames last equally long and as long as the output's."""
    return max(0, math.ceil((moment - video.start) * video.rate - NEAREST))
