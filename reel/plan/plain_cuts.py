"""Segments that are nothing but cuts, of which packets may be copied: from the source itself, or from its mezzanine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from reel.plan import smart
from reel.plan.cuts import Span
from reel.plan.layers import PlanContext, source_clips
from reel.plan.making import Making, Piece, add_renditions
from reel.plan.mezzanine import add_whole, cut_from_mezzanine
from reel.plan.operations import Copied, Picture
from reel.plan.operations.base import SourceClip
from reel.plan.operations.joins import Part
from reel.timeline import Timeline, VideoContent


def cuts_of(span: Span, known: PlanContext) -> Iterator[SourceClip]:
    """What a plain span shows."""
    (clip,) = span.clips
    return source_clips(clip, span.first, span.end, known, clip.framing)


def add_cuts(cuts: tuple[SourceClip, ...], title: str, making: Making, known: PlanContext) -> Iterator[Piece]:
    """What plain cuts are joined from: a step for neighbours that are encoded, and what is copied between them."""
    waiting: list[SourceClip] = []
    for cut in cuts:
        for piece in _pieces(cut, title, making, known):
            if isinstance(piece, SourceClip):
                waiting.append(piece)
                continue
            if waiting:
                yield _add_picture(waiting, title, making, known)
                waiting = []
            yield (piece,)
    if waiting:
        yield _add_picture(waiting, title, making, known)


def _add_picture(clips: Sequence[SourceClip], title: str, making: Making, known: PlanContext) -> Piece:
    composed = partial(Picture, canvas=known.canvas, clips=tuple(clips))
    return add_renditions(composed, sum(clip.frames for clip in clips), title, making, known)


def _pieces(cut: SourceClip, title: str, making: Making, known: PlanContext) -> Iterator[SourceClip | Part]:
    """A cut's parts: what is to be encoded, and what is copied, whose steps are added."""
    if not is_copied(cut, making, known):
        yield cut
        return
    if making.mezzanine:
        yield from cut_from_mezzanine(cut, making.encoder, known)
        return
    canvas = known.canvas
    required = making.copying == "require"
    for piece in smart.pieces(cut, known.assets, canvas):
        copied = Copied(canvas=canvas, clip=piece.clip, encoder=making.encoder, required=required)
        yield known.keyed.add(f"{title}, copied", copied) if piece.copied else piece.clip


def is_copied(cut: SourceClip, making: Making, known: PlanContext) -> bool:
    """Whether packets may be copied for a cut: from its mezzanine, or from its source."""
    if cut.speed != 1 or cut.framing.crop:
        return False
    facts = known.assets[cut.source.asset]
    return making.mezzanine or (
        making.copying != "never" and not smart.why_not(facts, known.canvas, making.encoder.kept)
    )


def add_mezzanines(timeline: Timeline, making: Making, known: PlanContext) -> None:
    """Add what no cut is taken from yet of the mezzanines of all that is seen."""
    clips = [clip for track in timeline.pictures for clip in track.clips]
    seen = {clip.content.asset: clip for clip in clips if isinstance(clip.content, VideoContent)}
    for clip in seen.values():
        add_whole(next(source_clips(clip, clip.start, clip.end, known, clip.framing)), making.encoder, known)
