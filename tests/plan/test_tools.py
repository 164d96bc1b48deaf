"""A new version of a tool makes anew what its bytes can be in, and what is made of that; nothing else."""

from __future__ import annotations

from typing import get_args

import pytest

from reel.findings import BEATS_TOOLS, OFFSET_TOOLS, SCENES_TOOLS
from reel.kinds import parse_request
from reel.media import FACTS_TOOLS
from reel.plan.operations import OPERATIONS
from reel.plan.step import Plan
from reel.toolchain import Tool, Toolchain
from tests.plan.facts import facts, plan_request
from tests.tools import TOOLS

MAKES: dict[Tool, set[str]] = {
    "ffmpeg": {
        "picture",
        "mezzanine",
        "copied",
        "compose",
        "loop",
        "decode",
        "reclock",
        "soundtrack",
        "analysis",
        *("first-pass", "probe", "measure-quality", "refit", "animated"),
        "extract-subtitles",
    },
    "pyav": {
        *("first-pass", "probe", "measure-quality", "refit", "fill-buffer", "check-buffer"),
        *("copied", "compose", "join", "remux", "fragment", "sound-file", "sheet", "prove", "prove-sound", "bind"),
        *("poster-moments", "poster", "thumbnails", "sprite", "animation", "find-scenes", "analysis"),
    },
    "opencv": {
        *("image", "text", "drawing", "loop", "compose", "sheet"),
        *("first-pass", "probe", "measure-quality", "refit", "judge-quality", "choose-rungs"),
        *("poster-moments", "poster", "uploaded-poster", "thumbnails", "sprite", "find-scenes", "analysis"),
    },
    "numpy": {
        *("image", "text", "drawing", "loop", "compose", "stretch", "soundtrack"),
        *("first-pass", "probe", "measure-quality", "refit", "judge-quality", "choose-rungs"),
        *("poster-moments", "poster", "uploaded-poster", "find-scenes", "analysis"),
    },
    "pillow": {"image", "uploaded-poster", "animation", "animated"},
    "typst": {"text"},
    "librosa": set(),
    "scipy": set(),
    "scenedetect": {"find-scenes"},
    "packager": {"protect"},
}
"""The operations whose own bytes each tool can change."""

FINDS: dict[Tool, set[str]] = {
    "ffmpeg": {"scenes"},
    "pyav": {"facts"},
    "opencv": {"scenes"},
    "numpy": {"beats", "offset", "scenes"},
    "pillow": {"facts"},
    "typst": set(),
    "librosa": {"beats"},
    "scipy": {"beats"},
    "scenedetect": {"scenes"},
    "packager": set(),
}


def test_the_table_and_the_toolchain_are_of_the_same_tools() -> None:
    assert set(MAKES) == set(FINDS) == set(Toolchain.model_fields) == set(get_args(Tool))


@pytest.mark.parametrize("tool", MAKES)
def test_operations_and_findings_of_a_tool(tool: Tool) -> None:
    assert {operation.kind for operation in OPERATIONS if tool in operation.tools} == MAKES[tool]
    found = {"facts": FACTS_TOOLS, "beats": BEATS_TOOLS, "offset": OFFSET_TOOLS, "scenes": SCENES_TOOLS}
    assert {finding for finding, tools in found.items() if tool in tools} == FINDS[tool]


def planned(tools: Toolchain) -> Plan:
    """A segment of cuts, copied packets are in another one; a text over a video; music at another speed."""
    clips = [{"type": "video", "asset": "a.mp4", "out": 2}, {"type": "video", "asset": "b.mp4", "out": 2}]
    text = [{"type": "text", "text": "Hello", "start": 2, "duration": 2}]
    song = [{"type": "audio", "asset": "song.mp3", "duration": 4, "speed": 1.1}]
    request = parse_request(
        {"kind": "template", "timeline": {"tracks": [{"clips": each} for each in (clips, text, song)]}}
    )
    library = {
        place: facts(asset, 30, picture=asset != "song.mp3", size=(1920, 1080))
        for place, asset in request.asset_places().items()
    }
    return plan_request(request, library, tools=tools)


ANEW: dict[Tool, set[str]] = {
    "typst": {"text", "compose", "join", "poster", "sprite"},
    "opencv": {"text", "compose", "join", "poster", "sprite"},
    "numpy": {"text", "compose", "stretch", "soundtrack", "join", "poster", "sprite"},
    "ffmpeg": {"picture", "compose", "decode", "stretch", "soundtrack", "join", "poster", "sprite"},
    "pyav": {"compose", "join", "poster", "sprite"},
    "pillow": set(),
    "librosa": set(),
    "scipy": set(),
    "scenedetect": set(),
    "packager": set(),
}
"""What is made anew of this plan, with what is made of it."""


@pytest.mark.parametrize("tool", ANEW)
def test_what_a_new_version_makes_anew(tool: Tool) -> None:
    before, after = planned(TOOLS), planned(TOOLS.model_copy(update={tool: "2"}))
    assert {step.kind for step in before.steps} == set().union(*ANEW.values())
    assert {step.kind for step in after.steps if step.key not in before.by_key} == ANEW[tool]
    assert {step.kind for step in after.steps if step.key in before.by_key} >= {"picture"} - ANEW[tool]
