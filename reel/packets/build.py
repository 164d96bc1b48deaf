"""Which libraries copy packets here."""

from __future__ import annotations

import av


def packets_id() -> str:
    """The versions of PyAV and of the FFmpeg inside it."""
    return f"{av.__version__}/{av.ffmpeg_version_info}"
