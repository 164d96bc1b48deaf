"""What is wrong with a request, in words: no regular expression and none of pydantic's terms, whatever the constraint."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import pytest
from pydantic import ValidationError
from pydantic_core.core_schema import ErrorType

from reel.errors import InvalidRequest
from reel.kinds import REQUESTS, parse_request
from reel.kinds.read import json_schema
from reel.request.batch import SOURCES
from reel.request.read import validated
from reel.request.terms import Terms
from reel.words import BOUNDS, PLAIN, WRITTEN, in_words

JARGON = re.compile(
    r"input|valid|string|integer|boolean|tuple|dict|literal|model|pattern|extra|permitted|tag|discriminator|instance"
    r"|\\|\^|\$'|\[a-z|\{\d|Fraction|(?-i:None)",
    re.IGNORECASE,
)
BAD: tuple[Any, ...] = (
    None, True, -1e9, 1e9, 0.5, float("nan"), "", "\n", "nonsense", "x" * 5000, [], [1], ["nonsense"] * 3, {}, {"strange": 1},
)  # fmt: skip
"""Something of each sort; some of it is good somewhere."""

WHOLE: dict[str, dict[str, Any]] = {
    "mixer": {
        "clips": [{"asset": "a", "in": 0, "out": 1, "fit": "cover", "split": "scenes"}],
        "speed": {"min": 1, "max": 1, "steps": 1},
        "audio": {"soundtrack": "a", "in": 0, "volume": 0, "loop": True},
        "loudness": {"lufs": -14, "true_peak_db": -1},
        "preview": {"range": {"start": 0, "end": 1}, "scale": 1},
    },
    "slideshow": {
        "images": [{"asset": "a", "fit": "cover", "focus": {"x": 0, "y": 0}}],
        "music": {"asset": "a", "in": 0, "volume": 0, "bpm": 100, "fade_out": 1},
        "zoom": {"from": 1, "to": 1},
        "transition": {"name": "cut", "duration": 1},
        "frame": {"asset": "a"},
    },
    "multicam": {
        "sources": [{"asset": "a", "name": "a", "sync_offset": 0, "start_timecode": "00:00:00:00"}],
        "cuts": [{"source": 0, "in": 0, "out": 1}],
    },
    "encode": {
        "asset": "a",
        "range": {"start": 0, "end": 1},
        "outputs": [
            {"type": "video", "resolution": "480p", "codec": "h264", "bitrate": "low", "audio": "aac", "name": "a"},
            {"type": "audio", "codec": "aac", "bitrate": 64_000, "name": "a"},
            {
                "type": "ladder",
                "name": "a",
                "rungs": [{"width": 320, "height": 180, "codec": "h264", "bitrate": "low"}],
                "codecs": ["h264"],
                "audio": [{"asset": "a", "language": "en", "name": "a", "codec": "aac"}],
                "subtitles": [
                    {"asset": "a", "language": "en", "name": "a", "default": True, "forced": True, "encoding": "utf-8"}
                ],
                "segment_seconds": 6,
                "encryption": {"key": "a", "uri": "https://a.example/1"},
            },
            {
                "type": "pictures",
                "name": "b",
                "poster": "best",
                "upload": "a",
                "thumbnails": {"at": [0]},
                "sprite": True,
                "animation": "webp",
                "format": "jpeg",
                "quality": 80,
                "widths": [320],
            },
            {"type": "analysis"},
        ],
    },
    "template": {
        "variables": {"A": {"type": "text", "max_length": 3, "default": "a", "description": ""}},
        "data": {"A": "a"},
        "timeline": {
            "tracks": [
                {
                    "clips": [
                        {
                            "type": "text",
                            "text": "a",
                            "duration": 1,
                            "start": 0,
                            "colour": "red",
                            "size": 50,
                            "area": {"x": 0, "y": 0, "width": 1, "height": 1},
                            "position": {"x": 0, "y": 0},
                            "opacity": [{"at": 0, "value": 1, "easing": "linear"}],
                        },
                        {
                            "type": "video",
                            "asset": "a",
                            "in": 0,
                            "out": 1,
                            "speed": 1,
                            "duration": 1,
                            "volume": 0,
                            "crop": {"x": 0, "y": 0, "width": 1, "height": 1},
                            "transition": {"name": "wipe-left", "duration": 0.5, "easing": "linear", "colour": "red"},
                        },
                    ]
                }
            ]
        },
        "background": "red",
    },
}
"""Every kind of object that requests are made of."""


def spoilt(part: Any) -> Iterator[Any]:
    """The document with each of its fields, at every depth, replaced in turn by each bad value, and left out."""
    fields = part.items() if isinstance(part, Mapping) else enumerate(part) if isinstance(part, list) else ()
    for key, value in fields:
        for other in (*BAD, *spoilt(value)):
            yield {**part, key: other} if isinstance(part, Mapping) else [*part[:key], other, *part[key + 1 :]]
        if isinstance(part, Mapping):
            yield {name: kept for name, kept in part.items() if name != key}


@pytest.mark.parametrize("kind", REQUESTS)
def test_whatever_is_wrong_is_said_in_plain_words(kind: str) -> None:
    refused = 0
    fields = {
        name: field.get_default() for name, field in REQUESTS[kind].model_fields.items() if not field.is_required()
    }
    for document in spoilt(fields | WHOLE[kind]):
        try:
            parse_request({**document, "kind": kind})
        except InvalidRequest as error:
            refused += 1
            for problem in error.problems:
                said = f"{problem.what} {re.sub('given: .*', '', problem.remedy)}".replace(repr(document), "")
                said = re.sub(r"'[^']*'|\"[^\"]*\"|`[^`]*`|\[[^\]]*\]|\{[^}]*\}", "", said)  # what was given, and names
                assert not JARGON.search(said), problem
                assert problem.what != "cannot be used here", problem
    assert refused > 100


@pytest.mark.parametrize(
    ("model", "document"),
    [
        (Terms, {"tenant": "A B"}),
        (Terms, {"generation": "../x"}),
        (Terms, {"idempotency_key": ""}),
        (SOURCES["folder"], {"from": "folder", "folder": ""}),
        (SOURCES["rows"], {"from": "rows", "template": 3, "rows": "a", "format": "xml"}),
    ],
)
def test_so_it_is_with_terms_and_sources(model: Any, document: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        validated(model, document)
    assert not JARGON.search(re.sub(r"'[^']*'|`[^`]*`|given: .*", "", str(refused.value))), str(refused.value)


def test_every_constraint_of_our_models_has_its_words() -> None:
    """Pydantic's names are those of this version: one that is renamed would be told as nothing in particular."""
    known = {*get_args(ErrorType)}
    assert {*PLAIN, *BOUNDS} - {"path_type"} <= known  # that one is of its Python part
    said: dict[str, str] = {}
    for kind, model in REQUESTS.items():
        for document in spoilt(WHOLE[kind]):
            try:
                model.model_validate(document)
            except ValidationError as error:
                said |= {detail["type"]: in_words(detail) for detail in error.errors()}
            except InvalidRequest:
                pass
    assert len(said) > 12
    assert "cannot be used here" not in said.values(), said


T: dict[str, Any] = {"type": "colour", "colour": "red", "duration": 2}


def template(*clips: Any, **more: Any) -> dict[str, Any]:
    return {"kind": "template", "timeline": {"tracks": [{"clips": list(clips)}]}, **more}


BELONGS: list[tuple[dict[str, Any], str]] = [
    (
        {"kind": "template", "timeline": {"duration": 3, "tracks": [{"clips": [T]}]}},
        "timeline.duration: is not a field here (`duration` belongs to the request itself, beside `timeline`)",
    ),
    (
        {"kind": "template", "timeline": {"backgruond": "red", "tracks": [{"clips": [T]}]}},
        "did you mean `background`? `background` belongs to the request itself, beside `timeline`",
    ),
    (template({**T, "width": 3}), "(`width` belongs in `area`)"),
    (template({"type": "image", "asset": "a", "width": 3}), "(`width` belongs in `area` or `crop`)"),
    (template({**T, "fade_in": 3}), "(`fade_in` is a field of type `audio` alone)"),
    (template({**T, "in": 3}), "(`in` is a field of type `video` or `audio` alone)"),
    (template({**T, "tracks": []}), "(`tracks` belongs in `timeline`)"),
    (template({**T, "seed": 3}), "(`seed` is a field of requests of kind `mixer`)"),
    (template({**T, "opacty": 1}), "(did you mean `opacity`?)"),
    (
        template({"type": "image", "asset": "a", "sise": 1}),
        "(did you mean `size`? `size` is a field of type `text` alone)",
    ),
    ({"kind": "mixer", "clips": ["a"], "sise": 1}, "sise: is not a field here (remove it)"),
    (template(T, tracks=[]), "tracks: is not a field here (`tracks` belongs in `timeline`)"),
    (template({**T, "area": {"opacity": 1}}), "(`opacity` belongs in `timeline.tracks[...].clips[...]`)"),
    (
        {"kind": "mixer", "clips": [{"asset": "a", "speed": 2}]},
        "(`speed` belongs to the request itself, beside `clips`)",
    ),
    ({"kind": "mixer", "clips": ["a"], "out": 3}, "(`out` belongs in `clips[...]`)"),
    ({"kind": "mixer", "clips": ["a"], "images": []}, "(`images` is a field of requests of kind `slideshow`)"),
    ({"kind": "mixer", "clips": ["a"], "zzz": 1}, "zzz: is not a field here (remove it)"),
    ({"kind": "Mixer", "clips": ["a"]}, "did you mean `mixer`?"),
    (template({**T, "type": "txt"}), "did you mean `text`?"),
    (template({**T, "type": "Text"}), "did you mean `text`?"),
    ({"kind": "mixer", "clips": ["a"], "fit": "Cover"}, "did you mean `cover`?"),
]


@pytest.mark.parametrize(("document", "said"), BELONGS)
def test_a_field_is_told_where_it_belongs(document: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_request(document)
    assert said in str(refused.value)


def test_a_field_is_never_told_to_be_its_own_name() -> None:
    """Every field of every kind, put into every object of every kind."""
    names = {name for model in REQUESTS.values() for name in _names(model.model_json_schema(by_alias=True))}
    for name in sorted(names):
        for document in (template({**T, name: 1}), {"kind": "mixer", "clips": [{"asset": "a", name: 1}], name: 1}):
            try:
                parse_request(document)
            except InvalidRequest as error:
                strange = [each for each in error.problems if each.what == "is not a field here"]
                assert not any(f"did you mean `{name}`" in each.remedy for each in strange)


def _names(schema: dict[str, Any]) -> set[str]:
    return {name for part in (schema, *schema.get("$defs", {}).values()) for name in part.get("properties", {})}


HUGE = "9" * 5000


@pytest.mark.parametrize(
    ("field", "place"),
    [
        (f'"variants": {HUGE}', "variants"),
        (f'"seed": {HUGE}', "seed"),
        (f'"bitrate": {HUGE}', "bitrate"),
        (f'"frame_rate": {HUGE}', "frame_rate"),
        (f'"frame_rate": {"9" * 300}', "frame_rate"),
        (f'"speed": {{"max": {HUGE}}}', "speed.max"),
        (f'"loudness": {{"lufs": {HUGE}}}', "loudness.lufs"),
        (f'"speed": {{"max": "{HUGE}"}}', "speed.max"),
    ],
)
def test_a_number_of_many_digits_is_refused_in_few_words(field: str, place: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_request(f'{{"kind": "mixer", "clips": ["a.mp4"], {field}}}')
    (problem,) = refused.value.problems
    assert problem.place == place
    assert len(str(problem)) < 200
    assert "digits)" not in str(problem)


def test_numbers_of_many_digits_from_python_are_refused_likewise() -> None:
    many = 10**5000
    asked = {"kind": "mixer", "clips": [{"asset": "a.mp4", "in": many}], "variants": many, "frame_rate": many}
    with pytest.raises(InvalidRequest) as refused:
        parse_request(asked)
    assert sorted(problem.place for problem in refused.value.problems) == ["clips[0].in", "frame_rate", "variants"]


def test_every_pattern_of_requests_is_told_in_words() -> None:
    def patterns(part: Any) -> set[str]:
        if isinstance(part, dict):
            own = {part["pattern"]} if part.get("type") == "string" and isinstance(part.get("pattern"), str) else set()
            return own.union(*map(patterns, part.values()))
        return set().union(*map(patterns, part)) if isinstance(part, list) else set()

    of_schemas_alone = {r"^\d+(/\d+)?$", r"\{\{"}
    assert patterns(json_schema()) - of_schemas_alone <= WRITTEN.keys()
