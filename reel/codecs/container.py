"""The containers that videos of ours are published in."""

from __future__ import annotations

from typing import Literal

Container = Literal["mp4", "mov", "webm"]
"""As FFmpeg names their muxers, and files are called."""
