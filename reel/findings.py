"""What the analysis of an asset finds, and planning may rest on."""

from __future__ import annotations

import bisect
from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any, TypeVar

from reel.time import Rational
from reel.toolchain import Tool
from reel.values import Value

FINDINGS_RULES = 2
"""Raise it when the same sound should give other findings than before; it is analysed anew then."""

OFFSETS_RULES = 3
"""Raise it when the same two sounds should give another offset than before; they are analysed anew then."""

SCENES_RULES = 2
"""Raise it when the same picture should give other scenes than before; it is analysed anew then."""

BEATS_TOOLS: frozenset[Tool] = frozenset({"librosa", "scipy", "numpy"})
OFFSET_TOOLS: frozenset[Tool] = frozenset({"numpy"})
SCENES_TOOLS: frozenset[Tool] = frozenset({"ffmpeg", "scenedetect", "opencv", "numpy"})
"""Whose versions can change what is found. What decodes the sound is in the key of what is listened to."""

SHORTEST_SCENE = Fraction(1, 2)
"""Seconds; a scene that is shorter joins a neighbour. Nobody sees what a shorter clip shows, played after any other."""

FEWEST_SECONDS = 0.4
"""Shortest time for which a picture is shown; beats nearer than this to the one before are passed over."""

ACCENT = 0.25
"""Of the ideal distance: by how much further away a downbeat may lie to be preferred to a beat without accent."""


class Finding(Value):
    """What was found in an asset, or in several."""


Findings = Mapping[str, Finding]
"""What was found, under the field that asks for it."""

Found = TypeVar("Found", bound=Finding)


def of_type(found: type[Found], findings: Findings) -> dict[str, Found]:
    """Those of one type."""
    return {place: each for place, each in findings.items() if isinstance(each, found)}


class Beats(Finding):
    """The beats of a piece of music, in seconds from the begin of the sound."""

    times: tuple[float, ...] = ()
    strengths: tuple[float, ...] = ()
    """How marked each beat is, 0..1."""
    downbeats: tuple[bool, ...] = ()
    """Whether a bar begins with it."""
    bpm: float = 0.0
    """Of the whole, on the average."""
    confidence: float = 0.0
    """0..1: how much more marked the beats are than what lies between them."""
    reason: str = ""
    """Why there are no beats, where there are none."""

    def since(self, begin: float) -> Beats:
        """The beats from `begin` on, counted from there."""
        first = bisect.bisect_left(self.times, begin)
        return self.model_copy(
            update={
                "times": tuple(round(time - begin, 4) for time in self.times[first:]),
                "strengths": self.strengths[first:],
                "downbeats": self.downbeats[first:],
            }
        )

    def looped(self, period: float, length: float) -> Beats:
        """The beats of music that begins anew every `period` seconds, up to `length`."""
        turns = range(max(1, -int(-length // period)) if period > 0 else 1)
        kept = [
            (round(time + turn * period, 4), strength, down)
            for turn in turns
            for time, strength, down in zip(self.times, self.strengths, self.downbeats, strict=True)
            if time < period and time + turn * period < length
        ]
        times, strengths, downbeats = zip(*kept, strict=True) if kept else ((), (), ())
        return self.model_copy(update={"times": times, "strengths": strengths, "downbeats": downbeats})


class Offset(Finding):
    """When one recording began against another, and how its clock runs, found by their sound."""

    seconds: Rational
    """On the other's clock, at which this one began (negative: before it)."""
    confidence: float
    """How far the best match stands out of all others, 1 for not at all."""
    drift_ppm: float = 0.0
    """By how many millionths its clock runs faster than the other's; 0 where that cannot be heard over all of its length."""
    places: int = 1
    """How many places, from head to tail of what both heard, agree on it."""


class Scenes(Finding):
    """Where the scenes of a video change."""

    cuts: tuple[Rational, ...] = ()
    """Times of the frames that begin a scene, in seconds from the begin of the picture; rising, the first scene's left out."""
    strengths: tuple[float, ...] = ()
    """How marked each cut is, 0..1: the mean change of all pixels, of full scale."""
    reason: str = ""
    """Why there are no cuts, where there are none."""

    def between(self, begin: Fraction, end: Fraction) -> tuple[tuple[Fraction, Fraction], ...]:
        """The scenes from `begin` to `end`, each with its own begin and end; one after another, at least one.

        Cuts nearer than `SHORTEST_SCENE` to an end or to a more marked cut are passed over.
        """
        bounds = [begin, end]
        for time, _ in sorted(zip(self.cuts, self.strengths, strict=True), key=lambda cut: (-cut[1], cut[0])):
            if begin < time < end:
                place = bisect.bisect(bounds, time)
                if bounds[place - 1] + SHORTEST_SCENE <= time <= bounds[place] - SHORTEST_SCENE:
                    bounds.insert(place, time)
        return tuple(pairwise(bounds))

    def document(self, seconds: Fraction) -> dict[str, Any]:
        """The scenes of a video of that length, as JSON."""
        marked = dict(zip(self.cuts, self.strengths, strict=True))
        scenes = [
            {
                "start": round(float(begin), 6),
                "end": round(float(end), 6),
                "seconds": round(float(end - begin), 6),
                "strength": marked.get(begin, 0.0),
            }
            for begin, end in self.between(Fraction(0), seconds)
        ]
        return {"scenes": scenes, "reason": self.reason}


class Changes(Value):
    """When pictures change."""

    times: tuple[float, ...]
    """Seconds, rising; one fewer than pictures."""
    on_beats: bool = False
    how: str
    """The policy in words."""
    warning: str = ""
    """Why they are not on beats, where there is music."""


def spread(beats: Beats | None, count: int, length: float) -> Changes:
    """When `count` pictures change over `length` seconds.

    With beats: each change falls on a beat near its equal share, so that all pictures are seen about equally long; of beats
    that are about as near, a downbeat is taken before a marked beat, and that before others. All changes are chosen
    together, by dynamic programming, so that none crowds out the next. Without enough beats: equal shares.
    """
    ideal = [length * number / count for number in range(1, count)]
    equal = Changes(times=tuple(round(time, 6) for time in ideal), how="equal shares")
    if beats is None or count < 2:
        return equal
    gap = min(FEWEST_SECONDS, length / count / 2)
    usable = [place for place, time in enumerate(beats.times) if gap <= time <= length - gap]
    chosen = _chosen([beats.times[place] for place in usable], [_accent(beats, place) for place in usable], ideal, gap)
    if chosen is None:
        why = beats.reason or f"{len(usable)} beats are too few for {count} pictures"
        return equal.model_copy(update={"warning": f"pictures change after equal shares: {why}"})
    return Changes(times=chosen, on_beats=True, how="on the beats nearest to equal shares, downbeats first")


def _accent(beats: Beats, place: int) -> float:
    return 1.0 if beats.downbeats[place] else 0.5 * beats.strengths[place]


def _chosen(times: list[float], accents: list[float], ideal: list[float], gap: float) -> tuple[float, ...] | None:
    """For each ideal time one of `times`, rising by at least `gap`, with the least sum of squared distances (in shares of the
    ideal distance) less what accents are worth; null where there are too few."""
    share = ideal[0]
    best = [0.0] * (len(times) + 1)
    choices: list[list[int]] = []
    for target in ideal:
        cost = [
            ((time - target) / share) ** 2 - ACCENT**2 * accent for time, accent in zip(times, accents, strict=True)
        ]
        allowed = [bisect.bisect_right(times, time - gap) for time in times]
        if not choices:
            totals = cost
            before = [-1] * len(times)
        else:
            before = [_argmin(best, until) for until in allowed]
            totals = [
                cost[place] + best[before[place]] if before[place] >= 0 else float("inf") for place in range(len(times))
            ]
        choices.append(before)
        best = totals
    if not best or min(best) == float("inf"):
        return None
    place = best.index(min(best))
    picked = []
    for before in reversed(choices):
        picked.append(times[place])
        place = before[place]
    return tuple(reversed(picked))


def _argmin(values: list[float], until: int) -> int:
    """The place of the least of the first `until` values; -1 where there is none that is finite."""
    place = min(range(until), key=values.__getitem__, default=-1)
    return place if place >= 0 and values[place] < float("inf") else -1
