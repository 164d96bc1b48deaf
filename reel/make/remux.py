"""Making files of joined videos that have more in them: other sound tracks, names, chapters."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from reel.make.context import Measured, StepContext
from reel.make.makers import makes
from reel.package.subtitles import Cue, webvtt
from reel.package.subtitles.markup import escaped
from reel.packets.apart import check_remuxed, codec_strings, remux
from reel.packets.remux import Part, SoundTrack
from reel.plan.operations import FindScenes, Join, Remux, SoundMix


@makes(Remux)
def make_remuxed(operation: Remux, context: StepContext) -> Measured:
    """Copy all packets into one file, then read it back."""
    joined = context.measured(operation.source, Join)
    sounds = [
        SoundTrack(context.made(each.soundtrack, SoundMix, SoundMix.stem), each.language, each.title)
        for each in operation.sounds
    ]
    chapters = _chapters(operation, context)
    output, rate = context.folder / operation.file, operation.rate
    video = context.made(operation.source, Join, Join.stem)
    written = remux(video, sounds, chapters, output, rate, operation.container)
    check_remuxed(
        output,
        written,
        sounds,
        chapters,
        rate,
        operation.frames,
        operation.samples,
        operation.audio,
        operation.container,
        context.place,
    )
    if chapters:
        (context.folder / operation.listed).write_text(listed(chapters), "utf-8")
    return {
        **joined,
        "source": operation.source,
        "codecs": ",".join(codec_strings(output, rate)),
        "sounds": [{"language": each.language, "title": each.title} for each in operation.sounds],
        "chapters": len(chapters),
    }


def _chapters(operation: Remux, context: StepContext) -> list[Part]:
    """Those that are listed, or one for each scene."""
    if operation.scenes is None:
        return [Part(each.start, each.end, each.title) for each in operation.chapters]
    found = json.loads(context.made(operation.scenes, FindScenes, FindScenes.file).read_text())
    ends = [scene["end"] / operation.rate for scene in found["scenes"]]
    return [
        Part(start, end, f"Scene {number}") for number, (start, end) in enumerate(pairwise(edges_of(ends)), start=1)
    ]


LEAST_SECONDS = Fraction(1, 2)
"""Of a chapter that is made for a scene; a shorter one, as a flash is, joins the one before it, or the first the next."""


def edges_of(ends: Sequence[Fraction]) -> list[Fraction]:
    """Where chapters begin, and the last one's end, of scenes that end at these times."""
    begins = [Fraction(0)]
    for at in ends[:-1]:
        if at - begins[-1] >= LEAST_SECONDS and ends[-1] - at >= LEAST_SECONDS:
            begins.append(at)
    return [*begins, ends[-1]]


def listed(chapters: Sequence[Part]) -> str:
    """Chapters as WebVTT."""
    return webvtt(Cue(_milliseconds(each.start), _milliseconds(each.end), escaped(each.title)) for each in chapters)


def _milliseconds(seconds: Fraction) -> int:
    return round(float(seconds) * 1000)
