"""The `template` request: a timeline of layers, with variables that data fills in."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any, Literal

from pydantic import (
    Field,
    GetJsonSchemaHandler,
    PrivateAttr,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from reel.errors import InvalidRequest, Problem
from reel.kinds.template.layers import AudioLayer, ImageLayer, Positive, SeenClip, TimelineOfLayers, VideoLayer
from reel.kinds.template.parts import or_placeholder
from reel.limits import USUAL, Limits
from reel.request import ComposedRequest
from reel.request.filling import FILLED, LITERAL, Filled, resolved
from reel.request.parts import Loudness, OpaqueColour
from reel.request.places import lies_in
from reel.request.variables import NAME, Variable, escaped, variables_of

AnyLayer = SeenClip | AudioLayer


class TemplateRequest(ComposedRequest):  # noqa: PLW1641 - pydantic gives frozen models a hash of their fields
    """Layers of video, pictures, text and sound; `{{NAME}}` in any of its strings is a variable."""

    kind: Literal["template"] = "template"
    variables: dict[str, Variable] = Field({}, description="What the template leaves open, by name.")
    data: dict[str, Any] = Field({}, description="Values of the variables.")
    timeline: TimelineOfLayers
    duration: Positive | Literal["auto"] = Field("auto", description="Seconds; `auto`: until the last clip ends.")
    background: OpaqueColour | Literal["none"] = Field(
        "#000000",
        description="Colour under everything; `none`: videos with `alpha` are transparent, others black there.",
    )
    loudness: Loudness | Literal["off"] = Field(Loudness(), description="What the sound is brought to (EBU R128).")
    _unused: tuple[str, ...] = PrivateAttr(())

    @property
    def has_ground(self) -> bool:
        return self.background != "none"

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return or_placeholder(handler(core), handler, besides=(*LITERAL, "timeline", "preview", "metadata", "webhook"))

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, document: Any, info: ValidationInfo) -> Any:
        """Placeholders become values before anything else is looked at, unless that is done (see `reel.kinds.read`)."""
        if not isinstance(document, Mapping) or (info.context or {}).get(FILLED):
            return document
        filled = filled_in(document, USUAL)
        if filled.problems:
            raise InvalidRequest(*filled.problems)
        return filled.document

    @model_validator(mode="after")
    def _sound_structure(self, info: ValidationInfo) -> TemplateRequest:
        if filled := (info.context or {}).get(FILLED):
            self._unused = filled.unused
        elif problems := [*misplaced(self)]:
            raise InvalidRequest(*problems)
        return self

    @model_serializer(mode="wrap")
    def _as_written(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Values that are filled in already stay as they are when the document is read again."""
        document = handler(self)
        return {name: value if name in LITERAL else escaped(value) for name, value in document.items()}

    def __eq__(self, other: object) -> bool:
        """How a request was written is no part of what it asks for."""
        return isinstance(other, TemplateRequest) and self.__dict__ == other.__dict__

    @property
    def unused_variables(self) -> tuple[str, ...]:
        """Variables that nothing in the template depends on, as far as that is known."""
        return self._unused

    def layers(self) -> Iterator[tuple[str, AnyLayer]]:
        """Every clip with its place (`timeline.tracks[0].clips[2]`)."""
        for number, track in enumerate(self.timeline.tracks):
            for order, layer in enumerate(track.clips):
                yield f"timeline.tracks[{number}].clips[{order}]", layer

    def source_places(self) -> dict[str, str]:
        """Every asset that the timelines are made of, under the field that names it (`timeline.tracks[0].clips[2].asset`)."""
        return {
            f"{place}.asset": layer.asset
            for place, layer in self.layers()
            if isinstance(layer, VideoLayer | ImageLayer | AudioLayer)
        }


def filled_in(document: Mapping[str, Any], limits: Limits) -> Filled:
    """A template with every placeholder replaced; variables and data that are not good are left out of it."""
    variables, problems = variables_of(document.get("variables"))
    given = document.get("variables")
    data = document.get("data")
    values = data if isinstance(data, Mapping) else {}
    layers = {name: value for name, value in document.items() if name not in LITERAL}
    unread = {str(name) for name in given} - variables.keys() if isinstance(given, Mapping) else set()
    if "variables" in document and not isinstance(
        given, Mapping
    ):  # whatever names there are, they may be meant to be in it
        unread = {*values}.union(*resolved(layers, {}, {}, limits=limits).used.values())
    elif "data" in document and not isinstance(data, Mapping):
        unread |= variables.keys()
    filled = resolved(layers, variables, values, unread, limits)
    whole = {**document, **filled.document}
    # Of what is no object at all, only the form is told, where the document is read.
    if isinstance(given, Mapping):
        whole["variables"] = {
            name: value for name, value in given.items() if name in variables and NAME.fullmatch(name)
        }
    if isinstance(data, Mapping):
        whole["data"] = {name: value for name, value in data.items() if _is_good(name, value, variables)}
    return replace(filled, document=whole, problems=(*problems, *filled.problems), unused=_unused(whole, filled))


def _unused(whole: Mapping[str, Any], filled: Filled) -> tuple[str, ...]:
    """The variables that no placeholder names; not known where every field was written by us (`_as_written`), with its
    placeholders filled in."""
    used = {name for names in filled.used.values() for name in names}
    variables = whole.get("variables")
    if not isinstance(variables, Mapping) or {*TemplateRequest.model_fields} <= {*whole}:
        return ()
    return tuple(name for name in variables if name not in used)


def _is_good(name: str, value: Any, variables: Mapping[str, Variable]) -> bool:
    return name in variables and not variables[name].problem(value)


def misplaced(request: TemplateRequest, unknown: Collection[str] = ()) -> Iterator[Problem]:
    """What is wrong whatever the assets are, beyond single fields. `unknown` are the fields that could not be read."""
    for number, track in enumerate(request.timeline.tracks):
        place = f"timeline.tracks[{number}]"
        if track.clips and getattr(track.clips[0], "transition", None):
            yield Problem(
                f"{place}.clips[0].transition", "has no clip before it to come from", "remove it, or use opacity"
            )
        for order, (layer, after) in enumerate(pairwise(track.clips)):
            if layer.lasts_to_the_end and (after.start == "auto" or not isinstance(layer, AudioLayer)):
                yield Problem(
                    f"{place}.clips[{order}].duration",
                    "is `end`, which leaves no room for the clip after it",
                    "give it in seconds",
                )
    if any(lies_in(f"timeline.tracks[{number}].clips", unknown) for number in range(len(request.timeline.tracks))):
        return
    lengths = [(layer.lasts_to_the_end, lies_in(f"{place}.duration", unknown)) for place, layer in request.layers()]
    if request.duration == "auto" and all(endless and not is_unknown for endless, is_unknown in lengths):
        yield Problem("duration", "is `auto`, and no clip has an end of its own", "give it in seconds")
