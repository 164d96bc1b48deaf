"""From JSON to a request, with errors that name the field and say what to do."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from reel.errors import InvalidRequest, Problem
from reel.request.mixer import MixerRequest
from reel.request.multicam import MulticamRequest
from reel.request.slideshow import SlideshowRequest
from reel.request.template import TemplateRequest
from reel.request.terms import Terms

Request: TypeAlias = MixerRequest | SlideshowRequest | MulticamRequest | TemplateRequest
"""One generation, of one of the kinds."""

REQUESTS: Mapping[str, type[Request]] = {
    "mixer": MixerRequest,
    "slideshow": SlideshowRequest,
    "multicam": MulticamRequest,
    "template": TemplateRequest,
}
"""The model of each kind."""

Model = TypeVar("Model", bound=BaseModel)

_ANY_REQUEST: TypeAdapter[Request] = TypeAdapter(Annotated[Request, Field(discriminator="kind")])


def json_schema() -> dict[str, Any]:
    """The JSON Schema of all requests."""
    return _ANY_REQUEST.json_schema()


def parse_request(document: str | bytes | Mapping[str, Any]) -> Request:
    """The request that a JSON text or a mapping describes.

    Raises `InvalidRequest` with every problem found, each under the name of its field (`clips[2].in`).
    """
    if isinstance(document, str | bytes):
        try:
            document = json.loads(document)
        except ValueError as error:
            raise InvalidRequest.at("request", f"is not JSON: {error}", "check it with a JSON linter") from None
    if not isinstance(document, Mapping):
        raise InvalidRequest.at("request", "is not a JSON object", 'begin with {"kind": "mixer", ...}')
    kind = document.get("kind")
    if not isinstance(kind, str) or kind not in REQUESTS:
        given = "is missing" if kind is None else f"{kind!r} is not a kind of generation"
        raise InvalidRequest.at("kind", given, f"use one of: {', '.join(REQUESTS)}")
    return validated(REQUESTS[kind], document)


def parse_terms(document: Mapping[str, Any] | Terms | None) -> Terms:
    """The terms that a mapping describes; null stands for the defaults. Raises `InvalidRequest` as `parse_request`."""
    try:
        return document if isinstance(document, Terms) else validated(Terms, document or {})
    except InvalidRequest as refused:
        problems = (Problem(f"terms.{found.place}", found.what, found.remedy) for found in refused.problems)
        raise InvalidRequest(*problems) from None


def validated(model: type[Model], document: Any) -> Model:
    """The value that a document describes. Raises `InvalidRequest` with every problem found, each under its field."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        by_place: dict[str, list[ErrorDetails]] = {}
        for detail in _telling(error.errors()):
            by_place.setdefault(_place(detail), []).append(detail)
        raise InvalidRequest(*(_problem(place, details, model) for place, details in by_place.items())) from None


def _telling(details: list[ErrorDetails]) -> list[ErrorDetails]:
    """Without those that only repeat another one: that a value is not of another form that would have done in its place,
    and that a list is short of what is wrong in it."""
    direct = {part for detail in details if not _other_form(detail) for part in _enclosing(_place(detail))}
    kept = [detail for detail in details if not (_other_form(detail) and _place(detail) in direct)]
    above = {part for detail in kept for part in _enclosing(_place(detail)) if part != _place(detail)}
    return [detail for detail in kept if not (detail["type"] == "too_short" and _place(detail) in above)]


def _enclosing(place: str) -> Iterator[str]:
    """`a[1].b` as `a`, `a[1]` and `a[1].b`."""
    yield from (place[: match.start()] for match in re.finditer(r"[.\[]", place))
    yield place


def _other_form(detail: ErrorDetails) -> bool:
    kind, given = detail["type"], detail["input"]
    return (
        (kind == "literal_error" and isinstance(given, Mapping))
        or (kind == "float_type" and isinstance(given, list | tuple))
        or (kind == "tuple_type" and not isinstance(given, Mapping))
    )


def _place(detail: ErrorDetails) -> str:
    location = detail["loc"]
    if detail["type"] == "extra_forbidden":  # the last name is the user's own, whatever it looks like
        return ".".join(part for part in (field_path(location[:-1]), str(location[-1])) if part != "request")
    return field_path(location) + (".type" if detail["type"].startswith("union_tag") else "")


def _problem(place: str, details: list[ErrorDetails], model: type[BaseModel]) -> Problem:
    """What is wrong with one field: several things where it may have several forms and none fits."""
    detail = details[0]
    if detail["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(detail["loc"][-1]), _field_names(model), n=1)
        return Problem(place, "is not a field here", f"did you mean `{near[0]}`?" if near else "remove it")
    messages = dict.fromkeys(_message(detail) for detail in details)
    return Problem(place, "; or ".join(messages), _nearest(details) or _range_hint(detail))


def _message(detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    match detail["type"]:
        case "union_tag_not_found":
            return "is missing"
        case "union_tag_invalid":
            return f"{context['tag']!r} is none of {context['expected_tags']}"
        case "model_type" | "dict_type" | "model_attributes_type":
            return "must be an object with fields"
        case "tuple_type":
            return "must be a list"
    message = detail["msg"].removeprefix("Value error, ")
    return message[0].lower() + message[1:]


def _nearest(details: list[ErrorDetails]) -> str:
    """The known name nearest to the one given, where names are known."""
    for detail in details:
        context = detail.get("ctx", {})
        names = re.findall(r"'([^']*)'", str(context.get("expected_tags") or context.get("expected", "")))
        given = str(context.get("tag") or detail["input"])
        if near := difflib.get_close_matches(given, names, n=1):
            return f"given: {given!r}; did you mean `{near[0]}`?"
    return ""


def _range_hint(detail: ErrorDetails) -> str:
    given = detail.get("input")
    return f"given: {given!r}" if isinstance(given, int | float | str) and len(str(given)) < 80 else ""


def _field_names(model: type[BaseModel]) -> list[str]:
    schema = model.model_json_schema(by_alias=True)
    parts = [schema, *schema.get("$defs", {}).values()]
    return sorted({name for part in parts for name in part.get("properties", {})})


CLIP_TYPES = ("video", "image", "colour", "drawn", "text", "audio")
"""What pydantic puts after a clip's number: which of its models it tried."""

FORMS = ("float", "int", "str", "bool", "decimal", "list", "tuple", "dict", "constrained", "literal")
"""What pydantic calls the branches of unions of plain values."""


OWN_NAMES = ("variables", "data")
"""Fields whose keys are names of the user's own."""


def field_path(location: tuple[int | str, ...]) -> str:
    """`("clips", 2, "in")` as people write it: `clips[2].in`. Names of union branches, which nobody wrote, are left out."""
    path = ""
    for before, part in zip((None, *location), location, strict=False):
        if isinstance(part, int):
            path += f"[{part}]"
        elif isinstance(before, int) and location[0] == "timeline" and part in CLIP_TYPES:
            continue
        elif path in OWN_NAMES or (part.isidentifier() and not part[0].isupper() and part not in FORMS):
            path += f".{part}" if path else part
    return path or "request"
