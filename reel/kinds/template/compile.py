"""From a template request to its timeline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reel.findings import Findings
from reel.kinds.template.clips import area_of, picture_of, sounds_in, text_of
from reel.kinds.template.faults import faults
from reel.kinds.template.layers import AudioLayer, TextLayer
from reel.kinds.template.placing import Placed, cut_off, length_of, placed_clips
from reel.kinds.template.request import TemplateRequest
from reel.media import Library
from reel.plan.compiled import Compiled, composed_canvas, loudness_of, manifest_of
from reel.plan.oddities import oddities
from reel.presets import Canvas, Fit
from reel.timeline import Area, PictureTrack, SoundTrack, TextContent, Timeline, Track
from reel.values import public_name


def compile_template(request: TemplateRequest, library: Library, findings: Findings) -> Compiled:
    """The one video of `request`. Raises `InvalidRequest` or `BadMedia` with all problems at once."""
    canvas = composed_canvas(request)
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
        background="#000000" if request.background == "none" else request.background,
        tracks=tuple(track for placed in tracks for track in _tracks(placed, library, canvas, request.fit)),
    )
    unused = (f"variables.{name}: nothing in the template uses it" for name in request.unused_variables)
    return Compiled(
        timelines=(timeline,),
        manifests=(_manifest(timeline, tracks),),
        loudness=loudness_of(request.loudness),
        warnings=(*unused, *oddities(timeline, {facts.sha256: facts for facts in library.values()})),
    )


def texts(request: TemplateRequest) -> Iterator[tuple[str, TextContent, Area]]:
    """Every text with its field and area; they depend on no asset."""
    canvas = composed_canvas(request)
    for place, layer in request.layers():
        if isinstance(layer, TextLayer):
            yield f"{place}.text", text_of(layer, canvas), area_of(layer, canvas)


def _tracks(placed: list[Placed], library: Library, canvas: Canvas, fit: Fit) -> Iterator[Track]:
    seen = tuple(picture_of(clip, library, canvas, fit) for clip in placed if not isinstance(clip.layer, AudioLayer))
    if seen:
        yield PictureTrack(clips=seen)
    if heard := tuple(sounds_in(placed, library, canvas.rate)):
        yield SoundTrack(clips=heard)


def _manifest(timeline: Timeline, tracks: list[list[Placed]]) -> dict[str, Any]:
    """What is played, as JSON: the clips of the track that shows most, and how many others there are."""
    longest = max(tracks, key=lambda placed: sum(clip.frames for clip in placed))
    return manifest_of(
        timeline,
        tracks=len(tracks),
        sequence=[
            {
                "place": clip.place,
                "name": public_name(str(getattr(clip.layer, "asset", clip.layer.type))),
                "start_frame": clip.start,
                "frames": clip.frames,
            }
            for clip in longest
        ],
    )
