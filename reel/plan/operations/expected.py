"""What steps are expected to take, and by what they are told apart for that."""

from __future__ import annotations

from typing import NamedTuple

from reel.presets import Canvas
from reel.values import Value

LIGHT_SECONDS, LIGHT_BYTES = 3.0, 256 << 20
"""What a light step takes at most: a minute's soundtrack and most proofs do (`bench --only one`), and segments of a few
frames of small canvases, but none of 1080p that is long enough to fill a machine."""


class Work(Value):
    """What a step is expected to take, on one processor of the machine that `operations/work.py` was calibrated on."""

    seconds: float
    bytes: int
    """Size of the artefact."""
    memory_bytes: int
    """Peak of the step's process."""
    processors: float = 1
    """How many processors the step keeps busy."""
    most_of_machine: float = 0.5
    """Of a machine's processors, the part that is held for it at most: what one encoder leaves idle while it begins and ends,
    another step fills. Several in one process fill it for each other, and two such processes only hold twice the memory."""
    shared_seconds: float = 0
    """What of them is spent once for all steps of a composition that are made together (see `Operation.composition`)."""
    shared_bytes: int = 0
    """What of the memory is held likewise."""
    units: int = 0
    """What progress is counted in while the step runs (frames, or samples); 0 where it is too short to tell."""

    @property
    def is_light(self) -> bool:
        """Whether the step takes so little that it need not wait for those that fill the machine: sound, proofs, joins."""
        return self.processors <= 1 and self.seconds <= LIGHT_SECONDS and self.memory_bytes <= LIGHT_BYTES


class Sort(NamedTuple):
    """What decides, beside its kind and its work, how long a step takes: steps of one sort are taken to be alike."""

    codec: str = ""
    effort: str = ""
    """The encoder's preset."""
    size: str = ""
    """Lines of the canvas, to the next usual number: `720p`."""


USUAL_LINES = (240, 360, 480, 720, 1080, 1440, 2160)


def usual_size(canvas: Canvas) -> str:
    """The size of a canvas as one of few: `720p`."""
    lines = min(canvas.width, canvas.height)
    return f"{next((each for each in USUAL_LINES if each >= lines), 4320)}p"
