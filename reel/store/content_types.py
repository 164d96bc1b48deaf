"""The content type that a browser or a player expects of a file, by its name alone and the same on every machine."""

from __future__ import annotations

from mimetypes import MimeTypes

OWN = {
    ".avif": "image/avif",
    ".heic": "image/heic",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".m3u8": "application/vnd.apple.mpegurl",
    ".m4a": "audio/mp4",
    ".m4s": "video/iso.segment",
    ".mkv": "video/matroska",
    ".mov": "video/quicktime",
    ".mp4": "video/mp4",
    ".mpd": "application/dash+xml",
    ".opus": "audio/ogg",
    ".otio": "application/json",
    ".srt": "application/x-subrip",
    ".ts": "video/mp2t",
    ".vtt": "text/vtt; charset=utf-8",
    ".wav": "audio/wav",
    ".webm": "video/webm",
    ".webp": "image/webp",
}
"""What Python does not know or knows differently from version to version; registered at iana.org/assignments/media-types."""
UNKNOWN = "application/octet-stream"

# Without the system's own files, which differ from machine to machine.
_TYPES = MimeTypes(filenames=())


def content_type(name: str) -> str:
    """The type for a `Content-Type` header; all texts are taken to be UTF-8."""
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    if suffix in OWN:
        return OWN[suffix]
    guessed, packed = _TYPES.guess_type(f"name{suffix}")
    if guessed is None or packed:
        return UNKNOWN
    return f"{guessed}; charset=utf-8" if guessed.startswith("text/") else guessed
