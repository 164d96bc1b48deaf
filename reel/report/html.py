"""The report as one HTML page that needs nothing but itself: styles and pictures are inside, scripts there are none."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import quote

from jinja2 import Template

from reel import __version__
from reel.report import words
from reel.report.report import OutputReport, Report
from reel.report.roles import first_of, role_of
from reel.report.templating import environment
from reel.report.videos import SHOWN_AS_PICTURES

MOST_PICTURES = 12
"""Variants that get a card with pictures; the others are rows of a table, so that the page stays a few megabytes."""

MOST_EVEN_HUES = 12
GOLDEN_ANGLE = 137.508
"""Degrees between the hues of neighbours where there are too many clips to share the circle evenly."""


def to_html(report: Report, pictures: Mapping[str, bytes], mismatches: Sequence[tuple[str, bytes]] = ()) -> str:
    """The page; `pictures` holds JPEGs by output name, of as many variants as are to be shown with pictures; `mismatches` what
    is not as it was asked for, in words and as a JPEG of both."""
    clips = clips_of(report)
    cards = [_card(output, clips, pictures) for output in report.outputs]
    return _template().render(
        report=report,
        words=words,
        version=__version__,
        clips=list(clips.values()),
        cards=cards[:MOST_PICTURES],
        rows=cards[MOST_PICTURES:],
        mismatches=[(what, _data_uri(picture)) for what, picture in mismatches],
        request_json=json.dumps(report.request, indent=2, ensure_ascii=False),
    )


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


def _card(
    output: OutputReport, clips: Mapping[str, Mapping[str, Any]], pictures: Mapping[str, bytes]
) -> dict[str, Any]:
    rate = output.manifest["frames"] / output.manifest["seconds"]
    names = [name for name in pictures if name.startswith(f"{output.name}/")]
    return {
        "output": output,
        "link": quote(output.video.name),
        "plays": not output.video.name.endswith(SHOWN_AS_PICTURES),
        "poster": _data_uri(pictures.get(first_of("poster", names) or "")),
        "sprite": _data_uri(pictures.get(first_of("sprite", names) or "")),
        "plots": [_data_uri(pictures[name]) for name in names if role_of(name) == "quality plot"],
        "strip": [
            {
                **clips[item["place"]],
                "frames": item["frames"],
                "seconds": item["frames"] / rate,
                "speed": item.get("speed", 1.0),
            }
            for item in output.manifest["sequence"]
        ],
    }


def _data_uri(jpeg: bytes | None) -> str | None:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}" if jpeg else None


@cache
def _template() -> Template:
    return environment("reel.report").get_template("report.html.j2")
