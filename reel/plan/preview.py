"""Previews of a timeline: smaller, a part of it, or only stills. From the same segments where they are whole."""

from __future__ import annotations

from reel.curves import Curve
from reel.errors import InvalidRequest
from reel.plan.compiled import Compiled
from reel.presets import Canvas
from reel.rectangles import nearest_even
from reel.request.preview import Preview
from reel.time import frames_in
from reel.timeline import Area, PictureClip, PictureTrack, TextContent, Timeline


def scaled(timeline: Timeline, factor: float) -> Timeline:
    """The same timeline on a smaller canvas."""
    if factor == 1:
        return timeline
    canvas = Canvas(
        width=max(2, nearest_even(timeline.canvas.width * factor)),
        height=max(2, nearest_even(timeline.canvas.height * factor)),
        rate=timeline.canvas.rate,
    )
    tracks = tuple(
        track.model_copy(
            update={"clips": tuple(_scaled_clip(clip, factor, canvas, timeline.canvas) for clip in track.clips)}
        )
        if isinstance(track, PictureTrack)
        else track
        for track in timeline.tracks
    )
    return timeline.model_copy(update={"canvas": canvas, "tracks": tracks})


def window_of(preview: Preview | None, timeline: Timeline, place: str = "preview") -> tuple[int, int]:
    """The frames that a preview shows; all of them where it does not say. Raises `InvalidRequest`."""
    if preview is None or preview.range is None:
        return 0, timeline.frames
    rate = timeline.canvas.rate
    first, end = frames_in(preview.range.start, rate), min(frames_in(preview.range.end, rate), timeline.frames)
    if first >= end:
        seconds = float(timeline.frames / rate)
        raise InvalidRequest.at(
            f"{place}.range", f"has no frame of a video of {seconds:g} s", "begin earlier, or end later"
        )
    return first, end


def stills_of(preview: Preview, timeline: Timeline) -> tuple[int, ...]:
    """The frames that a preview of stills shows: one, or evenly spaced ones. Raises `InvalidRequest`."""
    first, end = window_of(preview, timeline)
    rate = timeline.canvas.rate
    if preview.frame is not None:
        seconds = timeline.frames / rate
        if preview.frame >= seconds:
            raise InvalidRequest.at(
                "preview.frame",
                f"{float(preview.frame):g} s is past the end, {float(seconds):g} s",
                "show an earlier one",
            )
        # The nearest frame to a moment in the second half of the last one would be that after it, which is not there.
        return (min(frames_in(preview.frame, rate), timeline.frames - 1),)
    count = min(preview.contact_sheet or 1, end - first)
    return tuple(first + (2 * place + 1) * (end - first) // (2 * count) for place in range(count))


def previewed(compiled: Compiled, preview: Preview | None) -> Compiled:
    """The timelines in the size of a preview."""
    if preview is None or preview.scale == 1:
        return compiled
    timelines = tuple(scaled(timeline, preview.scale) for timeline in compiled.timelines)
    return compiled.model_copy(update={"timelines": timelines, "kept": None})


def _scaled_clip(clip: PictureClip, factor: float, canvas: Canvas, before: Canvas) -> PictureClip:
    content = clip.content
    if isinstance(content, TextContent):
        content = content.model_copy(update={"box": content.box or clip.area.size})
    whole = clip.area == Area(x=0, y=0, width=before.width, height=before.height)
    area = Area(x=0, y=0, width=canvas.width, height=canvas.height) if whole else _scaled_area(clip.area, factor)
    moved = {"x": _scaled_curve(clip.x, factor), "y": _scaled_curve(clip.y, factor)}
    framing = clip.framing.grown(factor)
    return clip.model_copy(update={"content": content, "area": area, "framing": framing, **moved})


def _scaled_area(area: Area, factor: float) -> Area:
    left, top, width, height = (nearest_even(each * factor) for each in (area.x, area.y, area.width, area.height))
    return Area(x=left, y=top, width=max(2, width), height=max(2, height))


def _scaled_curve(curve: Curve, factor: float) -> Curve:
    return tuple(key.model_copy(update={"value": key.value * factor}) for key in curve)
