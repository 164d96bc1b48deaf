"""What is wrong with a template besides its form: with its assets for their places, and with what it makes of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from reel.errors import Problem
from reel.kinds.faults import Faults
from reel.kinds.template.clips import area_of
from reel.kinds.template.layers import AudioLayer, ImageLayer, SeenClip, VideoLayer
from reel.kinds.template.placing import length_of, misplaced_clips, outside_media, placed_clips
from reel.kinds.template.request import TemplateRequest
from reel.media import Library
from reel.plan.compiled import composed_canvas
from reel.plan.layers import MOST_SCALE
from reel.presets import Canvas
from reel.values import public_name

MOST_PIXELS = 1 << 27
"""Of a still layer at its largest: enough for one that grows to four times a 4k canvas, each way; 200 MB as planes."""


def faults(request: TemplateRequest, library: Library, unknown: Collection[str] = ()) -> Faults:
    """All that is wrong, as far as it can be said: without the assets that are not in the library, and without what depends on
    the fields that are `unknown`."""
    canvas = composed_canvas(request)
    unfit = unfit_assets(request, library)
    places = {problem.place for problem in unfit}
    fitting = {place: facts for place, facts in library.items() if place not in places}
    wrong = [*_wrong_clips(request, fitting, canvas)]
    doubtful = {*unknown, *(problem.place for problem in wrong)}
    frames = length_of(request, fitting, canvas.rate, doubtful)
    for number, track in enumerate(request.timeline.tracks):
        placed = [*placed_clips(track, number, frames, fitting, canvas.rate, doubtful)]
        wrong += misplaced_clips(placed, frames, fitting, canvas.rate)
    return Faults.of(unfit, wrong, unknown)


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
                problems.append(Problem(f"{place}.asset", f"{asset} {facts.without_motion}", "use type `image`"))
            case ImageLayer() if facts.video is None:
                problems.append(Problem(f"{place}.asset", f"{asset} has no picture", "name a picture here"))
            case ImageLayer() if not facts.is_picture:
                problems.append(Problem(f"{place}.asset", f"{asset} is a video", "use type `video`, or `freeze`"))
            case AudioLayer() if facts.audio is None:
                problems.append(
                    Problem(f"{place}.asset", f"{asset} {facts.without_sound}", "name a file with an audio stream")
                )
    return problems


def _wrong_clips(request: TemplateRequest, library: Library, canvas: Canvas) -> Iterator[Problem]:
    """What is wrong with single clips."""
    for place, layer in request.layers():
        yield from outside_media(place, layer, library.get(f"{place}.asset"), canvas.rate)
        if not isinstance(layer, AudioLayer):
            yield from _too_large(place, layer, canvas)


def _too_large(place: str, layer: SeenClip, canvas: Canvas) -> Iterator[Problem]:
    area = area_of(layer, canvas)
    scales = [layer.scale] if isinstance(layer.scale, float) else [key.value for key in layer.scale]
    largest = min(max(1.0, *scales), MOST_SCALE)
    if area.width * area.height * largest**2 > MOST_PIXELS:
        yield Problem(
            f"{place}.area",
            f"has {area.width}x{area.height} pixels, {largest:g} times as large each way at its largest",
            f"make it smaller, or `scale`: {MOST_PIXELS / 1e6:.0f} million pixels are the most",
        )
