"""The audit passes what is planned as asked, and names whatever is planned otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reel.errors import Internal, InvalidRequest
from reel.kinds import parse_request
from reel.media import MediaFacts
from reel.plan.operations import AnyOperation, Compose, DrawnLoop, Join, Picture, SoundMix, TextBitmap
from reel.plan.operations.layers import Layer
from reel.plan.plan import plan_compiled
from reel.plan.preview import previewed
from reel.plan.step import Plan
from reel.proof.audit import Asked, AskedVideo, audit
from tests.plan.facts import compile_request, facts
from tests.proof import requests
from tests.tools import TOOLS

TEMPLATE: dict[str, Any] = {
    "kind": "template",
    "resolution": "480p",
    "stills": False,
    "timeline": {
        "tracks": [
            {
                "clips": [
                    {"type": "video", "asset": "one.mp4", "fit": "cover", "duration": 5, "in": 1, "mute": True},
                    {
                        "type": "video", "asset": "two.mp4", "fit": "cover", "duration": 5, "speed": 2,
                        "transition": {"name": "wipe-left", "duration": 1},
                    },
                ]
            },
            {
                "clips": [
                    {
                        "type": "colour", "colour": "#ff8800", "start": 2.5, "duration": 3, "opacity": 0.5,
                        "area": {"x": 0.2, "y": 0.2, "width": 0.3, "height": 0.3},
                        "position": {"x": [{"at": 0, "value": 0}, {"at": 2, "value": 0.3}], "y": 0},
                    }
                ]
            },
            {"clips": [{"type": "text", "text": "HELLO", "start": 1, "duration": 6}]},
            {"clips": [{"type": "drawn", "name": "glitter-rain", "opacity": 0.5, "duration": 9}]},
            {"clips": [{"type": "audio", "asset": "song.mp3", "in": 2, "duration": 9, "volume": -6, "fade_out": 1}]},
        ]
    },
}  # fmt: skip

MIXER: dict[str, Any] = {
    "kind": "mixer",
    "clips": [{"asset": "one.mp4", "in": 1, "out": 4}, {"asset": "two.mp4", "in": 2, "out": 8}],
    "speed": {"min": 1.25, "max": 1.25},
    "resolution": "480p",
    "stills": False,
}

FILES = {
    "one.mp4": facts("one", size=(854, 480)),
    "two.mp4": facts("two"),
    "song.mp3": facts("song", 30, picture=False),
    "still.png": facts("still", still=True, size=(1200, 800)),
}


def planned(document: dict[str, Any]) -> tuple[Plan, dict[int, Asked], Mapping[str, MediaFacts]]:
    request = parse_request(json.dumps(document))
    library = {place: FILES[asset] for place, asset in request.asset_places().items()}
    compiled = compile_request(request, library, {})
    plan = plan_compiled(request, compiled, library, TOOLS, ("font",))
    shown = previewed(compiled, request.preview)
    asked = {
        number: Asked(
            timeline,
            ((0, timeline.frames),),
            {f"{timeline.name}.mp4": AskedVideo(timeline.canvas.size, (timeline,))},
        )
        for number, timeline in enumerate(shown.timelines, start=1)
    }
    return plan, asked, {each.sha256: each for each in FILES.values()}


@pytest.mark.parametrize("document", [TEMPLATE, MIXER], ids=["template", "mixer"])
def test_what_is_planned_as_asked_passes(document: dict[str, Any]) -> None:
    plan, asked, assets = planned(document)
    audit(plan, asked, assets, ("font",))


def template(*tracks: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    return TEMPLATE | {"timeline": {"tracks": [{"clips": clips} for clips in tracks]}, **fields}


ODD_AREAS = {
    "narrow, and grows": template(
        [
            {
                "type": "image", "asset": "still.png", "duration": 1,
                "area": {"x": 0.236, "y": 0.19, "width": 0.11, "height": 0.458},
                "scale": [{"at": 0, "value": 0.5}, {"at": 0.4, "value": grown}],
            }
            for grown in (1.2, 1.23, 1.27, 1.31, 2.02, 3.3)
        ],
        aspect="9:16",
    ),
    "hidden, and reaches beyond the canvas": template(
        [
            {"type": "colour", "colour": "#123456", "duration": 5, "area": {"x": 0.12, "y": 0.3, "width": 1, "height": 0.1}}
        ],
        [{"type": "colour", "colour": "#123456", "start": 2, "duration": 3}],
    ),
    "beside the canvas, and something is above": template(
        [
            {
                "type": "image", "asset": "still.png", "duration": 5,
                "rotation": [{"at": 0, "value": 0}, {"at": 5, "value": 9}],
                "area": {"x": -0.6, "y": -0.4, "width": 0.2, "height": 0.1},
            }
        ],
        [{"type": "colour", "colour": "#ffffff", "start": 2, "duration": 3}],
    ),
}  # fmt: skip


@pytest.mark.parametrize("document", ODD_AREAS.values(), ids=ODD_AREAS)
def test_areas_that_are_narrow_or_lie_beyond_the_canvas_pass(document: dict[str, Any]) -> None:
    plan, asked, assets = planned(document)
    audit(plan, asked, assets, ("font",))


@given(chance=st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_whatever_is_planned_passes(chance: Random) -> None:
    """Of 1,300 such requests four were refused, as faults of ours, though what was planned was right."""
    try:
        plan, asked, assets = planned(requests.template(chance))
    except InvalidRequest:  # a transition that is longer than its clips
        return
    audit(plan, asked, assets, ("font",))


Change = Callable[[AnyOperation], AnyOperation]


def of(kind: type, **fields: Any) -> Change:
    """Gives operations of a kind other fields; what is callable is called with what was there."""

    def change(operation: AnyOperation) -> AnyOperation:
        if not isinstance(operation, kind):
            return operation
        return operation.model_copy(
            update={
                name: value(getattr(operation, name)) if callable(value) else value for name, value in fields.items()
            }
        )

    return change


def layers(change: Callable[[list[Layer]], list[Layer]]) -> Change:
    return of(Compose, layers=lambda there: tuple(change(list(there))))


def each_layer(**fields: Any) -> Change:
    def changed(there: list[Layer]) -> list[Layer]:
        return [
            layer.model_copy(
                update={
                    name: value(getattr(layer, name)) if callable(value) else value for name, value in fields.items()
                }
            )
            for layer in there
        ]

    return layers(changed)


def clips(**fields: Any) -> Change:
    """Changes the cuts of a picture."""
    return of(
        Picture,
        clips=lambda there: tuple(
            clip.model_copy(update={name: value(getattr(clip, name)) for name, value in fields.items()})
            for clip in there
        ),
    )


def parts(**fields: Any) -> Change:
    return of(
        SoundMix,
        parts=lambda there: tuple(
            part.model_copy(update={name: value(getattr(part, name)) for name, value in fields.items()})
            for part in there
        ),
    )


FRAME = Fraction(1, 30)

WRONG: dict[str, tuple[dict[str, Any], Change, str]] = {
    "two segments swapped": (MIXER, of(Join, segments=lambda keys: (keys[1], keys[0], *keys[2:])), "another file|show"),
    "a segment lost": (MIXER, of(Join, segments=lambda keys: keys[:-1]), "frames are planned"),
    "a segment twice": (MIXER, of(Join, segments=lambda keys: (*keys, keys[-1])), "frames are planned"),
    "a segment of another size": (
        MIXER, of(Picture, size=lambda size: (320, size[1])), "not of the size of its video",
    ),
    "a video of another size": (
        MIXER, of(Join, canvas=lambda canvas: canvas.model_copy(update={"width": 320})), "the canvas is",
    ),
    "a video without its sound": (MIXER, of(Join, soundtrack=None), "has no sound, and one is asked for"),
    "a cut a frame late": (MIXER, clips(media_in=lambda at: at + FRAME), "asked to show"),
    "a cut at another speed": (MIXER, clips(speed=lambda speed: speed * 2), "asked for at"),
    "another stream": (MIXER, clips(source=lambda of: of.model_copy(update={"stream": 3})), "stream is taken"),
    "another begin of the clock": (MIXER, clips(source=lambda of: of.model_copy(update={"start": FRAME})), "first frame"),
    "another fit": (MIXER, clips(framing=lambda how: how.model_copy(update={"fit": "fill"})), "framed"),
    "the topmost layer lost": (TEMPLATE, layers(lambda there: there[:-1]), "nothing is planned"),
    "the lowest layer lost": (TEMPLATE, layers(lambda there: there[1:] or there), "planned otherwise"),
    "a layer twice": (TEMPLATE, layers(lambda there: [*there, there[-1]]), "beyond what the timeline shows"),
    "layers in another order": (TEMPLATE, layers(lambda there: there[::-1]), "planned otherwise"),
    "a layer at another place": (
        TEMPLATE, each_layer(area=lambda area: area.model_copy(update={"x": area.x + 8})), "its area|left",
    ),
    "another opacity": (TEMPLATE, each_layer(opacity=lambda curve: (curve[0].model_copy(update={"value": 0.7}),)), "opacity"),
    "a layer a frame late": (
        TEMPLATE, each_layer(first=lambda first: first + 1, frames=lambda frames: frames - 1), "is seen in the others",
    ),
    "no transition": (TEMPLATE, each_layer(entrance=None), "asked to enter by wipe-left"),
    "another transition": (
        TEMPLATE,
        each_layer(entrance=lambda how: how and how.model_copy(update={"name": "wipe-right"})),
        "wipe-right",
    ),
    "another ground": (TEMPLATE, of(Compose, background="#123456"), "ground"),
    "another text": (TEMPLATE, of(TextBitmap, text="HALLO"), "'HALLO'"),
    "another font": (TEMPLATE, of(TextBitmap, fonts=("other",)), "fonts"),
    "another size of the letters": (
        TEMPLATE, of(TextBitmap, style=lambda style: style.model_copy(update={"size": style.size * 1.1})), "its size",
    ),
    "parts of an overlay left out": (TEMPLATE, of(DrawnLoop, parts=lambda parts: parts[:0]), "is not planned"),
    "a sound lost": (TEMPLATE, of(SoundMix, parts=lambda parts: parts[:-1]), "its sound is not planned"),
    "a sound twice": (TEMPLATE, of(SoundMix, parts=lambda parts: (*parts, parts[0])), "nothing asks for"),
    "a gain halved": (
        TEMPLATE,
        parts(gain=lambda keys: tuple(key.model_copy(update={"gain": key.gain / 2}) for key in keys)),
        "volume",
    ),
    "a sound 10 ms late": (TEMPLATE, parts(at=lambda at: at + 480), "asked for at"),
    "a sound from another moment": (TEMPLATE, parts(first=lambda first: first + 480), "ms off"),
    "no fade": (TEMPLATE, parts(fade_out=lambda _: 0), "fades out"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_planned_otherwise_is_named(wrong: str) -> None:
    document, change, said = WRONG[wrong]
    plan, asked, assets = planned(document)
    steps = tuple(step.model_copy(update={"operation": change(step.operation)}) for step in plan.steps)
    assert steps != plan.steps, "the change changes nothing"
    with pytest.raises(Internal, match=said):
        audit(plan.model_copy(update={"steps": steps}), asked, assets, ("font",))
