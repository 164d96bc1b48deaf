"""How soon a frame is shown before anything is rendered, in a process as warm as the preview process: time and processors.

    python -m bench.frames --count 40
    python -m bench.frames --count 40 --profile          # what of it takes how long

A template of a video, a picture and texts, whose assets are known; each frame is of another text, as somebody types it, at
another moment (`elsewhere`), or the same again. Half size, as beside a form.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from bench.measure import tree
from deployments.preview import warm_up
from reel.generate.conduct import processor_seconds
from reel.generate.frames import frame_of
from reel.make.worker import Worker, make_worker
from reel.request.look import Look
from reel.settings import settings
from tests.clips import Clip, make

GOAL = 1.5
SCALE = 0.5


def document(folder: Path, text: str) -> dict[str, Any]:
    video = {"type": "video", "asset": str(folder / "clip.mp4"), "duration": 12}
    logo = {"type": "image", "asset": str(folder / "logo.png"), "duration": 12, "scale": 0.2}
    title = {"type": "text", "text": text, "duration": 12}
    tracks = [{"clips": [each]} for each in (video, logo, title)]
    return {"kind": "template", "resolution": "1080p", "aspect": "16:9", "timeline": {"tracks": tracks}}


def spent() -> float:
    """Seconds of processors so far: of this process, of what has ended, and of what lives to fork readers for it."""
    return processor_seconds() + sum(map(used, tree(os.getpid())[1:]))


def used(pid: int) -> float:
    """Seconds of processors that a living process and those that it waited for have used (proc(5), stat)."""
    _, _, fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")
    return sum(map(int, fields.split()[11:15])) / os.sysconf("SC_CLK_TCK")


def measured(name: str, asks: Iterator[Callable[[], object]]) -> None:
    """Say what each of these takes."""
    took, processors = [], []
    for ask in asks:
        began, before = time.perf_counter(), spent()
        ask()
        took.append(time.perf_counter() - began)
        processors.append(spent() - before)
    told = [f"{of(values):.3f}" for values in (took, processors) for of in (statistics.median, late)]
    print(f"{name}: median {told[0]} s, p95 {told[1]} s (goal: {GOAL}); of processors {told[2]} and {told[3]} s")


def late(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


def run(folder: Path, worker: Worker, count: int) -> None:
    def at(number: int, second: float, text: str) -> Callable[[], object]:
        return lambda: frame_of(document(folder, text), Look(frame=second, scale=SCALE), worker)

    measured("first", iter([at(0, 3, "Title")]))
    measured("typed", (at(number, 3, f"Title {number}") for number in range(count)))
    measured("elsewhere", (at(number, 3 + number / 8, "Title") for number in range(1, count + 1)))
    measured("again", (at(number, 3, "Title 1") for number in range(count)))


def make_assets(folder: Path) -> None:
    """What the document shows."""
    make(Clip(seconds=15, size=(1920, 1080)), folder / "clip.mp4")
    Image.new("RGBA", (400, 400), (255, 0, 0, 128)).save(folder / "logo.png")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["REEL_HOME"] = str(folder / "home")
        settings.cache_clear()
        make_assets(folder)
        worker = make_worker(settings())
        warm_up(worker)
        print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
        if not given.profile:
            run(folder, worker, given.count)
            return
        with cProfile.Profile() as profile:
            run(folder, worker, given.count)
        pstats.Stats(profile).sort_stats("cumulative").print_stats(60)


if __name__ == "__main__":
    main()
