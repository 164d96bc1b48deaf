"""Forty requests, and what they come to: every step's key and every published byte. For moving code without changing either::

    python -m tests.frozen keep before.json     # at one commit
    python -m tests.frozen hold before.json     # at another: what is no longer the same is told, and is the exit code

Media are made where it runs, so what is kept holds for that machine.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from reel.generate.render import plan, render
from reel.make.worker import Worker, make_worker
from reel.settings import Settings
from tests.clips import Clip, make
from tests.conftest import MakeClip
from tests.proof import faults
from tests.proof.test_kinds import mixer, multicam, slideshow, template

SMALL = {"resolution": "480p", "preview": {"scale": 0.5}}

CHANGES: dict[str, tuple[Callable[[MakeClip, Path], dict[str, Any]], list[dict[str, Any]]]] = {
    "mixer": (
        mixer,
        [
            {},
            {"aspect": "9:16", "fit": "cover"},
            {"variants": 3, "order_mixing": True, "seed": 4},
            {"frame_rate": 25, "loudness": {"lufs": -16}},
            {"frame_rate": "30000/1001", "bitrate": "low", "stills": False},
            {"audio": "mute", "speed": {"min": 0.75, "max": 1.5}},
        ],
    ),
    "slideshow": (
        slideshow,
        [
            {},
            {"text": "عطلة صيف 2026 👨\u200d👩\u200d👧"},
            {"transition": {"name": "wipe-left", "duration": 0.4}, "aspect": "9:16"},
            {"frame": "silver", "text": None, "atmosphere": "none"},
            {"quality": "eco", "duration": 2},
            {"music": None, "zoom": {"from": 1.2, "to": 1}},
        ],
    ),
    "multicam": (multicam, [{}, {"copy": "never"}, {"aspect": "16:9"}, {"frame_rate": 25}, {"mezzanine": True}]),
    "template": (template, [{}, {"aspect": "9:16"}, {"background": "#204060"}, {"frame_rate": 60}]),
}


def requests(make_clip: MakeClip, folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """All of them, each with a name."""
    for kind, (document, changes) in CHANGES.items():
        (folder / kind).mkdir()
        asked = document(make_clip, folder / kind)
        for number, change in enumerate(changes):
            yield f"{kind} {number}", {**asked, **SMALL, **change}
    faults.make_media(folder)
    for number in range(7):
        for made in (faults.mixer, faults.template, faults.even):
            yield f"random {made.__name__} {number}", {**made(random.Random(number)), **SMALL}


def digest(request: Mapping[str, Any], base: Path, worker: Worker) -> dict[str, Any]:
    """The keys of a request's steps, in their order, and the SHA-256 of all that is published but the report."""
    planned = plan(request, base=base, worker=worker)
    keys = [f"{step.kind} {step.key}" for step in planned.steps]
    report = render(request, base=base, worker=worker)
    folder = Path(report.outputs[0].video.path).parent
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("report."))
    return {"keys": keys, "files": {str(path.relative_to(folder)): _sha256(path, base) for path in files}}


def _sha256(path: Path, base: Path) -> str:
    """Of a file's bytes; manifests name assets, which lie somewhere else each time."""
    return hashlib.sha256(path.read_bytes().replace(bytes(base), b"")).hexdigest()


def all_digests() -> dict[str, dict[str, Any]]:
    """The digests of all requests, by their names, made in a home of their own."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        worker = make_worker(Settings(home=base / "home"))

        def make_clip(clip: Clip) -> Path:
            path = base / f"{hashlib.sha256(repr(clip).encode()).hexdigest()[:16]}{clip.suffix}"
            return path if path.exists() else make(clip, path)

        # In the order of the requests, as each finds what those before it have made.
        return {name: digest(request, base, worker) for name, request in requests(make_clip, base)}


def main() -> int:
    """Exit code 1 where something is no longer the same."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("keep", "hold"))
    parser.add_argument("file", type=Path)
    chosen = parser.parse_args()
    found = all_digests()
    if chosen.what == "keep":
        chosen.file.write_text(json.dumps(found, indent=1, ensure_ascii=False))
        return 0
    before = json.loads(chosen.file.read_text())
    wrong = [
        f"{name}: its {what} are no longer the same"
        for name in sorted(before.keys() | found.keys())
        for what in ("keys", "files")
        if before.get(name, {}).get(what) != found.get(name, {}).get(what)
    ]
    print("\n".join(wrong) or f"{len(found)} requests: the same keys and bytes")  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
