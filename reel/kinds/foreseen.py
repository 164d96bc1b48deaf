"""What planning would refuse of a request that something else is wrong with already, so that it is told with that."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from reel.errors import BadMedia, InvalidRequest, Problem
from reel.kinds.kind import Kind
from reel.limits import Limits
from reel.media import Library
from reel.plan.bounded import bounded
from reel.plan.unmet import unmet
from reel.request import Request
from reel.request.places import enclosing
from reel.request.read import Reading
from reel.request.videos import VideoOutput

PLAINEST: Mapping[str, Any] = {"outputs": None, "preview": None, "variants": 1}
"""What stands for fields that may be wrong, and that no timeline's length and sound hang on."""
LONGEST: Mapping[str, Any] = {"range": None}
"""What stands for fields that are wrong, and that only make a timeline shorter: what is past its end then is so in any case."""
BESIDE = (*PLAINEST, *LONGEST, "bitrate", "stills", "metadata", "webhook")


def foreseen(
    kind: Kind[Any], reading: Reading, library: Library, told: Collection[Problem], limits: Limits
) -> tuple[Problem, ...]:
    """What is wanted of the timelines and is not in them; nothing where they cannot be known, as what they are made of is
    wrong, or missing, or has to be found first. `told` is what is wrong besides the form."""
    request = reading.request
    doubtful = {*reading.doubtful, *(problem.place for problem in told)}
    wrong = {next(enclosing(place)) for place in doubtful}
    if not (
        wrong <= {*BESIDE}
        and request.source_places().keys() <= library.keys()
        and all(want.optional for want in kind.wants(request))
    ):
        return ()
    longest = {name: value for name, value in LONGEST.items() if name in wrong}
    plain = {name: value for name, value in PLAINEST.items() if name in type(request).model_fields} | longest
    try:
        compiled = kind.compile(request.model_copy(update=plain), library, {})
        found = unmet(_plannable(request, doubtful), bounded(compiled, limits))
    except (InvalidRequest, BadMedia) as refused:
        found = refused.problems
    # Without its tracks an output may be the same as another; those that are so with them were found before.
    found = tuple(problem for problem in found if "is the same as" not in problem.what)
    beside = replace(reading, unknown=reading.unknown | {*longest})
    return tuple(problem for problem in found if problem not in told and beside.is_certain(problem))


GO_TOGETHER = (
    *("codec", "audio", "alpha", "bit_depth", "hdr", "format", "quality", "floor", "bitrate", "effort"),
    *("pictures_per_second", "loops"),
)
"""What of a video has to fit each other: nothing can be planned where some of it is refused."""


def _plannable(request: Request, doubtful: Collection[str]) -> Request:
    """The same with each video's usual sound: which of a master's it is may be what is wrong. Videos of which something is
    wrong by themselves are the usual ones, of their sizes and names: their moments and chapters are looked at all the same."""
    usual = {name: VideoOutput.model_fields[name].get_default() for name in GO_TOGETHER}

    def planned(place: str, output: Any) -> Any:
        if not isinstance(output, VideoOutput):
            return output
        is_wrong = any(place in enclosing(each) for each in doubtful) or any(output.broken())
        return output.model_copy(update={"audio_tracks": None, **(usual if is_wrong else {})})

    outputs = request.outputs and tuple(
        planned(f"outputs[{number}]", output) for number, output in enumerate(request.outputs)
    )
    return request.model_copy(update={"outputs": outputs})
