"""The videos that a request wants delivered: each with what is explicit about it, and how they stand beside each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Literal, get_args

from pydantic import Field, StringConstraints

from reel.codecs import VIDEO_CODECS, AudioCodecName, container_for
from reel.codecs.video import VideoCodec
from reel.errors import Problem
from reel.presets import Size, has_shape
from reel.request.animated import MOST_RATE, AnimatedFormat
from reel.request.quality import Floor, Quality
from reel.request.rules import Fault, fault
from reel.request.sizes import BitDepth, Bits, Codec, Effort, Sized, WantedVideo, bits_of, ratio, video_name
from reel.request.tracks import MOST_TRACKS, Chapters, TrackName

OutputName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=60)]


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
    format: AnimatedFormat | None = Field(
        None, description="A file that is shown as a picture, without sound; null: a video, whose container follows."
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

    def broken(self) -> Iterator[Fault]:
        yield from super().broken()
        if self.format:
            yield from self._unfit_for_pictures(self.format)
            return
        codec = self.codec or "h264"
        if self.audio_tracks and self.audio == "none":
            what = "`audio_tracks` names sounds of a video that is to have none: leave out one of the two"
            yield fault(what, "audio_tracks")
        if self.pictures_per_second or self.loops:
            what = "`pictures_per_second` and `loops` are for a `format` that is shown as a picture"
            yield fault(what, "pictures_per_second", "loops")
        yield from self._unfit_for_alpha(codec)
        yield from self._unfit_for_container(codec)
        yield from self._unkept()
        yield from self._two_budgets(codec)
        if self.quality:
            yield from unknown_quality(codec, self.quality)

    def _unfit_for_pictures(self, format_: AnimatedFormat) -> Iterator[Fault]:
        """What no file has that is shown as a picture."""
        said = [
            field for field in ("codec", "bitrate", "bit_depth", "quality", "floor") if getattr(self, field) is not None
        ]
        said += ["hdr"] if self.hdr == "keep" else []
        said += ["audio_tracks"] if self.audio_tracks else []
        said += ["chapters"] if self.chapters not in ("keep", "drop") else []
        said += ["effort"] if self.effort != "balanced" else []
        said += ["audio"] if "audio" in self.model_fields_set and self.audio != "none" else []
        for field in said:
            yield fault(f"{format_} has no `{field}`: leave it out", field)

    def _unfit_for_alpha(self, codec: Codec) -> Iterator[Fault]:
        if not self.alpha:
            return
        if not VIDEO_CODECS[codec].alpha:
            yield fault(f"{codec} has no transparency: {_able(lambda codec: codec.alpha)} have", "alpha")
        if self.floor:
            yield fault("a `floor` is measured of pictures without alpha: leave out one of them", "floor")
        if self.quality and self.quality.crf is None:
            yield fault("with `alpha` a quality is said by `crf`: nobody measures what is transparent", "quality")

    def _unfit_for_container(self, codec: Codec) -> Iterator[Fault]:
        known = VIDEO_CODECS[codec]
        alpha = self.alpha and known.alpha
        try:
            container_for(codec, None if self.audio == "none" else self.audio, alpha=alpha)
        except ValueError as error:
            yield fault(str(error), "audio")
        depths = tuple(depth for depth, has_alpha in known.pixel_formats if has_alpha == alpha)
        if self.bit_depth not in (None, *depths):
            has, use = " and ".join(map(str, depths)), "" if alpha else ", or use `hevc`"
            of = f"{codec} with alpha" if alpha else codec
            yield fault(f"{of} has {has} bits here, not {self.bit_depth}: leave out `bit_depth`{use}", "bit_depth")

    def _two_budgets(self, codec: Codec) -> Iterator[Fault]:
        """Why its `bitrate` says nothing, or something else than its `quality`."""
        if self.bitrate is None:
            return
        if VIDEO_CODECS[codec].scale is None:
            yield fault(f"{codec} has one quality, which `effort` names: leave out `bitrate`", "bitrate")
            return
        way = next((name for name in ("crf", "vmaf") if self.quality and getattr(self.quality, name) is not None), None)
        if way is not None:
            both = f"`bitrate` and `quality.{way}` both say how good it is: leave out one"
            yield fault(f"{both} (`quality.cap` bounds the bits)", "bitrate")

    def _unkept(self) -> Iterator[Fault]:
        """Why no high dynamic range can be kept so."""
        if self.hdr == "map":
            return
        if not VIDEO_CODECS[self.codec or "h264"].keeps:
            what = "`hdr` is kept in `hevc` and `av1`: give one of them as the `codec`, or leave it out"
            yield fault(what, "hdr")
        if self.bit_depth == 8:
            yield fault("what keeps `hdr` has 10 bits: leave out `bit_depth`", "bit_depth")
        by_vmaf = self.floor is not None and self.floor.metric == "vmaf"
        if by_vmaf or (self.quality and self.quality.vmaf is not None):
            instead = "give a `floor` of `psnr` or `ssim`, and a `quality` by `crf` or `passes`"
            yield fault(f"`hdr` is not measured by VMAF: {instead}", "hdr")


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
    if quality.passes and not known.two_passes:
        able = _able(lambda codec: codec.two_passes)
        yield fault(f"{codec} has no two passes here, but {able} have: give `crf` or `vmaf` instead", "quality")
    if quality.cap and not known.capped:
        yield fault(f"{codec} has no cap here: leave out `cap`", "quality")
    if quality.crf is not None and not best <= quality.crf <= worst:
        yield fault(f"{codec} counts its `crf` from {best} to {worst}, not {quality.crf:g}", "quality")
    if quality.crf is not None and known.scale.whole and quality.crf != int(quality.crf):
        yield fault(f"{codec} takes whole numbers as its `crf`, not {quality.crf:g}", "quality")


def settled(videos: Sequence[VideoOutput], shape: Size, budget: Bits) -> tuple[WantedVideo, ...]:
    """Videos as pictures of a shape. The `budget` is that of the largest; of smaller ones that have none of their own, the same
    share for each of their pixels."""
    sizes = [video.size(shape) for video in videos]
    most = max(width * height for width, height in sizes)
    return tuple(
        WantedVideo(
            name=video.name or video_name(size, shape, None if video.format else video.codec),
            size=size,
            codec=None if video.format else video.codec,
            bits=round(bits_of(budget) * size[0] * size[1] / most) if video.bitrate is None else bits_of(video.bitrate),
            audio="none" if video.format else video.audio,
            effort=video.effort,
            bit_depth=video.bit_depth,
            alpha=video.alpha,
            hdr=video.hdr,
            format=video.format,
            pictures_per_second=video.pictures_per_second,
            loops=video.loops,
            quality=video.quality,
            floor=video.floor,
            audio_tracks=video.audio_tracks,
            chapters="keep" if video.format else video.chapters,
        )
        for video, size in zip(videos, sizes, strict=True)
    )


def largest(videos: Sequence[WantedVideo]) -> WantedVideo:
    """The first of the largest videos: all are made of pictures of its size."""
    return max(videos, key=lambda video: video.pixels)


def wrong_alpha(videos: Sequence[VideoOutput], places: Sequence[str]) -> Iterator[Problem]:
    """Transparency of what has a ground."""
    for place, video in zip(places, videos, strict=True):
        if video.alpha:
            what = "there is nothing to see through: the picture has a ground"
            yield Problem(f"{place}.alpha", what, 'leave it out; a template has no ground with `"background": "none"`')


def wrong_videos(videos: Sequence[VideoOutput], places: Sequence[str], shape: Size, budget: Bits) -> Iterator[Problem]:
    """Videos of another shape than the picture's, those with a cap below their bitrate, and those that are the same as an
    earlier one or would have its file; each under the one of `places` that is its own."""
    for place, video in zip(places, videos, strict=True):
        if video.exact and not has_shape(video.exact, shape):
            what = f"{video.width}x{video.height} is not of the picture's shape, {ratio(shape)}"
            yield Problem(place, what, "give `resolution`, or a size of that shape")
    found: list[tuple[str, WantedVideo]] = []
    for place, wanted in zip(places, settled(videos, shape, budget), strict=True):
        yield from _low_cap(place, wanted)
        for before, other in found:
            if wanted.model_copy(update={"name": other.name}) == other:
                yield Problem(place, f"is the same as {before}", "leave one of them out")
            # `1080p.gif` and `1080p.webp` are two files. Those of videos have reports beside them, whatever the container.
            elif (wanted.name.lower(), wanted.format) == (other.name.lower(), other.format):
                what = f"would be called {wanted.name}, as {before} is"
                yield Problem(f"{place}.name", what, "give each a `name` of its own")
        found.append((place, wanted))


def _low_cap(place: str, wanted: WantedVideo) -> Iterator[Problem]:
    """A cap that the mean of two passes would be above."""
    quality = wanted.quality
    if quality and quality.passes and quality.cap and quality.cap < wanted.bits:
        what = f"{quality.cap:,} bits a second are less than its `bitrate`, {wanted.bits:,}, which `passes` keep in the mean"
        yield Problem(f"{place}.quality.cap", what, "give a higher `cap`, or a lower `bitrate`")
