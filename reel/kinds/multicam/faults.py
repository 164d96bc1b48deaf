"""What is wrong with a multicam request besides its form."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction

from reel.errors import InvalidRequest, Problem
from reel.kinds.faults import Faults
from reel.kinds.multicam.clocks import SourceClock
from reel.kinds.multicam.request import NO_SOURCE, MulticamRequest
from reel.kinds.multicam.sources import canvas_like, leading_source, seen_sources
from reel.kinds.multicam.takes import takes_of
from reel.media import Colour, Library, MediaFacts, VideoFacts
from reel.request.places import lies_in
from reel.values import public_name

ENDLESS = VideoFacts(
    index=0,
    codec="",
    width=2,
    height=2,
    rate=Fraction(30),
    frames=0,
    start=Fraction(0),
    duration=Fraction(10**7),
    colour=Colour(),
    pixel_format="",
)

UNKNOWN = MediaFacts(sha256="", bytes=0, demuxer="", video=ENDLESS)
"""Stands for a source of which nothing is known: nothing is before its begin, and nothing past its end."""


def faults(request: MulticamRequest, library: Library, unknown: Collection[str] = ()) -> Faults:
    """All that is wrong, as far as it can be said before anything is listened to: without the assets that are not in the
    library, and without what depends on the fields that are `unknown`."""
    unfit = unfit_assets(request, library)
    doubtful = {*unknown, *(problem.place for problem in unfit)}
    facts, clocks = [], []
    for number, source in enumerate(request.sources):
        place, begin = f"sources[{number}]", source.sync_offset
        known = None if lies_in(f"{place}.asset", doubtful) else library.get(f"{place}.asset")
        told = request.switches is None or not lies_in(f"{place}.sync_offset", unknown)
        facts.append(known if known and told and (begin != "auto" or not request.switches) else UNKNOWN)
        clocks.append(SourceClock(start=-UNKNOWN.duration / 2 if facts[-1] is UNKNOWN or begin == "auto" else begin))
    leading = leading_source(request)
    first = library.get(f"sources[{leading}].asset")
    rate = canvas_like(request, first).rate if first and first.video else request.frame_rate or Fraction(30)
    named_alike = _named_alike(request)
    is_leading = NO_SOURCE not in {each.source for each in request.switches or request.cuts or ()}
    if first and first.video and not request.shape and is_leading:
        named_alike += request.wrong_outputs(first.video.display_size)
    # Without `end`, the last source's own is held to: what is wrong with that is wrong whatever was meant.
    decision = ("switches", "cuts", "edl", *(f"sources[{number}].name" for number in range(len(facts))))
    if any(lies_in(place, unknown) for place in decision):
        return Faults.of(unfit, named_alike, unknown)
    try:
        _, wrong = takes_of(_with_moments(request, unknown), facts, clocks, clocks[leading], rate)
    except InvalidRequest as refused:
        wrong = [*refused.problems]
    return Faults.of(unfit, [*named_alike, *wrong], unknown)


AN_INSTANT = Fraction(1, 10**6)
"""Seconds that are no frame."""


def _with_moments(request: MulticamRequest, unknown: Collection[str]) -> MulticamRequest:
    """The same with switches that are `unknown` at moments at which they are not to blame for anything: right after the one
    before, and never after the next that is known."""
    switches = request.switches or ()
    known = [None if lies_in(f"switches[{number}].at", unknown) else each.at for number, each in enumerate(switches)]
    if None not in known:
        return request
    following: list[Fraction | None] = [None]
    for at in reversed(known[1:]):
        following.append(following[-1] if at is None else at)
    moments: list[Fraction] = []
    for at, later in zip(known, reversed(following), strict=True):
        soonest = [moments[-1] + AN_INSTANT] if moments else []
        latest = [] if later is None else [later]
        moments.append(min([*soonest, *latest], default=Fraction(0)) if at is None else at)
    moved = (switch.model_copy(update={"at": at}) for switch, at in zip(switches, moments, strict=True))
    return request.model_copy(update={"switches": tuple(moved)})


def _named_alike(request: MulticamRequest) -> list[Problem]:
    """Sources that bear the name of one before them: nobody could say which is meant."""
    names = [source.name for source in request.sources]
    return [
        Problem(f"sources[{number}].name", f"{name!r} is the name of sources[{names.index(name)}]", "give each its own")
        for number, name in enumerate(names)
        if name is not None and names.index(name) < number
    ]


def unfit_assets(request: MulticamRequest, library: Library) -> list[Problem]:
    """What is wrong with the assets for their places; those that are not in the library are passed over."""
    problems = []
    seen = seen_sources(request)
    for number, source in enumerate(request.sources):
        place = f"sources[{number}].asset"
        facts = library.get(place)
        if facts is None:
            continue
        if number in seen and (facts.video is None or facts.still):
            what = facts.without_motion if facts.still else facts.without_picture
            problems.append(
                Problem(place, f"{public_name(source.asset)} {what}", "name a video here, or use it for sound only")
            )
        if source.sync_offset == "auto" and facts.audio is None:
            problems.append(
                Problem(
                    f"sources[{number}].sync_offset",
                    f"{public_name(source.asset)} has no sound to sync by",
                    "give its seconds",
                )
            )
    first = library.get("sources[0].asset")
    if any(source.sync_offset == "auto" for source in request.sources[1:]) and first and first.audio is None:
        problems.append(Problem("sources[0].asset", "has no sound to sync the others by", "put one with sound first"))
    return problems
