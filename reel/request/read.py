"""From JSON to a request, with errors that name the field and say what to do."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from reel.errors import InvalidRequest, Problem
from reel.request.mixer import MixerRequest
from reel.request.multicam import MulticamRequest
from reel.request.slideshow import SlideshowRequest
from reel.request.template import TemplateRequest

Request: TypeAlias = MixerRequest | SlideshowRequest | MulticamRequest | TemplateRequest
"""One generation, of one of the kinds."""

REQUESTS: Mapping[str, type[Request]] = {
    "mixer": MixerRequest,
    "slideshow": SlideshowRequest,
    "multicam": MulticamRequest,
    "template": TemplateRequest,
}
"""The model of each kind."""

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
    model = REQUESTS[kind]
    try:
        return model.model_validate(document)
    except ValidationError as error:
        details = [detail for detail in error.errors() if not _other_branch(detail)]
        raise InvalidRequest(*(_problem(detail, model) for detail in details)) from None


def _other_branch(detail: ErrorDetails) -> bool:
    """Whether this only says that a value is not of another form that would have done in its place."""
    kind, given = detail["type"], detail["input"]
    return (
        (kind == "literal_error" and isinstance(given, Mapping))
        or (kind == "float_type" and isinstance(given, list | tuple))
        or (kind == "tuple_type" and not isinstance(given, Mapping))
    )


def _problem(detail: ErrorDetails, model: type[Request]) -> Problem:
    place = field_path(detail["loc"])
    if detail["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(detail["loc"][-1]), _field_names(model), n=1)
        return Problem(place, "is not a field here", f"did you mean `{near[0]}`?" if near else "remove it")
    message = detail["msg"].removeprefix("Value error, ")
    return Problem(place, message[0].lower() + message[1:], _range_hint(detail))


def _range_hint(detail: ErrorDetails) -> str:
    given = detail.get("input")
    return f"given: {given!r}" if isinstance(given, int | float | str) and len(str(given)) < 80 else ""


def _field_names(model: type[Request]) -> list[str]:
    schema = model.model_json_schema(by_alias=True)
    parts = [schema, *schema.get("$defs", {}).values()]
    return sorted({name for part in parts for name in part.get("properties", {})})


CLIP_TYPES = ("video", "image", "colour", "drawn", "text", "audio")
"""What pydantic puts after a clip's number: which of its models it tried."""

FORMS = ("float", "int", "str", "bool", "decimal", "list", "tuple", "dict", "constrained", "literal")
"""What pydantic calls the branches of unions of plain values."""


def field_path(location: tuple[int | str, ...]) -> str:
    """`("clips", 2, "in")` as people write it: `clips[2].in`. Names of union branches, which nobody wrote, are left out."""
    path = ""
    for before, part in zip((None, *location), location, strict=False):
        if isinstance(part, int):
            path += f"[{part}]"
        elif isinstance(before, int) and part in CLIP_TYPES:
            continue
        elif part.isidentifier() and not part[0].isupper() and part not in FORMS:
            path += f".{part}" if path else part
    return path or "request"
