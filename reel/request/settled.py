"""Videos that a request wants, beside each other: their sizes and budgets in numbers, and which cannot be told apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reel.errors import Problem
from reel.presets import Size, has_shape
from reel.request.sizes import SIZES, Bits, WantedVideo, bits_of, ratio, video_name
from reel.request.videos import VideoOutput


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
            container=video.container,
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
            remedy = 'leave it out; a template has no ground with `"background": "none"`'
            yield Problem(f"{place}.alpha", what, remedy, rests_on=("background", f"{place}.format"))


COMMON = ("aspect", "resolution", "bitrate")
"""What the request says of all videos."""
NAMING = ("name", "type", "codec", "format", "resolution", "width", "height")
"""What says how an output is called."""


def wrong_videos(videos: Sequence[VideoOutput], places: Sequence[str], shape: Size, budget: Bits) -> Iterator[Problem]:
    """Videos of another shape than the picture's, those with a cap below their bitrate, and those that are the same as an
    earlier one or would have its file; each under the one of `places` that is its own."""
    for place, video in zip(places, videos, strict=True):
        if video.exact and not has_shape(video.exact, shape):
            what = f"{video.width}x{video.height} is not of the picture's shape, {ratio(shape)}"
            rests_on = ("aspect", f"{place}.width", f"{place}.height", f"{place}.resolution")
            yield Problem(place, what, "give `resolution`, or a size of that shape", rests_on=rests_on)
    found: list[tuple[str, WantedVideo]] = []
    for place, wanted in zip(places, settled(videos, shape, budget), strict=True):
        yield from _low_cap(place, wanted)
        for before, other in found:
            if wanted.model_copy(update={"name": other.name}) == other:
                both = (place, before, *COMMON)
                yield Problem(place, f"is the same as {before}", "leave one of them out", rests_on=both)
            # `1080p.gif` and `1080p.webp` are two files. Those of videos have reports beside them, whatever the container.
            elif (wanted.name.lower(), wanted.format) == (other.name.lower(), other.format):
                what = f"would be called {wanted.name}, as {before} is"
                names = (*COMMON, *(f"{each}.{field}" for each in (place, before) for field in NAMING))
                yield Problem(f"{place}.name", what, "give each a `name` of its own", rests_on=names)
        found.append((place, wanted))


def _low_cap(place: str, wanted: WantedVideo) -> Iterator[Problem]:
    """A cap that the mean of two passes would be above."""
    quality = wanted.quality
    if quality and quality.passes and quality.cap and quality.cap < wanted.bits:
        what = f"{quality.cap:,} bits a second are less than its `bitrate`, {wanted.bits:,}, which `passes` keep in the mean"
        remedy = "give a higher `cap`, or a lower `bitrate`"
        yield Problem(
            f"{place}.quality.cap", what, remedy, rests_on=(f"{place}.bitrate", f"{place}.quality", *COMMON, *SIZES)
        )
