"""Bounds: each has a name, is told with its value, and is counted before anything is built."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest

from reel.errors import InvalidRequest
from reel.kinds import parse_request
from reel.limits import NAMES, USUAL, Limits, limits_of
from reel.request.read import parse_terms
from reel.settings import Settings
from tests.limits_table import PAGE, written


def nested(depth: int) -> dict[str, Any]:
    document: dict[str, Any] = {}
    inner = document
    for _ in range(depth):
        inner["a"] = {}
        inner = inner["a"]
    return document


def template(**clip: Any) -> dict[str, Any]:
    return {
        "kind": "template",
        "timeline": {"tracks": [{"clips": [{"type": "text", "text": "a", "duration": 1, **clip}]}]},
    }


KEYS = [{"at": second, "value": 0.5} for second in range(500)]
MIXER = {"kind": "mixer", "clips": ["a.mp4"]}
TOO_MUCH: dict[str, tuple[Any, str]] = {
    "request_characters": (" " * 8_000_001, "request: has 8,000,001 characters"),
    "nesting": ({**MIXER, "metadata": nested(70)}, "request: is nested 65 deep, and the limit `nesting` is 64"),
    "deep text": ('{"kind":' + "[" * 100_000, "request: is nested too deeply"),
    "values": ({**MIXER, "metadata": [[0] * 1000] * 1001}, "request: has 1,002,005 values"),
    "text": ({"kind": "mixer", "clips": ["a" * 20_001]}, "clips[0]: has a text of 20,001 characters"),
    "name": ({**MIXER, "x" * 20_001: 1}, "request: has a text of 20,001 characters"),
    "edl_characters": (
        {"kind": "multicam", "sources": ["a.mp4"], "edl": " " * 5_000_001},
        "edl: has a text of 5,000,001 characters, and the limit `edl_characters` is 5,000,000",
    ),
    "clips": ({"kind": "mixer", "clips": ["a.mp4"] * 10_001}, "request: has 10,001 clips, pictures"),
    "tracks": ({"kind": "template", "timeline": {"tracks": [{}] * 501}}, "request: has 501 tracks, and the limit"),
    "variables": ({"kind": "template", "data": dict.fromkeys(map(str, range(501)))}, "request: has 501 variables or values"),
    "keyframes": (
        {"kind": "template", "timeline": {"tracks": [{"clips": [{"opacity": KEYS}] * 401}]}},
        "request: has 200,500 keyframes, and the limit `keyframes` is 200,000",
    ),
    "filled in": (
        template(text="{{A}}" * 900) | {"variables": {"A": {"max_length": 10_000}}, "data": {"A": "x" * 10_000}},
        "timeline.tracks[0].clips[0].text: has 8,010,000 characters with its placeholders filled in",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TOO_MUCH)
def test_what_is_too_much_is_told_by_name_before_it_is_looked_at(name: str) -> None:
    document, said = TOO_MUCH[name]
    document = document if isinstance(document, str | Mapping) else json.dumps(document)
    begun = time.process_time()
    with pytest.raises(InvalidRequest) as refused:
        parse_request(document, USUAL if name != "filled in" else limits_of({"request_characters": 8_000_000}))
    assert str(refused.value).startswith(said)
    assert time.process_time() - begun < 20, "it takes time by its size alone"


def test_every_limit_that_a_request_meets_is_tried() -> None:
    of_lengths = {name for name in NAMES if name.startswith(("asset_", "output_", "total_"))} | {"rows", "steps"}
    assert {*NAMES} - of_lengths <= {*TOO_MUCH, "text_characters"}


def test_a_tenants_record_counts_before_the_installation_and_terms_only_lower_both() -> None:
    installation, tenant = {"clips": 500, "rows": 10}, {"clips": 2000.0}
    assert limits_of(installation).clips == 500
    assert limits_of(installation, tenant).clips == 2000
    assert limits_of(installation, tenant).rows == 10
    forged = {"clips": 10**9, "output_seconds": 1e12, "rows": 5}
    lowered = limits_of(installation, tenant, lowered=forged)
    assert (lowered.clips, lowered.rows, lowered.output_seconds) == (2000, 5, USUAL.output_seconds)
    assert limits_of(None, None) == USUAL == Limits()


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"clip": 3}, "there is no limit 'clip': did you mean `clips`?"),
        ({"clips": 0}, "must be a number above 0"),
        ({"clips": float("inf")}, "must be a number above 0"),
        ({"clips": 1.5}, "must be a whole number"),
    ],
)
def test_what_is_no_limit_is_refused_wherever_it_is_said(told: dict[str, float], said: str) -> None:
    for say in (
        lambda: limits_of(told),
        lambda: limits_of(lowered=told),
        lambda: Settings(limits=told),
        lambda: parse_terms({"limits": told}),
    ):
        with pytest.raises(InvalidRequest) as refused:
            say()
        assert said in str(refused.value)


def test_the_page_has_all_limits() -> None:
    page = PAGE.read_text("utf-8")
    assert written(page) == page, "run `python -m tests.limits_table`"
