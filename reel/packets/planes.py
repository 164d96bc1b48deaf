"""The pixels of decoded frames, as arrays that share their memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from av.video.plane import VideoPlane


def pixels_of(plane: VideoPlane, bits: int = 8) -> npt.NDArray[Any]:
    """The pixels of a plane, one number each (of more than 8 bits in two bytes, the lower first), without what its lines are
    padded with. Shape (height, width)."""
    pixels = np.frombuffer(memoryview(plane), np.dtype("<u2" if bits > 8 else "u1"))
    return pixels.reshape(-1, plane.line_size // pixels.itemsize)[: plane.height, : plane.width]
