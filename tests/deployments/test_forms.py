"""Run forms: what Prefect's UI shows of a flow's parameters, and that what it sends is taken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from prefect import Flow
from prefect.utilities.callables import parameter_schema
from prefect.utilities.schema_tools import validate

from deployments.forms import form
from flows.backup import backup
from flows.batch import batch
from flows.janitor import janitor
from flows.regenerate import regenerate
from flows.replay import replay
from flows.storage import archive, restore
from reel.kinds import KINDS, parse_request
from reel.request.batch import parse_batch, parse_source
from reel.request.read import parse_terms

FLOWS: dict[str, Flow[..., Any]] = {
    **{kind: getattr(import_module(f"flows.{kind}"), kind) for kind in KINDS},
    **{flow.name: flow for flow in (regenerate, batch, replay, janitor, backup, archive, restore)},
}
SCHEMAS = {name: parameter_schema(flow).model_dump_for_openapi() for name, flow in FLOWS.items()}
FORMS = {name: form(schema) for name, schema in SCHEMAS.items()}
HELLO = {"type": "text", "text": "Hello {{WHO}}"}
LEAST: dict[str, dict[str, Any]] = {
    "mixer": {"clips": [{"asset": "/a.mp4"}, "/b.mp4"]},
    "slideshow": {"images": ["/a.png"], "duration": 4},
    "encode": {"asset": "/a.mp4", "outputs": [{"type": "video", "resolution": "720p", "bitrate": 900000}]},
    "multicam": {"sources": [{"asset": "/a.mp4"}, "/b.mp4"], "switches": [{"at": 0, "source": 1}], "end": 2},
    "template": {
        "timeline": {"tracks": [{"clips": [{"type": "video", "asset": "/a.mp4"}]}, {"clips": [HELLO]}]},
        "duration": 2,
        "variables": {"WHO": {}},
        "data": {"WHO": "World"},
    },
}
"""What a person has to fill in."""


def resolved(part: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    """A part without its reference, as the UI reads it."""
    name = part.get("$ref", "").removeprefix("#/definitions/")
    return {**whole["definitions"][name], **part} if name else part


def sent(part: dict[str, Any], whole: dict[str, Any], given: Any = None) -> Any:
    """What a form sends of a part: what was filled in, and every default."""
    part = resolved(part, whole)
    if "properties" in part and (given is None or isinstance(given, dict)):
        start = given if given is not None else part.get("default") or {}
        fields = {name: sent(field, whole, start.get(name)) for name, field in part["properties"].items()}
        return {**start, **{name: value for name, value in fields.items() if value is not ...}}
    if given is None:
        return part.get("default", ...)
    if isinstance(given, list):
        return [sent(part["items"], whole, entry) for entry in given]
    options = [resolved(option, whole) for option in part.get("anyOf", ())]
    chosen = next((each for each in options if _fits(each, given)), None) if isinstance(given, dict) else None
    return sent(chosen, whole, given) if chosen else given


def _fits(option: dict[str, Any], given: dict[str, Any]) -> bool:
    kind = option.get("properties", {}).get("type", {})
    return "properties" in option and kind.get("const", given.get("type")) == given.get("type")


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_form_sends_is_taken(kind: str) -> None:
    """Prefect's server refused the defaults of its own forms: a frame rate of "30" where 30 may be chosen."""
    document = sent(FORMS[kind], FORMS[kind], {"request": LEAST[kind]})
    assert validate(document, FORMS[kind]) == []
    parse_request(document["request"])
    parse_terms(document["terms"])


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_taken_is_taken(kind: str) -> None:
    """Documents as we write them have every field, and null where nothing was said."""
    request = parse_request({"kind": kind, **LEAST[kind]}).model_dump(mode="json", by_alias=True)
    terms = parse_terms(None).model_dump(mode="json")
    assert None in terms.values()
    assert validate(json.loads(json.dumps({"request": request, "terms": terms})), FORMS[kind]) == []


def test_a_placeholder_is_taken_wherever_a_value_may_be() -> None:
    clip = {**HELLO, **dict.fromkeys(("start", "duration", "size", "bold", "align", "scale", "opacity"), "{{WHO}}")}
    request = {"kind": "template", "aspect": "{{WHO}}", "frame_rate": "{{WHO}}", "stills": "{{WHO}}"}
    assert validate({"request": {**request, "timeline": {"tracks": [{"clips": [clip]}]}}}, FORMS["template"]) == []
    wrong = {**request, "timeline": {"tracks": [{"clips": [{**HELLO, "size": -1}]}]}}
    assert validate({"request": wrong}, FORMS["template"])


@pytest.mark.parametrize("rungs", ["standard", "per-title", ["720p", "360p"], [{"resolution": "720p"}, "360p"]])
def test_a_word_and_a_list_are_taken_where_either_may_be(rungs: Any) -> None:
    request = {"kind": "encode", "asset": "/a.mp4", "outputs": [{"type": "ladder", "rungs": rungs}]}
    parse_request(request)
    assert validate({"request": request}, FORMS["encode"]) == []


def objects(part: Any) -> Iterator[dict[str, Any]]:
    """All parts of a schema that have fields."""
    if isinstance(part, dict):
        if isinstance(part.get("properties"), dict):
            yield part
        for value in part.values():
            yield from objects(value)
    elif isinstance(part, list):
        for value in part:
            yield from objects(value)


@pytest.mark.parametrize("name", FORMS)
def test_required_fields_come_first(name: str) -> None:
    for part in objects(FORMS[name]):
        fields = sorted(part["properties"], key=lambda field: part["properties"][field]["position"])
        required = [field for field in part.get("required", ()) if "const" not in part["properties"][field]]
        assert set(fields[: len(required)]) == set(required)


@pytest.mark.parametrize("name", FORMS)
def test_no_switch_tells_texts_apart_or_null_from_them(name: str) -> None:
    for part in objects(FORMS[name]):
        for field, schema in part["properties"].items():
            assert schema["title"]
            kinds = [option.get("type") for option in schema.get("anyOf", ())]
            assert kinds.count("string") < 2, field
            assert set(kinds) != {"string", "null"}, field
            assert "oneOf" not in schema, field


def chosen_at_first(part: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    """The option that a form shows of a field before anybody chose: its default's, else the first."""
    options = [resolved(option, whole) for option in part["anyOf"]]
    is_null = "default" in part and part["default"] is None
    return next((option for option in options if option.get("type") == "null"), {}) if is_null else options[0]


@pytest.mark.parametrize("name", FORMS)
def test_nothing_that_is_typed_in_opens_switched_to_none(name: str) -> None:
    """An operator found "None" where the order of a batch, its table or a track should be filled in."""
    for part in objects(FORMS[name]):
        for field, schema in part["properties"].items():
            if "anyOf" in schema and chosen_at_first(schema, FORMS[name]).get("type") == "null":
                assert resolved(schema["anyOf"][0], FORMS[name]).get("type") in ("object", "array"), field
    for field, schema in FORMS[name]["properties"].items():
        assert "anyOf" not in schema or chosen_at_first(schema, FORMS[name]).get("type") != "null", field


def test_a_batch_is_ordered_or_named() -> None:
    whole = FORMS["batch"]
    assert [resolved(each, whole)["title"] for each in whole["properties"]["order"]["anyOf"]] == [
        "BatchOrder",
        "A batch that is kept",
    ]
    order = sent(whole["definitions"]["BatchOrder"], whole, {"template": "/srv/card.json", "rows": "/srv/rows.csv"})
    parse_batch(order)
    assert validate({"order": order, "terms": {"tenant": "acme"}}, whole) == []
    for taken in (
        {"batch": "batch_1"},
        {"batch": "batch_1", "order": None},
        {"order": parse_batch(order).model_dump()},
    ):
        assert validate(json.loads(json.dumps(taken)), whole) == []


TABLE = {"from": "rows", "template": "/srv/card.json", "rows": "/srv/rows.csv"}
SOURCES: dict[str, dict[str, Any]] = {
    "project": {"from": "project"},
    "folder": {"from": "folder", "folder": "/srv/requests"},
    "a table": TABLE,
    "a table and how it is read": {
        **TABLE,
        "format": "csv",
        "encoding": "utf-8",
        "columns": {"a": "b"},
        "id_column": "a",
    },
    "a template within": {**TABLE, "template": {"kind": "template"}},
    "rows within": {**TABLE, "rows": [{"NAME": "Ada"}]},
    "a table within": {"from": "rows", "template": "/srv/card.json", "table": "NAME\nAda"},
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_every_source_of_a_set_is_taken(source: dict[str, Any]) -> None:
    """The server refused a table's path, as the form had made a list of objects of what may be either."""
    parse_source(source)
    assert validate({"source": source}, FORMS["regenerate"]) == []
    written = parse_source(source).model_dump(mode="json", by_alias=True)
    assert validate(json.loads(json.dumps({"source": written})), FORMS["regenerate"]) == []


def kinds_taken(part: dict[str, Any], whole: dict[str, Any]) -> set[str]:
    """The kinds of values that a field takes, or, of a list, its entries."""
    part = resolved(part, whole)
    options = [*part.get("anyOf", ()), *part.get("oneOf", ())]
    inner = {kind for option in options for kind in kinds_taken(option, whole)}
    named = {part["type"]} if isinstance(part.get("type"), str) else {*part.get("type", ())}
    entries = kinds_taken(part["items"], whole) if isinstance(part.get("items"), dict) else set()
    return inner | named | entries


@pytest.mark.parametrize("name", FORMS)
def test_no_kind_of_value_is_lost_on_the_way_to_a_form(name: str) -> None:
    before, after = SCHEMAS[name], FORMS[name]
    for model, part in before.get("definitions", {}).items():
        for field, schema in part.get("properties", {}).items():
            shaped = after["definitions"][model]["properties"][field]
            # Null is taken by Prefect's own rule, or is left out.
            lost = kinds_taken(schema, before) - kinds_taken(shaped, after) - {"null"}
            assert not lost, f"{model}.{field}"


def test_what_may_be_written_in_a_field_is_said() -> None:
    fields = FORMS["template"]["definitions"]["TemplateRequest"]["properties"]
    assert fields["aspect"]["type"] == "string"
    assert fields["aspect"]["description"].endswith("Text: 9:16, 16:9, 1:1, 4:5, {{VARIABLE}}.")
    assert [option["title"] for option in fields["duration"]["anyOf"]] == ["number", "text"]
    assert fields["frame_rate"]["default"] == 30
