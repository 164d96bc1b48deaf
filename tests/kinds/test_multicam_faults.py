"""All that is wrong with a multicam request is told in one go, and nothing that only follows from it."""

from __future__ import annotations

from typing import Any

import pytest

from reel.errors import InvalidRequest
from reel.kinds import kind_of, parse_request
from reel.kinds.read import read_request


def told(**fields: Any) -> list[str]:
    """What is said of a request whose assets nobody has looked at."""
    reading = read_request({"kind": "multicam", "sources": ["c25.mp4", "c50.mp4"], **fields})
    found = kind_of(reading.request).faults(reading.request, {}, reading.doubtful)
    return sorted(str(problem) for problem in (*reading.problems, *found.unfit, *found.wrong))


NAMED = [{"asset": "c25.mp4", "name": "a"}, {"asset": "c50.mp4", "name": "a"}]
SWITCHES = [{"at": 3, "source": "zz"}, {"at": 1, "source": "a"}]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"switches": [{"at": 0, "source": 0}]}, []),
        (
            {"sources": NAMED, "switches": SWITCHES, "audio_source": 9, "end": -1, "aspect": "16:9"},
            [
                "audio_source: 9 is not a source (use 0 to 1, or 'a')",
                "end: must be at least 0 (given: -1)",
                "request: an `aspect` has no size: give `resolution` with it",
                "sources[1].name: 'a' is the name of sources[0] (give each its own)",
                "switches[0].at: 3 s is not before the switch after it, 1 s",
                "switches[0].source: 'zz' is not a source (use 0 to 1, or 'a')",
            ],
        ),
        # Whose own audio is named needs no other, and a wrong one is told all the same.
        ({"switches": [{"at": 0, "source": 0, "audio": 1}], "audio_source": 9},
         ["audio_source: 9 is not a source (use 0 to 1)"]),
        ({"switches": [{"at": 0, "source": 0, "audio": 7}]}, ["switches[0].audio: 7 is not a source (use 0 to 1)"]),
        ({"cuts": [{"source": 0, "in": 2, "out": 1}], "mezzanine": True, "copy": "never"},
         ["cuts[0].out: 1 s is not after its begin, 2 s (end later)",
          "request: a `mezzanine` is there to be copied from: leave out `copy`, or the mezzanine"]),
        ({"switches": SWITCHES, "cuts": [{"source": 0, "in": 0, "out": 1}], "frame_rate": 7},
         ["frame_rate: ", "request: give one of `switches`, `cuts` and `edl`, with at least one entry",
          "switches[0].at: 3 s is not before the switch after it, 1 s",
          "switches[0].source: 'zz' is not a source (use 0 to 1)", "switches[1].source: 'a' is not a source (use 0 to 1)"]),
        # The decision could not be read, so nobody knows that there is none.
        ({"switches": 7}, ["switches: must be a list (given: 7)"]),
    ],
)  # fmt: skip
def test_all_is_told_at_once(fields: dict[str, Any], said: list[str]) -> None:
    found = told(**fields)
    assert len(found) == len(said), found
    assert all(one.startswith(other) for one, other in zip(found, said, strict=True)), found


def test_a_request_that_is_made_in_code_is_held_to_the_same() -> None:
    good = parse_request({"kind": "multicam", "sources": ["a.mp4"], "switches": [{"at": 0, "source": 0}]})
    with pytest.raises(InvalidRequest, match="an `aspect` has no size"):
        type(good).model_validate({**good.model_dump(by_alias=True), "aspect": "16:9"})
