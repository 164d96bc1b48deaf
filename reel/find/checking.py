"""What is wrong with a request, all at once: whatever can be said of it before anything is made or listened to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reel.errors import BadMedia, InvalidRequest, Problem, ReelError, Resource
from reel.find.texts import settled_text
from reel.kinds import kind_of
from reel.kinds.beside import ambiguous_keys, unfit_beside
from reel.kinds.foreseen import foreseen
from reel.limits import USUAL, Limits
from reel.media import MediaFacts
from reel.plan.bounded import too_long
from reel.request.places import lies_in
from reel.request.read import Reading
from reel.settings import Settings, settings
from reel.shaka.build import require_packager

OF_TEXTS = ("text", "area", "size", "smallest", "bold", "outline", "shadow", "line_height", "padding")
"""Fields of a text's clip that decide whether it fits."""


def faults_of(reading: Reading, library: Mapping[str, MediaFacts], limits: Limits = USUAL) -> Iterator[ReelError]:
    """What is wrong besides the form, as far as it can be said without the assets that are not in the library, or are beyond
    the limits: nothing is worked out from the length of those."""
    beyond = {place: problems for place, facts in library.items() if (problems := [*too_long(place, facts, limits)])}
    if beyond:
        yield BadMedia(*(problem for problems in beyond.values() for problem in problems))
        library = {place: facts for place, facts in library.items() if place not in beyond}
    found = kind_of(reading.request).faults(reading.request, library, reading.doubtful)
    if unfit := [*found.unfit, *unfit_beside(reading.request, library)]:
        yield BadMedia(*unfit)
    wrong = [
        *filter(reading.is_certain, found.wrong),
        *_unfit_texts(reading),
        *ambiguous_keys(reading.request, library, reading.asset_places().keys() - library.keys()),
        *_beyond_limits(reading, library, settings()),
    ]
    told = [*unfit, *wrong]
    if reading.problems or told:  # else planning says it
        wrong += foreseen(kind_of(reading.request), reading, library, told, limits)
    if wrong:
        yield InvalidRequest(*wrong)
    yield from _without_packager(reading)


def _without_packager(reading: Reading) -> Iterator[ReelError]:
    """Encryption that this machine cannot do."""
    for place, ladder in reading.request.ladders:
        if ladder.encryption and ladder.encryption.is_common:
            try:
                require_packager(f"{place}.encryption.scheme")
            except Resource as missing:
                yield missing


def _unfit_texts(reading: Reading) -> Iterator[Problem]:
    for place, content, area in kind_of(reading.request).texts(reading.request):
        around = place.removesuffix("text")
        if not any(_is_touched(around + name, reading) for name in OF_TEXTS):
            yield from settled_text(place, content, area).problems


def _is_touched(place: str, reading: Reading) -> bool:
    return lies_in(place, reading.doubtful) or any(lies_in(other, (place,)) for other in reading.doubtful)


def _beyond_limits(reading: Reading, library: Mapping[str, MediaFacts], limits: Settings) -> Iterator[Problem]:
    """What this installation does not take on, though it is good elsewhere."""
    for asked in kind_of(reading.request).amounts(reading.request, library, reading.doubtful):
        most = getattr(limits, asked.setting)
        if asked.number > most:
            what = asked.words.format(float(asked.number), float(most))
            yield Problem(asked.place, what, f"REEL_{asked.setting.upper()} raises the limit")
