"""The timeline that every kind of request compiles to, in whole frames.

Tracks lie bottom to top, clips within a track lie one after another, as in OpenTimelineIO. A clip covers the half-open range
of frames `[start, start + frames)`. Clips of a track may overlap only by a transition: then the later one begins, in full
sight of the earlier, `transition.frames` frames before the earlier ends.

          0        60        75       150      frames of the timeline
    video [ clip A            )
                   [ clip B            )      clip B enters by a transition of 15 frames
    audio [        soundtrack          )
"""

from __future__ import annotations

from reel.timeline.clips import PictureClip, SoundClip, Transition
from reel.timeline.content import (
    Area,
    ColourContent,
    Content,
    Crop,
    DrawnContent,
    Framing,
    ImageContent,
    MediaRange,
    TextContent,
    TextStyle,
    VideoContent,
)
from reel.timeline.tracks import ClipId, PictureTrack, SoundTrack, Timeline, Track

__all__ = [
    "Area",
    "ClipId",
    "ColourContent",
    "Content",
    "Crop",
    "DrawnContent",
    "Framing",
    "ImageContent",
    "MediaRange",
    "PictureClip",
    "PictureTrack",
    "SoundClip",
    "SoundTrack",
    "TextContent",
    "TextStyle",
    "Timeline",
    "Track",
    "Transition",
    "VideoContent",
]
