"""All that is wrong with a multicam request is told in one go, and nothing that only follows from it."""

from __future__ import annotations

from typing import Any

import pytest

from reel.errors import InvalidRequest
from reel.kinds import kind_of, parse_request
from reel.kinds.read import read_request
from reel.media import Library
from tests.plan.facts import facts


def told(library: Library | None = None, **fields: Any) -> list[str]:
    """What is said of a request, of whose assets these are known."""
    reading = read_request({"kind": "multicam", "sources": ["c25.mp4", "c50.mp4"], **fields})
    found = kind_of(reading.request).faults(reading.request, library or {}, reading.doubtful)
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
        # An entry that cannot be read keeps nobody from looking at the others, nor at what else it says.
        ({"switches": [{"at": 0, "source": "zz"}, {"at": "x", "source": "yy"}, {"at": 2}, {"at": 1, "source": 0}, 5]},
         ["switches[0].source: 'zz' is not a source", "switches[1].at: 'x' is not a number",
          "switches[1].source: 'yy' is not a source", "switches[2].at: 2 s is not before the switch after it, 1 s",
          "switches[2].source: is missing", "switches[4]: must be an object with fields (given: 5)"]),
        # Whenever it is: the one before it is not before the one after it.
        ({"switches": [{"at": 5, "source": 0}, {"at": -1, "source": 0}, {"at": None, "source": 0}, {"at": 1, "source": 0}]},
         ["switches[0].at: 5 s is not before the switch after it, 1 s", "switches[1].at: must be at least 0 (given: -1)",
          "switches[2].at: "]),
        ({"cuts": [{"source": "zz", "in": 0, "out": 1}, {"source": 0, "in": "x", "out": 1}, {"source": 0, "in": 2, "out": 1}]},
         ["cuts[0].source: 'zz' is not a source", "cuts[1].in: 'x' is not a number",
          "cuts[2].out: 1 s is not after its begin, 2 s"]),
        # The decision could not be read, so nobody knows that there is none.
        ({"switches": 7}, ["switches: must be a list (given: 7)"]),
    ],
)  # fmt: skip
def test_all_is_told_at_once(fields: dict[str, Any], said: list[str]) -> None:
    found = told(**fields)
    assert len(found) == len(said), found
    assert all(one.startswith(other) for one, other in zip(found, said, strict=True)), found


@pytest.mark.parametrize(
    ("switches", "said"),
    [
        # It may be anywhere between: while the first one still runs, and after the second one began.
        ([(0, 0), ("x", 1), (15, 1)], ["switches[1].at: 'x' is not a number"]),
        ([(0, 0), ("x", 1), (25, 1)],
         ["switches[1].at: 'x' is not a number", "switches[2].at: 25 s is not before the end, 18 s"]),
        ([(0, 0), (12, None), (15, 1)],
         ["switches[0].source: is needed until 12 s: the source runs from 0 s to 10 s", "switches[1].source: "]),
    ],
)  # fmt: skip
def test_what_hangs_on_an_entry_that_cannot_be_read_is_not_told(
    switches: list[tuple[Any, Any]], said: list[str]
) -> None:
    library = {"sources[0].asset": facts("a"), "sources[1].asset": facts("b")}
    found = told(
        library,
        sources=["a.mp4", {"asset": "b.mp4", "sync_offset": 8}],
        switches=[{"at": at, "source": source} for at, source in switches],
    )
    assert len(found) == len(said), found
    assert all(one.startswith(other) for one, other in zip(found, said, strict=True)), found


def test_a_request_that_is_made_in_code_is_held_to_the_same() -> None:
    good = parse_request({"kind": "multicam", "sources": ["a.mp4"], "switches": [{"at": 0, "source": 0}]})
    with pytest.raises(InvalidRequest, match="an `aspect` has no size"):
        type(good).model_validate({**good.model_dump(by_alias=True), "aspect": "16:9"})
