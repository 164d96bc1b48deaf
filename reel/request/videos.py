"""The videos that a request wants delivered, each with what is explicit about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, SerializerFunctionWrapHandler, StringConstraints, model_serializer

from reel.codecs import VIDEO_CODECS, AudioCodecName, container_for
from reel.codecs.container import Published
from reel.codecs.video import VideoCodec
from reel.request.animated import MOST_RATE, AnimatedFormat
from reel.request.quality import Floor, Quality
from reel.request.rules import Fault, fault, rule
from reel.request.sizes import BitDepth, Bits, Codec, Effort, Sized
from reel.request.tracks import MOST_TRACKS, Chapters, TrackName

OutputName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=60)]


def _no_container(value: Any) -> Any:
    if isinstance(value, str) and value in get_args(Published):
        raise ValueError(f"{value} is a `container`: write it there; `format` is for what is shown as a picture")
    return value


class VideoOutput(Sized):
    """A video. What it leaves open is as the request says."""

    type: Literal["video"]
    name: OutputName | None = Field(
        None, description="Ends the file's name (`variant-001-NAME.mp4`): letters, digits, `_`, `.` and `-`."
    )
    codec: Codec | None = Field(None, description="Null: h264; or what is copied of a multicam's sources.")
    bitrate: Bits | None = Field(
        None,
        description="Budget of the picture; null: as many bits for a pixel as the request's `bitrate` is of the largest.",
    )
    audio: AudioCodecName | Literal["none"] = Field("aac", description="none: without any stream of sound.")
    audio_tracks: (
        Literal["all"] | Annotated[tuple[TrackName, ...], Field(min_length=1, max_length=MOST_TRACKS)] | None
    ) = Field(
        None,
        description="Of an encoded master: its sound tracks, by number or language, the default first; null: its default.",
    )
    chapters: Chapters = Field(
        "keep", description="keep: those of an encoded master; drop: none; scenes: one for each; or a list."
    )
    effort: Effort = Field("balanced", description="Time that the encoder takes to save bits at the same quality.")
    bit_depth: BitDepth | None = Field(None, description="Of each colour; null: the least that the codec has.")
    container: Published | None = Field(
        None, description="Of the file; null: mp4 where it can be, else the one that holds both codecs."
    )
    format: Annotated[AnimatedFormat, BeforeValidator(_no_container)] | None = Field(
        None, description="A file that is shown as a picture, without sound; null: a video."
    )
    pictures_per_second: int | None = Field(
        None,
        ge=1,
        le=MOST_RATE,
        description="Of such a file, at most: each frame, or one of so many; null: gif 15, webp 30.",
    )
    loops: int = Field(0, ge=0, le=1000, description="How often such a file is shown; 0: for ever.")
    alpha: bool = Field(False, description="Transparent where nothing is to be seen: VP9 in WebM, ProRes 4444 in MOV.")
    hdr: Literal["keep", "map"] = Field(
        "map", description="keep: of a master in PQ or HLG, where it can be; map: brought to SDR."
    )
    quality: Quality | None = Field(
        None, description="How good the picture is to be; null: as the bitrate, under a cap of twice as much."
    )
    floor: Floor | None = Field(
        None, description="How good it has to be at least, or nothing is published; null: nobody measures."
    )

    @model_serializer(mode="wrap")
    def _without_what_it_has_not(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """In full it names no sound of what is shown as a picture, which would be refused when it is read again."""
        document: dict[str, Any] = handler(self)
        if self.format and self.audio != "none":
            document.pop("audio", None)
        return document

    @property
    def _coded(self) -> Codec | None:
        """The codec of a video; null of a picture."""
        return None if self.format else self.codec or "h264"

    @property
    def takes_packets(self) -> bool:
        """Whether packets of its sources, or of what is kept of them to be cut, may be copied into it."""
        return self._coded is not None and VIDEO_CODECS[self._coded].cuttable

    @rule
    def _fit_for_pictures(self) -> Iterator[Fault]:
        """What no file has that is shown as a picture."""
        if not self.format:
            return
        # Whatever is said by these is too much; of the others, what is not good by itself may mean that nothing is wanted.
        said = [*self.given("codec", "container", "bitrate", "bit_depth", "quality", "floor", "audio_tracks")]
        usual = {"hdr": ("map",), "chapters": ("keep", "drop"), "effort": ("balanced",), "audio": ("none",)}
        said += [
            field
            for field, values in usual.items()
            if field in self.model_fields_set and self.knows(field) and getattr(self, field) not in values
        ]
        for field in said:
            yield fault(f"{self.format} has no `{field}`: leave it out", field)

    @rule
    def _shown_as_picture(self) -> Iterator[Fault]:
        loops = self.knows("loops") and self.loops
        if not self.given("format") and (loops or self.given("pictures_per_second")):
            what = "`pictures_per_second` and `loops` are for a `format` that is shown as a picture"
            yield fault(what, "pictures_per_second", "loops")

    @rule
    def _tracks_that_sound(self) -> Iterator[Fault]:
        if not self.format and self.given("audio_tracks") and self.audio == "none":
            what = "`audio_tracks` names sounds of a video that is to have none: leave out one of the two"
            yield fault(what, "audio", "audio_tracks")

    @rule
    def _codec_of_alpha(self) -> Iterator[Fault]:
        if self.alpha and self._coded and not VIDEO_CODECS[self._coded].alpha:
            yield fault(f"{self._coded} has no transparency: {_able(lambda codec: codec.alpha)} have", "alpha")

    @rule
    def _alpha_unmeasured(self) -> Iterator[Fault]:
        if self.alpha and not self.format and self.given("floor"):
            yield fault("a `floor` is measured of pictures without alpha: leave out one of them", "alpha", "floor")

    @rule
    def _quality_of_alpha(self) -> Iterator[Fault]:
        if self.alpha and not self.format and self.quality and not self.quality.given("crf"):
            yield fault("with `alpha` a quality is said by `crf`: nobody measures what is transparent", "quality")

    @rule
    def _sound_of_container(self) -> Iterator[Fault]:
        if codec := self._coded:
            try:
                alpha = VIDEO_CODECS[codec].alpha and self.alpha
                sound = None if self.audio == "none" else self.audio
                container_for(codec, sound, alpha=alpha, wanted=self.container)
            except ValueError as error:
                yield fault(str(error), "audio", "container")

    @rule
    def _depth_of_codec(self) -> Iterator[Fault]:
        codec = self._coded
        if self.bit_depth is None or codec is None:
            return
        known = VIDEO_CODECS[codec]
        alpha = known.alpha and self.alpha
        depths = tuple(depth for depth, has_alpha in known.pixel_formats if has_alpha == alpha)
        if self.bit_depth not in depths:
            has, use = " and ".join(map(str, depths)), "" if alpha else ", or use `hevc`"
            of = f"{codec} with alpha" if alpha else codec
            yield fault(f"{of} has {has} bits here, not {self.bit_depth}: leave out `bit_depth`{use}", "bit_depth")

    @rule
    def _bitrate_of_codec(self) -> Iterator[Fault]:
        if self.given("bitrate") and self._coded and VIDEO_CODECS[self._coded].scale is None:
            yield fault(f"{self._coded} has one quality, which `effort` names: leave out `bitrate`", "bitrate")

    @rule
    def _one_budget(self) -> Iterator[Fault]:
        """Why its `bitrate` says something else than its `quality`."""
        if not self.given("bitrate") or not self._coded or VIDEO_CODECS[self._coded].scale is None:
            return
        for way in self.quality.given("crf", "vmaf")[:1] if self.quality else ():
            both = f"`bitrate` and `quality.{way}` both say how good it is: leave out one"
            yield fault(f"{both} (`quality.cap` bounds the bits)", "bitrate")

    @rule
    def _codec_that_keeps(self) -> Iterator[Fault]:
        if self.hdr == "keep" and self._coded and not VIDEO_CODECS[self._coded].keeps:
            what = "`hdr` is kept in `hevc` and `av1`: give one of them as the `codec`, or leave it out"
            yield fault(what, "hdr")

    @rule
    def _depth_that_keeps(self) -> Iterator[Fault]:
        if self.hdr == "keep" and not self.format and self.bit_depth == 8:
            yield fault("what keeps `hdr` has 10 bits: leave out `bit_depth`", "bit_depth")

    @rule
    def _kept_unmeasured(self) -> Iterator[Fault]:
        if self.hdr == "map" or self.format:
            return
        by_vmaf = self.knows("floor") and self.floor and self.floor.knows("metric") and self.floor.metric == "vmaf"
        if by_vmaf or (self.quality and self.quality.given("vmaf")):
            instead = "give a `floor` of `psnr` or `ssim`, and a `quality` by `crf` or `passes`"
            yield fault(f"`hdr` is not measured by VMAF: {instead}", "hdr")

    @rule
    def _quality_of_codec(self) -> Iterator[Fault]:
        if self.quality and self._coded:
            yield from unknown_quality(self._coded, self.quality)


def _able(can: Callable[[VideoCodec], bool]) -> str:
    """The codecs of requests that can do something."""
    return " and ".join(name for name in get_args(Codec) if can(VIDEO_CODECS[name]))


def unknown_quality(codec: Codec, quality: Quality) -> Iterator[Fault]:
    """Why a codec cannot be told so how good it is to be."""
    known = VIDEO_CODECS[codec]
    best, worst = known.crfs
    if known.scale is None:
        yield fault(f"{codec} has one quality, which `effort` names: leave out `quality`", "quality")
        return
    if quality.given("passes") and not known.two_passes:
        able = _able(lambda codec: codec.two_passes)
        yield fault(f"{codec} has no two passes here, but {able} have: give `crf` or `vmaf` instead", "quality")
    if quality.given("cap") and not known.capped:
        yield fault(f"{codec} has no cap here: leave out `cap`", "quality")
    if quality.knows("crf") and quality.crf is not None and not best <= quality.crf <= worst:
        yield fault(f"{codec} counts its `crf` from {best} to {worst}, not {quality.crf:g}", "quality")
    if quality.knows("crf") and quality.crf is not None and known.scale.whole and quality.crf != int(quality.crf):
        yield fault(f"{codec} takes whole numbers as its `crf`, not {quality.crf:g}", "quality")
