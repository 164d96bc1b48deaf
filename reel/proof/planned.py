"""Proofs as steps of a plan: one for each segment and soundtrack, and one that binds each video to its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from reel.media import MediaFacts
from reel.plan.operations import (
    Animated,
    AnyOperation,
    Bind,
    Copied,
    Fragment,
    Join,
    Mezzanine,
    ProvePicture,
    ProveSound,
    Sheet,
    SoundFile,
    SoundMix,
)
from reel.plan.operations.base import Composition
from reel.plan.operations.locked import Locked
from reel.plan.operations.proofs import ProofSource, Proven, ProvenSound
from reel.plan.step import Plan, PlannedOutput, Step
from reel.proof.audit import (
    Asked,
    PlacedStep,
    is_listing,
    placed_steps,
    put_together,
    sounds_slice,
    soundtracks_of,
)
from reel.proof.choose import chosen_frames, chosen_samples
from reel.proof.slices import nameless, slice_of
from reel.timeline import ImageContent, PictureClip, PictureTrack, SoundTrack, TextContent, Timeline, VideoContent
from reel.timeline import MediaRange as MediaStretch


def with_proofs(
    plan: Plan,
    asked: Mapping[int, Asked],
    assets: Mapping[str, MediaFacts],
    fonts: tuple[str, ...],
    *,
    every: bool = False,
) -> Plan:
    """The plan with the steps that prove what it makes; every frame and sample where that is asked for."""
    proving = _Proving(plan, assets, fonts, every)
    outputs = tuple(proving.output(output, asked[output.variant]) for output in plan.outputs)
    kept = proving.kept()
    steps = (step.model_copy(update={"kept": kept[step.key]}) if step.key in kept else step for step in plan.steps)
    return plan.model_copy(update={"steps": (*steps, *proving.steps.values()), "outputs": outputs})


@dataclass
class _Proving:
    """Collects the proofs of a plan, each once."""

    plan: Plan
    assets: Mapping[str, MediaFacts]
    fonts: tuple[str, ...]
    every: bool
    steps: dict[str, Step] = field(default_factory=dict)
    _known: dict[tuple[str, Timeline], str] = field(default_factory=dict)
    _bound: dict[tuple[str, int], str] = field(default_factory=dict)
    """The step that binds each file of a variant, by the key of the one that makes it."""

    def output(self, output: PlannedOutput, asked: Asked) -> PlannedOutput:
        """An output with the step that binds it; its proofs are added."""
        operation = put_together(output.step, self._operations)
        if isinstance(operation, Sheet):
            for part in placed_steps(operation, asked, self._operations):
                self._picture(part, asked.timeline)
        if not isinstance(operation, Join | SoundMix) or is_listing(output, self._operations):
            return output
        bound = self.plan.by_key[output.step].operation
        # Of an encrypted track, that is bound which was encrypted; of what is shown as a picture, the video that it was.
        muxed = bound.source if isinstance(bound, Locked | Animated) else output.step
        known = (muxed, output.variant)
        if known not in self._bound:
            named = output.name.rpartition("/")[0] if isinstance(bound, Locked) else output.name
            self._bound[known] = self._add(f"bind {named}", self._bind(muxed, operation, output, asked))
        return output.model_copy(update={"proof": self._bound[known]})

    def _bind(self, muxed: str, operation: Join | SoundMix, output: PlannedOutput, asked: Asked) -> Bind:
        """What holds a file against the proofs of its packets."""
        if isinstance(operation, SoundMix):
            heard = asked.sounds[output.name]
            made = self.plan.by_key[muxed].operation
            soundtrack = made.source if isinstance(made, Fragment | SoundFile) else muxed
            return Bind(
                canvas=asked.timeline.canvas, video=muxed, parts=(), sound=self._sound(soundtrack, heard, asked)
            )
        parts = tuple(
            Proven(segment=part.key, proof=self._picture(part, asked.timeline), first=part.skipped, frames=part.frames)
            for part in placed_steps(operation, asked, self._operations)
        )
        tracks = asked.videos[output.name].sounds
        sounds = [
            self._sound(soundtrack, timeline, asked)
            for soundtrack, timeline in zip(soundtracks_of(muxed, self._operations), tracks, strict=True)
        ]
        first, others = sounds[0] if sounds else None, tuple(sounds[1:])
        return Bind(canvas=operation.canvas, video=muxed, parts=parts, sound=first, other_sounds=others)

    def kept(self) -> dict[str, tuple[int, ...]]:
        """The frames of each segment that its proofs look at, with their neighbours."""
        found: dict[str, set[int]] = {}
        for step in self.steps.values():
            # Of what is transparent, each is looked at on two grounds, by a decoder of its own.
            if isinstance(step.operation, ProvePicture) and not self.every and not step.operation.alpha:
                frames = {frame + off for frame in step.operation.chosen for off in (-1, 0, 1)}
                found.setdefault(step.operation.segment, set()).update(
                    frame for frame in frames if 0 <= frame < step.operation.timeline.frames
                )
        return {key: tuple(sorted(frames)) for key, frames in found.items()}

    @cached_property
    def _operations(self) -> Mapping[str, AnyOperation]:
        return {key: step.operation for key, step in self.plan.by_key.items()}

    def _picture(self, part: PlacedStep, timeline: Timeline) -> str:
        """The proof of a part's segment; a mezzanine is proven as a whole, wherever it is cut."""
        made = part.operation
        if isinstance(made, Mezzanine):
            shown = _of_mezzanine(made, timeline, self.assets)
        else:
            shown = slice_of(timeline, part.first, part.end, self.assets)
        bare = nameless(shown)
        if known := self._known.get((part.key, bare)):
            return known
        step = self.plan.by_key[part.key]
        chosen = tuple(range(shown.frames)) if self.every else chosen_frames(shown, self.assets, step.work.seconds)
        sources = tuple(proof_source(self.assets[asset]) for asset in dict.fromkeys(_assets_of(shown)))
        has_text = any(isinstance(clip.content, TextContent) for clip in _clips(shown))
        proof = ProvePicture(
            segment=part.key,
            size=made.encoded.size if isinstance(made, Composition) else made.canvas.size,
            timeline=shown,
            chosen=chosen,
            sources=sources,
            fonts=self.fonts if has_text else (),
            copied=isinstance(made, Copied),
            alpha=made.encoder.alpha,
            encoder=made.encoder if made.encoder.may_be_coarse else None,
            look=made.encoder.kept.colour if made.encoder.kept else None,
            at=part.first,
        )
        key = self._known[part.key, bare] = self._add(f"proof of {step.title}", proof)
        return key

    def _sound(self, soundtrack: str, heard: Timeline, asked: Asked) -> ProvenSound:
        mix = self.plan.by_key[soundtrack]
        assert isinstance(mix.operation, SoundMix)
        shown = sounds_slice(heard, asked.windows[0])
        clips = [clip for track in shown.tracks if isinstance(track, SoundTrack) for clip in track.clips]
        proof = ProveSound(
            soundtrack=soundtrack,
            timeline=shown,
            chosen=chosen_samples(shown, self.every),
            sources=tuple(
                sound_source(self.assets[asset], stream)
                for asset, stream in dict.fromkeys((clip.asset, clip.stream) for clip in clips)
            ),
            loudness=mix.operation.loudness is not None,
            at=asked.windows[0][0],
        )
        return ProvenSound(soundtrack=soundtrack, proof=self._add(f"proof of {mix.title}", proof))

    def _add(self, title: str, operation: AnyOperation) -> str:
        key = operation.key(self.plan.tools)
        if key not in self.steps:
            self.steps[key] = Step(key=key, title=title, operation=operation, work=operation.work(self.assets))
        return key


def _of_mezzanine(made: Mezzanine, timeline: Timeline, assets: Mapping[str, MediaFacts]) -> Timeline:
    """What all of a mezzanine shows: one clip of its source, all over the canvas."""
    clip = next(
        each
        for each in _clips(timeline)
        if isinstance(each.content, VideoContent)
        and each.content.asset == made.clip.source.asset
        and each.framing == made.clip.framing
    )
    assert isinstance(clip.content, VideoContent)
    zero = assets[clip.content.asset].zero
    stretch = MediaStretch(media_in=made.clip.media_in - zero, frames=made.frames)
    whole = PictureClip(
        content=VideoContent(asset=clip.content.asset, stretches=(stretch,)),
        start=0,
        frames=made.frames,
        area=clip.area,
        framing=clip.framing,
        place=clip.place,
    )
    return timeline.model_copy(update={"frames": made.frames, "tracks": (PictureTrack(clips=(whole,)),)})


def _clips(timeline: Timeline) -> Iterator[PictureClip]:
    return (clip for track in timeline.tracks if isinstance(track, PictureTrack) for clip in track.clips)


def _assets_of(timeline: Timeline) -> Iterator[str]:
    return (clip.content.asset for clip in _clips(timeline) if isinstance(clip.content, VideoContent | ImageContent))


def proof_source(facts: MediaFacts) -> ProofSource:
    """How a proof reads the picture of an asset."""
    video = facts.video
    assert video
    return ProofSource(
        asset=facts.sha256,
        demuxer=facts.demuxer,
        stream=video.index,
        codec=video.codec,
        size=video.display_size,
        rotation=video.rotation,
        mirrored=video.mirrored,
        still=facts.still,
        colour=video.colour,
        alpha=video.alpha,
        interlaced=video.interlaced,
        rate=video.rate,
        variable=video.variable,
        counted=video.counted,
        seekable=bool(video.keyframes),
        start=video.start,
        zero=facts.zero,
    )


def sound_source(facts: MediaFacts, stream: int | None = None) -> ProofSource:
    """How a proof reads a sound track of an asset; of no stream, the one that a player would sound."""
    audio = facts.sound(stream)
    assert audio
    return ProofSource(
        asset=facts.sha256,
        demuxer=facts.demuxer,
        stream=audio.index,
        codec=audio.codec,
        size=(0, 0),
        start=audio.start,
        zero=facts.zero,
    )
