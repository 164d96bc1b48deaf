"""The report as one HTML page that needs nothing but itself: styles and pictures are inside, scripts there are none."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from reel import __version__
from reel.report import words
from reel.report.report import OutputReport, Report

MOST_PICTURES = 12
"""Variants that get a card with pictures; the others are rows of a table, so that the page stays a few megabytes."""

MOST_EVEN_HUES = 12
GOLDEN_ANGLE = 137.508
"""Degrees between the hues of neighbours where there are too many clips to share the circle evenly."""


def to_html(report: Report, pictures: Mapping[str, bytes]) -> str:
    """The page; `pictures` holds JPEGs by output name, of as many variants as are to be shown with pictures."""
    clips = clips_of(report.request)
    cards = [_card(output, clips, pictures) for output in report.outputs]
    return _template().render(
        report=report,
        words=words,
        version=__version__,
        clips=clips,
        cards=cards[:MOST_PICTURES],
        rows=cards[MOST_PICTURES:],
        request_json=json.dumps(report.request, indent=2, ensure_ascii=False),
    )


def clips_of(request: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The clips of a request, each with its field, a short name and a hue."""
    asked = request.get("clips", ())
    step = GOLDEN_ANGLE if len(asked) > MOST_EVEN_HUES else 360 / max(1, len(asked))
    return [
        {
            "field": f"clips[{number}]",
            "asset": clip["asset"],
            "name": words.short_name(clip["asset"]),
            "hue": round((25 + number * step) % 360, 1),
        }
        for number, clip in enumerate(asked)
    ]


def _card(output: OutputReport, clips: list[dict[str, Any]], pictures: Mapping[str, bytes]) -> dict[str, Any]:
    rate = output.manifest["frames"] / output.manifest["seconds"]
    return {
        "output": output,
        "link": quote(output.video.name),
        "poster": _data_uri(pictures.get(f"{output.name}/poster.jpg")),
        "sprite": _data_uri(pictures.get(f"{output.name}/sprite.jpg")),
        "strip": [
            {**clips[item["clip"]], "frames": item["frames"], "seconds": item["frames"] / rate, "speed": item["speed"]}
            for item in output.manifest["sequence"]
        ],
    }


def _data_uri(jpeg: bytes | None) -> str | None:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}" if jpeg else None


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("reel.report"),
        autoescape=True,  # every text may be a user's
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2")
