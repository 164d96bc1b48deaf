"""From JSON to a request of its kind, with errors that name the field and say what to do."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import reduce
from operator import or_
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from reel.errors import InvalidRequest, NotFound, Problem
from reel.kinds.registry import KINDS, REQUESTS, kind_in
from reel.limits import USUAL, Limits
from reel.request import Request
from reel.request.bounds import require_small
from reel.request.filling import FILLED, Filled
from reel.request.read import Reading, read_json
from reel.request.salvage import salvaged
from reel.request.told import Metadata, Webhook
from reel.words import did_you_mean

_METADATA: TypeAdapter[dict[str, Any]] = TypeAdapter(Metadata)
_MODELS: Any = reduce(or_, REQUESTS.values())
_ANY_REQUEST: TypeAdapter[Request] = TypeAdapter(Annotated[_MODELS, Field(discriminator="kind")])


def json_schema(kind: str | None = None) -> dict[str, Any]:
    """The JSON Schema of all requests, or of a kind's. Raises `NotFound` where there is none of that name."""
    if kind is None:
        return _ANY_REQUEST.json_schema()
    if kind not in REQUESTS:
        raise NotFound.at(
            "kind", f"there is no {kind[:80]!r}", did_you_mean(kind, REQUESTS, f"choose from {', '.join(REQUESTS)}")
        )
    return REQUESTS[kind].model_json_schema()


def parse_request(document: str | bytes | Mapping[str, Any], limits: Limits = USUAL) -> Request:
    """The request that a JSON text or a mapping describes, where it is within the limits.

    Raises `InvalidRequest` with every problem found, each under the name of its field (`clips[2].in`).
    """
    reading = read_request(document, limits)
    if reading.problems:
        raise InvalidRequest(*reading.problems)
    return reading.request


def read_request(document: str | bytes | Mapping[str, Any], limits: Limits = USUAL) -> Reading:
    """What a JSON text or a mapping says, with all that is wrong with it so far, so that the rest can be looked at as well.

    Raises `InvalidRequest` where there is nothing that could be looked at.
    """
    document = read_json(document, "request", '{"kind": "mixer", ...}', limits.request_characters)
    require_small(document, limits)
    kind = kind_in(document)
    if kind is None:
        name = document.get("kind")
        given = "is missing" if name is None else f"{name!r} is not a kind of generation"
        raise InvalidRequest.at("kind", given, did_you_mean(str(name), KINDS, f"use one of: {', '.join(KINDS)}"))
    filled = kind.filled(document, limits) if kind.filled else Filled(document)
    others = {name: model for name, model in REQUESTS.items() if name != kind.name}
    found = salvaged(kind.request, filled.document, {FILLED: filled}, others, kind.stand_ins, filled.open)
    problems = [*filled.problems, *found.problems]
    if found.value is None:
        raise InvalidRequest(*problems)
    read = Reading(found.value, tuple(problems), found.unknown)
    later = [*_wrong_outputs(found.value, found.unknown), *kind.misplaced(found.value, found.unknown)]
    return read.with_problems(*filter(read.is_certain, later))


def _wrong_outputs(request: Request, unknown: Collection[str]) -> Iterator[Problem]:
    """What is wrong with `outputs`, where that needs no source."""
    if request.shape and request.is_sized:
        yield from request.wrong_outputs(request.shape)
    else:
        yield from request.wrong_names()


def in_full(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a document asks for, with all defaults and each value in one form (`gold` is `#ffd700`): equal for two that mean the
    same. One that is no request is as it is."""
    try:
        return parse_request(document).in_full()
    except InvalidRequest:
        return document


def metadata_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """A request's metadata, whatever else is wrong with it; empty where these are."""
    given = _own_part(document, "metadata")
    try:
        return _METADATA.validate_python({} if given is None else given)
    except ValidationError:
        return {}


def webhook_of(document: Mapping[str, Any]) -> Webhook | None:
    """A request's own webhook, whatever else is wrong with it; null where it has none, or that is wrong."""
    given = _own_part(document, "webhook")
    try:
        return None if given is None else Webhook.model_validate(given)
    except ValidationError:
        return None


def _own_part(document: Mapping[str, Any], name: str) -> Any:
    """A field of a request, with what the document leaves open filled in."""
    kind = kind_in(document) if name in document else None
    return (kind.filled(document, USUAL).document if kind and kind.filled else document).get(name)
