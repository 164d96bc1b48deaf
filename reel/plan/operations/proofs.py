"""Operations that hold what was made against what was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, ClassVar, Literal, TypeVar

from pydantic import Field

from reel.media import Colour, MediaFacts
from reel.plan.operations.base import Operation, Proof, Retention, StreamSource
from reel.plan.operations.expected import Work
from reel.plan.operations.work import PROCESS_BYTES
from reel.presets import Canvas, Size, VideoEncoder
from reel.time import Rational
from reel.timeline import PictureClip, SoundClip, Timeline, Track
from reel.toolchain import Tool, Toolchain
from reel.values import Value, is_empty, is_none, is_off

PROOF_SECONDS, LISTENED_SECONDS = 0.12, 0.02
"""Starting the process that reads sources for a proof, and a stretch that is listened to."""

BIND_SECONDS = 0.005
PROOF_SIDE = 270
"""Pixels of the short side of what proofs compare."""
SHARE = 0.03
"""Of a step's expected work, that its proof may take."""
FRAME_SECONDS = 0.03
"""Of drawing and comparing a frame; measured."""
MOST_FRAMES, MOST_WINDOWS = 24, 48
"""Frames of a segment and stretches of a soundtrack that are chosen: more of the same proves little more."""


def looked_seconds(canvas: Canvas, clips: int) -> float:
    """What looking at a frame with so many clips is expected to take."""
    pixels = canvas.pixels * min(1.0, PROOF_SIDE / min(canvas.width, canvas.height)) ** 2
    return 0.02 + pixels * (1 + clips) * 1e-7


class ProofSource(StreamSource):
    """A stream of an asset as a proof reads it: by its time stamps, from the file itself."""

    size: tuple[int, int]
    """Width and height in square pixels, upright; of sound (0, 0)."""
    rotation: int = 0
    mirrored: bool = False
    still: bool = False
    colour: Colour = Colour()
    alpha: bool = False
    interlaced: bool = False
    rate: Rational = Fraction(0)
    variable: bool = False
    counted: bool = Field(False, exclude_if=is_off)
    seekable: bool = True
    """Whether its key frames can be sought."""
    start: Rational
    """Time of its first frame or sample, on the file's clock."""
    zero: Rational
    """What that clock says where a clip's does 0."""


class ProvePicture(Proof):
    """Hold frames of a segment against what a renderer of another kind makes of its part of the timeline."""

    operation: Literal["prove"] = "prove"
    rules: ClassVar[int] = 8
    tools: ClassVar[frozenset[Tool]] = frozenset({"pyav"})
    task: ClassVar[str] = "prove picture"
    doing: ClassVar[str] = "make {}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = True
    retention: ClassVar[Retention] = "intermediates"
    proven: ClassVar[str] = "segment"
    needed: ClassVar[frozenset[str]] = frozenset()
    segment: str
    """Key of the step that makes it."""
    size: Size
    """Of the segment's frames: the timeline's canvas may have been scaled to it."""
    timeline: Timeline
    """Of the segment alone."""
    chosen: tuple[int, ...]
    """Frames of it that are looked at."""
    sources: tuple[ProofSource, ...]
    fonts: tuple[str, ...] = ()
    copied: bool = False
    """Whether packets of others are in the segment: it is decoded where it can do no harm."""
    alpha: bool = Field(False, exclude_if=is_off)
    """Whether the segment is transparent where nothing is: it is held against the timeline on black and on white."""
    encoder: VideoEncoder | None = Field(None, exclude_if=is_none)
    """Of a segment that may be coded more coarsely than any budget has it, and then may differ by more; null: it is not."""
    look: Colour | None = None
    """How the segment's numbers map to light, where it keeps its sources'; null: BT.709 in limited range."""
    at: int = 0
    """The frame of the first video in which it is used, for people; no part of the key, nor are names within the timeline."""

    def needs(self) -> tuple[str, ...]:
        decided = self.encoder.decided.needs if self.encoder and self.encoder.decided else ()
        return (self.segment, *decided)

    def assets(self) -> tuple[str, ...]:
        return tuple(source.asset for source in self.sources)

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        clips = sum(len(track.clips) for track in self.timeline.tracks)
        looked = len(self.chosen) * looked_seconds(self.timeline.canvas, clips)
        seconds = PROOF_SECONDS * bool(self.sources) + looked
        held = max((4 * source.size[0] * source.size[1] for source in self.sources), default=0)
        return Work(seconds=round(seconds, 3), bytes=2_000, memory_bytes=PROCESS_BYTES + 6 * held)

    def document(self, tools: Toolchain) -> dict[str, Any]:
        return Operation.document(_nameless(self), tools)


class ProveSound(Proof):
    """Hold stretches of a soundtrack against the sources that are mixed in it."""

    operation: Literal["prove-sound"] = "prove-sound"
    rules: ClassVar[int] = 2
    tools: ClassVar[frozenset[Tool]] = frozenset({"pyav"})
    task: ClassVar[str] = "prove sound"
    doing: ClassVar[str] = "make {}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = True
    retention: ClassVar[Retention] = "intermediates"
    proven: ClassVar[str] = "soundtrack"
    needed: ClassVar[frozenset[str]] = frozenset()
    soundtrack: str
    """Key of the step that makes it."""
    timeline: Timeline
    """The sounds alone, from the soundtrack's begin on."""
    chosen: tuple[int, ...]
    """Samples at which stretches begin that are listened to."""
    sources: tuple[ProofSource, ...]
    loudness: bool
    """Whether the soundtrack was brought to a loudness: by a gain, and perhaps a limiter."""
    at: int = 0
    """As in `ProvePicture`."""

    def needs(self) -> tuple[str, ...]:
        return (self.soundtrack,)

    def assets(self) -> tuple[str, ...]:
        return tuple(source.asset for source in self.sources)

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        seconds = PROOF_SECONDS * bool(self.sources) + len(self.chosen) * LISTENED_SECONDS
        return Work(seconds=round(seconds, 3), bytes=2_000, memory_bytes=PROCESS_BYTES)

    def document(self, tools: Toolchain) -> dict[str, Any]:
        return Operation.document(_nameless(self), tools)


AProof = TypeVar("AProof", ProvePicture, ProveSound)


def _nameless(operation: AProof) -> AProof:
    """A proof without what is for people: what it proves is the same wherever it is used."""
    timeline = operation.timeline
    bare = timeline.model_copy(update={"name": "", "tracks": tuple(map(_placeless, timeline.tracks))})
    return operation.model_copy(update={"timeline": bare, "at": 0})


def _placeless(track: Track) -> Track:
    clips: list[PictureClip | SoundClip] = [clip.model_copy(update={"place": ""}) for clip in track.clips]
    return track.model_copy(update={"clips": tuple(clips)})


class Proven(Value):
    """A part of a joined video, and the step that proves it."""

    segment: str
    """Key of the step that makes it."""
    proof: str
    """Key of the step that proves it."""
    first: int = 0
    """Frames of the segment that come before what is taken of it."""
    frames: int


class ProvenSound(Value):
    """A soundtrack, and the step that proves it."""

    soundtrack: str
    proof: str


class Bind(Proof):
    """Hold a joined video against its proven segments, in their planned order, and its proven sound."""

    operation: Literal["bind"] = "bind"
    rules: ClassVar[int] = 1
    tools: ClassVar[frozenset[Tool]] = frozenset({"pyav"})
    task: ClassVar[str] = "bind"
    doing: ClassVar[str] = "{}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = False
    retention: ClassVar[Retention] = "intermediates"
    proven: ClassVar[str] = "video"
    needed: ClassVar[frozenset[str]] = frozenset({"parts", "sound", "other_sounds"})
    canvas: Canvas
    video: str
    """Key of the joined video."""
    parts: tuple[Proven, ...]
    sound: ProvenSound | None
    """Null: the video has none."""
    other_sounds: tuple[ProvenSound, ...] = Field((), exclude_if=is_empty)
    """Of its further sound tracks, in its order."""

    @property
    def sounds(self) -> tuple[ProvenSound, ...]:
        """Of all its sound tracks."""
        return ((self.sound,) if self.sound else ()) + self.other_sounds

    def needs(self) -> tuple[str, ...]:
        proofs = (*(part.proof for part in self.parts), *(sound.proof for sound in self.sounds))
        return tuple(dict.fromkeys((self.video, *proofs)))

    def assets(self) -> tuple[str, ...]:
        return ()

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        return Work(seconds=round(BIND_SECONDS + 0.0003 * len(self.parts), 4), bytes=2_000, memory_bytes=16 << 20)
