"""Each kind is registered, and what it speaks of is there: findings that somebody finds, settings that somebody may set."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest

import reel.kinds
from reel.find.finders import FINDERS
from reel.kinds import KINDS, Kind, kind_of, parse_request
from reel.kinds.kind import Amount, Want
from reel.settings import Settings

SHARED = {"beside", "foreseen", "faults", "kind", "read", "registry"}
"""Modules of `reel.kinds` that are no kinds."""

EVERY_FINDING: list[tuple[dict[str, Any], list[Want]]] = [
    (
        {"kind": "mixer", "clips": ["a", {"asset": "b", "split": "scenes"}]},
        [Want("scenes", "clips[1].asset", ("clips[1].asset",))],
    ),
    (
        {"kind": "slideshow", "images": ["a", "b"], "music": {"asset": "m", "in": 2, "bpm": 120}},
        [Want("beats", "music.asset", ("music.asset",), given=(120,), begin=2, optional=True)],  # type: ignore[arg-type]
    ),
    ({"kind": "slideshow", "images": ["a"], "music": "m"}, []),
    (
        {
            "kind": "multicam",
            "sources": ["a", {"asset": "b", "sync_offset": "auto"}, "c"],
            "switches": [{"at": 0, "source": 1}],
        },
        [Want("sync", "sources[1].sync_offset", ("sources[1].asset", "sources[0].asset"))],
    ),
    ({"kind": "template", "timeline": {"tracks": [{"clips": []}]}, "duration": 1}, []),
]


def test_every_module_in_the_folder_is_a_kind_that_is_registered() -> None:
    modules = {found.name for found in iter_modules(reel.kinds.__path__)} - SHARED
    made = {name: [*_kinds_in(name)] for name in modules}
    assert made == {name: [kind] for name, kind in KINDS.items()}


def _kinds_in(module: str) -> list[Kind[Any]]:
    return [each for each in vars(import_module(f"reel.kinds.{module}")).values() if isinstance(each, Kind)]


@pytest.mark.parametrize(("document", "wants"), EVERY_FINDING)
def test_what_a_kind_wants_found_has_a_finder(document: dict[str, Any], wants: list[Want]) -> None:
    request = parse_request(document)
    found = [*kind_of(request).wants(request)]
    assert found == wants
    assert {want.finding for want in found} <= {finder.kind for finder in FINDERS}
    assert {place for want in found for place in want.of} <= request.asset_places().keys()


def test_what_a_kind_lets_installations_limit_is_a_setting() -> None:
    request = parse_request({"kind": "slideshow", "images": ["a", "b"], "duration": 7})
    amounts: list[Amount] = [*kind_of(request).amounts(request, {}, ())]
    asked = {each.setting: each.words.format(float(each.number), 1.0) for each in amounts}
    assert asked == {"slideshow_images": "2 images are more than 1", "slideshow_seconds": "7 s are more than 1 s"}
    assert asked.keys() <= Settings.model_fields.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_an_example(kind: str) -> None:
    document = json.loads(Path("examples", f"{kind}.json").read_text())
    assert kind_of(parse_request(document)) is KINDS[kind]
