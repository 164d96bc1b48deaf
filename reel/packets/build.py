"""Which libraries copy packets and decode still pictures here."""

from __future__ import annotations

from importlib.metadata import version

import av


def packets_id() -> str:
    """The versions of PyAV and of the FFmpeg inside it, of Pillow and of its reader of HEIC."""
    return f"{av.__version__}/{av.ffmpeg_version_info} pillow:{version('pillow')}/{version('pillow-heif')}"
