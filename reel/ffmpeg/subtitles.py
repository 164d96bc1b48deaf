"""The command line that takes subtitles out of a file. Pure: from values to arguments."""

from __future__ import annotations

from reel.ffmpeg.graph import compile_command, open_source
from reel.plan.operations import ExtractSubtitles


def extract_command(operation: ExtractSubtitles, source: str, output: str) -> list[str]:
    """Arguments that write a stream of subtitles, whatever its format, as SRT, whose times have milliseconds; ASS has but
    hundredths."""
    texts = open_source(operation.source, source, kind="s")
    # In most containers one that never ends before the next has no end of its own.
    return compile_command(texts, output, format="srt", **{"c:s": "subrip"})
