"""The operations that steps perform: frozen descriptions of work, complete to the last parameter that affects a byte.

Raise an operation's `rules` by one when the same description should give other bytes than before; every key of that
operation changes then, and nothing stale is ever served.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from reel.curves import Curve, constant
from reel.media import Colour
from reel.presets import AudioEncoder, Canvas, VideoEncoder
from reel.time import SAMPLE_RATE, Rational
from reel.timeline import Area, Framing, PictureClip, SoundClip, TextStyle, Timeline, Track, Transition
from reel.values import Value, digest


class Operation(Value):
    """The base of all operations."""

    rules: ClassVar[int]
    operation: str

    def needs(self) -> tuple[str, ...]:
        """Keys of the steps whose artefacts this one reads."""
        return ()

    def assets(self) -> tuple[str, ...]:
        """SHA-256 of the assets that this one reads."""
        return ()

    def key(self, build: str) -> str:
        """The name of the artefact: a digest of everything that affects its bytes, with `build`, the tools' identity."""
        return digest({"build": build, "rules": self.rules, **self.model_dump(mode="json")})


class StreamSource(Value):
    """How to open one stream of an asset: with this reader and this decoder alone."""

    asset: str
    demuxer: str
    stream: int
    codec: str


class PictureSource(StreamSource):
    """A video stream, with what composing must know of it."""

    display_size: tuple[int, int]
    colour: Colour
    interlaced: bool = False
    alpha: bool = False
    rate: Rational
    variable: bool = False
    start: Rational = Fraction(0)
    """Time of the stream's first frame, on the file's clock."""
    made: bool = False
    """Whether `asset` is the key of a step, which makes the file (`picture.mp4`)."""


class SourceClip(Value):
    """A stretch of a video stream, in whole frames of the segment, framed for an area."""

    source: PictureSource
    frames: int
    media_in: Rational
    """Time of the first frame to show, in seconds on the file's own clock."""
    seek: Rational | None = None
    """A key frame at or before `media_in` at which decoding can begin; null: the file's begin."""
    speed: Rational = Fraction(1)
    """0 holds the first frame."""
    framing: Framing = Framing()


class Picture(Operation):
    """Encode one segment of picture that is nothing but cuts: `picture.mp4`, video only, exactly `frames` frames."""

    rules: ClassVar[int] = 4
    operation: Literal["picture"] = "picture"
    canvas: Canvas
    clips: tuple[SourceClip, ...]
    """One after another, each filling the canvas. Few: all their decoders are open at once."""
    encoder: VideoEncoder

    @property
    def frames(self) -> int:
        return sum(clip.frames for clip in self.clips)

    def needs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(clip.source.asset for clip in self.clips if clip.source.made))

    def assets(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(clip.source.asset for clip in self.clips if not clip.source.made))


class Copied(Operation):
    """Copy the packets of one stretch of a source that begins at a key frame: `picture.mp4`, exactly `frames` frames.

    What cannot be copied to the frame, the last few at most, is encoded; all of it where the source turns out not to allow
    copying, which `declined` in the measures then explains.
    """

    rules: ClassVar[int] = 2
    operation: Literal["copied"] = "copied"
    canvas: Canvas
    clip: SourceClip
    encoder: VideoEncoder
    required: bool = False
    """Whether not being able to copy is an error."""

    @property
    def frames(self) -> int:
        return self.clip.frames

    def assets(self) -> tuple[str, ...]:
        return (self.clip.source.asset,)


class Mezzanine(Operation):
    """Encode a part of a source so that stretches can be copied out of it: `picture.mp4`, exactly `clip.frames` frames.

    Every `group` frames there is a key frame, and nowhere else.
    """

    rules: ClassVar[int] = 2
    operation: Literal["mezzanine"] = "mezzanine"
    canvas: Canvas
    clip: SourceClip
    encoder: VideoEncoder
    group: int

    @property
    def frames(self) -> int:
        return self.clip.frames

    def assets(self) -> tuple[str, ...]:
        return (self.clip.source.asset,)


class Excerpt(Value):
    """A stretch of a mezzanine, to be copied."""

    mezzanine: str
    """Key of the step that makes it."""
    first: int
    """A key frame of it."""
    frames: int


class ImageBitmap(Operation):
    """Decode a still picture and frame it for an area: a bitmap (see `reel.compose.planes`)."""

    rules: ClassVar[int] = 3
    operation: Literal["image"] = "image"
    source: PictureSource
    width: int
    height: int
    framing: Framing = Framing()

    def assets(self) -> tuple[str, ...]:
        return (self.source.asset,)


class TextBitmap(Operation):
    """Shape, wrap and draw a text into a box: a bitmap."""

    rules: ClassVar[int] = 2
    operation: Literal["text"] = "text"
    text: str
    style: TextStyle
    width: int
    height: int
    fonts: tuple[str, ...]
    """SHA-256 of the font files, in the order of the fallback chain."""


class DrawnBitmap(Operation):
    """Draw a still picture of the library: a bitmap."""

    rules: ClassVar[int] = 2
    operation: Literal["drawing"] = "drawing"
    name: str
    width: int
    height: int
    unit: float
    """Pixels of the bitmap for a pixel of a canvas whose short side has 1080: how thick lines are."""


class DrawnLoop(Operation):
    """Draw a moving picture of the library that begins anew without a jump, opaque: `0.mp4` and so on, one for each part."""

    rules: ClassVar[int] = 3
    operation: Literal["loop"] = "loop"
    name: str
    width: int
    height: int
    rate: Rational
    frames: int
    """Of one turn."""
    parts: tuple[Area, ...]
    """What is seen of it. The rest is not encoded, and so need not be decoded, over and over."""


class BitmapPart(Value):
    """A still picture, in memory as planes."""

    kind: Literal["plate"] = "plate"
    plate: str
    """Key of the step that makes it."""


class LoopPart(Value):
    """A drawn loop, from one of its frames on, over and over."""

    kind: Literal["loop"] = "loop"
    loop: str
    """Key of the step that makes it."""
    first: int
    """Which of its frames comes first."""


class VideoPart(Value):
    """Video of assets, framed for the layer's area."""

    kind: Literal["video"] = "video"
    clips: tuple[SourceClip, ...]


class ColourPart(Value):
    """One colour."""

    kind: Literal["colour"] = "colour"
    colour: str


class Entrance(Transition):
    """How a layer takes over from another one of its track."""

    after: int
    """The place of that layer in the list, in which it comes before."""
    age: int = 0
    """How many frames of the transition had passed before the layer's first: the segment begins within it."""
    within: Area | None = None
    """The area that both stay in, in which the transition takes place as far as it is on the canvas; null: all over."""

    @property
    def left(self) -> int:
        """For how many of the layer's frames the transition lasts."""
        return self.frames - self.age


class Layer(Value):
    """Something to see in a composed segment. Curves count frames from `first`; their keys may lie before it."""

    part: Annotated[BitmapPart | LoopPart | VideoPart | ColourPart, Field(discriminator="kind")]
    first: int
    """First frame within the segment."""
    frames: int
    area: Area
    filled: Area | None = None
    """The part of the area that the picture takes, where it leaves room for what lies below; null: all of it."""
    x: Curve = constant(0)
    y: Curve = constant(0)
    scale: Curve = constant(1)
    rotation: Curve = constant(0)
    opacity: Curve = constant(1)
    clipped: bool = False
    entrance: Entrance | None = None
    """Null: it is there at once."""

    @property
    def end(self) -> int:
        return self.first + self.frames


class Compose(Operation):
    """Compose layers frame by frame and encode them: `picture.mp4`, video only, exactly `frames` frames."""

    rules: ClassVar[int] = 4
    operation: Literal["compose"] = "compose"
    canvas: Canvas
    frames: int
    background: str
    layers: tuple[Layer, ...]
    """Bottom to top."""
    encoder: VideoEncoder

    def needs(self) -> tuple[str, ...]:
        keys = (_made_key(layer.part) for layer in self.layers)
        return tuple(dict.fromkeys(key for key in keys if key))

    def assets(self) -> tuple[str, ...]:
        videos = (layer.part for layer in self.layers if isinstance(layer.part, VideoPart))
        return tuple(dict.fromkeys(clip.source.asset for video in videos for clip in video.clips))


def _made_key(part: BitmapPart | LoopPart | VideoPart | ColourPart) -> str | None:
    match part:
        case BitmapPart():
            return part.plate
        case LoopPart():
            return part.loop
        case _:
            return None


class Decode(Operation):
    """Decode a whole audio stream to `sound.f32`: stereo, 48 kHz, interleaved 32-bit floats, no header.

    Sample 0 is the moment `zero` of the file's clock. The whole stream is decoded from its begin, because no seek in
    compressed sound is sample-exact.
    """

    rules: ClassVar[int] = 2
    operation: Literal["decode"] = "decode"
    source: StreamSource
    channels: int
    zero: Rational
    """When the first sample is heard, on the file's clock, whether the picture has begun by then or not."""
    samples: int
    """How many samples to make: the stream's own length, cut or padded with silence."""

    def assets(self) -> tuple[str, ...]:
        return (self.source.asset,)


class TimeStretch(Operation):
    """Play a stretch of decoded sound faster or slower at its own pitch: `sound.f32`, exactly `margin + samples + margin`
    samples."""

    rules: ClassVar[int] = 2
    operation: Literal["stretch"] = "stretch"
    sound: str
    """Key of the decoded sound."""
    first: int
    """First sample of the stretch; before the sound's own first one there is silence."""
    speed: Rational
    samples: int
    margin: int = 0
    """How many samples more are made on both sides: what would be heard there, so that a cut can be heard as one."""

    def needs(self) -> tuple[str, ...]:
        return (self.sound,)


class Reclock(Operation):
    """Put decoded sound on another clock: `sound.f32`, exactly `samples` samples. All of it, so that whatever is cut out of it
    meets at a sample."""

    rules: ClassVar[int] = 2
    operation: Literal["reclock"] = "reclock"
    sound: str
    """Key of the decoded sound."""
    clock: Rational
    """Its seconds for one second of the result; its pitch goes with it, which nobody hears of a few thousandths."""
    samples: int

    def needs(self) -> tuple[str, ...]:
        return (self.sound,)


class GainKey(Value):
    """A gain at a sample of a part."""

    sample: int
    gain: float
    """Linear factor; between keys it runs straight."""


class SoundPart(Value):
    """Samples of a sound, placed on the soundtrack: all of what is heard as one, or a turn of it."""

    sound: str
    """Key of the decoded, stretched or reclocked sound."""
    first: int
    """First sample to take of it. Beyond both ends of the sound there is silence."""
    at: int
    """Where it goes, in samples of the soundtrack."""
    samples: int
    gain: tuple[GainKey, ...] = (GainKey(sample=0, gain=1.0),)
    """Before the first key and after the last the gain stays."""
    before: int = 0
    """Samples of the whole that come before this part."""
    after: int = 0
    fade_in: int = 0
    """Samples over which the whole rises from silence along a quarter of a sine (equal power)."""
    fade_out: int = 0
    declick_in: bool = False
    """Whether it is cut here: unless the sound begins by itself at this place, it rises over 10 ms at least."""
    declick_out: bool = False


class LoudnessTarget(Value):
    """What a soundtrack is brought to (EBU R128, ITU-R BS.1770)."""

    lufs: float = -14.0
    """Integrated loudness."""
    true_peak_db: float = -1.0
    """Highest true peak, in dBTP."""


class SoundMix(Operation):
    """Mix parts on one line of samples and encode it once: `sound.m4a`, exactly `samples` samples."""

    rules: ClassVar[int] = 3
    operation: Literal["soundtrack"] = "soundtrack"
    samples: int
    parts: tuple[SoundPart, ...]
    encoder: AudioEncoder
    loudness: LoudnessTarget | None = None
    """Null: the level stays as mixed."""
    sample_rate: int = SAMPLE_RATE

    def needs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(part.sound for part in self.parts))


class Join(Operation):
    """Join segments and their soundtrack by copying packets: `video.mp4`, ready to stream."""

    rules: ClassVar[int] = 1
    operation: Literal["join"] = "join"
    canvas: Canvas
    segments: tuple[str | Excerpt, ...]
    """Keys of the pictures, in order; or stretches of mezzanines."""
    frames: int
    soundtrack: str
    samples: int
    parameters_in_band: bool = False
    """Whether segments have codec parameters of their own, which then go in front of each key frame."""

    def needs(self) -> tuple[str, ...]:
        pictures = (each.mezzanine if isinstance(each, Excerpt) else each for each in self.segments)
        return tuple(dict.fromkeys((*pictures, self.soundtrack)))


class Sheet(Operation):
    """One picture, or a grid of pictures, each the only frame of a segment: `sheet.jpg`."""

    rules: ClassVar[int] = 1
    operation: Literal["sheet"] = "sheet"
    canvas: Canvas
    pictures: tuple[str, ...]
    """Keys of segments of one frame."""
    columns: int

    def needs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.pictures))


class Stills(Operation):
    """Pictures of a finished video: `poster.jpg` at full size, and `sprite.jpg`, a grid of thumbnails, with its
    WebVTT storyboard `sprite.vtt`."""

    rules: ClassVar[int] = 1
    operation: Literal["stills"] = "stills"
    video: str
    """Key of the joined video."""
    canvas: Canvas
    frames: int
    tiles: int
    """How many thumbnails the sprite sheet has, evenly spaced."""
    tile_height: int = 180
    poster: int | None = None
    """The frame that is the poster, or one just after it; null: that of the thumbnails with most to see."""

    def needs(self) -> tuple[str, ...]:
        return (self.video,)


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
    seekable: bool = True
    """Whether its key frames can be sought."""
    start: Rational
    """Time of its first frame or sample, on the file's clock."""
    zero: Rational
    """What that clock says where a clip's does 0."""


class ProvePicture(Operation):
    """Hold frames of a segment against what a renderer of another kind makes of its part of the timeline: `proof.json`."""

    rules: ClassVar[int] = 1
    operation: Literal["prove"] = "prove"
    segment: str
    """Key of the step that makes it."""
    timeline: Timeline
    """Of the segment alone."""
    chosen: tuple[int, ...]
    """Frames of it that are looked at."""
    sources: tuple[ProofSource, ...]
    fonts: tuple[str, ...] = ()
    copied: bool = False
    """Whether packets of others are in the segment: it is decoded where it can do no harm."""
    look: Colour | None = None
    """How the segment's numbers map to light, where it keeps its sources'; null: BT.709 in limited range."""
    at: int = 0
    """The frame of the first video in which it is used, for people; no part of the key, nor are names within the timeline."""

    def needs(self) -> tuple[str, ...]:
        return (self.segment,)

    def assets(self) -> tuple[str, ...]:
        return tuple(source.asset for source in self.sources)

    def key(self, build: str) -> str:
        return _key_without_names(self, build)


class ProveSound(Operation):
    """Hold stretches of a soundtrack against the sources that are mixed in it: `proof.json`."""

    rules: ClassVar[int] = 1
    operation: Literal["prove-sound"] = "prove-sound"
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

    def key(self, build: str) -> str:
        return _key_without_names(self, build)


def _key_without_names(operation: ProvePicture | ProveSound, build: str) -> str:
    """The key of a proof: what it proves is the same wherever it is used."""
    timeline = operation.timeline
    bare = timeline.model_copy(update={"name": "", "tracks": tuple(map(_nameless, timeline.tracks))})
    return Operation.key(operation.model_copy(update={"timeline": bare, "at": 0}), build)


def _nameless(track: Track) -> Track:
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


class Bind(Operation):
    """Hold a joined video against its proven segments, in their planned order, and its proven sound: `bound.json`."""

    rules: ClassVar[int] = 1
    operation: Literal["bind"] = "bind"
    canvas: Canvas
    video: str
    """Key of the joined video."""
    parts: tuple[Proven, ...]
    soundtrack: str
    sound_proof: str

    def needs(self) -> tuple[str, ...]:
        proofs = (part.proof for part in self.parts)
        return tuple(dict.fromkeys((self.video, *proofs, self.sound_proof)))


AnyOperation = Annotated[
    Picture
    | Copied
    | Mezzanine
    | ImageBitmap
    | TextBitmap
    | DrawnBitmap
    | DrawnLoop
    | Compose
    | Decode
    | TimeStretch
    | Reclock
    | SoundMix
    | Join
    | Sheet
    | Stills
    | ProvePicture
    | ProveSound
    | Bind,
    Field(discriminator="operation"),
]
