"""What a file is by its content, as browsers call it (iana.org/assignments/media-types)."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from reel.media import MediaFacts
from reel.request.spreadsheets import encoding_of

STILLS = {
    "png": "image/png",
    "apng": "image/png",
    "mjpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "bmp": "image/bmp",
    "tiff": "image/tiff",
    "av1": "image/avif",
    "hevc": "image/heic",
    "jpegxl": "image/jxl",
    "qoi": "image/qoi",
    "jpeg2000": "image/jp2",
    "ppm": "image/x-portable-pixmap",
    "pgm": "image/x-portable-graymap",
    "pbm": "image/x-portable-bitmap",
    "pcx": "image/vnd.zbrush.pcx",
    "sgi": "image/sgi",
}
"""Of still pictures and animations, by codec."""
CONTAINERS = {
    "matroska": ("video/matroska", "audio/matroska"),
    "mov": ("video/mp4", "audio/mp4"),
    "mpegts": ("video/mp2t", "video/mp2t"),
    "avi": ("video/vnd.avi", "video/vnd.avi"),
    "ogg": ("video/ogg", "audio/ogg"),
    "wav": ("audio/wav", "audio/wav"),
    "mp3": ("audio/mpeg", "audio/mpeg"),
    "flac": ("audio/flac", "audio/flac"),
    "aac": ("audio/aac", "audio/aac"),
    "aiff": ("audio/aiff", "audio/aiff"),
    "amr": ("audio/AMR", "audio/AMR"),
    "flv": ("video/x-flv", "video/x-flv"),
    "asf": ("video/x-ms-asf", "audio/x-ms-wma"),
    "mpeg": ("video/mpeg", "video/mpeg"),
}
"""With and without picture, by the first of FFmpeg's names of the reader."""
WEBM = frozenset({"vp8", "vp9", "av1"}), frozenset({"opus", "vorbis"})
"""What WebM may hold of all that Matroska does (webmproject.org/docs/container)."""
ANIMATED = ("gif", "apng")
TABLES = {
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".tab": "text/tab-separated-values",
    ".txt": "text/plain",
    ".jsonl": "application/jsonl",
    ".ndjson": "application/jsonl",
    ".json": "application/json",
}
"""Of tables and other documents, by the name's end."""

KEY_TYPE = "application/octet-stream"
"""Of a key of encrypted ladders."""

_TIMES = re.compile(r"\A(?:\d+\s*\r?\n)?-?\d{1,3}:\d\d:\d\d[,.]\d{1,3} --> -?\d")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
"""What no text holds, in whatever encoding it was written, and bytes of anything else do soon."""
HEAD_BYTES = 1024


def media_type_of(facts: MediaFacts) -> str:
    """The type of a file by what was read of it; `application/octet-stream` for what has no name."""
    codec = facts.video.codec if facts.video else ""
    if facts.is_picture or facts.demuxer in ANIMATED:
        return STILLS.get(codec, "image/x-unknown")
    reader = facts.demuxer.partition(",")[0]
    if reader == "matroska" and codec in {*WEBM[0], ""} and (not facts.audio or facts.audio.codec in WEBM[1]):
        return "video/webm" if codec else "audio/webm"
    kinds = CONTAINERS.get(reader)
    if kinds is None:
        return "application/octet-stream"
    return kinds[0] if codec else kinds[1]


def text_type_of(path: Path, name: str) -> str | None:
    """The type of a file of subtitles, by its first lines; of a table, which any text may be, by the name that its owner gave
    it; null for anything else."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    text = head[: len(head) & ~3].decode(encoding_of(head), errors="replace").lstrip()
    if text.startswith("WEBVTT"):
        return "text/vtt"
    if text.startswith("[Script Info]"):
        return "text/x-ssa"
    if _TIMES.match(text):
        return "application/x-subrip"
    return None if _CONTROLS.search(text) else TABLES.get(PurePosixPath(name).suffix.lower())
