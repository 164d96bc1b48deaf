"""Binding joined videos to what was proven of their parts: the right segments, in the planned order, and the right sound."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from reel.errors import Damaged, Internal, Problem
from reel.make.context import Measured, StepContext
from reel.make.makers import makes
from reel.make.proof_files import jpeg, write_proof
from reel.packets.apart import decoded_prints, first_other, packets_digest
from reel.packets.bound import ProvenPart
from reel.packets.prints import print_size
from reel.plan.operations import Bind, ProvePicture, ProveSound, SoundMix
from reel.plan.operations.base import Muxed, Operation, Segment
from reel.plan.operations.proofs import Proven, ProvenSound
from reel.proof.levels import beside

ALIKE_LEVELS = 3.0
"""Mean levels by which two pictures of the same segment may differ."""


@makes(Bind)
def make_bound(operation: Bind, context: StepContext) -> Measured:
    """Compare a joined video with its proven parts, packet by packet, in the order of the plan.

    Raises `Internal` where a part is another than planned, `Damaged` where a part or the soundtrack was made again since it was
    proven or joined: what rests on it is forgotten, and made again.
    """
    for part in operation.parts:
        _still_proven(part, context)
    sounds = [_proven_sound(sound, context) for sound in operation.sounds]
    video = context.muxed(operation.video)
    other = first_other(video, [_proven(part, context) for part in operation.parts]) if operation.parts else None
    first = sum(part.frames for part in operation.parts[:other])
    if other is not None and other < len(operation.parts):
        raise _another(operation, operation.parts[other], first, video, context)
    if other is not None:
        raise Internal.at(context.place, f"has more than its {first} planned frames", "report this")
    for number, sound in enumerate(sounds):
        if packets_digest(video, "audio", number)[1] == sound["packets_sha256"]:
            continue
        # What was proven is the soundtrack of now: the video was joined with one of before, or its bytes are no longer its own.
        raise _outlived(context, operation.video, "has another sound than the one that was proven")
    proofs = [*dict.fromkeys(part.proof for part in operation.parts)]
    wrong = [
        *(each for key in proofs for each in context.measured(key, ProvePicture)["wrong"]),
        *(each for sound in sounds for each in sound["wrong"]),
    ]
    measured = {"wrong": wrong, "video_sha256": context.muxed_sha256(operation.video), "frames": first}
    write_proof(context, measured)
    return measured


def _still_proven(part: Proven, context: StepContext) -> None:
    proven = context.measured(part.proof, ProvePicture)["picture_sha256"]
    if proven != context.sha256(part.segment, Segment, Segment.stem):
        raise _forgotten(context, part.proof, ProvePicture, "its segment was made again since")


def _proven_sound(sound: ProvenSound, context: StepContext) -> Measured:
    """What proving a soundtrack measured."""
    measured = context.measured(sound.proof, ProveSound)
    if measured["sound_sha256"] != context.sha256(sound.soundtrack, SoundMix, SoundMix.stem):
        raise _forgotten(context, sound.proof, ProveSound, "its soundtrack was made again since")
    return measured


def _proven(part: Proven, context: StepContext) -> ProvenPart:
    proven = context.measured(part.proof, ProvePicture)
    segment = context.segment(part.segment)
    return ProvenPart(segment, part.first, part.frames, proven["packets"], proven["packets_sha256"])


def _another(operation: Bind, part: Proven, first: int, video: Path, context: StepContext) -> Internal | Damaged:
    """What to raise of a video that has something else where a part is planned."""
    canvas, rate = operation.canvas, operation.canvas.rate
    size = print_size(canvas, canvas.size)
    (asked,) = decoded_prints(context.segment(part.segment), rate, size, [part.first], context.place).values()
    (made,) = decoded_prints(video, rate, size, [first], context.place).values()
    if np.abs(asked.astype(np.float32) - made).mean() <= ALIKE_LEVELS:
        return _outlived(context, operation.video, "a segment of it was made again since")
    seconds = float(first / rate)
    what = f"shows another segment than the one that is planned and proven there ({part.segment[:12]})"
    error = Internal(Problem(f"{context.place} at {seconds:.3f} s", what, "report this, with the pictures"))
    pictures = (jpeg(beside(asked.astype(np.float32), made.astype(np.float32))),)
    error.evidence = replace(error.evidence, pictures=pictures)
    return error


def _outlived(context: StepContext, key: str, why: str) -> Damaged:
    """Forget a video that what it was put together from has outlived, and what it is a track of."""
    source = context.measured(key, Muxed).get("source")
    if source:
        context.forget(source, Muxed)
    return _forgotten(context, key, Muxed, why)


def _forgotten(context: StepContext, key: str, by: type[Operation], why: str) -> Damaged:
    """Forget an artefact that what it rests on has outlived."""
    context.forget(key, by)
    return Damaged.at(context.place, why, "it is made again")
