"""Saying what is in a finished video: `analysis.json`, its scenes for players and editors, its waveform."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from reel.edl import Event, to_cmx, to_otio
from reel.make.context import Measured, StepContext
from reel.make.listening import listen, write_waveform
from reel.make.makers import makes
from reel.make.remux import listed
from reel.packets.apart import technical
from reel.packets.remux import Part
from reel.plan.operations import Analysis, FindScenes

VERSION = 1
"""Of `analysis.json`; raised when a field changes its meaning or goes."""


@makes(Analysis)
def make_analysis(operation: Analysis, context: StepContext) -> Measured:
    """Scenes, stretches without picture, movement or sound, loudness, and what the packets tell."""
    rate, folder = operation.canvas.rate, context.folder
    seconds = float(operation.frames / rate)
    found = json.loads(context.made(operation.scenes, FindScenes, FindScenes.file).read_text())
    heard = listen(context.muxed(operation.heard), seconds, context) if operation.heard else None
    document = {
        "version": VERSION,
        "name": operation.title,
        "seconds": round(seconds, 6),
        "frames": operation.frames,
        "frame_rate": str(rate),
        "scenes": [_stretch(scene["first"], scene["end"], rate) for scene in found["scenes"]],
        "black": [_stretch(first, end, rate) for first, end in found["black"]],
        "frozen": [_stretch(first, end, rate) for first, end in found["frozen"]],
        "silent": [{"start": round(begin, 3), "end": round(end, 3)} for begin, end in heard.silent] if heard else [],
        "loudness": heard.loudness if heard else None,
        "videos": [{"name": each.name, **technical(context.muxed(each.video), rate)} for each in operation.videos],
    }
    (folder / "analysis.json").write_text(json.dumps(document, indent=1), "utf-8")
    scenes = [(scene["first"], scene["end"]) for scene in found["scenes"]]
    parts = [Part(first / rate, end / rate, f"Scene {number}") for number, (first, end) in enumerate(scenes, start=1)]
    (folder / "chapters.vtt").write_text(listed(parts), "utf-8")
    events = events_of(scenes, rate, operation.videos[0].name)
    (folder / "scenes.edl").write_text(to_cmx(operation.title, events, rate), "utf-8")
    (folder / "scenes.otio").write_text(to_otio(operation.title, events, rate), "utf-8")
    if heard:
        write_waveform(folder, heard.peaks)
    loudness = heard.loudness["integrated_lufs"] if heard else None
    return {"scenes": len(scenes), "integrated_lufs": loudness}


def _stretch(first: int, end: int, rate: Fraction) -> dict[str, Any]:
    """Frames, and the same in seconds."""
    return {
        "start": round(float(first / rate), 6),
        "end": round(float(end / rate), 6),
        "first_frame": first,
        "end_frame": end,
    }


def events_of(scenes: Sequence[tuple[int, int]], rate: Fraction, source: str) -> list[Event]:
    """The scenes as stretches of the video."""
    return [
        Event(place=f"scene {number}", source=source, begin=first / rate, end=end / rate)
        for number, (first, end) in enumerate(scenes, start=1)
    ]
