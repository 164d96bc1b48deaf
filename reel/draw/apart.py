"""Drawing loops in a process of their own.

A loop is thousands of small operations, each of which lets go of Python's lock: beside threads that compute in Python, as
when libraries are imported or music is listened to, drawing takes several times as long, and so does passing frames on.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import reel
from reel.draw.loops import draw_loop
from reel.meter import end
from reel.orphans import end_with
from reel.rectangles import Rectangle


@contextmanager
def loop_drawn_apart(
    name: str, width: int, height: int, rate: Fraction, frames: int, parts: Sequence[Rectangle]
) -> Iterator[int]:
    """A pipe to read the frames that `draw_loop` draws, each as FFmpeg's rawvideo `yuv420p` has it; fewer, where drawing fails.
    The process that draws them ends with the context."""
    arguments = map(str, (os.getpid(), name, width, height, rate, frames, json.dumps(parts)))
    command = [sys.executable, "-P", "-m", "reel.draw.apart", *arguments]
    environment = {"PYTHONPATH": str(Path(reel.__file__).parents[1])}
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment) as child:
        assert child.stdout
        try:
            yield child.stdout.fileno()
        finally:
            child.returncode = end(child.pid)


def main(parent: str, name: str, width: str, height: str, rate: str, frames: str, parts: str) -> None:
    end_with(int(parent))
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # who interrupts us all wants no traceback from here
    for picture in draw_loop(name, int(width), int(height), Fraction(rate), int(frames), json.loads(parts)):
        for plane in picture.raw():
            sys.stdout.buffer.write(plane)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
