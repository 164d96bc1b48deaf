"""What a file calls its streams and its parts, as plain JSON values: languages, titles, subtitles and chapters."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import av

from reel.languages import tag_of

MOST_TITLE = 200
"""Characters of a title that are kept."""
MOST_CHAPTERS = 20_000
"""That are read; how many may be kept in a video is a limit of its own (`Limits.asset_chapters`)."""

TEXT_CODECS = ("subrip", "ass", "ssa", "mov_text", "webvtt", "text")
"""Subtitles that are letters, by FFmpeg's names of their codecs."""


def named(stream: Any) -> dict[str, Any]:
    """The fields of `NamedTrack`. What is marked as a commentary and has no title is called one."""
    marks = av.stream.Disposition
    title = title_of(stream.metadata)
    return {
        "index": stream.index,
        "codec": stream.codec_context.codec.canonical_name if stream.codec_context else "",
        "language": tag_of(stream.metadata.get("language", "")),
        "title": title or ("Commentary" if stream.disposition & marks.comment else ""),
        "default": bool(stream.disposition & marks.default),
        "forced": bool(stream.disposition & marks.forced),
    }


def named_facts(container: Any, warnings: list[str]) -> dict[str, Any]:
    """The subtitles and chapters of a file; odd things are appended to `warnings`."""
    chapters = container.chapters()
    if len(chapters) > MOST_CHAPTERS:
        warnings.append(f"has {len(chapters):,} chapters, of which {MOST_CHAPTERS:,} are read")
    return {
        "subtitles": [_subtitles(stream) for stream in container.streams if stream.type == "subtitle"],
        "chapters": sorted(map(_chapter, chapters[:MOST_CHAPTERS]), key=lambda chapter: Fraction(chapter["start"])),
    }


def title_of(metadata: Mapping[str, str]) -> str:
    """A title in one line, without what no player shows. QuickTime and MP4 call it a name."""
    said = metadata.get("title") or metadata.get("name") or ""
    shown = "".join(letter if letter.isprintable() else " " for letter in said[: 4 * MOST_TITLE])
    return " ".join(shown.split())[:MOST_TITLE]


def _subtitles(stream: Any) -> dict[str, Any]:
    fields = named(stream)
    return {**fields, "is_text": fields["codec"] in TEXT_CODECS}


def _chapter(chapter: Mapping[str, Any]) -> dict[str, Any]:
    tick = chapter["time_base"]
    return {
        "start": str(chapter["start"] * tick),
        "end": str(max(chapter["start"], chapter["end"]) * tick),
        "title": title_of(chapter["metadata"]),
    }
