"""Random timelines of all kinds of clips, as compilers may make them: two clips of a track share frames only by a transition,
and no clip's two transitions meet.

Drawn from a `random.Random`: of hypothesis, which makes what fails smaller, or with a seed (`python -m tests.proof.many`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from random import Random
from typing import Any

from reel.curves import EASINGS, Curve, Key, constant
from reel.media import MediaFacts
from reel.presets import DRAWN_LOOPS, DRAWN_STILLS, TRANSITIONS, Canvas
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
    PictureTrack,
    SoundClip,
    SoundTrack,
    TextContent,
    TextStyle,
    Timeline,
    Track,
    Transition,
    VideoContent,
)

RATES = tuple(Fraction(rate) for rate in ("24", "25", "30", "30000/1001", "60"))

SIZES = ((96, 64), (128, 96), (96, 160), (160, 120))
DRAWN_SIZES = ((240, 160), (320, 240), (240, 400), (400, 300))
"""Of drawings. Of frames of 96 by 64, which nobody makes, the lines are single pixels, and two over each other share pixels of
colour: a tenth of all there are."""

CONTENTS = ("video", "image", "colour", "text", "drawn", "mixed")
"""What a timeline is mainly made of."""

WORDS = ("Sale", "Hello", "50 % off", "two words", "ÄÖÜ", "a\nb")

COLOURS = ("#c81e1e", "#1ea01e", "#1e32c8", "#ffffff", "#202020", "#d4af37")

Library = Mapping[str, MediaFacts]
"""By asset."""


def timeline(random: Random, content: str, library: Library, *, sounds: bool = True) -> Timeline:
    """A timeline, mostly of one kind of content."""
    rate = random.choice(RATES)
    width, height = random.choice(DRAWN_SIZES if content == "drawn" else SIZES)
    canvas = Canvas(width=width, height=height, rate=rate)
    frames = random.randint(2, max(2, frames_in(Fraction(random.choice((1, 2, 3))), rate)))
    tracks: list[Track] = [
        PictureTrack(clips=_clips(random, content, library, canvas, frames, number))
        for number in range(random.randint(1, 4))
    ]
    if sounds and any(facts.audio for facts in library.values()):
        tracks.insert(random.randint(0, len(tracks)), SoundTrack(clips=_sounds(random, library, frames)))
    return Timeline(
        name="random", canvas=canvas, frames=frames, background=random.choice(COLOURS[:5]), tracks=tuple(tracks)
    )


def soundtrack(random: Random, library: Library) -> Timeline:
    """A timeline of sounds alone."""
    rate = random.choice(RATES)
    frames = random.randint(1, frames_in(Fraction(2), rate))
    clips = _sounds(random, library, frames)
    canvas = Canvas(width=64, height=64, rate=rate)
    return Timeline(name="random", canvas=canvas, frames=frames, tracks=(SoundTrack(clips=clips),))


def _clips(
    random: Random, content: str, library: Library, canvas: Canvas, frames: int, track: int
) -> tuple[PictureClip, ...]:
    """Clips from the begin to the end of a timeline, some with gaps and some with transitions between them."""
    clips: list[PictureClip] = []
    shared = random.choice((None, _area(random, canvas)))  # the area of all clips of the track, as in a slideshow
    start, overlap = random.choice((0, 0, random.randint(0, frames // 2))), 0
    while start < frames and len(clips) < 7:
        least = overlap + 1
        short, long = random.choice(((1, 4), (5, 20), (10, 60)))
        lasts = min(max(least, random.randint(short, long)), frames - start)
        if lasts < least:
            break
        area = shared or _area(random, canvas)
        # The lowest track fills the canvas more often than not: its cuts are made without composing.
        if track == 0 and random.random() < 0.6:
            area = Area(x=0, y=0, width=canvas.width, height=canvas.height)
        clip = _blurred_where_it_can_be(
            _clip(random, _content(random, content, library, lasts, canvas.rate), start, lasts, area), library
        )
        clips.append(clip.model_copy(update={"transition": _transition(random, overlap) if overlap else None}))
        end = start + lasts
        # What is left of this clip when the next one comes in.
        most = min(lasts - overlap, frames - end + lasts - overlap) if end < frames else 0
        overlap = random.randint(1, min(most, 20)) if most > 1 and random.random() < 0.5 else 0
        gap = random.randint(1, 10) if not overlap and random.random() < 0.25 else 0
        start = end - overlap + gap
        if overlap and frames - start <= overlap:  # no room for the next one
            break
    return tuple(clips)


def _clip(random: Random, content: Content, start: int, frames: int, area: Area) -> PictureClip:
    moving: dict[str, Any] = {}
    if random.random() < 0.5:
        for name, values in MOVES.items():
            if random.random() < 0.4:
                moving[name] = curve(random, frames, values)
    return PictureClip(
        content=content,
        start=start,
        frames=frames,
        area=area,
        framing=_framing(random),
        clipped=random.random() < 0.3,
        place="clip",
        **moving,
    )


MOVES: dict[str, Callable[[Random], float]] = {
    "x": lambda random: random.choice((0.0, 8.0, random.uniform(-40, 40))),
    "y": lambda random: random.choice((0.0, -6.0, random.uniform(-30, 30))),
    "scale": lambda random: random.choice((0.0, 1.0, 0.5, random.uniform(0.3, 2))),
    "rotation": lambda random: random.choice((0.0, 90.0, random.uniform(-180, 180))),
    "opacity": lambda random: random.choice((0.0, 1.0, 0.5, random.uniform(0, 1))),
}


def curve(random: Random, frames: int, value: Callable[[Random], float]) -> Curve:
    """One value, or up to four keys, which may lie before or after the clip."""
    if random.random() < 0.4:
        return constant(value(random))
    places = sorted({random.randint(-5, frames + 5) for _ in range(random.randint(1, 4))})
    return tuple(Key(frame=place, value=value(random), easing=random.choice(EASINGS)) for place in places)


def _blurred_where_it_can_be(clip: PictureClip, library: Library) -> PictureClip:
    """What is blurred behind a video begins and ends on its pairs of pixels: where they are enlarged, that is to be seen."""
    if clip.framing.fit != "contain-blur" or not isinstance(clip.content, VideoContent):
        return clip
    video = library[clip.content.asset].video
    assert video
    enlarged = any(side > own for side, own in zip(clip.area.size, video.display_size, strict=True))
    if not enlarged and min(clip.area.size) >= 64 and not clip.framing.crop:
        return clip
    return clip.model_copy(update={"framing": clip.framing.model_copy(update={"fit": "contain"})})


def _framing(random: Random) -> Framing:
    crop = None
    if random.random() < 0.2:
        # On whole pairs of pixels of every video here: of so small ones, the next pair is far away.
        x, y = random.choice((0.0, 0.25)), random.choice((0.0, 0.25))
        crop = Crop(x=x, y=y, width=random.choice((0.5, 1 - x)), height=random.choice((0.5, 1 - y)))
    focus = random.choice(((0.5, 0.5), (0.0, 1.0), (0.8, 0.3)))
    return Framing(fit=random.choice(("contain", "contain-blur", "cover", "fill", "none")), crop=crop, focus=focus)


def _transition(random: Random, frames: int) -> Transition:
    return Transition(
        name=random.choice(TRANSITIONS),
        frames=frames,
        easing=random.choice(EASINGS),
        colour=random.choice(COLOURS),
    )


def _area(random: Random, canvas: Canvas) -> Area:
    if random.random() < 0.35:
        return Area(x=0, y=0, width=canvas.width, height=canvas.height)
    width, height = (2 * random.randint(8, side // 2) for side in (canvas.width, canvas.height))
    x, y = (
        2 * random.randint(-6, (side - own) // 2 + 6) for side, own in ((canvas.width, width), (canvas.height, height))
    )
    return Area(x=x, y=y, width=width, height=height)


def _content(random: Random, kind: str, library: Library, frames: int, rate: Fraction) -> Content:
    if kind == "mixed" or random.random() < 0.25:
        kind = random.choice(CONTENTS[:5])
    videos = [facts for facts in library.values() if facts.video and not facts.still]
    images = [facts for facts in library.values() if facts.still]
    match kind:
        case "video" if videos:
            return _video(random, random.choice(videos), frames, rate)
        case "image" if images:
            return ImageContent(asset=random.choice(images).sha256)
        case "text":
            return TextContent(text=random.choice(WORDS), style=_style(random))
        case "drawn":
            return DrawnContent(name=random.choice((*[*DRAWN_STILLS][:2], *DRAWN_LOOPS)))
        case _:
            return ColourContent(colour=random.choice(COLOURS) + random.choice(("", "", "80", "20")))


def _style(random: Random) -> TextStyle:
    return TextStyle(
        size=random.choice((16.0, 24.0)),
        smallest=1.0,
        colour=random.choice(COLOURS),
        outline=random.choice((0.0, 2.0)),
        shadow=random.choice((0.0, 0.0, 2.0)),
        background=random.choice(("#00000000", "#00000000", "#1e32c8c0")),
        align=random.choice(("start", "centre", "end")),
        vertical=random.choice(("top", "middle", "bottom")),
    )


def _video(random: Random, facts: MediaFacts, frames: int, rate: Fraction) -> VideoContent:
    """One stretch; or a held frame; or several stretches, as a loop has, and as what lasts longer than its media must have."""
    speed = random.choice((Fraction(1), Fraction(1), Fraction(1, 2), Fraction(2), Fraction(5, 4), Fraction(0)))
    begin = Fraction(random.choice((0, 0, random.randint(0, 900))), 1000)
    pieces = [frames]
    if speed and frames > 4 and random.random() < 0.3:
        turn = random.randint(2, frames - 1)
        pieces = [min(turn, frames - first) for first in range(0, frames, turn)]
    assert facts.video
    if speed:
        there = max(1, math.floor((facts.video.duration - begin) / speed * rate))
        pieces = [min(there, piece - first) for piece in pieces for first in range(0, piece, there)]
    stretches = tuple(MediaRange(media_in=begin, frames=piece, speed=speed) for piece in pieces)
    return VideoContent(asset=facts.sha256, stretches=stretches)


def _sounds(random: Random, library: Library, frames: int) -> tuple[SoundClip, ...]:
    heard: Sequence[MediaFacts] = [facts for facts in library.values() if facts.audio]
    clips = [_sound(random, random.choice(heard), frames) for _ in range(random.randint(0, 3))]
    return tuple(piece for clip in clips for piece in _pieces(random, clip))


def _sound(random: Random, facts: MediaFacts, frames: int) -> SoundClip:
    start = random.randint(0, frames - 1)
    lasts = random.randint(1, frames - start)
    return SoundClip(
        asset=facts.sha256,
        start=start,
        frames=lasts,
        media_in=Fraction(random.choice((0, 0, random.randint(-100, 900))), 1000),
        period=random.choice((None, None, random.randint(1, lasts))),
        gain_db=curve(random, lasts, lambda random: random.choice((-96.0, 0.0, -6.0, random.uniform(-30, 0)))),
        fade_in=random.choice((0, 0, random.randint(0, lasts))),
        fade_out=random.choice((0, 0, random.randint(0, lasts))),
    )


def _pieces(random: Random, clip: SoundClip) -> tuple[SoundClip, ...]:
    """The clip; or two, of which the second goes on as the first left off, as where only the picture is cut."""
    if clip.period or clip.frames < 2 or random.random() < 0.7:
        return (clip,)
    half = random.randint(1, clip.frames - 1)
    plain = clip.model_copy(update={"gain_db": constant(0), "fade_in": 0, "fade_out": 0, "media_in": Fraction(0)})
    first = plain.model_copy(update={"frames": half})
    rest = {"start": clip.start + half, "frames": clip.frames - half}
    return first, plain.model_copy(update=rest)
