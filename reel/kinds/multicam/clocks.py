"""The clocks of recordings that ran side by side.

Each recorder counts seconds by a crystal of its own. The project's clock is that of the first of `sources` that is seen, so
that its pictures are shown as they are. What another source recorded at a moment of the project is found on a line:

    second of the source = (moment of the project - start) * pace

Sound is resampled by its pace, as a whole. Pictures are not: where a camera's clock runs otherwise, a frame is left out or
shown twice as soon as it is half a frame off, at places that depend on nothing but the moment.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Mapping
from fractions import Fraction

from reel.findings import Offset
from reel.kinds.multicam.request import MulticamRequest
from reel.time import Rational, round_half_up
from reel.timeline import MediaRange
from reel.values import Value

Offsets = Mapping[str, Offset]
"""For each source's `sync_offset: auto`, what was found, under its field."""

MOST_PPM = 2000
"""By how many millionths clocks may differ for it to be put right: crystals are within 100, what a wrong sample rate makes of
them is beyond."""
SLACK_PPM = 10
"""By so much more all the same: 2,000 by the one clock are 2,004 by the other, and they are measured to within five."""


class SourceClock(Value):
    """Where a source's own seconds lie on the project's."""

    start: Rational
    """Moment of the project at which the source begins."""
    pace: Rational = Fraction(1)
    """Its seconds for one of the project's: more than 1 where its clock runs fast."""

    def second(self, moment: Fraction) -> Fraction:
        """The source's second at a moment of the project."""
        return (moment - self.start) * self.pace

    def moment(self, second: Fraction) -> Fraction:
        """The moment of the project at a second of the source."""
        return self.start + second / self.pace


def clocks_of(request: MulticamRequest, offsets: Offsets, first_seen: int) -> list[SourceClock]:
    """The clock of every source, on that of the source at the place `first_seen`."""
    zero = request.sources[0].sync_offset
    begin = Fraction(0) if zero == "auto" else zero
    clocks = []
    for number, source in enumerate(request.sources):
        found = offsets.get(place_of(number))
        start = source.sync_offset
        if start == "auto":
            start = begin + (found.seconds if found else 0)
        clocks.append(SourceClock(start=start, pace=1 + _corrected(drift_of(request, offsets, number)) / 10**6))
    leading = clocks[first_seen]
    if leading.pace == 1:
        return clocks
    return [
        SourceClock(
            start=leading.start + (clock.start - leading.start) * leading.pace,
            pace=clock.pace / leading.pace,
        )
        for clock in clocks
    ]


def place_of(number: int) -> str:
    """The field under which a source's offset is found."""
    return f"sources[{number}].sync_offset"


def drift_of(request: MulticamRequest, offsets: Offsets, number: int) -> Fraction:
    """By how many millionths a source's clock runs faster than the first one's: as the request says, else as was found."""
    said = request.sources[number].drift_ppm
    found = offsets.get(place_of(number))
    return said if said is not None else Fraction(str(found.drift_ppm)) if found else Fraction(0)


def _corrected(ppm: Fraction) -> Fraction:
    return ppm if is_corrected(ppm) else Fraction(0)


def is_corrected(ppm: Fraction) -> bool:
    """Whether a clock that runs so much faster is put right."""
    return abs(ppm) <= MOST_PPM + SLACK_PPM


def clock_warnings(request: MulticamRequest, offsets: Offsets) -> Iterator[str]:
    """Clocks that are further off than what is put right."""
    for number in range(len(request.sources)):
        if not is_corrected(ppm := drift_of(request, offsets, number)):
            off = abs(float(ppm))
            yield (
                f"{place_of(number)}: its clock runs {off:.0f} ppm {'fast' if ppm > 0 else 'slow'} against the first source's, "
                f"and only up to {MOST_PPM} are put right: it goes out of sync by {off * 0.06:.0f} ms a minute"
            )


def ranges_shown(clock: SourceClock, begin: Fraction, rate: Fraction, first: int, end: int) -> Iterator[MediaRange]:
    """What a camera shows in the frames `[first, end)` of a project that begins at the moment `begin`."""

    def ahead(frame: int) -> int:
        """By how many whole frames the camera's clock is ahead by then."""
        return round_half_up((clock.pace - 1) * (begin + frame / rate - clock.start) * rate)

    sign = 1 if clock.pace >= 1 else -1
    while first < end:
        until = first + bisect.bisect_right(
            range(first, end), sign * ahead(first), key=lambda frame: sign * ahead(frame)
        )
        yield MediaRange(media_in=begin - clock.start + (first + ahead(first)) / rate, frames=until - first)
        first = until
