"""Stored templates: listed, and filled in by a form that their variables make, with a frame of what that gives."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import Field

from gateway.access import Needs, Viewer
from gateway.callers import Caller
from gateway.desk import Desk, TheDesk
from gateway.pages.rendering import page
from gateway.pages.routing import asked_for, form_of, once, pages, read, seen
from gateway.problems import PlacedProblem, ProblemDocument, told_of
from gateway.routes import assets, frames, generations, templates
from gateway.routes.frames import WantedFrame
from gateway.routes.templates import Values, Version, WholeTemplate
from gateway.routing import Route
from gateway.sessions import PAGES
from gateway.told import NewOrder
from reel.catalogue.names import new_id
from reel.errors import InvalidRequest, NotFound
from reel.request.variables import Variable
from reel.values import Value

router = pages("templates")
pictures = pages("templates", Route)

HERE = f"{PAGES}/templates"
GIVEN = "v."
"""What the names of fields begin with that give a variable its value."""
VALUES = "values."
"""What places begin with that are of a value of an order."""
SENT = "sent"
"""A field that every form has: without it, none was sent, and variables have their defaults."""
OFFERED = 200
"""Assets that a form offers, the newest."""
SCALE = 0.5
"""Of frames beside a form, in width and height: seen at once rather than in full."""
HEX_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
LONG_TEXT = 120
"""Letters from which on a text gets several lines."""

Key = Annotated[str, Path(alias="id", max_length=255, description="Id or name of a template.")]


Orders = Annotated[Caller, Depends(Needs("member", besides=("generations:write",)))]
Frames = Annotated[Caller, Depends(Needs("viewer", besides=("frame:write",)))]


class Shown(Value):
    """What of a template is shown."""

    version: int | None = Field(None, ge=1, le=2**31 - 1, description="Null: the newest that is published.")
    at: float = Field(0, ge=0, le=86_400, description="The second whose frame is shown.")


class Ordered(Value):
    """What an order is made from."""

    version: int = Field(ge=1, le=2**31 - 1, description="The one whose form was filled in.")


def _shown(request: Request) -> Shown:
    return asked_for(Shown, request)


Asked = Annotated[Shown, Depends(_shown)]


@dataclass(frozen=True)
class FormField:
    """A field of the form."""

    variable: str
    type: str
    """`text`, `lines`, `number`, `colour`, `asset`, `boolean` or `choice`; `word` is a colour by its name."""
    value: str
    required: bool
    choices: tuple[str, ...]
    max_length: int
    about: str
    wrong: str = ""

    @property
    def name(self) -> str:
        return GIVEN + self.variable


@router.get("")
def listed(caller: Viewer, desk: TheDesk) -> Response:
    """All templates."""
    found = templates.all_templates(caller, desk).templates
    return page("templates.html.j2", caller, found=[each for each in found if not each.retired], here=HERE)


@router.get("/{id}")
def one(id: Key, caller: Viewer, desk: TheDesk, request: Request, asked: Asked) -> Response:
    """A template with its form; with values, as a form without scripts sends them, a frame of what they give."""
    found = templates.one_template(id, caller, desk)
    return _form(found, _chosen(found, asked.version), caller, desk, dict(request.query_params), asked.at)


@pictures.get("/{id}/frame")
def frame(id: Key, caller: Frames, desk: TheDesk, request: Request, asked: Asked) -> Response:
    """A frame of what values give."""
    chosen = _chosen(templates.one_template(id, caller, desk), asked.version)
    values = values_of(chosen.variables, request.query_params)
    preview = templates.preview_version(id, chosen.version, Values(values=values), caller, desk)
    return frames.frame(WantedFrame(request=preview.request, at=asked.at, scale=SCALE), caller)


@router.post("/{id}/order")
async def order(id: Key, caller: Orders, desk: TheDesk, request: Request) -> Response:
    """Order what the form says; where it cannot be met, the form again with what is wrong."""
    form = await form_of(request, SENT, "version", "once", "at", "project", GIVEN)
    found = await run_in_threadpool(templates.one_template, id, caller, desk)
    chosen = _chosen(found, read(Ordered, {"version": form.get("version")}).version)
    document = {"template": {"id": found.id, "version": chosen.version}, "values": values_of(chosen.variables, form)}
    try:
        wanted = read(NewOrder, {"request": document, "project": form.get("project") or "default"})
        made = await generations.order(wanted, caller, desk, request, Response(), once(form, document))
    except (InvalidRequest, RequestValidationError) as error:
        problem, _ = told_of(request, error)
        return await run_in_threadpool(_form, found, chosen, caller, desk, form, 0.0, problem)
    return seen(f"{PAGES}/generations/{made.id}")


def values_of(variables: Mapping[str, Variable], form: Mapping[str, str]) -> dict[str, Any]:
    """The values of a form that was sent, each of its variable's type where it can be; empty where none was."""
    others = {
        name: text for field, text in form.items() if (name := field.removeprefix(GIVEN)) not in (field, *variables)
    }
    if SENT not in form and not any(field.startswith(GIVEN) for field in form):
        return {}
    given = ((name, variable, form.get(GIVEN + name, "")) for name, variable in variables.items())
    # Those of no variable too: that there is none of that name is told as all that is wrong.
    return {name: _typed(variable, text) for name, variable, text in given if _says_something(variable, text)} | others


def _says_something(variable: Variable, text: str) -> bool:
    """A box that is not ticked says no; an empty text is one where the default is another."""
    return bool(text) or variable.type == "boolean" or (variable.type == "text" and variable.default is not None)


def _typed(variable: Variable, text: str) -> Any:
    if variable.type == "boolean":
        return bool(text)
    if variable.type != "number":
        # Browsers send lines with both ends.
        return text.replace("\r\n", "\n")
    try:
        return int(text) if text.lstrip("-").isdecimal() and len(text) < 16 else float(text)
    except ValueError:
        return text  # is refused in the words that all are


def fields_of(
    variables: Mapping[str, Variable], form: Mapping[str, str], problems: Iterable[PlacedProblem] = ()
) -> list[FormField]:
    """The fields of a form, with what was sent or else with defaults, each with what is wrong with it."""
    wrong: dict[str, list[str]] = {}
    for each in problems:
        wrong.setdefault(each.place, []).append(each.what)
    return [
        _field(name, variable, form, "; ".join(wrong.get(f"{VALUES}{name}", ())))
        for name, variable in variables.items()
    ]


def _field(name: str, variable: Variable, form: Mapping[str, str], wrong: str) -> FormField:
    usual = "" if variable.default is None else _text(variable.default)
    value = form.get(GIVEN + name, "") if SENT in form else usual
    return FormField(
        variable=name,
        type=_type(variable, value),
        value=value,
        required=variable.default is None,
        choices=variable.choices,
        max_length=variable.max_length,
        about=variable.description,
        wrong=wrong,
    )


def _type(variable: Variable, value: str) -> str:
    if variable.type == "text":
        return "lines" if variable.max_length > LONG_TEXT and (len(value) > LONG_TEXT or "\n" in value) else "text"
    if variable.type == "colour":
        return "colour" if HEX_COLOUR.fullmatch(value or "#000000") else "word"
    return variable.type


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _chosen(found: WholeTemplate, number: int | None) -> Version:
    """The version of a number; without one the newest that is published, else the newest draft."""
    if number is not None:
        chosen = next((each for each in found.versions if each.version == number), None)
    else:
        good = [each for each in found.versions if each.published and not each.retired]
        chosen = next(iter(good or found.versions), None)
    if chosen is None:
        raise NotFound.at("version", "there is none of that number")
    return chosen


def _form(
    found: WholeTemplate,
    chosen: Version,
    caller: Caller,
    desk: Desk,
    form: Mapping[str, str],
    at: float,
    problem: ProblemDocument | None = None,
) -> Response:
    fields = fields_of(chosen.variables, form, problem.problems if problem else ())
    offered = any(field.type == "asset" for field in fields) and caller.may("assets:read")
    ready = assets.all_assets(assets.Page(state="ready", limit=OFFERED), caller, desk).assets if offered else ()
    wrong = {f"{VALUES}{field.variable}" for field in fields if field.wrong}
    left = [each for each in problem.problems if each.place not in wrong] if problem else []
    return page(
        "template.html.j2",
        caller,
        status=problem.status if problem else 200,
        found=found,
        chosen=chosen,
        fields=fields,
        assets=ready,
        at=at,
        sent={SENT: "1", "version": chosen.version, "at": at, **{field.name: field.value for field in fields}},
        is_sent=SENT in form,
        may_order=caller.has("member")
        and caller.may("generations:write")
        and chosen.published is not None
        and not chosen.retired
        and not found.retired,
        project=form.get("project", ""),
        once=form.get("once") or new_id("form-"),
        problem=problem.model_copy(update={"problems": tuple(left)}) if problem and (left or not wrong) else None,
        here=f"{HERE}/{quote(found.id, safe='')}",
    )
