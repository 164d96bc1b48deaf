"""The rungs of a ladder as videos: of which sizes, codecs and budgets, and what is wrong with those that are listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction

from reel.errors import Problem
from reel.presets import SHORT_SIDE, Size, has_shape, sized
from reel.request.ladders import MOST_RUNGS, LadderCodec, LadderOutput, Rung
from reel.request.quality import Quality
from reel.request.sizes import SIZES, Bits, WantedVideo, bits_of, ratio, video_name
from reel.values import Value

SMALLER = Fraction(4, 5)
"""Of the largest rung's short side, the most that a usual size may have to be a rung of its own: 1080 and 1440, 480 and 720;
nobody sees 480 beside 540."""


class ChosenRung(Value):
    """A rung that was chosen by trying."""

    candidate: int
    """Its place among the standard rungs: a size and a codec."""
    crf: float
    """Of the codec's own scale."""
    bits_per_second: int
    """What its cap is twice of."""


def rungs_of(
    ladder: LadderOutput, full: WantedVideo, shape: Size, chosen: Sequence[ChosenRung] = ()
) -> tuple[WantedVideo, ...]:
    """The videos of a ladder, of pictures that are made `full`, and no larger. Per title, these are the standard ones, of which
    rungs are chosen, until that is done."""
    videos = tuple(
        WantedVideo(
            name=video_name(size, shape, codec),
            size=size,
            codec=codec,
            bits=bits_of(bitrate)
            if bitrate is not None
            else round(full.bits * Fraction(size[0] * size[1], full.pixels)),
            audio="none",
            effort=ladder.effort,
        )
        for size, own, bitrate in _sizes(ladder, full.size, shape)
        for codec in ((own,) if own else ladder.codecs)
    )
    return tuple(_as_chosen(videos, chosen)) if chosen else videos


def _as_chosen(videos: Sequence[WantedVideo], chosen: Sequence[ChosenRung]) -> Iterator[WantedVideo]:
    """Rungs of one size and codec are told apart by numbers: `720p`, `720p-2`."""
    count: Counter[str] = Counter()
    for rung in chosen:
        video = videos[rung.candidate]
        count[video.name] += 1
        number = count[video.name]
        name = video.name if number == 1 else f"{video.name}-{number}"
        yield video.model_copy(update={"name": name, "bits": rung.bits_per_second, "quality": Quality(crf=rung.crf)})


def _sizes(ladder: LadderOutput, full: Size, shape: Size) -> Iterator[tuple[Size, LadderCodec | None, Bits | None]]:
    """The size of each rung, with its own codec and bitrate where it has them."""
    if isinstance(ladder.rungs, tuple):
        for rung in ladder.rungs:
            yield rung.size(shape if rung.resolution or rung.exact else full), rung.codec, rung.bitrate
    else:
        yield from ((size, None, None) for size in _standard(full, shape))


def _standard(size: Size, shape: Size) -> Iterator[Size]:
    """The largest first."""
    yield size
    for name in sorted(SHORT_SIDE, key=lambda name: -SHORT_SIDE[name]):
        if SHORT_SIDE[name] <= SMALLER * min(size):
            yield sized(shape, name)


def wrong_ladder(place: str, ladder: LadderOutput, full: WantedVideo, shape: Size) -> Iterator[Problem]:
    """Rungs that are larger than what is composed, of another shape, or there twice."""
    if isinstance(ladder.rungs, tuple):
        for number, rung in enumerate(ladder.rungs):
            yield from _wrong_rung(f"{place}.rungs[{number}]", rung, full, shape)
    if (count := len(rungs_of(ladder, full, shape))) > MOST_RUNGS:
        rests_on = (f"{place}.rungs", f"{place}.codecs", *SIZES)
        remedy = "ask for fewer sizes or codecs"
        yield Problem(f"{place}.rungs", f"{count} are more than {MOST_RUNGS}", remedy, rests_on=rests_on)
    yield from _same_rungs(place, ladder, full, shape)


def _same_rungs(place: str, ladder: LadderOutput, full: WantedVideo, shape: Size) -> Iterator[Problem]:
    """Rungs that are there before, in each codec; those of the standard ones all differ."""
    taken: dict[tuple[Size, LadderCodec], tuple[int, LadderCodec | None]] = {}
    for number, (size, own, _) in enumerate(_sizes(ladder, full.size, shape)):
        for codec in (own,) if own else ladder.codecs:
            before, its_own = taken.setdefault((size, codec), (number, own))
            if before != number:
                here, there = (f"{place}.rungs[{each}]" for each in (number, before))
                of_codec = f" in {codec}" if own or its_own else ""
                what = f"is {size[0]}x{size[1]}{of_codec}, as rungs[{before}] is"
                # Two that leave it open are the same in whichever codecs there are.
                rests_on = (here, there, *SIZES, *([] if own == its_own else [f"{place}.codecs"]))
                yield Problem(here, what, "leave one of them out", rests_on=rests_on)
                break


def _wrong_rung(place: str, rung: Rung, full: WantedVideo, shape: Size) -> Iterator[Problem]:
    width, height = rung.size(shape) if rung.resolution or rung.exact else full.size
    if rung.exact and not has_shape(rung.exact, shape):
        what = f"{width}x{height} is not of the picture's shape, {ratio(shape)}"
        yield Problem(place, what, "give `resolution`, or a size of that shape", rests_on=(place, "aspect"))
    elif width > full.size[0] or height > full.size[1]:
        what = "{}x{} is more than the picture's {}x{}".format(width, height, *full.size)
        yield Problem(place, what, "leave it out, or give the request a larger `resolution`", rests_on=(place, *SIZES))
