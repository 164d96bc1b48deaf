"""What runs are called and tagged."""

from __future__ import annotations

from typing import Any

import pytest

from flows.labels import missing_tags, name_of, tags_of
from reel.request.terms import Terms

COLOUR = {"type": "colour", "colour": "gold", "duration": 1}
SONG = {"type": "audio", "asset": "https://me:secret@cdn.example/a/song.mp3?signed=1"}
OPEN = {"variables": {"NAME": {"type": "text", "default": "Eve"}}}
DATA = {"NAME": "Ada"}


def layers(*tracks: Any, **more: Any) -> dict[str, Any]:
    return {**more, "timeline": {"tracks": [{"clips": clips} for clips in tracks]}}


@pytest.mark.parametrize(
    ("kind", "request_", "slot", "name"),
    [
        ("mixer", {"clips": ["a", "b"], "variants": 3}, None, "3 variants of 2 clips"),
        ("mixer", {"clips": ["a"]}, "row-17", "1 variant of 1 clip: row-17"),
        ("slideshow", {"images": ["a", "b"], "music": "m"}, None, "2 images on the beat"),
        ("slideshow", {"images": ["a"]}, None, "1 image"),
        ("multicam", {"sources": ["a", "b"], "cuts": [1, 2, 3]}, None, "3 cuts of 2 sources"),
        ("multicam", {"sources": ["a", "b"], "switches": [1], "cuts": None}, None, "1 cut of 2 sources"),
        ("multicam", {"sources": ["a"], "edl": "TITLE: x"}, None, "edit list of 1 source"),
        ("template", layers([COLOUR, SONG], [{"text": "Hello\n {{NAME}}"}], data=DATA, **OPEN), None, "Hello Ada"),
        ("template", layers([{"text": "Hello {{NAME}}"}], **OPEN), "row-17", "Hello Eve: row-17"),
        ("template", layers([{"text": "x" * 99}]), None, "x" * 59 + "…"),
        ("template", layers([{"text": " "}, 7, COLOUR, SONG], 7), None, "song.mp3"),
        ("template", layers([COLOUR], [COLOUR]), None, "2 tracks"),
        ("template", layers([{"text": ["a"], "asset": None}]), None, "1 track"),
        # Whatever is wrong with a request is told when it runs.
        ("template", {"timeline": 7, "data": None}, None, "0 tracks"),
        ("mixer", {"clips": 7}, None, "1 variant of 0 clips"),
        ("another", {}, None, "another"),
    ],
)
def test_names(kind: str, request_: dict[str, Any], slot: str | None, name: str) -> None:
    assert name_of(kind, request_, slot) == name


def test_tags_say_whose_it_is_and_what() -> None:
    tags = tags_of("mixer", Terms(tenant="acme", project="spring"), "g1")
    assert tags == ["tenant:acme", "project:spring", "kind:mixer", "generation:g1", "reelflow"]
    assert tags_of("mixer", Terms()) == ["tenant:default", "project:default", "kind:mixer", "reelflow"]


def test_tags_of_others_stay() -> None:
    assert missing_tags(["a", "b"], ["b", "mine"]) == ["a", "b", "mine"]
    assert missing_tags(["a"], ["mine", "a"]) == []
