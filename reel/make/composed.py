"""What is made of composed frames: segments, for one rendition or several at once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from reel.codecs.video import Decided
from reel.damage import DAMAGE, Damage, together
from reel.ffmpeg.encoder import renditions_command
from reel.ffmpeg.process import run
from reel.make.context import Measured, StepContext
from reel.make.makers import COMPOSERS, MAKERS, Frames
from reel.packets.damage import damage_of
from reel.plan.operations import ChooseQuality, Compose, FirstPass, Picture, ShareBits
from reel.plan.operations.base import Composition, Operation, Rendition
from reel.presets import VideoEncoder


def encode(operation: Composition, outputs: Mapping[Path, Rendition], context: StepContext) -> Measured:
    """Compose frames once, and encode them for each rendition, by the path of its segment; what is measured of the frames."""
    beside = context.folder.parent
    settled = {
        str(path): rendition.model_copy(update={"encoder": decided_encoder(rendition.encoder, beside, context)})
        for path, rendition in outputs.items()
    }
    frames = COMPOSERS[type(operation)].frames(operation, context)
    run_frames(frames, renditions_command(frames.video, operation.canvas, settled), context, beside)
    return damage_measured(_damage_of(frames, operation.canvas.rate, context))


def _damage_of(frames: Frames, rate: Fraction, context: StepContext) -> Iterator[Damage]:
    """Where clips are damaged whose decoders complained: these are read again for it."""
    for clip in frames.damaged:
        source, lasts = clip.source, clip.frames / rate * clip.speed
        if not source.made:  # what we made of a file was told of when it was made
            path, end = context.asset(source.asset), clip.media_in + max(lasts, 1 / source.rate)
            yield from damage_of(path, source, clip.media_in, end, seek=clip.seek, lasts=1 / source.rate)


def damage_measured(damage: Iterable[Damage]) -> Measured:
    """As it stands among a step's measures; nothing where there is none."""
    found = [each.model_dump(mode="json") for each in together(damage)]
    return {DAMAGE: found} if found else {}


def run_frames(frames: Frames, command: Sequence[str], context: StepContext, cwd: Path) -> None:
    """Run an FFmpeg that reads composed frames, in a folder of its own."""
    run(
        command,
        place=context.place,
        feed=frames.feed,
        on_frames=context.on_units,
        on_damage=lambda number: frames.damaged.extend(frames.inputs[number : number + 1]),
        cancelled=context.worker.cancelled,
        most_bytes=context.most_bytes,
        cwd=cwd,
    )


def decided_encoder(encoder: VideoEncoder, beside: Path, context: StepContext) -> VideoEncoder:
    """An encoder of which all is said: what another step decided is read. What its first pass noted is laid into a folder."""
    if encoder.decided is None:
        return encoder
    decided, found = encoder.decided, _decision(encoder.decided, context)
    if decided.first_pass is None:
        return encoder.model_copy(update={"decided": None, "crf": found["crf"]})
    for name, file in context.files(decided.first_pass, FirstPass).items():
        shutil.copyfile(file, beside / name)
    return encoder.model_copy(update={"decided": None, "bits_per_second": found["bits_per_second"][decided.place]})


def _decision(decided: Decided, context: StepContext) -> dict[str, Any]:
    by: type[Operation] = ShareBits if decided.first_pass else ChooseQuality
    found: dict[str, Any] = json.loads(context.made(decided.by, by, "decided.json").read_text("utf-8"))
    return found


def make_alone(operation: Composition, context: StepContext) -> Measured:
    """A segment by itself."""
    of_frames = encode(operation, {context.folder / operation.file: operation.rendition}, context)
    return {**COMPOSERS[type(operation)].check(operation, context), **of_frames}


MAKERS.update({Picture: make_alone, Compose: make_alone})
