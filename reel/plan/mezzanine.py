"""Mezzanines: copies of sources as the video would show them, which cuts are copied from.

A source is resampled once, at the video's size and rate: frame n of its mezzanine shows the moment n / rate after the source's
first frame. It is made in parts, each a step of its own, with a key frame at the begin of every group of pictures:

    mezzanine   |----|----|----|----|----|----|----|----|      groups
    parts       [-------------------)[------------------)      a whole number of groups each
    cut                  [--------------------)                begins and ends anywhere
                         [e)[copied)[copied---)                one edge is encoded, from the source

No frame needs a later one, so a cut is copied to its very last frame; only what lies in front of its first key frame is
encoded. That is done from the source, not from the mezzanine: so each frame of the video was encoded once since the source.
In a file in which no key frame can be sought, decoding would begin at its begin for every edge. The mezzanine of such a file
is one part, so that it is decoded once, and its edges are encoded from that.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from reel.media import Colour, VideoFacts
from reel.plan.layers import PlanContext, seek_to
from reel.plan.operations import Mezzanine
from reel.plan.operations.base import PictureSource, SourceClip
from reel.plan.operations.joins import Excerpt
from reel.presets import VideoEncoder, group_frames
from reel.time import frame_shown, frames_in
from reel.timeline import Framing

PART_SECONDS = 30
"""About how long a part is: short enough to spread over processors, long enough that decoding from the key frame before it
costs little."""

BT709 = Colour(matrix="bt709", primaries="bt709", transfer="bt709")


def cut_from_mezzanine(cut: SourceClip, encoder: VideoEncoder, known: PlanContext) -> Iterator[SourceClip | Excerpt]:
    """What a cut is made of: stretches to encode, and stretches of mezzanines, whose steps are added."""
    whole = _Whole(cut, encoder, known)
    first = frame_shown(cut.media_in - whole.video.start, whole.rate)
    end = first + cut.frames
    key = min(-(-first // whole.group) * whole.group, end)
    if first < key:
        yield whole.edge(first, key)
    for number, (begin, until) in enumerate(whole.parts):
        since, frames = max(key, begin), min(end, until) - max(key, begin)
        if frames > 0:
            yield Excerpt(mezzanine=whole.add_part(number), first=since - begin, frames=frames)


def add_whole(cut: SourceClip, encoder: VideoEncoder, known: PlanContext) -> None:
    """Add all parts of the mezzanine that a cut is taken from, so that cuts elsewhere find theirs."""
    whole = _Whole(cut, encoder, known)
    for number in range(len(whole.parts)):
        whole.add_part(number)


@dataclass(frozen=True)
class _Whole:
    """The mezzanine of a cut's source. Frames count from the source's first, at the video's rate."""

    cut: SourceClip
    encoder: VideoEncoder
    known: PlanContext

    @property
    def video(self) -> VideoFacts:
        video = self.known.assets[self.cut.source.asset].video
        assert video
        return video

    @property
    def rate(self) -> Fraction:
        return self.known.canvas.rate

    @property
    def group(self) -> int:
        return group_frames(self.rate)

    @property
    def frames(self) -> int:
        return max(1, frames_in(self.video.duration, self.rate))

    @property
    def parts(self) -> list[tuple[int, int]]:
        """The frames `[first, end)` of each part. In the last one, the source's last frame stays for a group more: a cut may
        end a frame or two past it."""
        longest = PART_SECONDS * self.rate if self.video.keyframes else self.frames
        part = self.group * math.ceil(longest / self.group)
        # What is left of less than a group goes with the part before it.
        starts = range(0, max(1, self.frames - self.group), part)
        return list(pairwise([*starts, self.frames + self.group]))

    def add_part(self, number: int) -> str:
        """Add the step of a part; its key."""
        first, end = self.parts[number]
        mezzanine = Mezzanine(
            canvas=self.known.canvas, clip=self._of_source(first, end), encoder=self.encoder, group=self.group
        )
        begin, until = (round(float(min(frame, self.frames) / self.rate), 1) for frame in (first, end))
        title = f"mezzanine of {self.known.names[self.cut.source.asset]}, {begin:g} to {until:g} s"
        return self.known.keyed.add(title, mezzanine)

    def edge(self, first: int, end: int) -> SourceClip:
        """The frames `[first, end)`, to be encoded."""
        return self._of_source(first, end) if self.video.keyframes else self._of_itself(first, end)

    def _of_source(self, first: int, end: int) -> SourceClip:
        media_in = self.video.start + first / self.rate
        seek = seek_to(self.video, media_in)
        return self.cut.model_copy(update={"frames": end - first, "media_in": media_in, "seek": seek})

    def _of_itself(self, first: int, end: int) -> SourceClip:
        canvas = self.known.canvas
        source = PictureSource(
            asset=self.add_part(0),
            made=True,
            demuxer="mov,mp4,m4a,3gp,3g2,mj2",
            stream=0,
            codec="h264",
            display_size=(canvas.width, canvas.height),
            colour=BT709,
            rate=self.rate,
        )
        key = first // self.group * self.group
        seek = key / self.rate if key else None
        return SourceClip(source=source, frames=end - first, media_in=first / self.rate, seek=seek, framing=Framing())
