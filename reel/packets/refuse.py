"""Why a file is no use, in words, from the bytes of a file that FFmpeg would not read. Pure but for the file given."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from reel.confinement.refusal import HEAD_BYTES, Reason, too_large

BEGINNINGS: tuple[tuple[str, Reason], ...] = (
    (r"version https://git-lfs", ("is a Git LFS pointer, not the file itself", "run `git lfs pull` and upload again")),
    (r"#EXTM3U", ("is an HLS playlist, not a media file", "give the media file that it lists")),
    (r"ffconcat version|file\s+'", ("is a list of files, not a media file", "give the files themselves")),
    (r"WEBVTT", ("is a subtitle file (WebVTT), not picture or sound", "")),
    (r"\[script info\]", ("is a subtitle file (SubStation Alpha), not picture or sound", "")),
    (r"\d+[^\S\n]*\n\s*-?\d+:-?\d+:-?\d+[,.]", ("is a subtitle file (SubRip), not picture or sound", "")),
    (r"<(\w+:)?tt[\s>]", ("is a subtitle file (TTML), not picture or sound", "")),
    (r"<mpd[\s>]", ("is a DASH manifest, not a media file", "give the media file")),
    (r"<svg[\s>]", ("is an SVG drawing, not a picture of pixels", "export it as PNG")),
    (r"<!doctype html|<html", ("is a web page, not a media file", "the address answers with a page; a login?")),
    (r"<\?xml|<error", ("is an XML document, not a media file", "the address may answer with an error message")),
    (r"[{\[]\s*[\"{\[]", ("is a JSON document, not a media file", "the address may answer with an error message")),
)
"""Of a text's begin, or where it is XML, of its first element's."""
PACKED: Reason = ("is a packed archive, not a media file", "unpack it, and upload the files")
AS_CSV = "save the table of a workbook as `CSV UTF-8`, as Excel calls it"
ZIPPED: Reason = ("is a ZIP archive, or a document of an office program, not a media file", f"unpack it; {AS_CSV}")
MAGIC: tuple[tuple[bytes, Reason], ...] = (
    (b"PK\x03\x04", ZIPPED),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ("is a document of an office program, not a media file", AS_CSV)),
    (b"\x1f\x8b", PACKED),
    (b"7z\xbc\xaf\x27\x1c", PACKED),
    (b"Rar!\x1a\x07", PACKED),
    (b"%PDF-", ("is a PDF document, not a picture", "export its pages as PNG")),
)
"""Of what is no text."""
ENCRYPTED_ENTRIES = {"encv", "enca", "encs", "drmi", "drms"}
ENCRYPTED: Reason = ("is encrypted (DRM)", "give a copy without protection")
NO_MEDIA: Reason = (
    "is not a media file, or of a kind that is not accepted",
    "name a video, a sound or a picture, such as MP4, WAV or PNG",
)
PARENTS = {"moov", "trak", "mdia", "minf", "stbl"}
MOST_BOXES = 100_000


def by_beginning(head: bytes) -> Reason:
    """What a file is that no demuxer knows, by its first bytes."""
    if not head.strip(b"\0"):
        return ("holds nothing but zeros", "the transfer may have failed; upload again")
    text = _text(head)
    if text is None:
        known = next((reason for magic, reason in MAGIC if head.startswith(magic)), NO_MEDIA)
        return by_picture_size(head) or known
    element = _element(text)
    for pattern, reason in BEGINNINGS:
        if any(re.match(pattern, each, re.IGNORECASE) for each in (text, element)):
            return reason
    return ("is a text file, not a media file", "")


def _element(text: str) -> str:
    """A document of XML from its first element on: behind declarations and comments, which are passed over one by one, as an
    expression for any number of them takes twice as long for each more. A text of any other kind as it is."""
    rest = text
    while rest.startswith(("<?", "<!")):
        end = "?>" if rest.startswith("<?") else "-->" if rest.startswith("<!--") else ">"
        _, closed, after = rest.partition(end)
        if not closed:
            return text
        rest = after.lstrip()
    return rest or text


def by_picture_size(head: bytes, max_pixels: int | None = None) -> Reason | None:
    """What is wrong with the size that a PNG or GIF file states at its beginning, where a decoder gave up early."""
    if head[:8] == b"\x89PNG\r\n\x1a\n" and len(head) >= 24:
        width, height = int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    elif head[:6] in (b"GIF87a", b"GIF89a") and len(head) >= 10:
        width, height = int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little")
    else:
        return None
    if width * height == 0:
        return (f"has a picture of {width}x{height} pixels", "the file is damaged")
    if max_pixels and width * height > max_pixels:
        return too_large(width, height, max_pixels)
    return None


def _text(head: bytes) -> str | None:
    """The beginning as text, or None where it is none."""
    encoding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    text = head.decode(encoding, "replace").lstrip("\ufeff \t\r\n")
    odd = sum(not (letter.isprintable() or letter in "\t\r\n") or letter == "\ufffd" for letter in text)
    return text if odd <= len(text) // 100 + (len(head) == HEAD_BYTES) else None


def by_boxes(file: BinaryIO) -> Reason | None:
    """What is wrong with an MP4 or QuickTime file as its boxes show it; None where they show nothing, or it is none."""
    names: set[str] = set()
    entries: set[str] = set()
    for name, start, end in _boxes(file, 0, _size(file)):
        names.add(name)
        if name == "stsd":
            entries.update(entry for entry, _, _ in _boxes(file, start + 8, end))
    if entries & ENCRYPTED_ENTRIES:
        return ENCRYPTED
    if "ftyp" in names or "mdat" in names:
        if "moov" not in names and "moof" in names:
            return ("is a fragment without its beginning (moov)", "join it with its initialisation segment")
        if not names & {"moov", "meta", "mini", "jp2h", "jxlc", "jxlp"}:
            return ("has no index (moov): it is truncated or damaged", "the recording or upload may have stopped early")
    return None


def sample_entries(file: BinaryIO) -> tuple[str, ...]:
    """The four-letter codec names of an MP4 or QuickTime file, in the order of its tracks; empty for other files."""
    return tuple(
        entry
        for name, start, end in _boxes(file, 0, _size(file))
        if name == "stsd"
        for entry, _, _ in _boxes(file, start + 8, end)
    )


def _size(file: BinaryIO) -> int:
    return file.seek(0, 2)


def _boxes(file: BinaryIO, start: int, end: int, depth: int = 0) -> Iterator[tuple[str, int, int]]:
    """Name and extent of the contents of every box in a range, parents before children; stops at what is no box."""
    for _ in range(MOST_BOXES):
        if start + 8 > end:  # of what a size says that is damaged, no file may be able to seek to
            return
        file.seek(start)
        header = file.read(16)
        if len(header) < 8 or not re.fullmatch(rb"[ -~\xa9]{4}", header[4:8]):
            return
        size, name, inside = int.from_bytes(header[:4], "big"), header[4:8].decode("latin-1"), start + 8
        if size == 1:
            size, inside = int.from_bytes(header[8:], "big"), start + 16
        stop = end if size == 0 else start + size
        if stop < inside:
            return
        yield name, inside, min(stop, end)
        if name in PARENTS and depth < len(PARENTS):
            yield from _boxes(file, inside, min(stop, end), depth + 1)
        start = stop
