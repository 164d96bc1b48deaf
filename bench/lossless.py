"""Child of the bench: the same render without loss, as the reference that quality is measured against."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from bench import render
from reel.ffmpeg import encoder as encoding
from reel.presets import Canvas, VideoEncoder

CAPPED = encoding.encoder_flags


def lossless_flags(encoder: VideoEncoder, canvas: Canvas) -> dict[str, Any]:
    """The encoder's options, with a quantiser of 0 in place of rate control."""
    flags = CAPPED(encoder, canvas)
    kept = {name: value for name, value in flags.items() if name not in ("crf", "maxrate", "bufsize", "profile:v")}
    return {**kept, "qp": 0, "preset": "ultrafast"}


if __name__ == "__main__":
    vars(encoding)["encoder_flags"] = lossless_flags
    render.main(Path(sys.argv[1]))
