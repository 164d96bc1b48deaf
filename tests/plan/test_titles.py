"""What people know steps by."""

from __future__ import annotations

from reel.kinds import parse_request
from reel.plan.operations import Picture
from tests.plan.facts import facts, plan_request


def test_parts_of_a_long_clip_are_told_by_their_seconds_in_it() -> None:
    """Also the last, which is shorter: it was told as the 361st of 361 parts."""
    clip = {"type": "video", "asset": "a.mp4", "start": 2}
    request = parse_request(
        {"kind": "template", "aspect": "16:9", "stills": False, "timeline": {"tracks": [{"clips": [clip]}]}}
    )
    planned = plan_request(request, dict.fromkeys(request.asset_places(), facts("a", 36.1)))
    titles = [step.title for step in planned.steps if isinstance(step.operation, Picture)]
    parts = [title for title in titles if title.startswith("a.mp4 (")]
    assert parts[0].startswith("a.mp4 (0 to ")
    assert parts[-1].endswith(" to 36.1 s)")
    begins = [title.split("(")[1].split(" to ")[0] for title in parts]
    ends = [title.split(" to ")[1].removesuffix(" s)") for title in parts]
    assert begins[1:] == ends[:-1]
    assert len(parts) > 2
