"""The `template` request: a timeline of layers, with variables that data fills in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from reel.errors import InvalidRequest
from reel.request.layers import AudioLayer, Colour, ImageLayer, TimelineOfLayers, VideoLayer
from reel.request.parts import Frame, Loudness, Seconds
from reel.request.variables import Variable, resolved

VARIABLES: TypeAdapter[dict[str, Variable]] = TypeAdapter(dict[str, Variable])


class TemplateRequest(Frame):
    """Layers of video, pictures, text and sound; `{{NAME}}` in any of its strings is a variable."""

    kind: Literal["template"] = "template"
    variables: dict[str, Variable] = Field({}, description="What the template leaves open, by name.")
    data: dict[str, Any] = Field({}, description="Values of the variables.")
    timeline: TimelineOfLayers
    duration: Seconds | Literal["auto"] = Field("auto", description="Seconds; `auto`: until the last clip ends.")
    background: Colour = "#000000"
    loudness: Loudness | Literal["off"] = Field(Loudness(), description="What the sound is brought to (EBU R128).")
    stills: bool = Field(True, description="Also make a poster and a sprite sheet with WebVTT storyboard.")

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, document: Any) -> Any:
        """Placeholders become values before anything else is looked at. All that is wrong with them is told at once."""
        if not isinstance(document, Mapping) or "timeline" not in document:
            return document
        try:
            variables = VARIABLES.validate_python(document.get("variables", {}))
        except ValidationError:
            return document  # told when the field itself is validated
        data = document.get("data", {})
        if not isinstance(data, Mapping):
            return document
        open_fields = {name: value for name, value in document.items() if name not in ("variables", "data", "kind")}
        filled, problems = resolved(open_fields, "", variables, data)
        if problems:
            raise InvalidRequest(*problems)
        return {**document, **filled}

    def asset_places(self) -> dict[str, str]:
        """Every asset that the request names, under the field that names it (`timeline.tracks[0].clips[2].asset`)."""
        return {
            f"timeline.tracks[{number}].clips[{place}].asset": clip.asset
            for number, track in enumerate(self.timeline.tracks)
            for place, clip in enumerate(track.clips)
            if isinstance(clip, VideoLayer | ImageLayer | AudioLayer)
        }
