"""Making proofs: segments held against the reference renderer, soundtracks against their sources, videos against both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from reel.errors import Internal, Problem
from reel.make.asked_frames import AskedFrames, is_entering
from reel.make.context import Measured, StepContext
from reel.make.grounds import grounds
from reel.make.makers import makes
from reel.make.proof_files import jpeg, told_or_raised, write_proof
from reel.packets.apart import decoded_prints, packets_digest, transparent_prints
from reel.packets.prints import Print, decoded_apart, print_size
from reel.packets.shown import Decoded
from reel.plan.operations import ProvePicture
from reel.plan.operations.base import Segment
from reel.proof.colours import frame_rgba
from reel.proof.compare import wrong_frame
from reel.proof.levels import Levels, beside, displayed, limited_range
from reel.proof.scene import Wrong
from reel.timeline import ClipId

AT_A_TIME = 16
"""Frames that are read of sources at a time, where all are looked at."""


@makes(ProvePicture)
def make_picture_proof(operation: ProvePicture, context: StepContext) -> Measured:
    """Hold the chosen frames of a segment against the reference. Raises `Internal` with the first that is not as asked."""
    proofs = [_PictureProof(shown, context, ground) for shown, ground in grounds(operation)]
    wrong = [found for proof in proofs for frames in _batches(operation.chosen) for found in proof.wrong(frames)]
    packets, digest = packets_digest(context.segment(operation.segment))
    measured = {
        "wrong": told_or_raised(wrong, context.measured(operation.segment, Segment), context),
        "frames": list(operation.chosen),
        "picture_sha256": context.sha256(operation.segment, Segment, Segment.stem),
        "packets": packets,
        "packets_sha256": digest,
    }
    write_proof(context, measured)
    return measured


def _batches(frames: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    return (frames[first : first + AT_A_TIME] for first in range(0, len(frames), AT_A_TIME))


@dataclass
class _PictureProof:
    """One segment under proof."""

    operation: ProvePicture
    context: StepContext
    ground: int | None = None
    """Luma of what the segment is laid on; null: it is opaque."""
    _probed: set[ClipId] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.asked = AskedFrames(self.operation, self.context, self.ground)
        self._prints = self.context.prints(self.operation.segment)

    def wrong(self, frames: tuple[int, ...]) -> Iterator[Internal]:
        """What is not as asked, one thing of each frame."""
        self.asked.read(frames)
        prints = self._made(frames)
        for frame in frames:
            made = self._levels(prints[frame])
            neighbours = [self._levels(prints[near]) for near in (frame - 1, frame + 1) if near in prints]
            scene = self.asked.scene(frame)
            found = self.asked.wrong_clock(frame) or next(
                wrong_frame(made, scene, neighbours, self._to_probe(frame)), None
            )
            if found:
                yield self._mismatch(frame, found, scene.asked, made)

    def _made(self, frames: tuple[int, ...]) -> Mapping[int, Print]:
        """Prints of frames and their neighbours: those that were kept, and the others decoded."""
        count = self.operation.timeline.frames
        wanted = {near for frame in frames for near in (frame - 1, frame, frame + 1) if 0 <= near < count}
        missing = wanted - self._prints.keys()
        if not missing:
            return self._prints
        canvas = self.operation.timeline.canvas
        path, size = self.context.segment(self.operation.segment), print_size(canvas, self.operation.size)
        if self.ground is not None:
            return transparent_prints(path, canvas.rate, size, missing, self.ground, self.context.place)
        decode = decoded_apart if self.operation.copied else decoded_prints
        return {**self._prints, **decode(path, canvas.rate, size, missing, self.context.place)}

    def _levels(self, made: Print) -> Levels:
        """What a print shows, in numbers of BT.709 in limited range."""
        look = self.operation.look
        if look is None:
            return displayed(made)
        canvas = self.operation.timeline.canvas
        return limited_range(
            frame_rgba(Decoded(tuple(made), 8, rgb=False), look, (canvas.width, canvas.height))[..., :3]
        )

    def _to_probe(self, frame: int) -> list[ClipId]:
        """Clips whose presence was not measured yet; each is once, where several are there."""
        there = self.asked.there(frame)
        if len(there) < 2:
            return []
        new = [seen.id for seen in there if seen.id not in self._probed and not is_entering(seen, frame)]
        self._probed.update(new)
        return new

    def _mismatch(self, frame: int, wrong: Wrong, asked: Levels, made: Levels) -> Internal:
        operation = self.operation
        places = {seen.id: seen.clip.place or f"layer {seen.id}" for seen in self.asked.there(frame)}
        clip = places.get(wrong.clip) if wrong.clip else ", ".join(places.values()) or "the ground"
        seconds = float((operation.at + frame) / operation.timeline.canvas.rate)
        error = Internal(
            Problem(
                f"{operation.timeline.name} at {seconds:.3f} s",
                f"is not what was asked for: {clip}: {wrong.what}",
                "report this, with the pictures",
            )
        )
        error.evidence = replace(error.evidence, pictures=(jpeg(beside(asked, made)),))
        return error
