"""Layouts of sound whose channels come in an order of their own, as QuickTime and Core Audio files may list them.

PyAV 18.1 frees such a list twice: with the frame, and with the frame's `layout`, which points to the same one (its pull request
2284). Then the process dies, and a good file seems to be damaged. So whoever decodes sound lets these layouts live on; before
18.1 all did. It is a hundred bytes for each frame, in a child that reads one file.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any


def held(frames: Sequence[Any]) -> Sequence[Any]:
    """Frames of sound or of pictures as they were decoded, which may be let go of."""
    for frame in frames:
        layout = getattr(frame, "layout", None)
        if layout is not None and _lists_channels(layout.name):
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(layout))
    return frames


def _lists_channels(name: str) -> bool:
    """Whether a layout has a list: `2 channels (FR+FL)`, `ambisonic 1+stereo`; `5.1` has none."""
    return "(" in name or name.startswith("ambisonic")
