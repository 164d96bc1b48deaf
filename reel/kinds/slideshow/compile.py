"""From a slideshow request to its timeline."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from reel.curves import Key, constant
from reel.findings import Beats, Changes, Findings, of_type
from reel.kinds.slideshow.banner import headline_area, text_area, text_style
from reel.kinds.slideshow.faults import faults
from reel.kinds.slideshow.request import Image, OwnPicture, SlideshowRequest
from reel.kinds.slideshow.timing import bounds_of, changes_of, seconds_of
from reel.media import Library, MediaFacts
from reel.plan.compiled import Compiled, composed_canvas, loudness_of, manifest_of, music_clip
from reel.plan.oddities import oddities
from reel.presets import Canvas
from reel.request.parts import Soundtrack
from reel.time import frames_in
from reel.timeline import (
    Area,
    Content,
    DrawnContent,
    Framing,
    ImageContent,
    MediaRange,
    PictureClip,
    PictureTrack,
    SoundTrack,
    TextContent,
    Timeline,
    Transition,
    VideoContent,
)
from reel.values import public_name

CONTENT_SHARE = Fraction(5, 6)
"""Of the canvas, each way: 900x1600 of 1080x1920."""


def compile_slideshow(request: SlideshowRequest, library: Library, findings: Findings) -> Compiled:
    """The one video of `request`. Raises `InvalidRequest` or `BadMedia` with all problems at once."""
    faults(request, library).refuse()
    beats = of_type(Beats, findings).get("music.asset")
    music = library["music.asset"] if request.music else None
    canvas = _canvas(request)
    seconds = seconds_of(request, music)
    frames = max(1, frames_in(seconds, canvas.rate))
    changes = changes_of(request, beats, music, float(seconds))
    bounds = bounds_of(request, changes, frames, canvas.rate)
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
    warnings = (*_warnings(changes), *oddities(timeline, {facts.sha256: facts for facts in library.values()}))
    return Compiled(
        timelines=(timeline,),
        manifests=(_manifest(request, timeline, changes, bounds),),
        loudness=loudness_of(request.loudness),
        warnings=warnings,
    )


def texts(request: SlideshowRequest) -> Iterator[tuple[str, TextContent, Area]]:
    """The text with its field and area; it depends on no asset."""
    for track in _text(request, _canvas(request), 1):
        for clip in track.clips:
            assert isinstance(clip.content, TextContent)
            yield clip.place, clip.content, clip.area


def _canvas(request: SlideshowRequest) -> Canvas:
    canvas = composed_canvas(request)
    if request.quality != "eco":
        return canvas
    return canvas.model_copy(update={"width": canvas.width // 4 * 2, "height": canvas.height // 4 * 2})


def _content(
    request: SlideshowRequest, library: Library, canvas: Canvas, bounds: list[tuple[int, int, int]]
) -> tuple[PictureClip, ...]:
    return tuple(
        _picture(number, image, request, library, _content_area(canvas), bounds[number])
        for number, image in enumerate(request.images)
    )


def _picture(
    number: int,
    image: Image,
    request: SlideshowRequest,
    library: Library,
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


def _atmosphere(request: SlideshowRequest, library: Library, canvas: Canvas, frames: int) -> tuple[PictureTrack, ...]:
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
    stretches = tuple(MediaRange(media_in=Fraction(0), frames=length) for length in lengths)
    return VideoContent(asset=facts.sha256, stretches=stretches)


def _frame(request: SlideshowRequest, library: Library, canvas: Canvas, frames: int) -> tuple[PictureTrack, ...]:
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
    return manifest_of(
        timeline,
        sequence=[
            {
                "place": f"images[{number}]",
                "name": public_name(image.asset),
                "start_frame": start,
                "frames": end - start,
            }
            for number, (image, (start, end, _)) in enumerate(zip(request.images, bounds, strict=True))
        ],
        changes=changes.how,
        cuts=[
            {
                "seconds": round(float(middle), 6),
                "beat": round(time, 6) if changes.on_beats else None,
                "ms_from_beat": round((float(middle) - time) * 1000, 2) if changes.on_beats else None,
            }
            for middle, time in zip(middles, changes.times, strict=True)
        ],
    )


def _warnings(changes: Changes) -> tuple[str, ...]:
    return (f"music.asset: {changes.warning}",) if changes.warning else ()
