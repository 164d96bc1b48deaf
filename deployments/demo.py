"""`make demo`: three videos from eight mixed clips, made through Prefect from trigger to report."""

from __future__ import annotations

import argparse
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from deployments import stack, surroundings
from deployments.clips import make_clips

VIDEOS = {
    ".mp4",
    ".mov",
    ".mkv",
    ".webm",
    ".avi",
    ".ts",
    ".m4v",
    ".mts",
    ".m2ts",
    ".mpg",
    ".mpeg",
    ".3gp",
    ".flv",
    ".wmv",
}


def clips_in(folder: Path) -> list[Path]:
    """The videos of a folder by their file names; the run itself judges what is in them."""
    if not folder.is_dir():
        raise SystemExit(f"CLIPS={folder} is not a folder. Name one that holds video files.")
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in VIDEOS)
    if len(found) < 2:
        raise SystemExit(f"{folder} holds {len(found)} video files; at least two are needed for variants.")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", default="", help="folder of your own clips")
    folder = parser.parse_args().clips
    console = Console()
    started = time.monotonic()
    own = clips_in(Path(folder).expanduser().resolve()) if folder else None
    status = console.status("Starting Prefect (server, pool, worker)...")
    with ThreadPoolExecutor(1) as background, _cancelling() as cancelled, status:
        drawing = (
            background.submit(make_clips, surroundings.ROOT / ".reel" / "demo", cancelled) if own is None else None
        )
        with stack.running() as running:
            clips = own or drawing.result()  # type: ignore[union-attr]
            status.stop()
            console.print(f"Ready after {time.monotonic() - started:.1f} s; {len(clips)} clips, three variants.")
            completed = _make(clips, running, console)
            if stack.current() is None:
                console.print("Everything that was started ends now; `make up` keeps it running and shows the UI.")
    raise SystemExit(0 if completed else 1)


@contextmanager
def _cancelling() -> Iterator[threading.Event]:
    """An event that is set when the block ends early, so that what goes on in the background ends too."""
    cancelled = threading.Event()
    try:
        yield cancelled
    except BaseException:
        cancelled.set()
        raise


def _make(clips: list[Path], running: stack.Stack, console: Console) -> bool:
    stack.connect(running.port, running.auth)
    from deployments.follow import trigger  # Prefect reads the address of its server when it is imported
    from deployments.present import watch

    request = {
        "kind": "mixer",
        "clips": [str(clip) for clip in clips],
        "variants": 3,
        "seed": 1,
        "order_mixing": True,
        "speed": {"min": 0.9, "max": 1.1, "steps": 3},
        "fit": "contain-blur",
        "resolution": os.environ.get("RESOLUTION", "720p"),
    }
    return watch(trigger("mixer/mixer", request), running, console)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        raise SystemExit(130) from None
