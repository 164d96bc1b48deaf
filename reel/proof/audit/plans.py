"""Whether a plan makes what its timelines ask for: each output's steps, held against a sweep of its timeline of our own.

Nothing of the code that plans is used here, but for the values that it hands on. What a plan leaves out must be hidden by the
rules of `reel.proof.seen`; all else must be there, once, in order, from the right moment of the right file, at the right
place, and move as asked. Milliseconds for thousands of clips: no pixel is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reel.errors import Internal, Problem
from reel.media import MediaFacts
from reel.plan.operations import (
    Compose,
    Join,
    Sheet,
    SoundMix,
)
from reel.plan.operations.base import Composition
from reel.plan.step import Plan, PlannedOutput
from reel.presets import Canvas
from reel.proof.audit.asked import Asked, PlacedStep, is_audited, placed_steps, put_together, soundtracks_of
from reel.proof.audit.cuts import AuditContext, PlacedClip, cuts_of, wrong_cut
from reel.proof.audit.layers import wrong_layer
from reel.proof.audit.sounds import wrong_sounds
from reel.proof.seen import Seen, before_on_track, changes, is_covered, is_hidden, seen_between
from reel.timeline import Area, Timeline


def audit(
    plan: Plan, asked: Mapping[int, Asked], assets: Mapping[str, MediaFacts], fonts: tuple[str, ...] = ()
) -> None:
    """Raise `Internal` with all that is wrong, each with its time and the clip's place in the request.

    `asked` goes by the number of the variant, `assets` by SHA-256; `fonts` are those that texts shall be drawn with.
    """
    operations = {step.key: step.operation for step in plan.steps}
    problems = [
        problem
        for output in plan.outputs
        if is_audited(output, operations)
        for shown in (asked[output.variant],)
        for problem in _Audit(shown, AuditContext(shown.timeline, operations, assets, fonts)).problems(output)
    ]
    planned = {output.name for output in plan.outputs}
    problems += [
        Problem(name, "is asked for, and not planned", "report this")
        for shown in asked.values()
        for name in (*shown.videos, *shown.sounds)
        if name not in planned
    ]
    if problems:
        raise Internal(*dict.fromkeys(problems))


@dataclass(frozen=True)
class _Audit:
    """One output against what was asked."""

    asked: Asked
    known: AuditContext

    @property
    def timeline(self) -> Timeline:
        return self.known.timeline

    def problems(self, output: PlannedOutput) -> Iterator[Problem]:
        operation = put_together(output.step, self.known.operations)
        if isinstance(operation, SoundMix):
            yield from self._sound_file(output, operation)
            return
        assert isinstance(operation, Join | Sheet)
        rate = self.timeline.canvas.rate
        size, sounds = self.timeline.canvas.size, tuple[Timeline, ...]()
        if isinstance(operation, Join):
            wanted = self.asked.videos.get(output.name)
            if wanted is None:
                yield self._at(self.asked.windows[0][0], f"nobody asked for {output.name}")
                return
            size, sounds = wanted.size, wanted.sounds
        if (operation.canvas.size, operation.canvas.rate) != (size, rate):
            yield self._at(self.asked.windows[0][0], f"the canvas is {operation.canvas}, not {size} at {rate}")
        parts = list(placed_steps(operation, self.asked, self.known.operations))
        yield from self._lengths(parts)
        for part in parts:
            yield from self._part(part, operation.canvas)
        if isinstance(operation, Join):
            yield from self._tracks(soundtracks_of(output.step, self.known.operations), sounds)

    def _lengths(self, parts: Sequence[PlacedStep]) -> Iterator[Problem]:
        """All frames that were asked for, one after another, and no others."""
        planned = [frame for part in parts for frame in (part.first, part.end)]
        frames, due = sum(part.frames for part in parts), sum(end - first for first, end in self.asked.windows)
        if frames != due:
            yield self._at(planned[-1] if planned else 0, f"{frames} frames are planned where {due} are asked for")

    def _part(self, part: PlacedStep, canvas: Canvas) -> Iterator[Problem]:
        made = part.operation
        if made.canvas != self.timeline.canvas:
            yield self._at(part.first, f"a segment has the canvas {made.canvas}")
        if (made.encoded if isinstance(made, Composition) else made.canvas) != canvas:
            yield self._at(part.first, f"a segment is not of the size of its video, {canvas.size}")
        if isinstance(made, Compose):
            yield from self._composed(part, made)
            return
        for cut in cuts_of(made, part.first, part.skipped, part.frames):
            for first, end in changes(self.timeline, cut.first, cut.end):
                yield from self._cut(cut, first, end)

    def _composed(self, part: PlacedStep, made: Compose) -> Iterator[Problem]:
        """The layers of a segment, each the next clip of those that are seen in it."""
        if made.background != self.timeline.background:
            yield self._at(part.first, f"the ground is {made.background}, not {self.timeline.background}")
        waiting = list(enumerate(made.layers))
        places: dict[tuple[int, int], int] = {}
        for seen in seen_between(self.timeline, part.first, part.end):
            first, end = max(part.first, seen.clip.start), min(part.end, seen.clip.end)
            wrong = "nothing is planned for it"
            if waiting:
                number, layer = waiting[0]
                before = before_on_track(self.timeline, seen)
                found = wrong_layer(
                    layer, seen, part.first, (first, end), places.get(before.id) if before else None, self.known
                )
                if found is None:
                    places[seen.id] = number
                    waiting.pop(0)
                    continue
                wrong = found
            if not is_hidden(self.timeline, seen, first, end, self.known.assets):
                yield self._at(first, wrong, seen)
                return  # what comes after it would only be out of step
        for number, layer in waiting:
            yield self._at(part.first + layer.first, f"layer {number} is drawn beyond what the timeline shows")

    def _cut(self, cut: PlacedClip, first: int, end: int) -> Iterator[Problem]:
        """Some frames of a plain cut: one clip and nothing else is to be seen, all over the canvas."""
        there = seen_between(self.timeline, first, end)
        if not there:
            yield self._at(first, "a video is shown where the timeline shows none")
            return
        *below, top = there
        hidden = all(is_hidden(self.timeline, each, first, end, self.known.assets) for each in below)
        if not hidden:
            yield self._at(first, "it is not planned, though something of it is seen", below[-1])
        alone = not below and self.timeline.background == "#000000"
        if wrong := wrong_cut(cut, top, (first, end), self.known):
            yield self._at(first, wrong, top)
        elif not alone and not is_hidden_ground(self.timeline, top, first, end, self.known.assets):
            yield self._at(first, "what lies below it is to be seen, and is not planned", top)

    def _tracks(self, soundtracks: Sequence[str], asked: Sequence[Timeline]) -> Iterator[Problem]:
        if len(soundtracks) != len(asked):
            found = (
                ("no sound", "one sound")[len(soundtracks)] if len(soundtracks) < 2 else f"{len(soundtracks)} sounds"
            )
            wanted = ("none is", "one is")[len(asked)] if len(asked) < 2 else f"{len(asked)} are"
            yield self._at(self.asked.windows[0][0], f"has {found}, and {wanted} asked for")
            return
        for soundtrack, heard in zip(soundtracks, asked, strict=True):
            mix = self.known.operations[soundtrack]
            assert isinstance(mix, SoundMix)
            yield from self._sounds(mix, heard)

    def _sound_file(self, output: PlannedOutput, mix: SoundMix) -> Iterator[Problem]:
        heard = self.asked.sounds.get(output.name)
        if heard is None:
            yield self._at(self.asked.windows[0][0], f"nobody asked for {output.name}")
            return
        yield from self._sounds(mix, heard)

    def _sounds(self, mix: SoundMix, heard: Timeline) -> Iterator[Problem]:
        window = self.asked.windows[0]
        for frame, place, wrong in wrong_sounds(mix, heard, window, self.known.operations, self.known.assets):
            yield self._at(frame, f"{place}: {wrong}" if place else wrong)

    def _at(self, frame: int, wrong: str, seen: Seen | None = None) -> Problem:
        seconds = float(frame / self.timeline.canvas.rate)
        clip = f"{seen.clip.place or f'track {seen.id[0]}, clip {seen.id[1]}'}: " if seen else ""
        return Problem(
            f"{self.timeline.name} at {seconds:.3f} s", f"planned otherwise than asked: {clip}{wrong}", "report this"
        )


def is_hidden_ground(timeline: Timeline, top: Seen, first: int, end: int, assets: Mapping[str, MediaFacts]) -> bool:
    """Whether a clip hides all below it: the ground is hidden where a clip under all others would be."""
    canvas = Area(x=0, y=0, width=timeline.canvas.width, height=timeline.canvas.height)
    return is_covered(timeline, top.track - 1, canvas, first, end, assets)
