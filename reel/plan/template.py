"""From a template request to its timeline."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from reel.curves import Curve, Key, constant
from reel.errors import BadMedia, InvalidRequest, Problem
from reel.media import MediaFacts
from reel.plan.compiled import Compiled
from reel.plan.operations import Loudness
from reel.presets import Canvas, canvas_size
from reel.request.layers import (
    Animated,
    AudioLayer,
    ColourLayer,
    DrawnLayer,
    ImageLayer,
    LayerTrack,
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

Library = Mapping[str, MediaFacts]
AnyLayer = SeenClip | AudioLayer

ANIMATIONS = ("gif", "apng")
"""Readers of pictures that may move; where a still picture is asked for, their first frame is one."""


@dataclass(frozen=True)
class Placed:
    """A clip with its range of frames on the timeline."""

    layer: AnyLayer
    place: str
    start: int
    frames: int
    overlap: int = 0
    """Over how many of its first frames the clip before it is seen as well."""

    @property
    def end(self) -> int:
        return self.start + self.frames


def compile_template(request: TemplateRequest, library: Library) -> Compiled:
    """The one video of `request`. Raises `InvalidRequest` or `BadMedia` with all problems at once."""
    unfit = unfit_assets(request, library)
    width, height = canvas_size(request.aspect, request.resolution)
    canvas = Canvas(width=width, height=height, rate=request.frame_rate)
    problems = [] if unfit else _outside_media(request, library)
    if unfit:
        raise BadMedia(*unfit)
    frames = _length(request, library, canvas.rate, problems)
    tracks = [
        list(_placed(track, number, frames, library, canvas.rate, problems))
        for number, track in enumerate(request.timeline.tracks)
    ]
    for placed in tracks:
        problems += _collisions(placed, frames, canvas.rate)
    if problems:
        raise InvalidRequest(*dict.fromkeys(problems))
    timeline = Timeline(
        name="template",
        canvas=canvas,
        frames=frames,
        background=request.background[:7],
        tracks=tuple(track for placed in tracks for track in _tracks(placed, library, canvas)),
    )
    loudness = None if request.loudness == "off" else Loudness(**request.loudness.model_dump())
    return Compiled(timelines=(timeline,), manifests=(_manifest(timeline, tracks),), loudness=loudness)


def unfit_assets(request: TemplateRequest, library: Library) -> list[Problem]:
    """What is wrong with the assets for their places; those that are not in the library are passed over."""
    problems = []
    for place, layer in _layers(request):
        facts = library.get(f"{place}.asset")
        if facts is None:
            continue
        asset = getattr(layer, "asset", "")
        match layer:
            case VideoLayer() if facts.video is None:
                problems.append(Problem(f"{place}.asset", f"{asset} has sound but no picture", "use type `audio`"))
            case VideoLayer() if facts.still:
                problems.append(Problem(f"{place}.asset", f"{asset} is a still picture", "use type `image`"))
            case ImageLayer() if facts.video is None:
                problems.append(Problem(f"{place}.asset", f"{asset} has no picture", "name a picture here"))
            case ImageLayer() if not facts.still and facts.demuxer not in ANIMATIONS:
                problems.append(Problem(f"{place}.asset", f"{asset} is a video", "use type `video`, or `freeze`"))
            case AudioLayer() if facts.audio is None:
                problems.append(Problem(f"{place}.asset", f"{asset} has no sound", "name a file with an audio stream"))
    return problems


def _layers(request: TemplateRequest) -> Iterator[tuple[str, AnyLayer]]:
    for number, track in enumerate(request.timeline.tracks):
        for place, layer in enumerate(track.clips):
            yield f"timeline.tracks[{number}].clips[{place}]", layer


def _media_seconds(layer: VideoLayer | AudioLayer, facts: MediaFacts) -> Fraction:
    """How long the asset lasts for a clip of this type, from the moment that its `in` counts from."""
    if isinstance(layer, AudioLayer):
        assert facts.audio
        return facts.audio.duration
    return facts.duration


def _outside_media(request: TemplateRequest, library: Library) -> list[Problem]:
    problems = []
    for place, layer in _layers(request):
        if not isinstance(layer, VideoLayer | AudioLayer):
            continue
        lasts = _media_seconds(layer, library[f"{place}.asset"])
        length = f"{layer.asset} lasts {float(lasts):.3f} s"
        if layer.in_ >= lasts:
            problems.append(
                Problem(f"{place}.in", f"{float(layer.in_):g} s is past the end: {length}", "begin earlier")
            )
        elif layer.out is not None and layer.out > lasts + 1 / request.frame_rate:
            problems.append(Problem(f"{place}.out", f"{float(layer.out):g} s is past the end: {length}", "end earlier"))
        if isinstance(layer, VideoLayer) and layer.freeze is not None and layer.freeze >= lasts:
            problems.append(Problem(f"{place}.freeze", f"{float(layer.freeze):g} s is past the end: {length}"))
    return problems


def _length(request: TemplateRequest, library: Library, rate: Fraction, problems: list[Problem]) -> int:
    """Frames of the whole: as asked for, or until the last clip ends that has an end of its own."""
    if request.duration != "auto":
        return max(1, frames_in(request.duration, rate))
    ends = [
        placed.end
        for number, track in enumerate(request.timeline.tracks)
        for placed in _placed(track, number, 0, library, rate, [])
        if placed.layer.model_dump().get("duration") != "end"
    ]
    if not ends:
        problems.append(Problem("duration", "is `auto`, and no clip has an end of its own", "give it in seconds"))
    return max([1, *ends])


def _placed(
    track: LayerTrack, number: int, frames: int, library: Library, rate: Fraction, problems: list[Problem]
) -> Iterator[Placed]:
    """The clips of a track, one after another. Ends are rounded from seconds since the begin, so that no error adds up."""
    clock = Fraction(0)
    for order, layer in enumerate(track.clips):
        place = f"timeline.tracks[{number}].clips[{order}]"
        transition = None if isinstance(layer, AudioLayer) else layer.transition
        if transition and order == 0:
            problems.append(
                Problem(f"{place}.transition", "has no clip before it to come from", "remove it, or use opacity")
            )
        overlap = transition.duration if transition and order else Fraction(0)
        begin = max(Fraction(0), clock - overlap) if layer.start == "auto" else layer.start
        start = frames_in(begin, rate)
        lasts = _duration(layer, library.get(f"{place}.asset"))
        end = max(frames, start + 1) if lasts is None else frames_in(begin + lasts, rate)
        clock = Fraction(end) / rate if lasts is None else begin + lasts
        yield Placed(layer, place, start, max(1, end - start), frames_in(overlap, rate))


def _duration(layer: AnyLayer, facts: MediaFacts | None) -> Fraction | None:
    """Seconds that a clip lasts; null: until the timeline ends."""
    if layer.duration == "end":
        return None
    if layer.duration == "media":
        assert isinstance(layer, VideoLayer | AudioLayer)
        if isinstance(layer, VideoLayer) and layer.freeze is not None:
            return None
        assert facts
        lasts = _media_seconds(layer, facts)
        return (min(layer.out or lasts, lasts) - layer.in_) / layer.speed
    assert not isinstance(layer.duration, str)
    return layer.duration


def _collisions(placed: list[Placed], frames: int, rate: Fraction) -> Iterator[Problem]:
    """Clips of one track that overlap otherwise than by a transition, transitions that are too long, clips that begin after
    the end."""
    for before, clip in zip([None, *placed], placed, strict=False):
        if clip.start >= frames:
            yield Problem(
                f"{clip.place}.start", f"is at or after the end of the timeline, {frames / rate!s} s", "begin earlier"
            )
        if before is None:
            continue
        if isinstance(clip.layer, AudioLayer):
            continue  # sounds may lie over one another
        shared = before.end - clip.start
        if clip.overlap and (clip.overlap >= clip.frames or clip.overlap + before.overlap > before.frames):
            yield Problem(
                f"{clip.place}.transition.duration",
                f"{float(clip.overlap / rate):g} s is too long for its clips, {float(before.frames / rate):g} s and "
                f"{float(clip.frames / rate):g} s",
                "make it shorter; a clip's two transitions must not touch",
            )
        elif shared > clip.overlap:
            yield Problem(
                f"{clip.place}.start",
                f"overlaps the clip before it by {float(shared / rate):g} s",
                "begin later, set a transition of that length, or put it on another track",
            )
        elif clip.overlap and shared < clip.overlap:
            yield Problem(
                f"{clip.place}.start",
                "leaves no room for its transition: the clip before it ends too early",
                "begin by the transition's length before that clip ends, or leave `start` out",
            )


def _tracks(placed: list[Placed], library: Library, canvas: Canvas) -> Iterator[Track]:
    seen = tuple(_picture(clip, library, canvas) for clip in placed if not isinstance(clip.layer, AudioLayer))
    if seen:
        yield PictureTrack(clips=seen)
    if heard := tuple(_sounds(placed, library, canvas.rate)):
        yield SoundTrack(clips=heard)


def _picture(clip: Placed, library: Library, canvas: Canvas) -> PictureClip:
    layer = clip.layer
    assert not isinstance(layer, AudioLayer)
    transition = layer.transition
    return PictureClip(
        content=_content(clip, library, canvas),
        start=clip.start,
        frames=clip.frames,
        area=_area(layer, canvas),
        framing=_framing(layer),
        x=_curve(layer.position.x, canvas.rate, lambda share: share * canvas.width),
        y=_curve(layer.position.y, canvas.rate, lambda share: share * canvas.height),
        scale=_curve(layer.scale, canvas.rate),
        rotation=_curve(layer.rotation, canvas.rate),
        opacity=_curve(layer.opacity, canvas.rate),
        clipped=layer.clipped,
        transition=Transition(
            name=transition.name, frames=clip.overlap, easing=transition.easing, colour=transition.colour[:7]
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
            return TextContent(text=layer.text, style=_style(layer, min(canvas.width, canvas.height) / 1080))
        case _:
            raise AssertionError("sound is not seen")


def _stretches(layer: VideoLayer, frames: int, facts: MediaFacts, rate: Fraction) -> Iterator[Stretch]:
    if layer.freeze is not None:
        yield Stretch(media_in=layer.freeze, frames=frames, speed=Fraction(0))
        return
    whole = _turn(layer, facts, rate) if layer.loop else frames
    for begin in range(0, frames, whole):
        yield Stretch(media_in=layer.in_, frames=min(whole, frames - begin), speed=layer.speed)


def _turn(layer: VideoLayer | AudioLayer, facts: MediaFacts, rate: Fraction) -> int:
    """Whole frames from in to out."""
    lasts = _media_seconds(layer, facts)
    return max(1, math.floor((min(layer.out or lasts, lasts) - layer.in_) / layer.speed * rate))


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
        fades = (
            (frames_in(layer.fade_in, rate), frames_in(layer.fade_out, rate))
            if isinstance(layer, AudioLayer)
            else (
                clip.overlap,
                after.overlap if after else 0,
            )
        )
        yield from _heard(clip, layer, facts, rate, fades)


def _heard(
    clip: Placed, layer: VideoLayer | AudioLayer, facts: MediaFacts, rate: Fraction, fades: tuple[int, int]
) -> Iterator[SoundClip]:
    assert facts.audio
    whole = _turn(layer, facts, rate) if layer.loop else clip.frames
    late = facts.audio.start - facts.zero if isinstance(layer, AudioLayer) else Fraction(0)
    for begin in range(0, clip.frames, whole):
        frames = min(whole, clip.frames - begin)
        volume = _curve(layer.volume, rate)
        yield SoundClip(
            asset=facts.sha256,
            start=clip.start + begin,
            frames=frames,
            media_in=layer.in_ + late,
            speed=layer.speed,
            gain_db=tuple(key.model_copy(update={"frame": key.frame - begin}) for key in volume),
            fade_in=min(fades[0], frames) if begin == 0 else 0,
            fade_out=min(fades[1], frames) if begin + frames == clip.frames else 0,
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


def _framing(layer: SeenClip) -> Framing:
    if not isinstance(layer, VideoLayer | ImageLayer):
        return Framing(fit="fill")
    crop = None if layer.crop is None else Crop(**layer.crop.model_dump())
    return Framing(fit=layer.fit, crop=crop, focus=(layer.focus.x, layer.focus.y))


def _style(layer: TextLayer, factor: float) -> TextStyle:
    same = ("bold", "colour", "outline_colour", "shadow_colour", "align", "vertical", "line_height", "background")
    return TextStyle(
        **{name: getattr(layer, name) for name in same},
        **{name: getattr(layer, name) * factor for name in ("size", "outline", "shadow")},
        smallest=min(layer.smallest, layer.size) * factor,
        padding=round(layer.padding * factor),
    )


def _curve(animated: Animated, rate: Fraction, scaled: Callable[[float], float] = lambda value: value) -> Curve:
    if isinstance(animated, int | float):
        return constant(scaled(animated))
    keys: dict[int, Key] = {}
    for keyframe in animated:
        frame = frames_in(keyframe.at, rate)
        # Of two keyframes within one frame, the later one counts.
        keys[frame] = Key(frame=frame, value=scaled(keyframe.value), easing=keyframe.easing)
    return tuple(keys.values()) or constant(scaled(0.0))


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
                "name": str(getattr(clip.layer, "asset", clip.layer.type)),
                "start_frame": clip.start,
                "frames": clip.frames,
            }
            for clip in longest
        ],
    }
