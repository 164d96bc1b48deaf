"""Making and verifying copied segments: packets of the source, and the few frames beside them that have to be encoded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reel.errors import BadMedia
from reel.ffmpeg.picture import picture_command
from reel.ffmpeg.process import run
from reel.make.context import Measured, StepContext
from reel.make.makers import makes
from reel.make.picture import measured_segment
from reel.packets.apart import (
    check_measured,
    check_segment,
    count_frames,
    decode_delay,
    join_pictures,
    keyframe_numbers,
)
from reel.packets.check import SegmentMeasure
from reel.packets.copy import check_copied, copy_packets, wrap_packets
from reel.plan.operations import Copied, Picture
from reel.plan.operations.base import SourceClip
from reel.plan.smart import SHORTEST_COPY_SECONDS, UNSOUGHT


@makes(Copied)
def make_copied(operation: Copied, context: StepContext) -> Measured:
    """Copy what can be copied, encode the rest; then decode all of it to its end. What turns out not to allow copying is
    encoded."""
    making = _Making(operation, context, operation.clip, context.asset(operation.clip.source.asset))
    output = context.folder / operation.file
    done = making.wrapped(output) if operation.clip.source.demuxer in UNSOUGHT else making.from_key([], output)
    if isinstance(done, int):
        measure = check_copied(output, operation, context.place, stats=context.stats_kept)
        if isinstance(measure, SegmentMeasure):
            return {**measured_segment(measure, context), "copied_frames": done}
        done = f"what is copied of it does not decode: {measure}"
    if operation.required:
        raise BadMedia.at(context.place, f"cannot be copied: {done}", "set `copy` to auto")
    making.encode(operation.clip, output)
    check = check_measured if context.stats_kept else check_segment
    measure = check(output, operation.canvas, operation.frames, context.place, operation.encoder, copied=True)
    return {**measured_segment(measure, context), "copied_frames": 0, "declined": done}


@dataclass(frozen=True)
class _Making:
    """A clip that is to be made, and the file it is of."""

    operation: Copied
    context: StepContext
    clip: SourceClip
    path: Path

    def wrapped(self, output: Path) -> int | str:
        """Make the clip by way of an mp4 file with all that it takes, in which seeking is exact. As `from_key`."""
        path = self._beside("wrapped.mp4")
        clip = wrap_packets(self.clip, self.path, path, self.context.place)
        if isinstance(clip, str):
            return clip
        inside = _Making(self.operation, self.context, clip, path)
        rate = clip.source.rate
        first = round(clip.media_in * rate)
        key = next(
            (key for key in keyframe_numbers(path, self.operation.canvas, self.context.place) if key >= first),
            first + clip.frames,
        )
        if first + clip.frames - key < SHORTEST_COPY_SECONDS * rate:
            inside.encode(clip, output)
            return 0
        parts = []
        if key > first:
            parts = [self._beside("head.mp4")]
            inside.encode(clip.model_copy(update={"frames": key - first}), parts[0])
        rest = clip.model_copy(update={"frames": clip.frames - (key - first), "media_in": key / rate})
        return _Making(self.operation, self.context, rest, path).from_key(parts, output)

    def from_key(self, before: list[Path], output: Path) -> int | str:
        """Make the clip, which begins at a key frame, behind what is made already. How many frames are copied, or why none
        is."""
        copied = self._beside("copied.mp4")
        declined = copy_packets(self.clip, self.path, copied, self.context.place)
        if declined:
            return declined
        done = count_frames(copied, self.context.place)
        parts = [*before, copied]
        if done < self.clip.frames:
            parts.append(self._beside("rest.mp4"))
            self.encode(
                _after(self.clip, done, keyframe_numbers(copied, self.operation.canvas, self.context.place)[-1]),
                parts[-1],
            )
        delay = max(decode_delay(part, self.operation.canvas, self.context.place) for part in parts)
        join_pictures(parts, output, self.operation.canvas.rate, delay)
        return done

    def encode(self, clip: SourceClip, output: Path) -> None:
        """Encode a clip of the file."""
        canvas = self.operation.canvas
        picture = Picture(canvas=canvas, clips=(clip,), size=canvas.size, encoder=self.operation.encoder)
        command = picture_command(picture, [str(self.path)], {str(output): picture.rendition})
        context = self.context
        run(
            command,
            place=context.place,
            on_frames=context.on_units,
            cancelled=context.worker.cancelled,
            most_bytes=context.most_bytes,
        )

    def _beside(self, name: str) -> Path:
        return self.context.folder.parent / name


def _after(clip: SourceClip, frames: int, key: int) -> SourceClip:
    """What is left of a clip after so many frames, decoded from its key frame `key` on."""
    rate = clip.source.rate
    return clip.model_copy(
        update={
            "frames": clip.frames - frames,
            "media_in": clip.media_in + frames / rate,
            "seek": clip.media_in + key / rate if key else clip.seek,
        }
    )
