"""Reading assets that are no media, so that what is wrong with them is known before anything is made."""

from __future__ import annotations

import hashlib
from pathlib import Path

from reel.errors import BadMedia, named_at
from reel.media import MediaFacts
from reel.package.apart import read_subtitles
from reel.package.encrypt import key_of
from reel.package.subtitles.read import MOST_BYTES
from reel.request.documents import Document
from reel.request.encryption import MOST_KEY_BYTES
from reel.sealing import opened, seal
from reel.values import public_name


def seal_file(path: Path) -> None:
    """Encrypt a key that was fetched, unless it cannot be one."""
    data = path.read_bytes() if path.stat().st_size <= MOST_KEY_BYTES else b""
    if data:
        path.write_text(seal(data), "ascii")


def document_facts(place: str, document: Document, path: Path) -> MediaFacts:
    """What is known of a document: its digest, that it is what it should be, and when subtitles are shown. Raises
    `BadMedia` or `InvalidRequest` under `place`, with not a word of what is in a key."""
    if path.stat().st_size > MOST_BYTES:
        what = f"{public_name(document.asset)} has {path.stat().st_size:,} bytes, more than {MOST_BYTES:,}"
        raise BadMedia.at(place, what, f"name a file of {document.role} here")
    data, cues = opened(path.read_bytes()), tuple[tuple[int, int], ...]()
    if document.role == "key":
        key_of(data, place)
    else:
        with named_at(place, public_name(document.asset)) as called:
            read = read_subtitles(path, called, document.encoding)
        cues = tuple((cue.start, cue.end) for cue in read)
    return MediaFacts(sha256=hashlib.sha256(data).hexdigest(), bytes=len(data), demuxer="", cues=cues)
