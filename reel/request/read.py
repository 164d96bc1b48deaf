"""From JSON to a request, with errors that name the field and say what to do."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from reel.errors import InvalidRequest, Problem
from reel.request.mixer import MixerRequest
from reel.request.multicam import MulticamRequest
from reel.request.places import lies_in
from reel.request.problems import problems_of
from reel.request.salvage import salvaged
from reel.request.slideshow import SlideshowRequest
from reel.request.template import FILLED, TemplateRequest, filled_in, misplaced
from reel.request.terms import Terms
from reel.request.told import Metadata, Webhook
from reel.request.variables import Filled
from reel.words import did_you_mean

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

_METADATA: TypeAdapter[dict[str, Any]] = TypeAdapter(Metadata)
_ANY_REQUEST: TypeAdapter[Request] = TypeAdapter(Annotated[Request, Field(discriminator="kind")])


@dataclass(frozen=True)
class Reading:
    """What a document says, as far as it can be read."""

    request: Request
    """Where there are problems, a part of what is asked for, with stand-ins: good to look for more problems in alone."""
    problems: tuple[Problem, ...] = ()
    unknown: frozenset[str] = frozenset()
    """Places of which nothing can be said, as what is there is wrong or missing, and told."""

    @property
    def doubtful(self) -> frozenset[str]:
        """Places of which nothing more is to be said."""
        return self.unknown | {problem.place for problem in self.problems}

    def asset_places(self) -> dict[str, str]:
        """The assets that the document names, under the fields that do."""
        return {
            place: asset for place, asset in self.request.asset_places().items() if not lies_in(place, self.unknown)
        }


def json_schema() -> dict[str, Any]:
    """The JSON Schema of all requests."""
    return _ANY_REQUEST.json_schema()


def parse_request(document: str | bytes | Mapping[str, Any]) -> Request:
    """The request that a JSON text or a mapping describes.

    Raises `InvalidRequest` with every problem found, each under the name of its field (`clips[2].in`).
    """
    reading = read_request(document)
    if reading.problems:
        raise InvalidRequest(*reading.problems)
    return reading.request


def read_request(document: str | bytes | Mapping[str, Any]) -> Reading:
    """What a JSON text or a mapping says, with all that is wrong with it so far, so that the rest can be looked at as well.

    Raises `InvalidRequest` where there is nothing that could be looked at.
    """
    document = read_json(document, "request", '{"kind": "mixer", ...}')
    kind = document.get("kind")
    if not isinstance(kind, str) or kind not in REQUESTS:
        given = "is missing" if kind is None else f"{kind!r} is not a kind of generation"
        choices = f"use one of: {', '.join(REQUESTS)}"
        raise InvalidRequest.at("kind", given, did_you_mean(str(kind), REQUESTS, choices))
    model = REQUESTS[kind]
    filled = filled_in(document) if model is TemplateRequest else Filled(document)
    others = {name: other for name, other in REQUESTS.items() if name != kind}
    found = salvaged(model, filled.document, {FILLED: True}, others, filled.open)
    problems = [*filled.problems, *found.problems]
    if found.value is None:
        raise InvalidRequest(*problems)
    if isinstance(found.value, TemplateRequest):
        later = misplaced(found.value, found.unknown)
        problems += [problem for problem in later if not lies_in(problem.place, found.unknown)]
        found.value.note_unused(document, filled)
    return Reading(found.value, tuple(problems), found.unknown)


def read_json(document: str | bytes | Mapping[str, Any], place: str, begin: str) -> Mapping[str, Any]:
    """A JSON object: as it is, or from its text, with or without a byte-order mark, as bytes in UTF-8, -16 or -32.

    Raises `InvalidRequest` that names `place` and shows how one may `begin`.
    """
    if isinstance(document, str | bytes):
        try:
            document = json.loads(document.removeprefix("\ufeff") if isinstance(document, str) else document)
        except RecursionError:
            raise InvalidRequest.at(place, "is nested too deeply", "no request is deeper than ten levels") from None
        except UnicodeDecodeError as error:
            what = f"is not {error.encoding.upper()} text: {error.reason}"
            raise InvalidRequest.at(place, what, "save it as UTF-8") from None
        except ValueError as error:
            raise InvalidRequest.at(place, f"is not JSON: {error}", "check it with a JSON linter") from None
    if not isinstance(document, Mapping):
        raise InvalidRequest.at(place, "is not a JSON object", f"begin with {begin}")
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
    """A field of a request, with its placeholders replaced where it is a template's."""
    if document.get("kind") != "template" or name not in document:
        return document.get(name)
    known = {field: document[field] for field in ("kind", "variables", "data", name) if field in document}
    return filled_in(known).document.get(name)


def parse_terms(document: Mapping[str, Any] | Terms | None) -> Terms:
    """The terms that a mapping describes; null stands for the defaults. Raises `InvalidRequest` as `parse_request`."""
    if isinstance(document, Terms):
        return document
    return under("terms", lambda: validated(Terms, document or {}))


def validated(model: type[Model], document: Any) -> Model:
    """The value that a document describes. Raises `InvalidRequest` with every problem found, each under its field."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise InvalidRequest(*problems_of(error, document, model)) from None


def under(place: str, parse: Callable[[], Model]) -> Model:
    """What `parse` returns; its errors name fields of what is at this place."""
    try:
        return parse()
    except InvalidRequest as refused:
        problems = (Problem(f"{place}.{found.place}", found.what, found.remedy) for found in refused.problems)
        raise InvalidRequest(*problems) from None
