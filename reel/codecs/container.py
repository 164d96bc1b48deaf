"""The containers that videos of ours are joined in; all but `nut`, which any codec goes into, are published."""

from __future__ import annotations

from typing import Literal

Published = Literal["mp4", "mov", "webm"]
Container = Published | Literal["nut"]
"""As FFmpeg names their muxers, and files are called."""
