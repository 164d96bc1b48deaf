"""The `template` request: a timeline of layers, with variables that data fills in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, Literal

from pydantic import (
    BaseModel,
    Field,
    GetJsonSchemaHandler,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from reel.errors import InvalidRequest, Problem
from reel.request.layers import AudioLayer, ImageLayer, OpaqueColour, SeenClip, TimelineOfLayers, VideoLayer
from reel.request.parts import Frame, Loudness, Seconds
from reel.request.variables import Variable, escaped, or_placeholder, resolved

LITERAL = ("kind", "variables", "data")
"""Fields in which a placeholder is no placeholder."""

AnyLayer = SeenClip | AudioLayer


class Variables(BaseModel):
    """What a template leaves open, before any of it is filled in."""

    variables: dict[str, Variable] = {}


class TemplateRequest(Frame):
    """Layers of video, pictures, text and sound; `{{NAME}}` in any of its strings is a variable."""

    kind: Literal["template"] = "template"
    variables: dict[str, Variable] = Field({}, description="What the template leaves open, by name.")
    data: dict[str, Any] = Field({}, description="Values of the variables.")
    timeline: TimelineOfLayers
    duration: Seconds | Literal["auto"] = Field("auto", description="Seconds; `auto`: until the last clip ends.")
    background: OpaqueColour = "#000000"
    loudness: Loudness | Literal["off"] = Field(Loudness(), description="What the sound is brought to (EBU R128).")
    stills: bool = Field(True, description="Also make a poster and a sprite sheet with WebVTT storyboard.")

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return or_placeholder(handler(core), handler, besides=(*LITERAL, "timeline", "preview"))

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, document: Any) -> Any:
        """Placeholders become values before anything else is looked at. All that is wrong with them is told at once."""
        if not isinstance(document, Mapping):
            return document
        # Without its variables a template says nothing: what is wrong with them is told first.
        variables = Variables.model_validate({"variables": document.get("variables", {})}).variables
        data = document.get("data", {})
        if not isinstance(data, Mapping):
            return document
        open_fields = {name: value for name, value in document.items() if name not in LITERAL}
        filled, problems = resolved(open_fields, "", variables, data)
        if problems:
            raise InvalidRequest(*problems)
        return {**document, **filled}

    @model_validator(mode="after")
    def _sound_structure(self) -> TemplateRequest:
        """What is wrong whatever the assets are, beyond single fields."""
        if problems := [*_misplaced(self)]:
            raise InvalidRequest(*problems)
        return self

    @model_serializer(mode="wrap")
    def _as_written(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Values that are filled in already stay as they are when the document is read again."""
        document = handler(self)
        return {name: value if name in LITERAL else escaped(value) for name, value in document.items()}

    def layers(self) -> Iterator[tuple[str, AnyLayer]]:
        """Every clip with its place (`timeline.tracks[0].clips[2]`)."""
        for number, track in enumerate(self.timeline.tracks):
            for order, layer in enumerate(track.clips):
                yield f"timeline.tracks[{number}].clips[{order}]", layer

    def asset_places(self) -> dict[str, str]:
        """Every asset that the request names, under the field that names it (`timeline.tracks[0].clips[2].asset`)."""
        return {
            f"{place}.asset": layer.asset
            for place, layer in self.layers()
            if isinstance(layer, VideoLayer | ImageLayer | AudioLayer)
        }


def _misplaced(request: TemplateRequest) -> Iterator[Problem]:
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
    if request.duration == "auto" and all(layer.lasts_to_the_end for _, layer in request.layers()):
        yield Problem("duration", "is `auto`, and no clip has an end of its own", "give it in seconds")
