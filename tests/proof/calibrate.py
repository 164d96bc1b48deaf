"""Whether the proof refuses anything that is right: real files, rendered at the lowest bitrate, each mismatch told.

    python -m tests.proof.calibrate                      # all videos and pictures of the corpus, four to a video
    python -m tests.proof.calibrate clip.mp4 other.mov   # these

Videos are cut together by a mixer, pictures are shown by a slideshow, and either lies under and over others in a template.

Whatever it names is either a fault or a bound that is too narrow: look at `report.html` of that generation, which shows what
was asked for beside what was made.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any
from unittest import mock

from reel.errors import BadMedia, ReelError
from reel.generate.render import render
from reel.make.worker import Worker, make_worker
from reel.media import MediaFacts
from reel.packets.probe import probe
from reel.settings import Settings, settings
from tests.corpus import corpus_files

TOGETHER = 4
FITS = ("contain", "cover", "contain-blur", "fill")
SECONDS = 1.5
MOST_SECONDS_IN = 20.0
"""Where the cuts begin at the latest."""


def cut_of(path: Path) -> dict[str, Any] | None:
    """A cut out of the middle of a file; null where it is no video."""
    try:
        facts: MediaFacts = probe(path, "0" * 64, path.name)
    except BadMedia:
        return None
    length = float(facts.duration)
    if facts.video is None or facts.still or length < 0.3:
        return None
    begin = round(min(length * 0.3, MOST_SECONDS_IN), 2)
    return {"asset": str(path), "in": begin, "out": round(min(length, begin + SECONDS), 2)}


def is_still(path: Path) -> bool:
    try:
        return probe(path, "0" * 64, path.name).still
    except BadMedia:
        return False


def requests(cuts: list[dict[str, Any]], stills: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What shows all of them, each with a name; what may be chosen is chosen in turns."""
    for number, group in enumerate(_groups(cuts)):
        yield f"mixer-{number}", {"kind": "mixer", "clips": group, "aspect": "16:9", "fit": _turn(FITS, number)}
    for number, group in enumerate(_groups(stills)):
        yield (
            f"slideshow-{number}",
            {
                "kind": "slideshow",
                "images": group,
                "duration": 4,
                "fit": _turn(FITS, number),
                "aspect": _turn(("9:16", "16:9", "1:1"), number),
                "frame": _turn(("golden", "none", "ornate-silver"), number),
                "atmosphere": _turn(("none", "glitter-rain", "sparkles"), number),
                "transition": {"name": _turn(("crossfade", "wipe-left", "circle-open", "slide-up"), number)},
            },
        )
    for number, (cut, still) in enumerate(zip(cuts, cycle(stills), strict=False)):
        if number % 3 == 0:
            yield f"template-{number}", _template(cut, still, number)


def _template(cut: dict[str, Any], still: str, number: int) -> dict[str, Any]:
    moving = [{"at": 0, "value": 0}, {"at": 0.8, "value": 0.1}]
    box = {"x": 0.5, "y": 0.1, "width": 0.4, "height": 0.4}
    layers = [
        {"type": "video", **cut, "fit": _turn(FITS, number)},
        {"type": "image", "asset": still, "duration": 0.9, "area": box, "position": {"x": moving}, "opacity": 0.8},
        {"type": "text", "text": "Only today 50 %", "duration": 0.8, "area": {**box, "x": 0.1, "y": 0.6}},
    ]
    return {"kind": "template", "timeline": {"tracks": [{"clips": [layer]} for layer in layers]}, "loudness": "off"}


def _turn(values: Sequence[Any], number: int) -> Any:
    return values[number % len(values)]


def _groups(values: list[Any]) -> list[list[Any]]:
    return [values[first : first + TOGETHER] for first in range(0, len(values), TOGETHER)]


def main() -> int:
    parser = argparse.ArgumentParser(description="See whether the proof refuses anything that is right.")
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--resolution", default="480p")
    parser.add_argument("--only", default="", help="what the names of requests begin with")
    options = parser.parse_args()
    paths = [path.absolute() for path in options.files] or [*corpus_files("video"), *corpus_files("image")]
    cuts = [cut for path in paths if (cut := cut_of(path))]
    stills = [str(path) for path in paths if is_still(path)]
    home = Path(os.environ.get("REEL_HOME") or tempfile.mkdtemp())
    outcomes: Counter[str] = Counter()
    with mock.patch.dict("os.environ", REEL_PROOF_MISMATCH="warn"):
        settings.cache_clear()
        worker = make_worker(Settings(home=home))
        for name, request in requests(cuts, stills):
            if name.startswith(options.only):
                outcomes[_outcome(name, {**request, "resolution": options.resolution, "bitrate": "low"}, worker)] += 1
    print(f"{dict(outcomes)}; reports are in {home}/outputs")
    return min(outcomes["refused"], 1)


def _outcome(name: str, request: dict[str, Any], worker: Worker) -> str:
    try:
        report = render(request, worker=worker, generation=name)
    except ReelError as error:
        print(f"{name}: {error}", flush=True)
        return type(error).__name__
    found = [warning for warning in report.warnings if "what was asked for" in warning or "to be heard" in warning]
    if not found:
        return "right"
    print("\n".join(f"{name}: {warning}" for warning in found), json.dumps(request), sep="\n    ", flush=True)
    return "refused"


if __name__ == "__main__":
    sys.exit(main())
