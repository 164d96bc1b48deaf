"""From a slideshow request to its timeline."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any

from reel.curves import Key, constant
from reel.errors import Problem
from reel.findings import Beats, Changes, spread
from reel.media import MediaFacts
from reel.plan.banner import headline_area, text_area, text_style
from reel.plan.compiled import Compiled, music_clip
from reel.plan.faults import Faults
from reel.plan.oddities import oddities
from reel.plan.operations import Loudness
from reel.presets import Canvas, canvas_size
from reel.request.parts import Soundtrack
from reel.request.places import lies_in
from reel.request.slideshow import Image, OwnPicture, SlideshowRequest
from reel.time import frames_in, round_half_up
from reel.timeline import (
    Area,
    Content,
    DrawnContent,
    Framing,
    ImageContent,
    PictureClip,
    PictureTrack,
    SoundTrack,
    Stretch,
    TextContent,
    Timeline,
    Transition,
    VideoContent,
)
from reel.values import public_name

CONTENT_SHARE = Fraction(5, 6)
"""Of the canvas, each way: 900x1600 of 1080x1920."""

SECONDS_WITHOUT_MUSIC, MOST_SECONDS_OF_MUSIC = 30, 60
"""How long a slideshow is that does not say it."""


def compile_slideshow(request: SlideshowRequest, library: Mapping[str, MediaFacts], beats: Beats | None) -> Compiled:
    """The one video of `request`. `beats` are those of its music, counted from its first sample; null where there is none.

    Raises `InvalidRequest` or `BadMedia` with all problems at once.
    """
    faults(request, library).refuse()
    music = library["music.asset"] if request.music else None
    canvas = _canvas(request)
    seconds = seconds_of(request, music)
    frames = max(1, frames_in(seconds, canvas.rate))
    changes = _changes(request, beats, music, float(seconds))
    bounds = _bounds(request, changes, frames, canvas.rate)
    timeline = Timeline(
        name="slideshow",
        canvas=canvas,
        frames=frames,
        background=request.background,
        tracks=(
            *_atmosphere(request, library, canvas, frames),
            PictureTrack(clips=_content(request, library, canvas, bounds)),
            *_frame(request, library, canvas, frames),
            *_text(request, canvas, frames),
            *_sound(request, music, frames, canvas.rate),
        ),
    )
    loudness = None if request.loudness == "off" else Loudness(**request.loudness.model_dump())
    manifest = _manifest(request, timeline, changes, bounds)
    warnings = (*_warnings(changes), *oddities(timeline, {facts.sha256: facts for facts in library.values()}))
    return Compiled(timelines=(timeline,), manifests=(manifest,), loudness=loudness, warnings=warnings)


def faults(request: SlideshowRequest, library: Mapping[str, MediaFacts], unknown: Collection[str] = ()) -> Faults:
    """All that is wrong, as far as it can be said: without the assets that are not in the library, and without what depends on
    the fields that are `unknown`."""
    unfit = unfit_assets(request, library)
    doubtful = {*unknown, *(problem.place for problem in unfit)}
    music = library.get("music.asset")
    known = request.duration is not None or request.music is None or music is not None
    wrong: list[Problem] = []
    if known and not any(lies_in(place, doubtful) for place in ("duration", "images", "music.in", "music.asset")):
        frames = max(1, frames_in(seconds_of(request, music), request.frame_rate))
        wrong += _too_short(request, frames)
    return Faults.of(unfit, wrong, unknown)


def texts(request: SlideshowRequest) -> Iterator[tuple[str, TextContent, Area]]:
    """The text with its field and area; it depends on no asset."""
    for track in _text(request, _canvas(request), 1):
        for clip in track.clips:
            assert isinstance(clip.content, TextContent)
            yield clip.place, clip.content, clip.area


def unfit_assets(request: SlideshowRequest, library: Mapping[str, MediaFacts]) -> list[Problem]:
    """What is wrong with the assets for their places; those that are not in the library are passed over."""
    problems = []
    for place, asset in request.asset_places().items():
        facts = library.get(place)
        if facts is None:
            continue
        asset = public_name(asset)
        if place == "music.asset":
            if facts.audio is None:
                problems.append(Problem(place, f"{asset} has no sound", "name a file with an audio stream"))
            elif request.music and request.music.in_ >= facts.audio.duration:
                seconds = float(facts.audio.duration)
                problems.append(
                    Problem("music.in", f"{float(request.music.in_):g} s is past the end of {asset} ({seconds:.3f} s)")
                )
        elif facts.video is None:
            problems.append(Problem(place, f"{asset} {facts.without_picture}", "name a picture here"))
        elif place.startswith("images") and not _is_picture(facts):
            problems.append(Problem(place, f"{asset} is a video", "name a still picture here"))
    return problems


ANIMATIONS = ("gif", "apng")
"""Readers of pictures that may move; of these, the first frame is a picture."""


def _is_picture(facts: MediaFacts) -> bool:
    return facts.still or facts.demuxer in ANIMATIONS


def _canvas(request: SlideshowRequest) -> Canvas:
    width, height = canvas_size(request.aspect, request.resolution)
    if request.quality == "eco":
        width, height = width // 4 * 2, height // 4 * 2
    return Canvas(width=width, height=height, rate=request.frame_rate)


def seconds_of(request: SlideshowRequest, music: MediaFacts | None) -> Fraction:
    """How long the slideshow is, given the facts of its music."""
    if request.duration is not None:
        return request.duration
    if music and music.audio and request.music:
        return min(music.audio.duration - request.music.in_, Fraction(MOST_SECONDS_OF_MUSIC))
    return Fraction(SECONDS_WITHOUT_MUSIC)


def _too_short(request: SlideshowRequest, frames: int) -> Iterator[Problem]:
    count = len(request.images)
    if frames < 2 * count:
        yield Problem(
            "duration", f"{frames} frames are too few for {count} images", f"at least {2 * count} frames are needed"
        )


def _changes(request: SlideshowRequest, beats: Beats | None, music: MediaFacts | None, seconds: float) -> Changes:
    """When one picture takes over from another, in seconds of the video."""
    if not beats or not music or not music.audio or not request.music:
        return spread(None, len(request.images), seconds)
    heard = beats.since(float(request.music.in_)).looped(float(music.audio.duration - request.music.in_), seconds)
    return spread(heard, len(request.images), seconds)


def _bounds(request: SlideshowRequest, changes: Changes, frames: int, rate: Fraction) -> list[tuple[int, int, int]]:
    """For each picture: its first frame, its end, and over how many of its first frames it takes over.

    The middle of a transition of n frames that begins at frame s is the moment s + n/2; that moment is put on the change.
    """
    count = len(request.images)
    wanted = 0 if request.transition.name == "cut" else frames_in(request.transition.duration, rate)
    moments = [Fraction(str(time)) * rate for time in changes.times]
    edges = [Fraction(0), *moments, Fraction(frames)]
    gaps = [later - earlier for earlier, later in pairwise(edges)]
    begins, overlaps = [0], [0]
    for number, moment in enumerate(moments):
        # Half of each neighbour at most, so that every picture is also seen alone.
        overlap = min(wanted, int(min(gaps[number], gaps[number + 1]) / 2))
        begins.append(round_half_up(moment - Fraction(overlap, 2)))
        overlaps.append(overlap)
    ends = [*(begins[number + 1] + overlaps[number + 1] for number in range(count - 1)), frames]
    return list(zip(begins, ends, overlaps, strict=True))


def _content(
    request: SlideshowRequest, library: Mapping[str, MediaFacts], canvas: Canvas, bounds: list[tuple[int, int, int]]
) -> tuple[PictureClip, ...]:
    return tuple(
        _picture(number, image, request, library, _content_area(canvas), bounds[number])
        for number, image in enumerate(request.images)
    )


def _picture(
    number: int,
    image: Image,
    request: SlideshowRequest,
    library: Mapping[str, MediaFacts],
    area: Area,
    bound: tuple[int, int, int],
) -> PictureClip:
    start, end, overlap = bound
    frames = end - start
    zoom = request.zoom
    moves = request.quality != "freeze" and zoom.from_ != zoom.to and frames > 1
    return PictureClip(
        content=ImageContent(asset=library[f"images[{number}].asset"].sha256),
        start=start,
        frames=frames,
        area=area,
        framing=Framing(fit=image.fit or request.fit, focus=(image.focus.x, image.focus.y)),
        scale=(Key(frame=0, value=zoom.from_), Key(frame=frames - 1, value=zoom.to)) if moves else constant(zoom.from_),
        clipped=True,
        transition=Transition(name=request.transition.name, frames=overlap) if overlap else None,
        place=f"images[{number}]",
    )


def _content_area(canvas: Canvas) -> Area:
    width, height = (int(side * CONTENT_SHARE) // 2 * 2 for side in (canvas.width, canvas.height))
    return Area(x=(canvas.width - width) // 4 * 2, y=(canvas.height - height) // 4 * 2, width=width, height=height)


def _atmosphere(
    request: SlideshowRequest, library: Mapping[str, MediaFacts], canvas: Canvas, frames: int
) -> tuple[PictureTrack, ...]:
    if request.atmosphere == "none" or request.quality == "eco" or request.atmosphere_opacity == 0:
        return ()
    if isinstance(request.atmosphere, OwnPicture):
        content: Content = _own(library["atmosphere.asset"], frames, canvas.rate)
    else:
        content = DrawnContent(name=request.atmosphere)
    return (_over_all(content, canvas, frames, "atmosphere", "cover", request.atmosphere_opacity),)


def _own(facts: MediaFacts, frames: int, rate: Fraction) -> Content:
    """A picture of the tenant's, or a video over and over."""
    if facts.still:
        return ImageContent(asset=facts.sha256)
    whole = max(1, int(facts.duration * rate))
    lengths = [min(whole, frames - begin) for begin in range(0, frames, whole)]
    stretches = tuple(Stretch(media_in=Fraction(0), frames=length) for length in lengths)
    return VideoContent(asset=facts.sha256, stretches=stretches)


def _frame(
    request: SlideshowRequest, library: Mapping[str, MediaFacts], canvas: Canvas, frames: int
) -> tuple[PictureTrack, ...]:
    if request.frame == "none":
        return ()
    if isinstance(request.frame, OwnPicture):
        content: Content = _own(library["frame.asset"], frames, canvas.rate)
    else:
        content = DrawnContent(name=request.frame)
    area = _content_area(canvas)
    if isinstance(request.frame, OwnPicture) and _drawn_size(library["frame.asset"]) != area.size:
        area = Area(x=0, y=0, width=canvas.width, height=canvas.height)
    clip = PictureClip(content=content, start=0, frames=frames, area=area, framing=Framing(fit="fill"), place="frame")
    return (PictureTrack(clips=(clip,)),)


def _drawn_size(facts: MediaFacts) -> tuple[int, int]:
    """The size of a frame of one's own: one as large as the content lies on it, any other on the whole canvas."""
    assert facts.video
    return facts.video.display_size


def _text(request: SlideshowRequest, canvas: Canvas, frames: int) -> tuple[PictureTrack, ...]:
    if not request.text or not request.text.strip():
        return ()
    frame, picture = str(request.frame), _content_area(canvas)
    area = text_area(frame, picture, canvas)
    content = TextContent(
        text=request.text,
        style=text_style(canvas),
        missing_glyphs=request.missing_glyphs,
        headline=headline_area(frame, picture, canvas),
    )
    return (PictureTrack(clips=(PictureClip(content=content, start=0, frames=frames, area=area, place="text"),)),)


def _over_all(
    content: Content,
    canvas: Canvas,
    frames: int,
    place: str,
    fit: Any,
    opacity: float,
) -> PictureTrack:
    area = Area(x=0, y=0, width=canvas.width, height=canvas.height)
    clip = PictureClip(
        content=content,
        start=0,
        frames=frames,
        area=area,
        framing=Framing(fit=fit),
        opacity=constant(opacity),
        place=place,
    )
    return PictureTrack(clips=(clip,))


def _sound(request: SlideshowRequest, asset: MediaFacts | None, frames: int, rate: Fraction) -> tuple[SoundTrack, ...]:
    """The music from its in point, begun again where it is too short, faded at the end; silence needs no clip."""
    if not asset or not request.music:
        return ()
    track = Soundtrack(soundtrack=request.music.asset, in_=request.music.in_, volume=request.music.volume)
    fade_out = frames_in(request.music.fade_out, rate)
    return (SoundTrack(clips=(music_clip(track, asset, frames, rate, fade_out=fade_out, place="music"),)),)


def _manifest(
    request: SlideshowRequest, timeline: Timeline, changes: Changes, bounds: list[tuple[int, int, int]]
) -> dict[str, Any]:
    """What is shown when, as JSON; and how far each change is from its beat."""
    rate = timeline.canvas.rate
    middles = [(start + Fraction(overlap, 2)) / rate for start, _, overlap in bounds[1:]]
    return {
        "name": timeline.name,
        "frames": timeline.frames,
        "seconds": round(float(timeline.frames / rate), 6),
        "sequence": [
            {
                "place": f"images[{number}]",
                "name": public_name(image.asset),
                "start_frame": start,
                "frames": end - start,
            }
            for number, (image, (start, end, _)) in enumerate(zip(request.images, bounds, strict=True))
        ],
        "changes": changes.how,
        "cuts": [
            {
                "seconds": round(float(middle), 6),
                "beat": round(time, 6) if changes.on_beats else None,
                "ms_from_beat": round((float(middle) - time) * 1000, 2) if changes.on_beats else None,
            }
            for middle, time in zip(middles, changes.times, strict=True)
        ],
    }


def _warnings(changes: Changes) -> tuple[str, ...]:
    return (f"music.asset: {changes.warning}",) if changes.warning else ()
