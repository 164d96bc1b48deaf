"""Random requests of templates, in which anything may stand anywhere: narrow, beside the canvas, growing, one over another."""

from __future__ import annotations

from random import Random
from typing import Any

from reel.compose.transitions import NAMES
from reel.curves import EASINGS

VIDEOS, STILLS = ("one.mp4", "two.mp4"), ("still.png",)
DRAWINGS = ("golden", "silver", "ornate-gold", "ornate-silver", "glitter-rain", "sparkles")
FITS = ("contain", "cover", "fill", "none", "contain-blur")


def template(chance: Random) -> dict[str, Any]:
    """A request of a template, of the files above."""
    document = {
        "kind": "template", "stills": False, "aspect": chance.choice(("9:16", "16:9", "1:1", "4:5")),
        "resolution": chance.choice(("480p", "720p", "1080p")), "frame_rate": chance.choice((24, 25, 30, 60, "30000/1001")),
        "timeline": {"tracks": [{"clips": _clips(chance)} for _ in range(chance.randint(1, 5))]},
    }  # fmt: skip
    if chance.random() < 0.5:
        document["preview"] = {"scale": chance.choice((0.25, 0.3, 0.5, 0.75))}
    return document


def _clips(chance: Random) -> list[dict[str, Any]]:
    """Clips one after another, some of them after a while and some by a transition."""
    clips: list[dict[str, Any]] = []
    for place in range(chance.randint(1, 5)):
        clip = _content(chance) | _pose(chance)
        if clips and chance.random() < 0.5:
            clip["transition"] = {"name": chance.choice(NAMES), "duration": _number(chance, 0.04, 0.15)}
        elif chance.random() < 0.3:
            clip["start"] = 6 * place
        clips.append(clip)
    return clips


def _content(chance: Random) -> dict[str, Any]:
    duration = _number(chance, 0.4, 3)
    match kind := chance.choice(("video", "image", "image", "text", "colour", "drawn", "drawn")):
        case "video":
            begin = _number(chance, 0, 1.2)
            span = {"in": begin, "out": round(begin + duration, 3), "speed": chance.choice((0.5, 1, 1, 1.37, 2))}
            return {"type": kind, "asset": chance.choice(VIDEOS), "fit": chance.choice(FITS), **span}
        case "image":
            return {"type": kind, "asset": chance.choice(STILLS), "fit": chance.choice(FITS), "duration": duration}
        case "text":
            return {"type": kind, "text": "Hello", "size": chance.choice((12, 40, 90)), "duration": duration}
        case "colour":
            return {"type": kind, "colour": chance.choice(("#ff000080", "white", "#123456")), "duration": duration}
        case _:
            return {"type": kind, "name": chance.choice(DRAWINGS), "duration": duration}


def _pose(chance: Random) -> dict[str, Any]:
    """Where a clip stands, and how it moves."""
    pose: dict[str, Any] = {}
    if chance.random() < 0.75:
        place = {name: _number(chance, -0.4, 0.9) for name in ("x", "y")}
        narrow = ((0.05, 0.12), (0.1, 1.0))
        pose["area"] = place | {name: _number(chance, *chance.choice(narrow)) for name in ("width", "height")}
    if chance.random() < 0.5:
        pose["scale"] = _keys(chance, chance.choice((0, 0.3)), chance.choice((1, 2, 5)))
    if chance.random() < 0.3:
        pose["rotation"] = _keys(chance, -200, 200)
    if chance.random() < 0.4:
        pose["opacity"] = _keys(chance, 0, 1)
    if chance.random() < 0.4:
        pose["position"] = {"x": _keys(chance, -0.5, 0.5), "y": _keys(chance, -0.5, 0.5)}
    return pose


def _keys(chance: Random, least: float, most: float) -> float | list[dict[str, Any]]:
    moments = [round(0.3 * place + chance.uniform(0, 0.25), 3) for place in range(chance.randint(1, 4))]
    if len(moments) == 1:
        return _number(chance, least, most)
    return [{"at": at, "value": _number(chance, least, most), "easing": chance.choice(EASINGS)} for at in moments]


def _number(chance: Random, least: float, most: float) -> float:
    return round(chance.uniform(least, most), 3)
