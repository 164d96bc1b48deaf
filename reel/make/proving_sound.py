"""Making proofs of soundtracks: stretches of them held against the sources that they were to be mixed of."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from reel.errors import Internal, Problem
from reel.make.context import Measured, StepContext
from reel.make.makers import makes
from reel.make.proof_files import told_or_raised, write_proof
from reel.packets.apart import packets_digest
from reel.packets.samples import DecodedSound, SoundQuery, take_sounds
from reel.plan.operations import ProveSound, SoundMix
from reel.plan.operations.proofs import ProofSource
from reel.proof.choose import WINDOW
from reel.proof.hear import ExpectedSound, MixedRun, Samples, WrongSound, heard_at, moment_at, shaped, wrong_stretch
from reel.time import SAMPLE_RATE, sample_at
from reel.timeline import SoundClip

AT_A_TIME = 48
"""Stretches that are read at a time, where all are listened to."""

LIMITED_FROM_DB = -9.0
"""True peak of a soundtrack from which a limiter may have taken part: nobody asks for one that keeps peaks lower."""

TRACK = ProofSource(
    asset="", demuxer="mov,mp4,m4a,3gp,3g2,mj2", stream=0, codec="", size=(0, 0), start=Fraction(0), zero=Fraction(0)
)
"""How a soundtrack of ours is read."""


@makes(ProveSound)
def make_sound_proof(operation: ProveSound, context: StepContext) -> Measured:
    """Hold the chosen stretches of a soundtrack against its sources. Raises `Internal` with the first that is not as asked."""
    path = context.made(operation.soundtrack, SoundMix, SoundMix.stem)
    measured = context.measured(operation.soundtrack, SoundMix)
    # A limiter takes nothing where peaks stay clear of what it keeps them under.
    near = operation.loudness and measured.get("true_peak_db", 0.0) > LIMITED_FROM_DB
    limited = near or measured.get("clipped_samples", 0) > 0
    gain = 10 ** (measured.get("gain_db", 0.0) / 20)

    def mismatches(hearing: _Hearing) -> list[Internal]:
        return [
            _mismatch(operation, first, found)
            for begin in range(0, len(operation.chosen), AT_A_TIME)
            for first, made, parts in hearing.stretches(operation.chosen[begin : begin + AT_A_TIME])
            for found in wrong_stretch(made, parts, gain, limited=limited)
        ]

    # Time stamps within a file may say otherwise than its samples, which are what counts: where something seems wrong, sources
    # are read from their begin.
    wrong = mismatches(_Hearing(operation, context)) and mismatches(_Hearing(operation, context, whole=True))
    _, digest = packets_digest(path, "audio")
    result = {
        "wrong": told_or_raised(wrong, context.measured(operation.soundtrack, SoundMix), context),
        "samples": list(operation.chosen),
        "sound_sha256": context.sha256(operation.soundtrack, SoundMix, SoundMix.stem),
        "packets_sha256": digest,
    }
    write_proof(context, result)
    return result


def _mismatch(operation: ProveSound, first: int, wrong: WrongSound) -> Internal:
    begin = sample_at(operation.at, operation.timeline.canvas.rate)
    seconds = (begin + first) / SAMPLE_RATE
    what = f"is not to be heard as asked: {wrong.place or 'a sound'}: {wrong.what}"
    return Internal(Problem(f"{operation.timeline.name} at {seconds:.3f} s", what, "report this"))


@dataclass(frozen=True)
class _Hearing:
    """A soundtrack under proof."""

    operation: ProveSound
    context: StepContext
    whole: bool = False

    def stretches(self, chosen: tuple[int, ...]) -> list[tuple[int, Samples, list[ExpectedSound]]]:
        """Of each stretch where it begins, what is to be heard, and what was to be mixed."""
        operation, rate = self.operation, self.operation.timeline.canvas.rate
        wanted: dict[ProofSource, dict[Fraction, int]] = defaultdict(dict)
        places: list[tuple[int, list[tuple[MixedRun, Fraction]]]] = []
        for first in chosen:
            there = []
            for run in heard_at(operation.timeline, first, first + WINDOW):
                clip = run.clip
                source = self._source(clip)
                begin = source.zero + moment_at(run, first)
                samples = int(WINDOW * clip.speed * clip.clock) + 2
                wanted[source][begin] = max(samples, wanted[source].get(begin, 0))
                there.append((run, begin))
            places.append((first, there))
        path = self.context.made(operation.soundtrack, SoundMix, SoundMix.stem)
        orders = [
            SoundQuery(
                path,
                TRACK,
                tuple(Fraction(first, SAMPLE_RATE) for first in chosen),
                (WINDOW,) * len(chosen),
            ),
            *(
                SoundQuery(self.context.asset(source.asset), source, tuple(begins), tuple(begins.values()), self.whole)
                for source, begins in wanted.items()
            ),
        ]
        track, *others = take_sounds(orders, self.context.place)
        found = {
            (source, begin): _line(blocks, begin, length)
            for (source, begins), taken in zip(wanted.items(), others, strict=True)
            for (begin, length), blocks in zip(begins.items(), taken, strict=True)
        }
        return [
            (
                first,
                _line(blocks, Fraction(first, SAMPLE_RATE), WINDOW),
                [self._part(run, found[self._source(run.clip), begin], first, rate) for run, begin in there],
            )
            for (first, there), blocks in zip(places, track, strict=True)
        ]

    def _source(self, clip: SoundClip) -> ProofSource:
        """How the sound of a clip is read: no more than one of an asset's tracks is mixed with others."""
        own = [source for source in self.operation.sources if source.asset == clip.asset]
        return next((source for source in own if source.stream == clip.stream), own[0])

    def _part(self, run: MixedRun, source: Samples, first: int, rate: Fraction) -> ExpectedSound:
        # A preview of less than a stretch ends before the sound does that it is a part of.
        left = sample_at(self.operation.timeline.frames, rate) - first
        if run.clip.speed == 1:
            edges = tuple(edge - first for edge in (run.begin, run.end) if first < edge < first + WINDOW)
            samples = shaped(run, _on_clock(source, run.clip.clock), first, rate)
            samples[left:] = 0
            return ExpectedSound(run.clip, samples, True, edges)
        # Other samples of the same sound: those of the source, each at the gain of its moment, for their level alone.
        source = source[: round(WINDOW * run.clip.speed * run.clip.clock)]
        gains = shaped(run, np.ones((WINDOW, 2)), first, rate)
        gains[left:] = 0
        places = np.linspace(0, WINDOW - 1, len(source)).astype(int)
        return ExpectedSound(run.clip, source * gains[places], exact=False)


def _on_clock(source: Samples, clock: Fraction) -> Samples:
    """A stretch as long as those that are listened to, of which so many seconds are one of the project's."""
    if clock == 1:
        return source[:WINDOW]
    places, own = np.arange(WINDOW) * float(clock), np.arange(len(source))
    return np.stack([np.interp(places, own, channel) for channel in source.T], axis=1)


def _line(blocks: list[DecodedSound], begin: Fraction, samples: int) -> Samples:
    """Blocks on one line of samples from a moment on; silence where there is none."""
    line = np.zeros((samples, 2))
    for block in blocks:
        at = round((block.begin - begin) * SAMPLE_RATE)
        since, until = max(0, at), min(samples, at + len(block.samples))
        if since < until:
            line[since:until] = block.samples[since - at : until - at]
    return line
