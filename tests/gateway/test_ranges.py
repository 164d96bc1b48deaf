"""Ranges and conditions, as a table against RFC 9110 (sections 13 and 14)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.ranges import Decision, Facts, decide

FACTS = Facts('"abc"', datetime(2026, 3, 1, 12, 0, 0, 500_000, tzinfo=UTC), 10_000)
BEFORE, AT, AFTER = (f"Sun, 01 Mar 2026 {time} GMT" for time in ("11:59:59", "12:00:00", "12:00:01"))
WHOLE = Decision(200, (range(10_000),))


def part(*ranges: tuple[int, int]) -> Decision:
    """Half-open."""
    return Decision(206, tuple(range(*each) for each in ranges))


RANGES = {
    # 14.1.2, the examples of the standard, of 10,000 bytes
    "bytes=0-499": part((0, 500)),
    "bytes=500-999": part((500, 1000)),
    "bytes=-500": part((9500, 10_000)),
    "bytes=9500-": part((9500, 10_000)),
    "bytes=0-0,-1": part((0, 1), (9999, 10_000)),
    "bytes= 0-999, 4500-5499, -1000": part((0, 1000), (4500, 5500), (9000, 10_000)),
    "bytes=500-600,601-999": part((500, 601), (601, 1000)),
    # the first and the last byte, and past the end
    "bytes=0-": part((0, 10_000)),
    "bytes=9999-": part((9999, 10_000)),
    "bytes=9999-9999": part((9999, 10_000)),
    "bytes=0-99999999999999999999": part((0, 10_000)),
    "bytes=-99999": part((0, 10_000)),
    "bytes=10000-": Decision(416),
    "bytes=10000-10001,20000-": Decision(416),
    "bytes=-0": Decision(416),
    "bytes=10000-,0-1": part((0, 2)),
    # 14.2: units have no case; what is unknown or malformed is passed over
    "Bytes=0-499": part((0, 500)),
    "bytes=,0-499,": part((0, 500)),
    "bytes=\t0-499 ": part((0, 500)),
    "items=0-499": WHOLE,
    "bytes=5-2": WHOLE,
    "bytes=0-1,5-2": WHOLE,
    "bytes=": WHOLE,
    "bytes=-": WHOLE,
    "bytes=a-b": WHOLE,
    "bytes=0 - 5": WHOLE,
    "bytes=+1-5": WHOLE,
    "bytes=1.0-5": WHOLE,
    "bytes=\u0661-5": WHOLE,
    "bytes=--5": WHOLE,
    "bytes": WHOLE,
    "": WHOLE,
    # 14.2: many or overlapping ranges may be passed over; more is never sent than there is
    "bytes=" + ",".join(f"{at}-{at}" for at in range(16)): part(*((at, at + 1) for at in range(16))),
    "bytes=" + ",".join(f"{at}-{at}" for at in range(17)): WHOLE,
    "bytes=0-,0-": WHOLE,
    "bytes=0-4999,4000-8999": part((0, 5000), (4000, 9000)),
    "bytes=" + "0-," * 5000: WHOLE,
}


@pytest.mark.parametrize("said", RANGES)
def test_ranges(said):
    assert decide("GET", {"range": said}, FACTS) == RANGES[said]


def test_a_range_of_head_means_nothing():
    assert decide("HEAD", {"range": "bytes=0-1"}, FACTS) == WHOLE


@pytest.mark.parametrize("said", ["bytes=0-", "bytes=0-0", "bytes=-1"])
def test_of_nothing_there_is_no_part(said):
    empty = Facts('"e"', FACTS.modified, 0)
    assert decide("GET", {"range": said}, empty) == Decision(416)
    assert decide("GET", {}, empty) == Decision(200, (range(0),))


IF_RANGE = {
    '"abc"': 206,
    ' "abc" ': 206,
    AT: 206,
    '"other"': 200,
    'W/"abc"': 200,  # 13.1.5: it must be strong
    BEFORE: 200,
    AFTER: 200,  # and of a date nothing but the very same counts
    "abc": 200,
    "nonsense": 200,
}


@pytest.mark.parametrize("said", IF_RANGE)
def test_if_range(said):
    assert decide("GET", {"range": "bytes=0-1", "if-range": said}, FACTS).status == IF_RANGE[said]


CONDITIONS = [
    # 13.1.2 If-None-Match is compared weakly
    ({"if-none-match": '"abc"'}, 304),
    ({"if-none-match": 'W/"abc"'}, 304),
    ({"if-none-match": '"x", "abc"'}, 304),
    ({"if-none-match": '"x","abc","y"'}, 304),
    ({"if-none-match": "*"}, 304),
    ({"if-none-match": '"x"'}, 200),
    ({"if-none-match": "abc"}, 200),
    ({"if-none-match": ""}, 200),
    # 13.1.3 If-Modified-Since counts by the second, and only without the former
    ({"if-modified-since": AT}, 304),
    ({"if-modified-since": AFTER}, 304),
    ({"if-modified-since": BEFORE}, 200),
    ({"if-modified-since": "nonsense"}, 200),
    ({"if-modified-since": AFTER, "if-none-match": '"x"'}, 200),
    # 13.1.1 If-Match is compared strongly, before all others
    ({"if-match": '"abc"'}, 200),
    ({"if-match": '"x", "abc"'}, 200),
    ({"if-match": "*"}, 200),
    ({"if-match": '"x"'}, 412),
    ({"if-match": 'W/"abc"'}, 412),
    ({"if-match": '"x"', "if-none-match": '"abc"'}, 412),
    # 13.1.4 If-Unmodified-Since
    ({"if-unmodified-since": AT}, 200),
    ({"if-unmodified-since": BEFORE}, 412),
    ({"if-unmodified-since": BEFORE, "if-match": '"abc"'}, 200),
    # 13.2.2 what is known is not sent in parts either
    ({"if-none-match": '"abc"', "range": "bytes=0-1"}, 304),
    ({"if-none-match": '"x"', "range": "bytes=0-1"}, 206),
]


@pytest.mark.parametrize(("headers", "status"), CONDITIONS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_conditions(method, headers, status):
    expected = 200 if (method, status) == ("HEAD", 206) else status
    assert decide(method, headers, FACTS).status == expected
