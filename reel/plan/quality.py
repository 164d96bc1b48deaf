"""What is found out of videos before they are encoded, and measured of them after that, as steps of a plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from reel.codecs import VIDEO_CODECS
from reel.codecs.video import Decided
from reel.plan.layers import PlanContext
from reel.plan.operations import (
    CheckBuffer,
    ChooseQuality,
    Compose,
    FillBuffer,
    FirstPass,
    JudgeQuality,
    MeasureQuality,
    Picture,
    Probe,
    Refit,
    ShareBits,
)
from reel.plan.operations.buffers import Buffer
from reel.plan.operations.joins import Part
from reel.plan.operations.passes import Stretch
from reel.plan.operations.quality import Measured
from reel.plan.renditions import PlannedVideo, rendition_canvas
from reel.presets import Canvas, Size, VideoEncoder, for_frames
from reel.values import Value

Composed = Callable[..., Picture | Compose]
"""Makes the step of a segment, of a size and an encoder."""


@dataclass(frozen=True)
class Shown:
    """A segment before it is known how it will be encoded."""

    composed: Composed
    frames: int
    title: str


class Decision(Value):
    """What is known of a video's encoder, of all its segments."""

    encoder: VideoEncoder
    by: str = ""
    """Key of the step that decides of the rest; empty where nothing is left open."""
    first_passes: tuple[str, ...] = ()
    """Over each segment; none where all have one quality."""

    def of(self, place: int, frames: int) -> VideoEncoder:
        """The encoder of one segment."""
        encoder = for_frames(self.encoder, frames)
        if not self.by:
            return encoder
        if not self.first_passes:
            return encoder.model_copy(update={"crf": None, "decided": Decided(by=self.by)})
        decided = Decided(by=self.by, place=place, first_pass=self.first_passes[place])
        return encoder.model_copy(update={"crf": None, "pass_number": 2, "decided": decided})


PROBED_SECONDS, PROBE_EVERY_SECONDS, MOST_PROBES = Fraction(2), Fraction(10), 8
"""Of a video, so many seconds every so many are tried, so often at most: of five minutes that is a nineteenth."""

TRIED = (17.0, 22.0, 27.0, 32.0, 37.0)
"""Qualities that are tried, as x264 counts them: of usual footage they come to VMAFs from 97 to 70."""


def probed_windows(first: int, end: int, rate: Fraction) -> Iterator[tuple[int, int]]:
    """The frames of a video that are tried: the middles of equal parts."""
    frames = end - first
    parts = min(MOST_PROBES, max(1, round(frames / (PROBE_EVERY_SECONDS * rate))))
    length = min(round(PROBED_SECONDS * rate), frames // parts)
    for part in range(parts):
        middle = first + frames * (2 * part + 1) // (2 * parts)
        begin = max(first, min(middle - length // 2, end - length))
        yield begin, begin + max(1, length)


def decide(video: PlannedVideo, segments: Sequence[Shown], probed: Sequence[Shown], known: PlanContext) -> Decision:
    """Add the steps that find out what a video leaves open; what is known then."""
    encoder, quality = video.rendition.encoder, video.quality
    if quality is None:
        return Decision(encoder=encoder)
    if quality.passes:
        return _share_bits(video, segments, known)
    assert quality.vmaf is not None
    probes = add_probes(video, probed, quality.model, known)
    choice = ChooseQuality(probes=probes, vmaf=quality.vmaf, model=quality.model, whole=counts_whole(encoder))
    return Decision(encoder=encoder, by=known.keyed.add(f"choose the quality of {video.label}", choice))


def counts_whole(encoder: VideoEncoder) -> bool:
    """Whether an encoder takes whole numbers only as its quality."""
    scale = VIDEO_CODECS[encoder.codec].scale
    return scale is not None and scale.whole


def add_probes(
    video: PlannedVideo,
    probed: Sequence[Shown],
    model: str,
    known: PlanContext,
    *,
    seen: Size | None = None,
    every: int | None = None,
) -> tuple[str, ...]:
    """Add the steps that try qualities of a video on samples; their keys. `seen`, `every`: see `Probe`."""
    encoder = video.rendition.encoder
    scale = VIDEO_CODECS[encoder.codec].scale
    assert scale
    best, worst = VIDEO_CODECS[encoder.codec].crfs
    crfs = tuple(dict.fromkeys(min(max(scale.crf(tried), best), worst) for tried in TRIED))
    return tuple(
        known.keyed.add(
            f"{each.title} for {video.label}",
            Probe(shown=_composed(each, video, encoder), crfs=crfs, model=model, seen=seen, every=every),
        )
        for each in probed
    )


COARSE = 6.0
"""Steps of a first pass's quality, which halve the bits: so near to the budget's it tells enough, and serves many budgets."""

NO_CAP = 400_000_000
"""Bits a second that nothing takes; encoders count with twice as many in 32 bits."""


def _share_bits(video: PlannedVideo, segments: Sequence[Shown], known: PlanContext) -> Decision:
    encoder = video.rendition.encoder
    assert encoder.max_bits_per_second
    assert encoder.crf is not None
    looking = encoder.model_copy(
        update={
            "pass_number": 1,
            "crf": round(encoder.crf / COARSE) * COARSE,
            # What a cap would cut off is what is to be found out.
            "max_bits_per_second": NO_CAP,
            "buffer_bits": 2 * NO_CAP,
        }
    )
    passes = tuple(
        known.keyed.add(f"{each.title} for {video.label}", FirstPass(shown=_composed(each, video, looking)))
        for each in segments
    )
    shares = ShareBits(
        canvas=rendition_canvas(video.rendition, known.canvas.rate),
        stretches=tuple(
            Stretch(first_pass=key, frames=each.frames) for key, each in zip(passes, segments, strict=True)
        ),
        bits_per_second=video.bits_per_second,
        cap=encoder.max_bits_per_second,
    )
    by = known.keyed.add(f"share out the bits of {video.label}", shares)
    return Decision(encoder=encoder, by=by, first_passes=passes)


def _composed(shown: Shown, video: PlannedVideo, encoder: VideoEncoder) -> Picture | Compose:
    return shown.composed(size=video.rendition.size, encoder=for_frames(encoder, shown.frames))


def refitted(video: PlannedVideo, keys: Sequence[Part], known: PlanContext) -> tuple[Part, ...]:
    """Add the steps that encode anew where a player's buffer would run dry, after others; the keys of what is joined."""
    if not video.buffered:
        return tuple(keys)
    segments = tuple(key for key in keys if isinstance(key, str))
    assert len(segments) == len(keys), "what keeps to a cap copies nothing"
    fills = FillBuffer(segments=segments, buffer=_buffer(video, known.canvas.rate))
    by = known.keyed.add(f"buffer of {video.label}", fills)
    return tuple(
        known.keyed.add(
            title, Refit(canvas=made.canvas, encoder=made.encoder, shown=made, segment=key, fills=by, place=place)
        )
        for place, key in enumerate(segments)
        for title, made in (known.keyed.operations[key],)
        if isinstance(made, Picture | Compose)
    )


def add_buffer_check(video: PlannedVideo, name: str, canvas: Canvas, key: str, known: PlanContext) -> str:
    """Add the step that follows a player's buffer through a joined video; returns its key."""
    file = video.file(name)
    return known.keyed.add(f"buffer of {file}", CheckBuffer(name=file, video=key, buffer=_buffer(video, canvas.rate)))


def _buffer(video: PlannedVideo, rate: Fraction) -> Buffer:
    encoder = video.rendition.encoder
    assert encoder.max_bits_per_second and encoder.buffer_bits
    return Buffer(bits=encoder.buffer_bits, bits_per_second=encoder.max_bits_per_second, rate=rate)


def add_judgement(video: PlannedVideo, name: str, keys: Sequence[str], known: PlanContext) -> str | None:
    """Add the steps that measure a video and hold it against its floors; null where it has none."""
    floor = video.floor
    if floor is None:
        return None
    model = floor.model if floor.metric == "vmaf" else None
    segments = []
    for key in keys:
        title, made = known.keyed.operations[key]
        made = made.shown if isinstance(made, Refit) else made
        assert isinstance(made, Picture | Compose), "what has a floor copies nothing"
        measure = MeasureQuality(shown=made, segment=key, metric=floor.metric, model=model, every=floor.every)
        segments.append(Measured(quality=known.keyed.add(title, measure), frames=made.frames))
    judgement = JudgeQuality(
        video=video.file(name),
        canvas=rendition_canvas(video.rendition, known.canvas.rate),
        segments=tuple(segments),
        metric=floor.metric,
        model=model,
        every=floor.every,
        mean=floor.mean,
        lowest=floor.lowest,
    )
    return known.keyed.add(f"quality of {video.file(name)}", judgement)
