"""A small picture of an asset, made by the same steps as videos are: upright, in the right shape and colours."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, get_args

from reel.generate.planning import plan_generation
from reel.generate.progress import Progress
from reel.generate.run import run_plan
from reel.kinds import parse_request
from reel.make.worker import Worker
from reel.media import MediaFacts
from reel.plan.shares import part_of
from reel.presets import Aspect, shape_of

SIDE = 480
"""Pixels of the longer side of a video's; least and largest scale bound it."""
PLAIN = {"frame": "none", "atmosphere": "none", "fit": "contain", "zoom": {"from": 1, "to": 1}, "stills": False}
"""A slideshow of nothing but the picture."""


def thumbnail_of(facts: MediaFacts, worker: Worker) -> bytes | None:
    """A JPEG of an asset whose bytes are in the store; null for one without a picture. Raises `reel.errors`."""
    if facts.video is None:
        return None
    request = parse_request(_still(facts) if facts.is_picture else _frame(facts))
    plan = plan_generation(request, dict.fromkeys(request.asset_places(), facts), {}, worker)
    output = plan.outputs[0]
    part = part_of(plan, [output.step])
    made = run_plan(part, worker, Progress(part))[output.step].artefact
    return worker.store.open(made, output.file).read_bytes()


def _frame(facts: MediaFacts) -> Mapping[str, Any]:
    """A frame of a video, somewhat after its begin: that is often black."""
    assert facts.video
    scale = min(1.0, max(0.1, SIDE / max(facts.video.display_size)))
    return {"kind": "encode", "asset": "asset", "preview": {"frame": float(facts.duration / 10), "scale": scale}}


def _still(facts: MediaFacts) -> Mapping[str, Any]:
    """A still picture, on the frame whose shape is next to its own."""
    assert facts.video
    width, height = facts.video.display_size
    aspect = min(get_args(Aspect), key=lambda each: _apart(shape_of(each), Fraction(width, height)))
    shown = {"images": ["asset"], "aspect": aspect, "resolution": "360p", "duration": 1, "preview": {"frame": 0}}
    return {"kind": "slideshow", **PLAIN, **shown}


def _apart(shape: tuple[int, int], other: Fraction) -> Fraction:
    """How many times wider, or narrower, one shape is than another."""
    times = Fraction(*shape) / other
    return max(times, 1 / times)
