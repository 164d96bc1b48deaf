"""Stored templates: checked when they are kept, and turned into requests when they are ordered.

    {"template": {"name": "card", "version": "latest"}, "values": {"NAME": "Ada"}, "resolution": "720p"}

Such an order becomes the request that the template's version is, with these values and with its other fields in place of the
template's; that is what the generation keeps, beside the version's number. So a version that is published later changes
nothing that was ordered before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from pydantic import Field, model_validator

from reel.catalogue import MadeFrom, Records, TemplateVersion, Which
from reel.errors import InvalidRequest, Problem
from reel.kinds.read import parse_request, read_request
from reel.kinds.registry import kind_in
from reel.limits import USUAL
from reel.request.filling import LITERAL, resolved
from reel.request.places import enclosing
from reel.request.read import under, validated
from reel.request.variables import Variable, VariableType, variables_of
from reel.values import Value
from reel.words import did_you_mean, is_slip

Thing = TypeVar("Thing")

OWN = ("kind", "variables", "timeline")
"""Fields that make a template what it is, and that no order replaces."""

SAMPLES: Mapping[VariableType, Any] = {"number": 1, "colour": "#808080", "boolean": True, "asset": "sample.png"}
"""What stands in a preview for a variable that nobody gave a value; a text stands for itself."""


class TemplateRef(Value):
    """Which stored template is meant."""

    id: str | None = Field(None, description="Its id; or else its name.")
    name: str | None = None
    version: Which = Field("latest", description="A number, or `latest`: the highest published one.")

    @model_validator(mode="after")
    def _one_of_both(self) -> TemplateRef:
        if (self.id is None) == (self.name is None):
            raise ValueError("needs either `id` or `name`")
        return self

    @property
    def key(self) -> str:
        """What it is found by."""
        return self.id or self.name or ""


@dataclass(frozen=True)
class Ordered:
    """A request as it is to be made."""

    document: Any
    made_from: MadeFrom | None = None
    """Null where no template was named."""
    problems: tuple[Problem, ...] = ()
    """What is wrong with what the order says beside the template: that is not in the document."""

    def told(self, problems: Iterable[Problem]) -> tuple[Problem, ...]:
        """Problems of the document as who ordered it knows their places: of one made from a template, by its `values`."""
        found = tuple(problems)
        return told_of_values(found, self.document) if self.made_from and found else found

    def told_places(self, places: tuple[str, ...]) -> tuple[str, ...]:
        """Fields of the document, likewise."""
        return _once(map(_values_of(self.document), places)) if self.made_from and places else places

    def require_good(self) -> Ordered:
        """The same. Raises `InvalidRequest` where something is wrong."""
        if self.problems:
            raise InvalidRequest(*self.problems)
        return self


def check_template(document: Mapping[str, Any]) -> None:
    """Raises `InvalidRequest` with all that is wrong with a template, whatever values it will get."""
    kind = kind_in(document)
    if kind is None or kind.filled is None:
        raise InvalidRequest.at("document.kind", "is not `template`", 'begin with {"kind": "template", ...}')
    missing = kind.filled(document, USUAL).missing
    try:
        problems = read_request(document).problems
    except InvalidRequest as error:
        problems = error.problems
    wrong = [problem for problem in problems if problem not in missing]
    if wrong:
        raise InvalidRequest(*(Problem(f"document.{each.place}", each.what, each.remedy) for each in wrong))


def store(
    records: Records, name: str, document: Mapping[str, Any], *, note: str = "", publish: bool = False
) -> TemplateVersion:
    """Keep a document as the next version of a template, which is made where there is none. Raises `InvalidRequest`."""
    check_template(document)
    known = any(name in (each.name, each.id) for each in records.templates())
    template = records.template(name) if known else records.add_template(name)
    made = records.add_version(template.id, document, note)
    return records.publish(template.id, made.version) if publish else made


def names_template(document: Any) -> bool:
    """Whether an order names a stored template."""
    return isinstance(document, Mapping) and "template" in document


def from_template(document: Any, records: Records, idempotency_key: str | None = None) -> Ordered:
    """The request that an order stands for: itself, unless it names a stored template.

    A key that was used before stands for the version that it was used with, whatever is `latest` by now. What is wrong with the
    order's own fields is told with it. Raises `InvalidRequest` for a template that is not there, is a draft or retired.
    """
    if not names_template(document):
        return Ordered(document)
    ref = under("template", lambda: validated(TemplateRef, document["template"]))
    version = _as_before(ref, records, idempotency_key) or records.orderable_version(ref.key, ref.version)
    made_from = MadeFrom(template=version.template, template_version=version.version)
    full, problems = _with_values(version.document, document)
    return Ordered(full, made_from, tuple(problems))


def _with_values(template: Mapping[str, Any], order: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """A template's document with the values and the other fields of an order that names it, as far as these go with it."""
    # No request has a field of that name, so that the next best one would be told of some clip's.
    slip = next((name for name in order if "values" not in order and is_slip(name, "values")), None)
    problems = [Problem(slip, "is not a field here", "did you mean `values`?")] if slip else []
    values = order.get(slip or "values", {})
    if not isinstance(values, Mapping):
        problems.append(Problem("values", "is not an object", 'write {"NAME": "Ada"}'))
        values = {}
    if order.get("kind", template["kind"]) != template["kind"]:
        what = f"is {str(order['kind'])[:80]!r}, and the template's is {template['kind']!r}"
        problems.append(Problem("kind", what, "leave it out"))
    variables, _ = variables_of(template.get("variables", {}))
    problems += [
        Problem(
            f"values.{name}", "is not a variable of this template", did_you_mean(name, variables, _listed(variables))
        )
        for name in values
        if name not in variables
    ]
    problems += [
        Problem(name, "is what the template is made of", "give `values`, or store another version")
        for name in (*OWN[1:], "data")
        if name in order
    ]
    others = {name: value for name, value in order.items() if name not in ("template", "values", "data", slip, *OWN)}
    known = {name: value for name, value in values.items() if name in variables}
    return {**template, **others, "data": {**template.get("data", {}), **known}}, problems


def previewed(version: TemplateVersion, values: Mapping[str, Any]) -> dict[str, Any]:
    """The request of a version with these values, and samples for what has none. Raises `InvalidRequest`."""
    variables, _ = variables_of(version.document.get("variables", {}))
    given = {**version.document.get("data", {}), **values}
    samples = {
        name: _sample(name, variable)
        for name, variable in variables.items()
        if name not in given and variable.default is None
    }
    document, problems = _with_values(version.document, {"values": {**samples, **values}})
    if problems:
        raise InvalidRequest(*problems)
    try:
        parse_request(document)
    except InvalidRequest as error:
        raise InvalidRequest(*told_of_values(error.problems, document)) from None
    return document


def told_of_values(problems: Iterable[Problem], document: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Problems of a template's document, those of its data and of fields that one variable fills under `values`: each once,
    however many fields a value goes to."""
    told = _values_of(document)
    return _once(
        replace(each, place=told(each.place), remedy=each.remedy.replace("give data.", "give values."))
        for each in problems
    )


def _values_of(document: Mapping[str, Any]) -> Callable[[str], str]:
    """What says which of the `values` a field of a template's document has: the one variable that fills it, what it is part of,
    or something in it; the field itself where there are none or several."""
    variables, _ = variables_of(document.get("variables", {}))
    used = resolved({name: part for name, part in document.items() if name not in LITERAL}, variables, {}).used

    def told(place: str) -> str:
        first, _, rest = place.partition(".")
        if first == "data":
            return f"values.{rest}"
        within = frozenset[str]().union(*(names for field, names in used.items() if place in enclosing(field)))
        filling = next((used[each] for each in enclosing(place) if each in used), within)
        names = [name for name in filling if name in variables]
        return f"values.{names[0]}" if len(names) == 1 else place

    return told


def _once(things: Iterable[Thing]) -> tuple[Thing, ...]:
    return tuple(dict.fromkeys(things))


def _sample(name: str, variable: Variable) -> Any:
    if variable.choices:
        return variable.choices[0]
    return SAMPLES.get(variable.type, name[: variable.max_length])


def _as_before(ref: TemplateRef, records: Records, key: str | None) -> TemplateVersion | None:
    before = records.of_key(key) if key is not None and ref.version == "latest" else None
    if before is None or before.template is None or before.template_version is None:
        return None
    if before.template != records.template(ref.key).id:
        return None
    return records.template_version(before.template, before.template_version)


def _listed(variables: Mapping[str, Variable]) -> str:
    return f"it has: {', '.join(variables) or 'none'}"
