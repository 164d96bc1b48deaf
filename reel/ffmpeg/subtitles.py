"""The command line that takes subtitles out of a file. Pure: from values to arguments."""

from __future__ import annotations

from reel.ffmpeg.graph import compile_command, open_source
from reel.plan.operations import ExtractSubtitles

AS_THEY_ARE = ("ass", "ssa")
"""Codecs of tracks that are taken out as they are."""


def extract_command(operation: ExtractSubtitles, source: str, output: str) -> list[str]:
    """Arguments that write a stream of subtitles: ASS as it is, as FFmpeg would leave its commands among the words; any other
    as SRT, whose times have milliseconds, where ASS has hundredths."""
    texts = open_source(operation.source, source, kind="s")
    if operation.source.codec in AS_THEY_ARE:
        return compile_command(texts, output, format="ass", **{"c:s": "copy"})
    # In most containers one that never ends before the next has no end of its own.
    return compile_command(texts, output, format="srt", **{"c:s": "subrip"})
