"""What requests of all kinds have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from pydantic import Field

from reel.errors import Problem
from reel.presets import Aspect, Fit, Resolution, Size, shape_of
from reel.request.besides import AnalysisOutput, Besides, PicturesOutput, large_besides, same_besides
from reel.request.documents import Document, documents_of
from reel.request.ladders import LadderOutput, named_of, same_folder
from reel.request.outputs import MOST_OUTPUTS, AudioOutput, Output, named_in, same_sounds
from reel.request.parts import FrameRate
from reel.request.preview import Preview
from reel.request.rungs import rungs_of, wrong_ladder
from reel.request.settled import largest, settled, wrong_alpha, wrong_videos
from reel.request.sizes import Bits, Codec, WantedVideo, bits_of
from reel.request.told import Metadata, Webhook
from reel.request.tracks import NamedTrack, masterless
from reel.request.videos import VideoOutput
from reel.values import Value

ONE_VIDEO = VideoOutput(type="video")
"""What is wanted where no video is listed."""


class Request(Value):
    """One generation, of some kind: what is wanted of it, its speed and budget, and what whoever asks is told.

    Each kind adds fields of its own; who handles requests of any kind knows these alone.
    """

    resolution: Resolution | None = Field(
        None, description="Size of the frame's short side, a default of `outputs`; null: as the source has it."
    )
    bitrate: Bits = Field(
        "medium",
        description="Budget of the picture: low 1000k, medium 2500k, high 5000k, or bits per second; a default of `outputs`.",
    )
    stills: bool = Field(
        True,
        description="Also make a poster and a sprite sheet with WebVTT storyboard of each video; a default of `outputs`.",
    )
    outputs: tuple[Output, ...] | None = Field(
        None,
        min_length=1,
        max_length=MOST_OUTPUTS,
        description="What to deliver; null, or pictures or analysis of nothing else: one video, as the request says.",
    )
    preview: Preview | None = Field(None, description="Only a look at it; null: the whole.")
    metadata: Metadata = Field(
        {},
        description="Anything of your own, at most 4 KiB of JSON: every webhook of the generation carries it.",
        examples=[{"order": "A-1047"}],
    )
    webhook: Webhook | None = Field(None, description="Where else the events of this request go; null: nowhere.")

    @abstractmethod
    def source_places(self) -> dict[str, str]:
        """The assets that the timelines are made of, under the fields that name them (`clips[2].asset`)."""

    def asset_places(self) -> dict[str, str]:
        """Every asset that the request names, under the field that names it."""
        sounds = (named for place, ladder in self.ladders for named in named_of(place, ladder))
        documents = {place: document.asset for place, document in self.documents().items()}
        uploads = {f"{place}.upload": pictures.upload for place, pictures in self.pictures if pictures.upload}
        return self.source_places() | dict(sounds) | documents | uploads

    def documents(self) -> dict[str, Document]:
        """The assets that are no media, under the fields that name them."""
        return {where: document for place, ladder in self.ladders for where, document in documents_of(place, ladder)}

    @property
    def shape(self) -> Size | None:
        """The picture's width to its height; null where that is a source's."""
        return None

    @property
    def has_ground(self) -> bool:
        """Whether something is seen everywhere, at last a colour."""
        return True

    @property
    def has_master(self) -> bool:
        """Whether it is made of one file, whose tracks may be named."""
        return False

    @property
    def named_tracks(self) -> Iterator[NamedTrack]:
        """What is said of tracks of a master."""
        for number, output in enumerate(self.outputs or ()):
            yield from named_in(f"outputs[{number}]", output)

    @property
    def usual_codec(self) -> Codec | None:
        """Of videos that name none; null where that is the sources' affair."""
        return "h264"

    @property
    def videos(self) -> tuple[VideoOutput, ...]:
        """The videos that are wanted, with what the request says of all of them. Where what is wanted beside a video is listed,
        and no video or ladder that it could be of, there is one."""
        shown = self.outputs is None or (self._besides and not self.ladders)
        return self.sizing if shown else self._listed_videos

    @property
    def _listed_videos(self) -> tuple[VideoOutput, ...]:
        return tuple(self._as_said(output) for output in self.outputs or () if isinstance(output, VideoOutput))

    @property
    def ladders(self) -> tuple[tuple[str, LadderOutput], ...]:
        """The ladders that are wanted, each with its place."""
        return tuple(
            (f"outputs[{number}]", output)
            for number, output in enumerate(self.outputs or ())
            if isinstance(output, LadderOutput)
        )

    @property
    def sound_files(self) -> tuple[tuple[str, AudioOutput], ...]:
        """The sounds that are wanted by themselves, each with its place."""
        listed = enumerate(self.outputs or ())
        return tuple((f"outputs[{number}]", output) for number, output in listed if isinstance(output, AudioOutput))

    @property
    def pictures(self) -> tuple[tuple[str, PicturesOutput], ...]:
        """The pictures that are wanted of each video, each with its place."""
        listed = tuple((place, each) for place, each in self._besides if isinstance(each, PicturesOutput))
        usual = self.stills and (self.videos or self.ladders)
        return listed or ((("stills", PicturesOutput(type="pictures")),) if usual else ())

    @property
    def analysed(self) -> bool:
        """Whether it is asked what is in each video."""
        return any(isinstance(each, AnalysisOutput) for _, each in self._besides)

    @property
    def _besides(self) -> tuple[tuple[str, Besides], ...]:
        """What is listed that is made of finished videos, each with its place."""
        listed = enumerate(self.outputs or ())
        return tuple((f"outputs[{number}]", output) for number, output in listed if isinstance(output, Besides))

    @property
    def sizing(self) -> tuple[VideoOutput, ...]:
        """The videos that say how large pictures are; where none is wanted, one as the request says."""
        return self._listed_videos or (self._as_said(ONE_VIDEO),)

    @property
    def sizing_places(self) -> tuple[str, ...]:
        """Where each of `sizing` stands in the request."""
        listed = enumerate(self.outputs or ())
        places = tuple(f"outputs[{number}]" for number, output in listed if isinstance(output, VideoOutput))
        return places or ("outputs",)

    def _as_said(self, video: VideoOutput) -> VideoOutput:
        resolution = video.resolution or (None if video.exact else self.resolution)
        return video.model_copy(update={"resolution": resolution, "codec": video.codec or self.usual_codec})

    def full(self, shape: Size) -> WantedVideo:
        """The video that pictures of a shape are made as large as."""
        return largest(settled(self.sizing, shape, self.bitrate))

    @property
    def takes_packets(self) -> bool:
        """Whether all pictures that are wanted are those of one video, into which packets of its sources may be copied."""
        return not self.ladders and [video.takes_packets for video in self.videos] == [True]

    @property
    def is_sized(self) -> bool:
        """Whether every video has a size, whatever the sources are."""
        return all(video.resolution or video.exact for video in self.sizing)

    def wrong_outputs(self, shape: Size) -> Iterator[Problem]:
        """What is wrong with `outputs` as pictures of a shape."""
        if not self.has_master:
            yield from masterless(tuple(self.named_tracks))
        sizing, places = self.sizing, self.sizing_places
        if self.has_ground:
            yield from wrong_alpha(sizing, places)
        yield from wrong_videos(sizing, places, shape, self.bitrate)
        yield from self.wrong_names()
        full = largest(settled(sizing, shape, self.bitrate))
        for place, ladder in self.ladders:
            yield from wrong_ladder(place, ladder, full, shape)
        rungs = tuple(rung for _, ladder in self.ladders for rung in rungs_of(ladder, full, shape))
        shown = full if not rungs or self.videos else largest(rungs)
        yield from large_besides(self._besides, shown.size)

    def wrong_names(self) -> Iterator[Problem]:
        """What of `outputs` would be where another one is, whatever the pictures' shape."""
        yield from same_folder(self.ladders)
        yield from same_sounds(self.sound_files)
        yield from same_besides(self._besides, {ladder.folder: place for place, ladder in self.ladders})

    def in_full(self) -> dict[str, Any]:
        """What is asked for, each value in one form, with defaults of `outputs` in there: equal for two that mean the same."""
        in_bits = self._in_bits()
        is_open = self.shape is None and any(video.bitrate is None for video in in_bits)
        sizing = settled(self.sizing, self.shape, self.bitrate) if self.shape else in_bits
        videos = [video.model_dump(mode="json") for video in sizing]
        ladders = [ladder.model_dump(mode="json") | {"of": videos} for _, ladder in self.ladders]
        sounds = [sound.model_dump(mode="json") for _, sound in self.sound_files]
        pictures = [each.model_dump(mode="json") for _, each in self.pictures]
        analyses = [{"type": "analysis"}] if self.analysed else []
        told = {
            "resolution": None,
            "bitrate": bits_of(self.bitrate) if is_open else None,
            "stills": None,
            "outputs": [*(videos if self.videos else []), *ladders, *sounds, *pictures, *analyses],
        }
        return self.model_dump(mode="json", by_alias=True) | told

    def _in_bits(self) -> tuple[VideoOutput, ...]:
        """The videos with budgets in bits, as far as these are known before the sources are."""
        alone = self.bitrate if len(self.sizing) == 1 else None
        budgets = [alone if video.bitrate is None else video.bitrate for video in self.sizing]
        return tuple(
            video.model_copy(update={"bitrate": budget and bits_of(budget)})
            for video, budget in zip(self.sizing, budgets, strict=True)
        )


class ComposedRequest(Request):
    """A generation whose picture is composed on a frame of a shape that is asked for."""

    aspect: Aspect = Field("9:16", description="Width to height of the frame.")
    resolution: Resolution = Field("1080p", description="Size of the frame's short side; a default of `outputs`.")
    frame_rate: FrameRate = Field(Fraction(30), description="Frames per second.")
    fit: Fit = Field("contain", description="How a clip fills a frame of another shape (the CSS `object-fit` names).")

    @property
    def shape(self) -> Size | None:
        return shape_of(self.aspect)
