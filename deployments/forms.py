"""The run forms of the Prefect UI: the JSON Schema of a flow's parameters, in the shape that its forms show best.

Prefect makes a form of the schema, field by field in the order of `position`, and its server checks by the same schema what
anybody asks for. So `form` keeps what is accepted, or takes more; what is wrong is told by `reel.kinds`.

- Required fields come first, what can only be one thing last.
- A choice between texts (`9:16`, a placeholder) is one field of text that says what may be in it; Prefect would show a switch
  between kinds of text. What may be left out is left out, not switched to "None": a field that takes a number or a text, or a
  list, opens as the first of these, and is not sent while it is empty. An object within a request that may be left out
  (`preview`) stays switched off, as it would be sent with its defaults; one that the form is for
  (a batch's `order`) is open.
- A list in which texts may stand, and for which one text may (`project:summer`), is a list in which that one may stand too.
- Defaults are of their field's type (Prefect sends "30" for a number whose default is written so, and refuses it then).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Schema = dict[str, Any]

ADDRESS_LETTERS = 1000
"""A text of so many may be an address."""
ABOUT = ("title", "description", "default", "position")
"""What a field keeps whatever becomes of its options."""
WORDS = {"number": "number", "integer": "number", "boolean": "yes or no", "string": "text"}
"""What an option is called that has no name; Prefect would say `float`."""


def form(schema: Mapping[str, Any]) -> Schema:
    """The schema of the form of a flow's parameters."""
    shaped = _part(schema)
    fields = shaped.get("properties", {})
    return {**shaped, **({"properties": {name: _open(field) for name, field in fields.items()}} if fields else {})}


def _part(schema: Mapping[str, Any]) -> Schema:
    """The schema of any part of a form."""
    shaped = {keyword: _SHAPERS.get(keyword, _as_it_is)(value) for keyword, value in schema.items()}
    if "properties" in shaped:
        shaped["properties"] = _in_order(shaped["properties"], shaped.get("required", ()))
    return _choice(shaped)


def _as_it_is(value: Any) -> Any:
    return value


def _each(schemas: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _part(schema) for name, schema in schemas.items()}


def _one(schema: Any) -> Any:
    return _part(schema) if isinstance(schema, Mapping) else schema


def _all(schemas: Iterable[Mapping[str, Any]]) -> list[Schema]:
    return [_part(schema) for schema in schemas]


def _longest(letters: int) -> int:
    """An address is longer where what is secret of it is encrypted (`reel.sealing`)."""
    return letters if letters < ADDRESS_LETTERS else 2 * letters


_SHAPERS: dict[str, Callable[[Any], Any]] = {
    "properties": _each,
    "definitions": _each,
    "items": _one,
    "additionalProperties": _one,
    "anyOf": _all,
    "oneOf": _all,
    "maxLength": _longest,
}


def _in_order(fields: Mapping[str, Schema], required: Iterable[str]) -> dict[str, Schema]:
    """Fields with their places: required ones, others, constants; within these as they were."""
    needed = {*required}
    ordered = sorted(fields, key=lambda name: ("const" in fields[name], name not in needed))
    return {
        name: _field(name, fields[name], is_required=name in needed) | {"position": place}
        for place, name in enumerate(ordered)
    }


def _field(name: str, field: Schema, *, is_required: bool) -> Schema:
    if not is_required:
        field = _without_null(field)
        if _is_typed_in(field):
            field = _open(field)
    if "const" in field:
        field = {"default": field["const"], **field}
    if "default" in field:
        field = {**field, "default": _fitting(field["default"], field)}
    return {"title": name.replace("_", " ").capitalize(), **field}


def _choice(part: Schema) -> Schema:
    """A part whose options are told apart by more than what text is in them; the only one left takes its place."""
    if "anyOf" not in part and "oneOf" not in part:
        return part
    rest = {key: value for key, value in part.items() if key not in ("anyOf", "oneOf", "discriminator")}
    options = [each for option in (*part.get("anyOf", ()), *part.get("oneOf", ())) for each in _typed(option)]
    texts = [option for option in options if option.get("type") == "string"]
    any_text = [text for text in texts if not {"enum", "const"} & text.keys()]
    if len(options) == 2 and any_text and any(_lists_texts(option) for option in options):
        # A text that stands for a list (`reel.request.kept`) may stand in the list as well.
        options = [option for option in options if option not in texts]
    elif len(texts) > 1 or any({"const", "pattern"} & text.keys() for text in texts):
        place = options.index(texts[0])
        options = [option for option in options if option not in texts]
        options.insert(place, {"type": "string"})
        rest["description"] = f"{rest.get('description', '')} {_allowed(texts)}".strip()
    if len(options) == 1:
        return {**options[0], **rest}
    return {**rest, "anyOf": [_named(option) for option in options]}


def _lists_texts(option: Schema) -> bool:
    """Whether it is a list in which any text may stand."""
    entry = option.get("items", {}) if option.get("type") == "array" else {}
    return any(each.get("type") == "string" for each in (entry, *entry.get("anyOf", ())))


def _named(option: Schema) -> Schema:
    kind = option.get("type")
    return {"title": WORDS[kind], **option} if kind in WORDS else option


def _typed(option: Schema) -> list[Schema]:
    """An option as one or more that have a type: a form finds by that which of them a value is of."""
    if "anyOf" in option:
        return list(option["anyOf"])
    if "enum" not in option or "type" in option:
        return [option]
    words = [value for value in option["enum"] if isinstance(value, str)]
    numbers = [value for value in option["enum"] if not isinstance(value, str)]
    return [{"type": "integer", "enum": numbers}, {"type": "string", "enum": words}]


def _allowed(texts: Iterable[Schema]) -> str:
    """What may be written in a field of text, where that is told; a pattern stands for a placeholder."""
    values = [value for text in texts for value in text.get("enum", [text["const"]] if "const" in text else [])]
    if any("pattern" in text for text in texts):
        values.append("{{VARIABLE}}")
    return f"Text: {', '.join(values)}." if values else ""


def _without_null(field: Schema) -> Schema:
    """A field that may be left out instead of being null. Prefect's server takes null for any such field that has a type and
    no default (`prefect.utilities.schema_tools.validation`)."""
    others = [option for option in field.get("anyOf", ()) if option.get("type") != "null"]
    if len(others) != 1 or others == field["anyOf"] or field.get("default") is not None or "type" not in others[0]:
        return field
    option = {**others[0], **{key: value for key, value in field.items() if key in ABOUT and key != "default"}}
    if "enum" not in option and "const" not in option:
        return option
    values = option.pop("enum", None) or [option.pop("const")]
    return {**option, "enum": [*values, None]}


def _open(field: Schema) -> Schema:
    """A field that is switched to its first option, and not to null, which it takes all the same."""
    if "anyOf" not in field or field.get("default") is not None:
        return field
    return {key: value for key, value in field.items() if key != "default"}


def _is_typed_in(field: Schema) -> bool:
    """Whether people type its first option in, so that nothing is sent of it before."""
    first: Schema = next(iter(field.get("anyOf", ())), {})
    return first.get("type") in ("string", "number", "integer")


def _fitting(default: Any, field: Schema) -> Any:
    """A default as a form sends it: a number where the field is one, and nothing for what may be left out."""
    if isinstance(default, Mapping):
        return {name: value for name, value in default.items() if value is not None}
    kinds = {field.get("type"), *(option.get("type") for option in field.get("anyOf", ()))}
    is_number = "number" in kinds or "integer" in kinds or default not in field.get("enum", [default])
    if isinstance(default, str) and is_number and default.removeprefix("-").isdecimal():
        return int(default)
    return default
