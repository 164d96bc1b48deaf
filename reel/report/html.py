"""The report as one HTML page that needs nothing but itself."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader

from reel.report.report import OutputReport, Report

COLOURS = ("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#bbbbbb", "#997700", "#994455", "#004488")
"""One for each clip, over and over: Paul Tol's bright scheme and its high-contrast companion, told apart also by people
who do not see all colours."""

MOST_PICTURES = 12
"""Variants with pictures in the page; of more, the page only links them, so that it stays a page."""

_environment = Environment(loader=PackageLoader("reel.report"), autoescape=True, trim_blocks=True, lstrip_blocks=True)


def to_html(report: Report, pictures: Mapping[str, bytes]) -> str:
    """The page. `pictures` holds JPEG bytes by output name (`variant-001/poster.jpg`); those that are missing are left out."""
    return _environment.get_template("report.html.j2").render(
        report=report,
        variants=[_variant(output, pictures, number < MOST_PICTURES) for number, output in enumerate(report.outputs)],
        request=json.dumps(report.request, indent=2, ensure_ascii=False),
    )


def _variant(output: OutputReport, pictures: Mapping[str, bytes], with_pictures: bool) -> dict[str, Any]:
    def picture(name: str) -> str:
        data = pictures.get(f"{output.name}/{name}") if with_pictures else None
        return f"data:image/jpeg;base64,{base64.b64encode(data).decode()}" if data else ""

    return {
        "output": output,
        "poster": picture("poster.jpg"),
        "sprite": picture("sprite.jpg"),
        "strip": strip(output.manifest),
    }


def strip(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The sequence as parts of a bar: width in per cent, colour of the clip, and what to say about it."""
    return [
        {
            "width": round(100 * entry["frames"] / manifest["frames"], 3),
            "colour": COLOURS[entry["clip"] % len(COLOURS)],
            "label": str(entry["clip"] + 1),
            "title": f"clip {entry['clip'] + 1}, {entry['frames']} frames at {entry['speed']:g}x",
        }
        for entry in manifest["sequence"]
    ]
