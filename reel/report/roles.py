"""What a published file is there for, by its name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

Role = Literal[
    "video",
    "picture",
    "poster",
    "thumbnail",
    "sprite",
    "storyboard",
    "preview",
    "analysis",
    "quality",
    "quality plot",
    "curve",
    "sound",
    "playlist",
    "manifest",
    "subtitles",
    "edit",
    "other",
]

_ROLES: tuple[tuple[str, Role], ...] = (
    (r"/poster(-\d+)?\.(jpg|webp|avif)", "poster"),
    (r"/thumbnail-\d+(-\d+)?\.(jpg|webp|avif)", "thumbnail"),
    (r"/sprite\.(jpg|webp|avif)", "sprite"),
    (r"/sprite\.vtt", "storyboard"),
    (r"/preview\.(webp|gif)", "preview"),
    (r"/(analysis\.json|chapters\.vtt|scenes\.(edl|otio)|waveform\.(json|dat|png))", "analysis"),
    (r"/(quality|buffer|rungs)(-[^/]+)?\.json", "quality"),
    (r"/quality(-[^/]+)?\.png", "quality plot"),
    (r"/rungs\.png", "curve"),
    (r"\.chapters\.vtt", "analysis"),
    (r"\.otio", "edit"),
    (r"\.m3u8", "playlist"),
    (r"\.mpd", "manifest"),
    (r"\.vtt", "subtitles"),
    (r"(\.(m4a|mp3|opus|flac|wav)|/[^/]+/sound-[^/]+(/(head|protected))?\.mp4)", "sound"),
    (r"\.(mp4|mov|webm|gif|webp)", "video"),
    (r"\.jpg", "picture"),
)
"""How names end; the first that fits counts."""


def role_of(name: str) -> Role:
    """The role of a file."""
    return next((role for ending, role in _ROLES if re.search(f"{ending}$", name)), "other")


def first_of(role: Role, names: Iterable[str]) -> str | None:
    """The first of the files that has a role."""
    return next((name for name in names if role_of(name) == role), None)
