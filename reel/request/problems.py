"""What pydantic finds wrong with a document, as problems of fields."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from reel.errors import Problem
from reel.request.fields import Hint, hint
from reel.request.places import Path, enclosing, field_path, is_type
from reel.time import LARGEST_BITS
from reel.words import FAULT, LIST, NUMBER, OBJECT, PLAIN, TEXT, TRUTH, WHOLE, in_words, remedy_of

MOST_FAULTS = 200
"""That are told of a document at a time."""
Models = Mapping[str, type[BaseModel]]


def problems_of(
    error: ValidationError, document: Any, model: type[BaseModel], others: Models | None = None
) -> Iterator[Problem]:
    """Every problem, each once, under its field. `others` are the models of other kinds, whose fields may have been meant."""
    by_place: dict[str, list[ErrorDetails]] = {}
    details = without_repeats(first_errors(error))
    strange = [detail for detail in details if detail["type"] == "extra_forbidden"]
    meant = {hint_of(detail, document, model, others or {}).meant for detail in strange}
    for detail in details:
        # What is missing is there, by a wrong name.
        if detail["type"] != "missing" or path_in(document, detail) not in meant:
            by_place.setdefault(_place(detail), []).append(detail)
    for place, found in by_place.items():
        for alike in _apart(found):
            yield _problem(place, alike, document, model, others or {})
    if (more := error.error_count() - MOST_FAULTS) > 0:
        yield Problem("request", f"has {more:,} more faults", "mend these first")


def first_errors(error: ValidationError) -> list[ErrorDetails]:
    """As many as anybody reads: to say what is wrong with a field, and what was meant, takes longer than to see that it is."""
    return error.errors()[:MOST_FAULTS]


def path_in(document: Any, detail: ErrorDetails) -> Path:
    """Where in the document an error is: as far as what it names is there. A field that is missing is named as well."""
    path: list[int | str] = []
    here, location = document, detail["loc"]
    for order, part in enumerate(location):
        if order and is_type(location[order - 1], part, location):
            continue
        if holds(here, part):
            here = here[part]
        elif not (detail["type"] == "missing" and order + 1 == len(location) and isinstance(here, Mapping)):
            continue
        path.append(part)
    return tuple(path)


def holds(value: Any, part: int | str) -> bool:
    """Whether a part of a document has such a part."""
    if isinstance(value, Mapping):
        return part in value
    return isinstance(value, list | tuple) and isinstance(part, int) and part < len(value)


def hint_of(detail: ErrorDetails, document: Any, model: type[BaseModel], others: Models) -> Hint:
    """What was probably meant by a field that is none."""
    path = path_in(document, detail)
    around = document
    for part in path[:-1]:
        around = around[part]
    tag = around.get("type", "") if isinstance(around, Mapping) else ""
    return hint(path, tag if isinstance(tag, str) else "", model, others)


def without_repeats(details: list[ErrorDetails]) -> list[ErrorDetails]:
    """Without those that only repeat another one: that a value is not of another form that would have done in its place,
    and that a list is short of what is wrong in it."""
    inner = {part for detail in details for part in enclosing(_place(detail)) if part != _place(detail)}
    fitting = {_place(detail) for detail in details if not _other_form(detail) and detail["type"] not in FORMS}
    kept = [detail for detail in details if not (_other_form(detail) and _place(detail) in inner | fitting)]
    above = {part for detail in kept for part in enclosing(_place(detail)) if part != _place(detail)}
    return [detail for detail in kept if not (detail["type"] == "too_short" and _place(detail) in above)]


def _other_form(detail: ErrorDetails) -> bool:
    kind, given = detail["type"], detail["input"]
    return (
        (kind == "literal_error" and not isinstance(given, str))
        or (kind == "float_type" and isinstance(given, list | tuple))
        or kind == "tuple_type"
    )


FORMS = {
    "literal_error",
    *(kind for kind, words in PLAIN.items() if words in (TEXT, WHOLE, NUMBER, LIST, TRUTH, OBJECT)),
}
"""Errors that say that a value is of another form, and not what is wrong within its own."""


def _place(detail: ErrorDetails) -> str:
    location = detail["loc"]
    if detail["type"] == "extra_forbidden":  # the last name is the user's own, whatever it looks like
        return ".".join(part for part in (field_path(location[:-1]), str(location[-1])) if part != "request")
    return field_path(location) + (".type" if detail["type"].startswith("union_tag") else "")


def _apart(details: list[ErrorDetails]) -> list[list[ErrorDetails]]:
    """The errors of a place, by problem: each rule that is broken is one, and all else are forms that it does not have."""
    forms = [detail for detail in details if detail["type"] != FAULT]
    return [*([forms] if forms else []), *([detail] for detail in details if detail["type"] == FAULT)]


def _problem(place: str, details: list[ErrorDetails], document: Any, model: type[BaseModel], others: Models) -> Problem:
    """What is wrong with one field: several things where it may have several forms and none fits."""
    detail = details[0]
    if detail["type"] == "extra_forbidden":
        return Problem(place, in_words(detail), hint_of(detail, document, model, others).words)
    return Problem(place, "; or ".join(dict.fromkeys(map(in_words, details))), remedy_of(details) or _given(detail))


def _given(detail: ErrorDetails) -> str:
    given = detail.get("input")
    told = detail["type"] in ("value_error", "missing", FAULT) or not isinstance(given, int | float | str)
    is_long = given.bit_length() > LARGEST_BITS if isinstance(given, int) else len(str(given)) >= 80
    return "" if told or is_long else f"given: {given!r}"


def mentions(problem: Problem, names: Collection[str]) -> bool:
    """Whether what is said of an object speaks of one of these fields of it."""
    return any(f"`{name}`" in problem.what for name in names)
