"""WebVTT from what people have: SRT, WebVTT, ASS and SSA, in any encoding they name. Pure: from bytes to text."""

from reel.package.subtitles.cues import Cue, webvtt, within
from reel.package.subtitles.read import read_subtitles

__all__ = ["Cue", "read_subtitles", "webvtt", "within"]
