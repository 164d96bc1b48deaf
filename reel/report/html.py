"""The report as one HTML page in the folder of what it tells of, from disk or served: styles, posters and its one script are
inside, videos and larger pictures beside it. All but scrubbing works without the script."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from jinja2 import Environment

from reel import __version__
from reel.report import words
from reel.report.cards import Published, card_of, data_uri
from reel.report.plots import HEIGHT, WIDTH
from reel.report.report import Report
from reel.report.templating import environment

MOST_PICTURES = 12
"""Variants that get a card with pictures; the others are rows of a table, so that the page stays a few megabytes."""

MOST_EVEN_HUES = 12
GOLDEN_ANGLE = 137.508
"""Degrees between the hues of neighbours where there are too many clips to share the circle evenly."""

NOTHING = Published()


def to_html(report: Report, published: Published = NOTHING, mismatches: Sequence[tuple[str, bytes]] = ()) -> str:
    """The page; `published` has what it shows of as many variants as are to have cards; `mismatches` what is not as it was
    asked for, in words and as a JPEG of both."""
    clips = clips_of(report)
    cards = [card_of(output, clips, published) for output in report.outputs]
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            words=words,
            version=__version__,
            script_source=script_source(),
            clips=list(clips.values()),
            cards=cards[:MOST_PICTURES],
            rows=cards[MOST_PICTURES:],
            box=(WIDTH, HEIGHT),
            mismatches=[(what, data_uri(picture)) for what, picture in mismatches],
            request_json=json.dumps(report.request, indent=2, ensure_ascii=False),
        )
    )


@cache
def script_source() -> str:
    """What a content security policy says for a browser to run the report's script, and none but it."""
    script = _environment().get_template("player.js").render()
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def clips_of(report: Report) -> dict[str, dict[str, Any]]:
    """All that the outputs show, by the field that names it: each with a short name and a hue."""
    shown = {item["place"]: item["name"] for output in report.outputs for item in output.manifest["sequence"]}
    step = GOLDEN_ANGLE if len(shown) > MOST_EVEN_HUES else 360 / max(1, len(shown))
    return {
        place: {"field": place, "name": words.last_part(shown[place]), "hue": round((25 + number * step) % 360, 1)}
        for number, place in enumerate(sorted(shown, key=_natural))
    }


def _natural(place: str) -> list[tuple[int, str]]:
    """`clips[9]` comes before `clips[10]`."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", place)]


@cache
def _environment() -> Environment:
    return environment("reel.report")
