"""Many random timelines, rendered and held against the reference::

    python -m tests.proof.many --timelines 300 --content text
    python -m tests.proof.many --first 17 --timelines 1 --content video --keep wrong

Each number is one timeline, the same on every machine. What is wrong is told with its number, its frames and its clips, and
with `--keep` drawn side by side: what was rendered, the reference, and the difference.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from random import Random

import cv2
import numpy as np

from reel.errors import ReelError
from reel.make.worker import make_worker
from reel.proof import frame_of
from reel.proof.sources import Sources
from reel.settings import Settings
from reel.timeline import Timeline
from tests.clips import make
from tests.proof import timelines
from tests.proof.compare import distance, planes_of
from tests.proof.media import make_media
from tests.proof.rendering import Library, Planes, decoded, library_of, rendered


def main() -> int:
    """Exit code 1 where any frame is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--timelines", type=int, default=300)
    parser.add_argument("--content", choices=timelines.CONTENTS, default="mixed")
    parser.add_argument("--first", type=int, default=0, help="number of the first timeline")
    parser.add_argument("--keep", type=Path, help="folder for pictures of what is wrong")
    chosen = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        worker = make_worker(Settings(home=Path(folder, "home")))
        paths = make_media(lambda clip: make(clip, Path(folder, f"{abs(hash(clip))}{clip.suffix}")), Path(folder))
        library = library_of(paths, worker)
        for number in range(chosen.first, chosen.first + chosen.timelines):
            timeline = timelines.timeline(Random(number), chosen.content, library.facts)
            wrong += not _is_right(number, timeline, library, chosen.keep)
    print(f"{chosen.timelines - wrong} of {chosen.timelines} timelines of kind {chosen.content} are right")  # noqa: T201
    return 1 if wrong else 0


def _is_right(number: int, timeline: Timeline, library: Library, keep: Path | None) -> bool:
    try:
        found = decoded(rendered(timeline, library))
    except ReelError as error:
        print(f"{number}: {error}")  # noqa: T201
        return False
    sources = Sources(library.assets)
    sources.look_ahead(timeline, range(timeline.frames))
    wrong = []
    for frame, picture in enumerate(found):
        off = distance(picture, frame_of(timeline, frame, sources))
        if not off.is_right:
            wrong.append((off.blocks, off.outliers, frame))
    if not wrong and len(found) == timeline.frames:
        return True
    blocks, outliers, frame = max(wrong, default=(0.0, 0.0, 0))
    print(  # noqa: T201
        f"{number}: {len(wrong)} of {timeline.frames} frames ({len(found)} rendered); worst is {frame}: "
        f"blocks {blocks:.2f}, outliers {outliers:.4f}"
    )
    for clip in timeline.seen.values():
        if clip.start <= frame < clip.end:
            print("   ", clip.model_dump_json(exclude_defaults=True))  # noqa: T201
    if keep and wrong:
        keep.mkdir(parents=True, exist_ok=True)
        _draw(found[frame], planes_of(frame_of(timeline, frame, sources)), keep / f"{number}-{frame}.png")
    return False


def _draw(found: Planes, expected: Planes, path: Path) -> None:
    """Planes side by side, above those of the reference, above twice the difference."""
    above, below = (np.hstack([y, np.vstack([u, v])]) for y, u, v in (found, expected))
    sheet = np.clip(np.vstack([above, below, 128 + 2 * (above - below)]), 0, 255).astype(np.uint8)
    cv2.imwrite(str(path), cv2.resize(sheet, None, fx=4, fy=4, interpolation=cv2.INTER_NEAREST))


if __name__ == "__main__":
    sys.exit(main())
