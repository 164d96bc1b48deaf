"""Whole requests of each kind, and changes of them that nobody thought of: anything may stand anywhere, or be missing."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from random import Random
from typing import Any

WHOLE: dict[str, dict[str, Any]] = {
    "mixer": {
        "kind": "mixer", "clips": ["one.mp4", {"asset": "two.mp4", "in": 0, "out": 1}], "variants": 2, "aspect": "9:16",
        "speed": {"min": 0.8, "max": 1.2}, "audio": {"soundtrack": "music.wav", "volume": -6}, "frame_rate": 30,
        "resolution": "480p",
    },
    "slideshow": {
        "kind": "slideshow", "images": [{"asset": "still.png", "focus": {"x": 0.2, "y": 0.2}}, "still.png"], "duration": 3,
        "music": {"asset": "music.wav", "in": 1, "bpm": 100}, "frame": "golden", "atmosphere": "glitter-rain", "text": "Hallo",
        "transition": {"name": "fade"}, "zoom": {"from": 1, "to": 1.05}, "fit": "cover",
        "outputs": [
            {
                "type": "ladder", "rungs": [{"resolution": "360p", "codec": "hevc"}], "segment_seconds": 2,
                "encryption": {"scheme": "aes-128", "key": "key.bin", "uri": "https://example.com/key"},
            },
            {"type": "pictures", "widths": [50, 100], "format": "webp", "thumbnails": {"at": [0.1, 1]}, "animation": "webp"},
        ],
    },
    "multicam": {
        "kind": "multicam", "sources": [{"asset": "one.mp4", "start_timecode": "01:00:00:00", "sync_offset": 0}, "two.mp4"],
        "switches": [{"at": 0, "source": 0}, {"at": 1, "source": 1}], "end": 2, "audio_source": 0,
        "outputs": [
            {"type": "video", "codec": "h264", "resolution": "360p", "bitrate": 500_000, "quality": {"passes": 2}},
            {"type": "video", "codec": "vp9", "audio": "none"},
        ],
    },
    "template": {
        "kind": "template", "background": "white", "duration": 3, "loudness": {"lufs": -14}, "metadata": {"id": 7},
        "variables": {"clip": {"type": "asset", "default": "two.mp4"}, "name": {"type": "text"}}, "data": {"name": "Ada"},
        "preview": {"range": {"start": 0, "end": 1}, "scale": 0.5},
        "timeline": {"tracks": [
            {"clips": [
                {
                    "type": "drawn", "name": "golden", "duration": 2, "position": {"x": [{"at": 0, "value": 0}], "y": 0.1},
                    "scale": [{"at": 0, "value": 0.5}, {"at": 1, "value": 1, "easing": "ease-in"}],
                },
                {"type": "colour", "colour": "#ff000080", "duration": "end", "transition": {"name": "fade", "duration": 0.2}},
            ]},
            {"clips": [
                {
                    "type": "video", "asset": "{{clip}}", "freeze": 0.5, "duration": 1, "mute": True,
                    "crop": {"x": 0.1, "y": 0.1, "width": 0.5, "height": 0.5},
                },
                {"type": "image", "asset": "still.png", "start": 2, "duration": 1, "focus": {"x": 0.5, "y": 0.5}},
            ]},
            {"clips": [{
                "type": "text", "text": "Hi {{name}}", "duration": 1, "size": 50, "rotation": 5,
                "opacity": [{"at": 0, "value": 0}, {"at": 0.5, "value": 1}],
                "area": {"x": 0.1, "y": 0.1, "width": 0.5, "height": 0.3},
            }]},
            {"clips": [{
                "type": "audio", "asset": "music.wav", "duration": 2, "loop": True, "fade_out": 0.2,
                "volume": [{"at": 0, "value": -6}, {"at": 1, "value": 0}],
            }]},
        ]},
    },
    "encode": {
        "kind": "encode", "asset": "one.mp4", "range": {"start": 0, "end": 1},
        "outputs": [
            {"type": "video", "resolution": "360p", "codec": "hevc", "effort": "quick", "quality": {"crf": 24}},
            {"type": "video", "format": "gif", "pictures_per_second": 10},
            {"type": "ladder", "rungs": ["360p"]},
            {"type": "pictures", "poster": 0.5, "thumbnails": {"every": 1}, "sprite": True},
            {"type": "audio", "codec": "mp3"},
            {"type": "analysis"},
        ],
    },
}  # fmt: skip

VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 0.1, 24.5, 1e6, 1e308, 1e-320, -0.0, 10**30, -(10**30), "", "a", "-1", "1/0",
    "1e999", "0x10", "1:00", "50%", "x" * 5000, "😀" * 50, "\0", "\ud800", "{{name}}", "{{", "auto", "end", "none",
    "red", "#ffff", "720p", "24000/1001", "../x", "/dev/zero", "file:///etc/passwd", "http://127.0.0.1/x",
    "asset:ast_x", [], {}, [[]], [1, 2], {"a": 1}, {"in": 1}, {"asset": "two.mp4"}, {"type": "video"},
    {"min": 2, "max": 1}, [{"at": 1, "value": 1}, {"at": 0.5, "value": 2}], ["360p"], {"clips": []}, {"at": [0.5]},
    {"every": 0.001}, {"crf": 99}, {"bitrate": 1},
)  # fmt: skip
"""What may come to stand anywhere."""

NAMES = (
    "area", "asset", "at", "audio", "bitrate", "clips", "codec", "colour", "duration", "end", "every", "fit", "frame",
    "in", "kind", "loop", "name", "opacity", "out", "outputs", "preview", "quality", "range", "resolution", "rungs",
    "scale", "source", "speed", "start", "subtitles", "text", "timeline", "tracks", "transition", "type", "value",
    "volume", "width", "x",
)  # fmt: skip
"""Of fields that may come to stand where they do not belong."""

Path = tuple[Any, ...]


def mutated(document: dict[str, Any], chance: Random) -> dict[str, Any]:
    """The document with one to three changes."""
    document = copy.deepcopy(document)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        _change(document, chance)
    return document


def _change(document: dict[str, Any], chance: Random) -> None:
    places = [*_places(document, ())]
    *around, last = chance.choice(places)
    parent = _at(document, around)
    match chance.choice(("other", "other", "other", "gone", "twice", "added", "moved")):
        case "other":
            parent[last] = copy.deepcopy(chance.choice(VALUES))
        case "gone":
            del parent[last]
        case "twice" if isinstance(parent, list):
            parent.append(copy.deepcopy(parent[last]))
        case "moved":
            parent[last] = copy.deepcopy(_at(document, chance.choice(places)))
        case _:
            if isinstance(into := parent[last] if isinstance(parent[last], dict) else parent, dict):
                into[chance.choice(NAMES)] = copy.deepcopy(chance.choice(VALUES))


def _places(value: Any, path: Path) -> Iterator[Path]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inside:
        yield (*path, name)
        yield from _places(each, (*path, name))


def _at(value: Any, path: Any) -> Any:
    for name in path:
        value = value[name]
    return value
