"""Opening files of our own for their packets alone."""

from __future__ import annotations

from pathlib import Path

import av
from av.container import InputContainer

NO_DECODER = {"codec_whitelist": "none"}
"""FFmpeg decodes the first frames of what it opens, to learn what our files state: 5 ms each, most of the time of a join. No
codec has this name, so nothing is decoded."""


def open_undecoded(path: Path) -> InputContainer:
    """A file of ours of which packets and their times are wanted, and no frames. Errors: those of PyAV."""
    return av.open(str(path), options=NO_DECODER)
