"""The same request is valid or not on every machine alike, and gives the same plan."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reel.kinds import parse_request
from reel.plan import renditions
from reel.plan.renditions import PlannedVideo
from reel.request.sizes import WantedVideo
from tests.plan.facts import facts, plan_request

EXAMPLES = Path(__file__).parents[2] / "examples"

PLANS = """
import json, sys
from fractions import Fraction
from reel.errors import InvalidRequest
from reel.findings import Beats
from reel.kinds import parse_request
from tests.plan.facts import facts, plan_request

for document in json.load(sys.stdin):
    try:
        request = parse_request(document)
    except InvalidRequest as refused:
        print(refused)
        continue
    places = request.asset_places()
    library = {place: facts(name, 200, still=name.endswith("png")) for place, name in places.items()}
    print(plan_request(request, library).model_dump_json())
"""

PNG, MP4 = "a.png", "a.mp4"
REQUESTS: list[dict[str, Any]] = [
    {"kind": "slideshow", "images": [PNG] * 5},
    {"kind": "slideshow", "images": [PNG] * 40, "duration": 100},
    {"kind": "slideshow", "images": [PNG] * 2, "music": {"asset": MP4}},
    {"kind": "slideshow", "images": [PNG] * 501},
    {"kind": "slideshow", "images": [PNG], "duration": 3601},
    {"kind": "mixer", "clips": [MP4, "b.mp4", "c.mp4"], "variants": 4, "order_mixing": True, "seed": 7},
    {
        "kind": "multicam",
        "sources": [MP4, "b.mp4"],
        "cuts": [{"source": 0, "in": 1, "out": 3}, {"source": 1, "in": 3, "out": 5}],
    },
    {"kind": "template", "timeline": {"tracks": [{"clips": [{"type": "video", "asset": MP4, "duration": 5}]}]}},
]

OTHER = {
    "REEL_SLIDESHOW_IMAGES": "1",
    "REEL_SLIDESHOW_SECONDS": "3",
    "REEL_JOBS": "many",
    "REEL_MEMORY_BYTES": "7",
    "REEL_MAX_PIXELS": "1",
    "REEL_HOME": "/dev/null/x",
    "TZ": "Asia/Tokyo",
    "LANG": "tr_TR.UTF-8",
    "PYTHONHASHSEED": "77",
}
"""An environment as unlike ours as can be, and wrong besides."""


def plans(environment: dict[str, str], folder: Path) -> str:
    root = str(EXAMPLES.parent)
    plain = {"PATH": os.environ["PATH"], "PYTHONPATH": root, "PYTHONHASHSEED": "1", **environment}
    done = subprocess.run(
        [sys.executable, "-c", PLANS],
        input=json.dumps(REQUESTS),
        env=plain,
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_a_plan_depends_on_nothing_but_its_request(tmp_path: Path) -> None:
    one, other = plans({}, EXAMPLES), plans(OTHER, tmp_path)
    assert one == other
    lines = one.splitlines()
    assert len(lines) == len(REQUESTS)
    assert [line.split(":")[0] for line in lines if not line.startswith("{")] == ["images", "duration"]
    assert json.loads(lines[2])["manifests"][0]["seconds"] == 60


def test_each_video_is_planned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    planned = []
    whole = renditions._planned

    def noted(video: WantedVideo, *rest: Any) -> PlannedVideo:
        planned.append(video.name)
        return whole(video, *rest)

    monkeypatch.setattr(renditions, "_planned", noted)
    outputs = [{"type": "video"}, {"type": "video", "width": 320, "height": 180}]
    plan_request(parse_request({"kind": "encode", "asset": "a.mp4", "outputs": outputs}), {"asset": facts("a")})
    assert planned == ["360p", "320x180"]
