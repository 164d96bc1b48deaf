"""Budgets that VP9 cannot keep: what is asked of it is a quality, and how many bits that takes shows when it is made."""

from __future__ import annotations

from collections.abc import Iterator

from reel.request.base import Request
from reel.request.videos import VideoOutput

CODEC = "vp9"
"""Of those that have a budget, the one without a cap (docs/codecs.md)."""


def uncapped(request: Request) -> Iterator[str]:
    """Warnings under the fields whose number of bits is no bound. Words (`medium`) stand for a quality, and bound nothing."""
    inherits = False
    for number, output in enumerate(request.outputs or ()):
        if isinstance(output, VideoOutput) and output.codec == CODEC and output.quality is None:
            inherits |= output.bitrate is None
            if isinstance(output.bitrate, int):
                yield _told(f"outputs[{number}].bitrate")
    for place, ladder in request.ladders:
        if isinstance(ladder.rungs, str):
            inherits |= CODEC in ladder.codecs
            continue
        for number, rung in enumerate(ladder.rungs):
            if CODEC in ([rung.codec] if rung.codec else ladder.codecs):
                inherits |= rung.bitrate is None
                if isinstance(rung.bitrate, int):
                    yield _told(f"{place}.rungs[{number}].bitrate")
    if inherits and isinstance(request.bitrate, int):
        yield _told("bitrate")


def _told(field: str) -> str:
    return f"{field}: does not bound {CODEC}, which has no cap: grain or noise may take several times as many bits"
