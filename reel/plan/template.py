"""From a template request to its timeline."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from fractions import Fraction
from typing import Any

from reel.curves import Curve, Key, constant
from reel.errors import Problem
from reel.media import MediaFacts
from reel.plan.compiled import Compiled
from reel.plan.faults import Faults
from reel.plan.layers import MOST_SCALE
from reel.plan.oddities import oddities
from reel.plan.operations import Loudness
from reel.plan.placing import (
    Library,
    Placed,
    cut_off,
    length_of,
    misplaced,
    outside_media,
    placed_clips,
    turn_frames,
)
from reel.presets import Canvas, Fit, canvas_size
from reel.request.layers import (
    Animated,
    AudioLayer,
    ColourLayer,
    DrawnLayer,
    ImageLayer,
    SeenClip,
    TextLayer,
    VideoLayer,
)
from reel.request.template import TemplateRequest
from reel.time import frames_in
from reel.timeline import (
    Area,
    ColourContent,
    Content,
    Crop,
    DrawnContent,
    Framing,
    ImageContent,
    PictureClip,
    PictureTrack,
    SoundClip,
    SoundTrack,
    Stretch,
    TextContent,
    TextStyle,
    Timeline,
    Track,
    Transition,
    VideoContent,
)
from reel.values import public_name

ANIMATIONS = ("gif", "apng")
"""Readers of pictures that may move; where a still picture is asked for, their first frame is one."""


MOST_PIXELS = 1 << 27
"""Of a still layer at its largest: enough for one that grows to four times a 4k canvas, each way; 200 MB as planes."""


def compile_template(request: TemplateRequest, library: Library) -> Compiled:
    """The one video of `request`. Raises `InvalidRequest` or `BadMedia` with all problems at once."""
    canvas = _canvas(request)
    faults(request, library).refuse()
    frames = length_of(request, library, canvas.rate)
    assert frames, "known, as all assets are"
    tracks = [
        [cut_off(clip, frames) for clip in placed_clips(track, number, frames, library, canvas.rate) if clip]
        for number, track in enumerate(request.timeline.tracks)
    ]
    timeline = Timeline(
        name="template",
        canvas=canvas,
        frames=frames,
        background=request.background,
        tracks=tuple(track for placed in tracks for track in _tracks(placed, library, canvas, request.fit)),
    )
    loudness = None if request.loudness == "off" else Loudness(**request.loudness.model_dump())
    unused = (f"variables.{name}: nothing in the template uses it" for name in request.unused_variables)
    return Compiled(
        timelines=(timeline,),
        manifests=(_manifest(timeline, tracks),),
        loudness=loudness,
        warnings=(*unused, *oddities(timeline, {facts.sha256: facts for facts in library.values()})),
    )


def unfit_assets(request: TemplateRequest, library: Library) -> list[Problem]:
    """What is wrong with the assets for their places; those that are not in the library are passed over."""
    problems = []
    for place, layer in request.layers():
        facts = library.get(f"{place}.asset")
        if facts is None:
            continue
        asset = public_name(getattr(layer, "asset", ""))
        match layer:
            case VideoLayer() if facts.video is None:
                problems.append(Problem(f"{place}.asset", f"{asset} {facts.without_picture}", "use type `audio`"))
            case VideoLayer() if facts.still:
                problems.append(Problem(f"{place}.asset", f"{asset} is a still picture", "use type `image`"))
            case ImageLayer() if facts.video is None:
                problems.append(Problem(f"{place}.asset", f"{asset} has no picture", "name a picture here"))
            case ImageLayer() if not facts.still and facts.demuxer not in ANIMATIONS:
                problems.append(Problem(f"{place}.asset", f"{asset} is a video", "use type `video`, or `freeze`"))
            case AudioLayer() if facts.audio is None:
                problems.append(Problem(f"{place}.asset", f"{asset} has no sound", "name a file with an audio stream"))
    return problems


def faults(request: TemplateRequest, library: Library, unknown: Collection[str] = ()) -> Faults:
    """All that is wrong, as far as it can be said: without the assets that are not in the library, and without what depends on
    the fields that are `unknown`."""
    canvas = _canvas(request)
    unfit = unfit_assets(request, library)
    places = {problem.place for problem in unfit}
    fitting = {place: facts for place, facts in library.items() if place not in places}
    wrong = [*_wrong_clips(request, fitting, canvas)]
    doubtful = {*unknown, *(problem.place for problem in wrong)}
    frames = length_of(request, fitting, canvas.rate, doubtful)
    for number, track in enumerate(request.timeline.tracks):
        placed = [*placed_clips(track, number, frames, fitting, canvas.rate, doubtful)]
        wrong += misplaced(placed, frames, fitting, canvas.rate)
    return Faults.of(unfit, wrong, unknown)


def texts(request: TemplateRequest) -> Iterator[tuple[str, TextContent, Area]]:
    """Every text with its field and area; they depend on no asset."""
    canvas = _canvas(request)
    for place, layer in request.layers():
        if isinstance(layer, TextLayer):
            yield f"{place}.text", _text(layer, canvas), _area(layer, canvas)


def _canvas(request: TemplateRequest) -> Canvas:
    width, height = canvas_size(request.aspect, request.resolution)
    return Canvas(width=width, height=height, rate=request.frame_rate)


def _wrong_clips(request: TemplateRequest, library: Library, canvas: Canvas) -> Iterator[Problem]:
    """What is wrong with single clips."""
    for place, layer in request.layers():
        yield from outside_media(place, layer, library.get(f"{place}.asset"), canvas.rate)
        if not isinstance(layer, AudioLayer):
            yield from _too_large(place, layer, canvas)


def _too_large(place: str, layer: SeenClip, canvas: Canvas) -> Iterator[Problem]:
    area = _area(layer, canvas)
    scales = [layer.scale] if isinstance(layer.scale, float) else [key.value for key in layer.scale]
    largest = min(max(1.0, *scales), MOST_SCALE)
    if area.width * area.height * largest**2 > MOST_PIXELS:
        yield Problem(
            f"{place}.area",
            f"has {area.width}x{area.height} pixels, {largest:g} times as large each way at its largest",
            f"make it smaller, or `scale`: {MOST_PIXELS / 1e6:.0f} million pixels are the most",
        )


def _tracks(placed: list[Placed], library: Library, canvas: Canvas, fit: Fit) -> Iterator[Track]:
    seen = tuple(_picture(clip, library, canvas, fit) for clip in placed if not isinstance(clip.layer, AudioLayer))
    if seen:
        yield PictureTrack(clips=seen)
    if heard := tuple(_sounds(placed, library, canvas.rate)):
        yield SoundTrack(clips=heard)


def _picture(clip: Placed, library: Library, canvas: Canvas, fit: Fit) -> PictureClip:
    layer = clip.layer
    assert not isinstance(layer, AudioLayer)
    transition = layer.transition
    return PictureClip(
        content=_content(clip, library, canvas),
        start=clip.start,
        frames=clip.frames,
        area=_area(layer, canvas),
        framing=_framing(layer, fit),
        x=_curve(layer.position.x, canvas.rate, lambda share: share * canvas.width),
        y=_curve(layer.position.y, canvas.rate, lambda share: share * canvas.height),
        scale=_curve(layer.scale, canvas.rate),
        rotation=_curve(layer.rotation, canvas.rate),
        opacity=_curve(layer.opacity, canvas.rate),
        clipped=layer.clipped,
        transition=Transition(
            name=transition.name, frames=clip.overlap, easing=transition.easing, colour=transition.colour
        )
        if transition and clip.overlap
        else None,
        place=clip.place,
    )


def _content(clip: Placed, library: Library, canvas: Canvas) -> Content:
    match clip.layer:
        case VideoLayer() as layer:
            facts = library[f"{clip.place}.asset"]
            return VideoContent(asset=facts.sha256, stretches=tuple(_stretches(layer, clip.frames, facts, canvas.rate)))
        case ImageLayer():
            return ImageContent(asset=library[f"{clip.place}.asset"].sha256)
        case ColourLayer(colour=colour):
            return ColourContent(colour=colour)
        case DrawnLayer(name=name):
            return DrawnContent(name=name)
        case TextLayer() as layer:
            return _text(layer, canvas)
        case _:
            raise AssertionError("sound is not seen")


def _text(layer: TextLayer, canvas: Canvas) -> TextContent:
    style = _style(layer, min(canvas.width, canvas.height) / 1080)
    return TextContent(text=layer.text, style=style, missing_glyphs=layer.missing_glyphs)


def _stretches(layer: VideoLayer, frames: int, facts: MediaFacts, rate: Fraction) -> Iterator[Stretch]:
    if layer.freeze is not None:
        yield Stretch(media_in=layer.freeze, frames=frames, speed=Fraction(0))
        return
    whole = turn_frames(layer, facts, rate) if layer.loop else frames
    for begin in range(0, frames, whole):
        yield Stretch(media_in=layer.in_, frames=min(whole, frames - begin), speed=layer.speed)


def _sounds(placed: list[Placed], library: Library, rate: Fraction) -> Iterator[SoundClip]:
    """Sound clips, and the own sound of videos; where a picture crossfades, its sound does."""
    for clip, after in zip(placed, [*placed[1:], None], strict=True):
        layer = clip.layer
        if not isinstance(layer, VideoLayer | AudioLayer):
            continue
        facts = library[f"{clip.place}.asset"]
        silent = isinstance(layer, VideoLayer) and (layer.mute or layer.freeze is not None)
        if facts.audio is None or silent:
            continue
        if isinstance(layer, AudioLayer):
            fades = frames_in(layer.fade_in, rate), frames_in(layer.fade_out, rate)
        else:
            fades = clip.overlap, after.overlap if after else 0
        yield _heard(clip, layer, facts, rate, fades)


def _heard(
    clip: Placed, layer: VideoLayer | AudioLayer, facts: MediaFacts, rate: Fraction, fades: tuple[int, int]
) -> SoundClip:
    turn = turn_frames(layer, facts, rate)
    return SoundClip(
        asset=facts.sha256,
        start=clip.start,
        frames=clip.frames,
        # Where only its sound is wanted, a file begins with its sound, and not with its picture.
        media_in=layer.in_ + (facts.sound_at if isinstance(layer, AudioLayer) else 0),
        speed=layer.speed,
        turn=turn if layer.loop and turn < clip.frames else None,
        gain_db=_curve(layer.volume, rate),
        fade_in=min(fades[0], clip.frames),
        fade_out=min(fades[1], clip.frames),
        place=clip.place,
    )


def _area(layer: SeenClip, canvas: Canvas) -> Area:
    share = layer.area
    left, top = _even(share.x * canvas.width), _even(share.y * canvas.height)
    return Area(
        x=left,
        y=top,
        width=max(2, _even((share.x + share.width) * canvas.width) - left),
        height=max(2, _even((share.y + share.height) * canvas.height) - top),
    )


def _even(value: float) -> int:
    return 2 * round(value / 2)


def _framing(layer: SeenClip, fit: Fit) -> Framing:
    if not isinstance(layer, VideoLayer | ImageLayer):
        return Framing(fit="fill")
    crop = None if layer.crop is None else Crop(**layer.crop.model_dump())
    return Framing(fit=layer.fit or fit, crop=crop, focus=(layer.focus.x, layer.focus.y))


def _style(layer: TextLayer, factor: float) -> TextStyle:
    same = ("bold", "colour", "outline_colour", "shadow_colour", "align", "vertical", "balanced", "line_height",
            "background")  # fmt: skip
    return TextStyle(
        **{name: getattr(layer, name) for name in same},
        **{name: getattr(layer, name) * factor for name in ("size", "outline", "shadow")},
        smallest=min(layer.smallest, layer.size) * factor,
        padding=round(layer.padding * factor),
    )


def _curve(animated: Animated, rate: Fraction, scaled: Callable[[float], float] = lambda value: value) -> Curve:
    if isinstance(animated, float):
        return constant(scaled(animated))
    keys: dict[int, Key] = {}
    for keyframe in animated:
        frame = frames_in(keyframe.at, rate)
        # Of two keyframes within one frame, the later one counts.
        keys[frame] = Key(frame=frame, value=scaled(keyframe.value), easing=keyframe.easing)
    return tuple(keys.values())


def _manifest(timeline: Timeline, tracks: list[list[Placed]]) -> dict[str, Any]:
    """What is played, as JSON: the clips of the track that shows most, and how many others there are."""
    longest = max(tracks, key=lambda placed: sum(clip.frames for clip in placed))
    return {
        "name": timeline.name,
        "frames": timeline.frames,
        "seconds": round(float(timeline.frames / timeline.canvas.rate), 6),
        "tracks": len(tracks),
        "sequence": [
            {
                "place": clip.place,
                "name": public_name(str(getattr(clip.layer, "asset", clip.layer.type))),
                "start_frame": clip.start,
                "frames": clip.frames,
            }
            for clip in longest
        ],
    }
