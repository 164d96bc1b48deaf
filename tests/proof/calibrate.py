"""Whether the proof refuses anything that is right: real files, rendered at the lowest bitrate, each mismatch told.

    python -m tests.proof.calibrate                      # all videos of the corpus, four to a video
    python -m tests.proof.calibrate clip.mp4 other.mov   # these

Whatever it names is either a fault or a bound that is too narrow: look at `report.html` of that generation, which shows what
was asked for beside what was made.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

from reel.errors import BadMedia, ReelError
from reel.media import MediaFacts
from reel.packets.probe import probe
from reel.perform.render import render
from reel.perform.worker import make_worker
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


def main() -> int:
    parser = argparse.ArgumentParser(description="See whether the proof refuses anything that is right.")
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--resolution", default="480p")
    options = parser.parse_args()
    paths = [path.absolute() for path in options.files] or corpus_files("video")
    cuts = [cut for path in paths if (cut := cut_of(path))]
    home = Path(os.environ.get("REEL_HOME") or tempfile.mkdtemp())
    refused = 0
    with mock.patch.dict("os.environ", REEL_PROOF_MISMATCH="warn"):
        settings.cache_clear()
        worker = make_worker(Settings(home=home))
        for first in range(0, len(cuts), TOGETHER):
            refused += _is_refused(cuts[first : first + TOGETHER], first, options.resolution, worker)
    print(
        f"{refused} of {-(-len(cuts) // TOGETHER)} videos did not prove to be as asked; reports are in {home}/outputs"
    )
    return min(refused, 1)


def _is_refused(cuts: list[dict[str, Any]], first: int, resolution: str, worker: Any) -> bool:
    fit = FITS[first // TOGETHER % len(FITS)]
    request = {"kind": "mixer", "clips": cuts, "aspect": "16:9", "resolution": resolution, "bitrate": "low", "fit": fit}
    try:
        report = render(request, worker=worker, generation=f"group-{first}")
    except ReelError as error:
        print(f"group-{first}: {error}", flush=True)
        return False
    found = [warning for warning in report.warnings if "what was asked for" in warning or "to be heard" in warning]
    for warning in found:
        print(f"group-{first}: {warning}", flush=True)
    if found:
        print("\n".join(f"    clips[{number}] {cut['asset']}" for number, cut in enumerate(cuts)), flush=True)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
