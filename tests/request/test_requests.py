"""Requests: what is accepted, and how what is not is told."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from typing import Any

import pytest

from reel.errors import InvalidRequest
from reel.kinds import json_schema, parse_request
from reel.kinds.mixer.request import MixerRequest
from reel.presets import Canvas, capped_crf, has_shape, shape_of, sized

GOOD = {"kind": "mixer", "clips": ["a.mp4", {"asset": "b.mp4", "in": 1.5, "out": 4}]}


def test_a_request_survives_json() -> None:
    request = parse_request({**GOOD, "frame_rate": "30000/1001", "speed": {"min": 0.8, "max": 1.2}})
    assert parse_request(request.model_dump_json(by_alias=True)) == request
    assert isinstance(request, MixerRequest)
    assert request.frame_rate == Fraction(30000, 1001)
    assert request.clips[1].in_ == Fraction(3, 2)


WRONG: list[tuple[Any, str]] = [
    ("{", "request: is not JSON"),
    ([], "request: is not a JSON object"),
    (
        '{"kind": "mixer", "clips": ["a"], "clips": ["b"]}',
        "request: has 'clips' twice in one object (keep one of the two)",
    ),
    ('{"kind": "mixer", "clips": [{"asset": "a", "in": 1, "in": 2}]}', "request: has 'in' twice in one object"),
    ({"clips": ["a"]}, "kind: is missing"),
    ({"kind": "mixr"}, "kind: 'mixr' is not a kind"),
    ({"kind": "mixer"}, "clips: is missing"),
    ({"kind": "mixer", "clips": []}, "clips: "),
    ({**GOOD, "varients": 2}, "varients: is not a field here (did you mean `variants`?)"),
    ({**GOOD, "variants": 0}, "variants: must be at least 1 (given: 0)"),
    ({**GOOD, "variants": 1001}, "variants: "),
    ({**GOOD, "frame_rate": 31}, "frame_rate: frame rate 31 is not one of 24, 25"),
    ({**GOOD, "speed": {"max": 9}}, "speed.max: "),
    ({**GOOD, "speed": {"min": 2, "max": 1}}, "speed: `min` (2) must not be above `max` (1)"),
    ({**GOOD, "speed": {"min": 0.2}}, "speed.min: "),
    ({**GOOD, "clips": ["a", {"asset": "b", "in": 3, "out": 2}]}, "clips[1]: `out` (2 s) must be after `in` (3 s)"),
    ({**GOOD, "clips": [{"asset": "b", "ot": 2}]}, "clips[0].ot: is not a field here (did you mean `out`?)"),
    ({**GOOD, "clips": [""]}, "clips[0].asset: "),
    ({**GOOD, "clips": ["a\nb"]}, "clips[0].asset: "),
    ({**GOOD, "clips": [{"asset": "a", "in": "soon"}]}, "clips[0].in: 'soon' is not a number"),
    ({**GOOD, "clips": [{"asset": "a", "in": -1}]}, "clips[0].in: "),
    ({**GOOD, "audio": "loud"}, "audio: "),
    ({**GOOD, "audio": {"soundtrak": "m"}}, "audio.soundtrak: is not a field here (did you mean `soundtrack`?)"),
    ({**GOOD, "fit": "stretch"}, "fit: "),
]


@pytest.mark.parametrize(("document", "said"), WRONG)
def test_what_is_wrong_is_named_by_its_field(document: Any, said: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_request(document if isinstance(document, str | dict) else json.dumps(document))
    assert said in str(refused.value)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_request({**GOOD, "variants": 0, "fit": "x", "seed": -1})
    assert {problem.place for problem in refused.value.problems} == {"variants", "fit", "seed"}


def test_the_schema_is_json_and_closed() -> None:
    schema = json.loads(json.dumps(json_schema()))
    mixer = schema["$defs"]["MixerRequest"]
    assert mixer["additionalProperties"] is False
    assert set(mixer["required"]) == {"clips"}


@pytest.mark.parametrize(
    ("aspect", "sizes"),
    [
        ("9:16", [(480, 854), (720, 1280), (1080, 1920), (2160, 3840)]),
        ("16:9", [(854, 480), (1280, 720), (1920, 1080), (3840, 2160)]),
        ("1:1", [(480, 480), (720, 720), (1080, 1080), (2160, 2160)]),
        ("4:5", [(480, 600), (720, 900), (1080, 1350), (2160, 2700)]),
    ],
)
def test_the_table_of_sizes(aspect: Any, sizes: list[tuple[int, int]]) -> None:
    resolutions: list[Any] = ["480p", "720p", "1080p", "4k"]
    assert [sized(shape_of(aspect), resolution) for resolution in resolutions] == sizes


@pytest.mark.parametrize("height", [480, 481])
@pytest.mark.parametrize("width", range(848, 864))
def test_a_picture_at_its_own_resolution_is_not_larger_than_it_is(width: int, height: int) -> None:
    """A rung of 480p for a video of 855x480 was 856x480, and refused as larger than the picture."""
    size = sized((width, height), "480p")
    assert size[1] == 480
    assert size[0] <= width // 2 * 2
    assert has_shape(size, (width, height))


@pytest.mark.parametrize(("size", "shape"), [((432, 242), (16, 9)), ((432, 244), (16, 9)), ((242, 432), (9, 16))])
def test_of_two_even_sides_that_are_equally_near_each_is_of_the_shape(
    size: tuple[int, int], shape: tuple[int, int]
) -> None:
    """Nine sixteenths of 432 are 243."""
    assert has_shape(size, shape)
    assert not has_shape((size[0], size[1] + 4), shape)


def test_quality_follows_the_budget() -> None:
    canvas = Canvas(width=1080, height=1920, rate=Fraction(30))
    low, medium, high = (capped_crf(bits, canvas) for bits in (1_000_000, 2_500_000, 5_000_000))
    assert None not in (low.crf, medium.crf, high.crf)
    assert low.crf > medium.crf > high.crf  # type: ignore[operator]
    assert low.crf - medium.crf == pytest.approx(6 * math.log2(2.5), abs=0.1)  # type: ignore[operator]
    assert high.crf == 16  # better than that nobody sees
    assert [encoder.max_bits_per_second for encoder in (low, high)] == [2_000_000, 10_000_000]
