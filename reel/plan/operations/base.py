"""What each operation says of its kind, how it is weighed, and how operations read assets."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar, Literal

from pydantic import Field

from reel.media import Colour, MediaFacts
from reel.plan.operations.expected import Sort, Work, usual_size
from reel.presets import Canvas, Size, VideoEncoder
from reel.time import Rational
from reel.timeline import Framing
from reel.toolchain import Tool, Toolchain
from reel.values import Value, digest, is_empty, is_off

Retention = Literal["intermediates", "mezzanines"]
"""Which time of the janitor's policy an artefact is kept for."""


class Operation(Value):
    """The base of all operations.

    A class of them is the one place that says what its kind is: what it forgets to say is an error when the class is made, and
    a method that it forgets, when one is. Only how it is made is said elsewhere (`reel.make.makers`).
    """

    operation: str

    kind: ClassVar[str]
    """The value of `operation`, by which artefacts lie in the store; it is taken from there."""
    rules: ClassVar[int]
    """Raised by one when the same description should give other bytes."""
    tools: ClassVar[frozenset[Tool]]
    """Those whose versions can change its bytes."""
    task: ClassVar[str]
    """What people know its kind of work by: the name of its task."""
    doing: ClassVar[str]
    """What they are told while it runs; `{}` is the step's title."""
    awaits_findings: ClassVar[bool]
    """Whether what is found (beats, offsets, scenes) decides which of them a plan has. Others are made meanwhile."""
    spreads: ClassVar[bool]
    """Whether it is worth another machine's while. What comes last (joining, stills) takes next to nothing, and is left to the
    machine that owns the plan; what others need (bitmaps) is made where they are made."""
    retention: ClassVar[Retention]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        name = cls.model_fields["operation"].default
        if not isinstance(name, str):
            return  # a family: what it makes its operations say themselves
        cls.kind = name
        unsaid = sorted(Operation.__class_vars__ - vars(cls).keys())
        if unsaid:
            raise TypeError(f"{cls.__name__} does not say its {', '.join(unsaid)}: see Operation")

    @property
    def composition(self) -> str | None:
        """A digest that is the same for steps which are made together: they differ only in what the same frames are made into.
        Null for all others."""
        return None

    @abstractmethod
    def needs(self) -> tuple[str, ...]:
        """Keys of the steps whose artefacts this one reads."""

    @abstractmethod
    def assets(self) -> tuple[str, ...]:
        """SHA-256 of the assets that this one reads."""

    @abstractmethod
    def files(self) -> tuple[str, ...]:
        """Names of the files that its artefact always has."""

    @abstractmethod
    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        """What it is expected to take, given the facts of its assets."""

    def sort(self) -> Sort:
        """What it is alike to, for estimates."""
        return Sort()

    def document(self, tools: Toolchain) -> dict[str, Any]:
        """Everything that affects its bytes, as JSON: its fields, its rules and the identities of its own tools."""
        return {"rules": self.rules, "tools": tools.of(self.tools), **self.model_dump(mode="json")}

    def key(self, tools: Toolchain) -> str:
        """The name of its artefact: the digest of its document."""
        return digest(self.document(tools))

    def remembered(self, tools: Toolchain) -> dict[str, Any]:
        """What is kept of its document, to say later why it was made."""
        return self.document(tools)


class OneFile(Operation):
    """The family of those whose artefact always has one file."""

    @property
    @abstractmethod
    def file(self) -> str:
        """Its name."""

    def files(self) -> tuple[str, ...]:
        return (self.file,)


class StreamSource(Value):
    """How to open one stream of an asset: with this reader and this decoder alone."""

    asset: str
    demuxer: str
    stream: int
    codec: str


class PictureSource(StreamSource):
    """A video stream, with what composing must know of it."""

    display_size: tuple[int, int]
    rotation: int = Field(0, exclude_if=is_empty)
    """By which it is turned clockwise when it is shown, in quarters of a circle: 0, 90, 180, 270."""
    mirrored: bool = Field(False, exclude_if=is_off)
    """Whether left and right are changed before that."""
    colour: Colour
    interlaced: bool = False
    alpha: bool = False
    rate: Rational
    variable: bool = False
    counted: bool = Field(False, exclude_if=is_off)
    """Whether frames are counted as they come out of the decoder, and their time stamps left alone."""
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


class Segment(OneFile):
    """The family of those that make a segment: video only, which joins can take."""

    stem: ClassVar[str] = "picture"
    """What its file is called; the container adds its suffix."""
    canvas: Canvas
    """What frames are composed on; of a composition, before they are scaled."""
    encoder: VideoEncoder

    @property
    def encoded(self) -> Canvas:
        """What the frames of the segment look like."""
        return self.canvas

    @property
    def file(self) -> str:
        return self.encoder.segment_file

    def sort(self) -> Sort:
        return Sort(self.encoder.codec, self.encoder.preset, usual_size(self.encoded))


class Rendition(Value):
    """What composed frames are made into: scaled to a size, and encoded."""

    size: Size
    encoder: VideoEncoder

    @property
    def pixels(self) -> int:
        return self.size[0] * self.size[1]


class Composition(Segment):
    """The family of those whose frames are composed once for all renditions that are missing: each is a step of its own, and
    its bytes do not depend on which others are made beside it."""

    size: Size
    """What they are scaled to."""

    @property
    def rendition(self) -> Rendition:
        """What tells it from the others of its composition."""
        return Rendition(size=self.size, encoder=self.encoder)

    @property
    def encoded(self) -> Canvas:
        return Canvas(width=self.size[0], height=self.size[1], rate=self.canvas.rate)

    @cached_property
    def composition(self) -> str:
        # Frames are composed as the encoder takes them: those of other pixels are others. What another step decides of is made
        # when that is done, and not before.
        composed = self.model_dump(mode="json", exclude={"size", "encoder"})
        kept = [self.encoder.kept.model_dump(mode="json")] if self.encoder.kept else []
        return digest([composed, self.encoder.pixel_format, *kept, *self.decided_by])

    @property
    def decided_by(self) -> tuple[str, ...]:
        """Keys of the steps that decide of its encoder's settings."""
        return self.encoder.decided.needs if self.encoder.decided else ()


class Bitmap(OneFile):
    """The family of those that make a bitmap, a drawn picture with alpha (see `reel.compose.planes`). Planned for one area, it
    reads no other step."""

    file: ClassVar[str] = "bitmap.yuva"

    def needs(self) -> tuple[str, ...]:
        return ()


class RawSound(OneFile):
    """The family of those that make raw samples: stereo, 48 kHz, interleaved 32-bit floats, no header."""

    file: ClassVar[str] = "sound.f32"


class Muxed(OneFile):
    """The family of those that put packets of earlier steps, unchanged, into the one file that they make."""


EXPECTED = "expected"
"""The field of a remembered proof that stands for what it expects."""


class Proof(OneFile):
    """The family of those that hold what was made against what was asked for."""

    file: ClassVar[str] = "proof.json"
    proven: ClassVar[str]
    """The field with the key of what it proves."""
    needed: ClassVar[frozenset[str]]
    """The fields with the keys of what else it needs."""

    def remembered(self, tools: Toolchain) -> dict[str, Any]:
        """Its document, in which a digest stands for what it expects: the steps that it proves say that already."""
        document = self.document(tools)
        kept = {"operation", "rules", "tools", self.proven, *self.needed}
        expected = {name: value for name, value in document.items() if name not in kept}
        return {name: value for name, value in document.items() if name in kept} | {EXPECTED: digest(expected)}


class CmafTrack(OneFile):
    """The family of those that make one CMAF file of one track."""

    file: ClassVar[str] = "track.mp4"
