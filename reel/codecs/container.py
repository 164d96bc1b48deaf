"""The containers that videos of ours are joined in; all but `nut`, which any codec goes into, are published."""

from __future__ import annotations

from typing import Literal

Container = Literal["mp4", "mov", "webm", "nut"]
"""As FFmpeg names their muxers, and files are called."""
