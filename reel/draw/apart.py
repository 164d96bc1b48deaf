"""Drawing loops in a process of their own.

A loop is thousands of small operations, each of which lets go of Python's lock: beside threads that compute in Python, as
when libraries are imported or music is listened to, drawing takes several times as long.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from fractions import Fraction
from pathlib import Path

import reel
from reel.draw.loops import draw_loop
from reel.errors import Internal
from reel.orphans import end_with
from reel.timeline import Area


def loop_frames(
    name: str, width: int, height: int, rate: Fraction, frames: int, hidden: Area | None = None
) -> Generator[bytes]:
    """The frames that `draw_loop` draws, each as FFmpeg's rawvideo `yuv420p` has it. No process is left when it is closed."""
    hole = [hidden.x, hidden.y, *hidden.size] if hidden else []
    arguments = map(str, (os.getpid(), name, width, height, rate, frames, *hole))
    command = [sys.executable, "-P", "-m", "reel.draw.apart", *arguments]
    environment = {"PYTHONPATH": str(Path(reel.__file__).parents[1])}
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment) as child:
        assert child.stdout
        try:
            for number in range(frames):
                frame = child.stdout.read(width * height * 3 // 2)
                if len(frame) < width * height * 3 // 2:
                    raise Internal.at(name, f"drawing it ended at frame {number} of {frames}", "report this")
                yield frame
        finally:
            child.kill()


def main(parent: str, name: str, width: str, height: str, rate: str, frames: str, *hole: str) -> None:
    end_with(int(parent))
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # who interrupts us all wants no traceback from here
    hidden = Area(**dict(zip(("x", "y", "width", "height"), map(int, hole), strict=True))) if hole else None
    for picture in draw_loop(name, int(width), int(height), Fraction(rate), int(frames), hidden):
        for plane in picture.raw():
            sys.stdout.buffer.write(plane)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
