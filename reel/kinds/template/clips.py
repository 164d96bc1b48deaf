"""From the placed clips of a template to what is seen and heard of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import zip_longest

from reel.curves import Curve, Key, constant
from reel.kinds.template.layers import (
    AudioLayer,
    ColourLayer,
    DrawnLayer,
    ImageLayer,
    SeenClip,
    TextLayer,
    VideoLayer,
)
from reel.kinds.template.parts import Animated
from reel.kinds.template.placing import Placed, turn_frames
from reel.media import Library, MediaFacts
from reel.presets import Canvas, Fit
from reel.rectangles import nearest_even
from reel.time import frames_in
from reel.timeline import (
    Area,
    ColourContent,
    Content,
    Crop,
    DrawnContent,
    Framing,
    ImageContent,
    MediaRange,
    PictureClip,
    SoundClip,
    TextContent,
    TextStyle,
    Transition,
    VideoContent,
)


def picture_of(clip: Placed, library: Library, canvas: Canvas, fit: Fit) -> PictureClip:
    """What is seen of a clip; `fit` is how pictures fill their areas that do not say it."""
    layer = clip.layer
    assert not isinstance(layer, AudioLayer)
    transition = layer.transition
    return PictureClip(
        content=_content(clip, library, canvas),
        start=clip.start,
        frames=clip.frames,
        area=area_of(layer, canvas),
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
            return text_of(layer, canvas)
        case _:
            raise AssertionError("sound is not seen")


def text_of(layer: TextLayer, canvas: Canvas) -> TextContent:
    """The text of a clip, in the pixels of the canvas."""
    style = _style(layer, min(canvas.width, canvas.height) / 1080)
    return TextContent(text=layer.text, style=style, missing_glyphs=layer.missing_glyphs)


def _stretches(layer: VideoLayer, frames: int, facts: MediaFacts, rate: Fraction) -> Iterator[MediaRange]:
    if layer.freeze is not None:
        yield MediaRange(media_in=layer.freeze, frames=frames, speed=Fraction(0))
        return
    whole = turn_frames(layer, facts, rate) if layer.loop else frames
    for begin in range(0, frames, whole):
        yield MediaRange(media_in=layer.in_, frames=min(whole, frames - begin), speed=layer.speed)


def sounds_in(placed: list[Placed], library: Library, rate: Fraction) -> Iterator[SoundClip]:
    """Sound clips, and the own sound of videos; where a picture crossfades, its sound does."""
    for clip, after in zip_longest(placed, placed[1:]):
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
        period=turn if layer.loop and turn < clip.frames else None,
        gain_db=_curve(layer.volume, rate),
        fade_in=min(fades[0], clip.frames),
        fade_out=min(fades[1], clip.frames),
        place=clip.place,
    )


def area_of(layer: SeenClip, canvas: Canvas) -> Area:
    """The area of a clip, on even pixels."""
    share = layer.area
    left, top = nearest_even(share.x * canvas.width), nearest_even(share.y * canvas.height)
    return Area(
        x=left,
        y=top,
        width=max(2, nearest_even((share.x + share.width) * canvas.width) - left),
        height=max(2, nearest_even((share.y + share.height) * canvas.height) - top),
    )


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
