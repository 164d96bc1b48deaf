"""Which sizes and qualities the rungs of a ladder have, given what trying came to. Pure.

The curves of several sizes cross: with few bits a small picture that is scaled up looks better than a large one that falls
apart. Along the outermost of all curves (the convex hull of A. Aaron et al., "Per-Title Encode Optimization", Netflix
2015) each quality takes the fewest bits; rungs are taken from there alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

TOP_VMAF = 95.0
"""Where nobody sees a difference any more: what more is spent is lost (J. Ozer; Netflix's top rungs come to 93 to 96)."""

STEP_VMAF = 6.0
"""Just noticed by half of the viewers (J. Ozer, after Netflix's and Kantar's tests): rungs that are nearer look the same."""

STEP_BITS = 1.75
"""By how many times rungs take more bits than the next one, at least: Apple's authoring rules have 1.5 to 2."""

FLOOR_BITS_PER_SECOND = 150_000
"""Of pictures: the first rung that has no more is the last. Apple's own lowest have 145."""

WORTH = 0.9
"""Share of the first codec's bits with which another has to do, to be worth a ladder of its own."""

STEP_CRF = 0.25
"""Of qualities between those that were tried; a whole number where the encoder takes no others."""


@dataclass(frozen=True)
class Tried:
    """A quality of a candidate: as it was tried, or between two that were."""

    crf: float
    vmaf: float
    bits_per_second: float
    """In the mean of all samples."""
    most_bits_per_second: float
    """Of the dearest."""


@dataclass(frozen=True)
class Curve:
    """What a size and a codec came to."""

    codec: str
    full: bool
    """Whether it is as large as the video."""
    points: tuple[Tried, ...]
    """The best quality first."""


@dataclass(frozen=True)
class Chosen:
    """A rung."""

    candidate: int
    """Place of its curve."""
    at: Tried


@dataclass(frozen=True)
class Decision:
    """Rungs, and codecs that are not worth having."""

    rungs: tuple[Chosen, ...]
    """As the ladder lists them: codec by codec, each from the best to the least."""
    passed_over: dict[str, float | None]
    """Codecs for which there are none, with the share of the first one's bits that they take; null: they come to nothing as
    good."""


def decided(curves: Sequence[Curve], whole: Sequence[bool]) -> Decision:
    """The rungs of a ladder, from the curves of its candidates (`whole`: whether each takes whole numbers only)."""
    points: dict[str, list[Chosen]] = {}
    for place, (curve, is_whole) in enumerate(zip(curves, whole, strict=True)):
        between = _between(curve.points, 1.0 if is_whole else STEP_CRF)
        points.setdefault(curve.codec, []).extend(Chosen(place, each) for each in between)
    ladders = {codec: _ladder(mine, curves) for codec, mine in points.items()}
    first, *others = points
    shares = {codec: _share(points[codec], ladders[first]) for codec in others}
    passed_over = {codec: share for codec, share in shares.items() if share is None or share > WORTH}
    rungs = (rung for codec, ladder in ladders.items() if codec not in passed_over for rung in ladder)
    return Decision(tuple(rungs), passed_over)


def _ladder(points: Sequence[Chosen], curves: Sequence[Curve]) -> list[Chosen]:
    """From the best on: the first as large as the video, as good as anybody sees; each other the best of the hull that is
    clearly less, both to see and to send; as far as there is anything to choose, and the floor."""
    full = [each for each in points if curves[each.candidate].full]
    good = [each for each in full if each.at.vmaf >= TOP_VMAF]
    rungs = [min(good, key=_bits) if good else max(full, key=lambda each: (each.at.vmaf, -_bits(each)))]
    hull = outermost(points)
    while _bits(rungs[-1]) > FLOOR_BITS_PER_SECOND:
        last = rungs[-1]
        below = [
            each for each in hull if each.at.vmaf <= last.at.vmaf - STEP_VMAF and _bits(each) <= _bits(last) / STEP_BITS
        ]
        if not below:
            break
        rungs.append(max(below, key=lambda each: each.at.vmaf))
    return rungs


def _bits(point: Chosen) -> float:
    return point.at.bits_per_second


def outermost(points: Sequence[Chosen]) -> list[Chosen]:
    """The points than which none is as good with fewer bits, from the fewest bits on."""
    found: list[Chosen] = []
    for point in sorted(points, key=lambda each: (_bits(each), -each.at.vmaf)):
        if not found or point.at.vmaf > found[-1].at.vmaf:
            found.append(point)
    return found


def _share(points: Sequence[Chosen], rungs: Sequence[Chosen]) -> float | None:
    """The bits that a codec takes for the qualities of another's rungs, as a share of theirs: the geometric mean of those that
    it comes to; null where it comes to none."""
    shares = []
    for rung in rungs:
        good = [_bits(each) for each in points if each.at.vmaf >= rung.at.vmaf]
        if good:
            shares.append(math.log(min(good) / _bits(rung)))
    return round(math.exp(sum(shares) / len(shares)), 3) if shares else None


def _between(points: Sequence[Tried], step: float) -> Iterator[Tried]:
    """The qualities between those that were tried, by straight lines of VMAF and of logarithms of bits: these go by ratios."""
    yield points[0]
    for better, worse in pairwise(points):
        count = max(1, round((worse.crf - better.crf) / step))
        for number in range(1, count + 1):
            share = number / count
            yield Tried(
                crf=round(better.crf + share * (worse.crf - better.crf), 2),
                vmaf=round(better.vmaf + share * (worse.vmaf - better.vmaf), 3),
                bits_per_second=_along(better.bits_per_second, worse.bits_per_second, share),
                most_bits_per_second=_along(better.most_bits_per_second, worse.most_bits_per_second, share),
            )


def _along(one: float, other: float, share: float) -> float:
    return math.exp((1 - share) * math.log(max(1.0, one)) + share * math.log(max(1.0, other)))
