"""Where a stretch of a file is damaged that decoders complained of: it is read again for that, in a child process::

damage_of(path, source, Fraction(2), Fraction(14), seek=None, lasts=Fraction(1, 25))
"""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

from reel.confinement.parent import ask
from reel.damage import Damage
from reel.plan.operations.base import StreamSource
from reel.settings import settings

READER = "reel.packets.damage_reader"


def damage_of(
    path: Path,
    source: StreamSource,
    begin: Fraction,
    end: Fraction,
    *,
    seek: Fraction | None,
    lasts: Fraction,
) -> list[Damage]:
    """The damage between two moments of a stream, decoded from the key frame `seek` on, whose frames last about so long.

    Where reading it breaks off, all of it counts as damaged, by nobody knows how much.
    """
    order = {
        "demuxer": source.demuxer,
        "stream": source.stream,
        "begin": str(begin),
        "end": str(end),
        "seek": None if seek is None else str(seek),
        "lasts": str(lasts),
    }
    with path.open("rb") as file:
        ending = ask(READER, order, [file.fileno()], seconds=settings().step_seconds)
    if ending.status != 0:
        return [Damage(asset=source.asset, stream=source.stream, begin=begin, end=end)]
    return [
        Damage(asset=source.asset, stream=source.stream, begin=first, end=last, patched=patched, lost=lost)
        for first, last, patched, lost in json.loads(ending.output)
    ]
