"""Facts of a media file that nobody vouches for.

It is read in a child process, which may crash, hang or swell without harm::

    facts = probe(Path("upload.bin"), sha256, "clips[0]")

What no reader can make facts of is `BadMedia` with the reason.
"""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

from reel.confinement.parent import FILE_BYTES, ask_child, limits
from reel.errors import BadMedia
from reel.media import MediaFacts

READER = "reel.packets.reader"


def probe(path: Path, sha256: str, name: str) -> MediaFacts:
    """Reads the facts of the file at `path`, whose bytes have the digest `sha256`.

    `name` is what the user calls the asset; errors speak of it. Raises `BadMedia` where the file is no use.
    """
    if not path.is_file():
        raise BadMedia.at(name, "is not a file")
    reply = json.loads(ask_child(READER, limits(), path, name, memory_bytes=FILE_BYTES))
    if "refusal" in reply:
        raise BadMedia.at(name, *reply["refusal"])
    return _media_facts(reply["facts"], sha256)


def _media_facts(fields: dict[str, Any], sha256: str) -> MediaFacts:
    if video := fields.get("video"):
        tick = Fraction(video.pop("tick"))
        video["keyframes"] = tuple(time * tick for time in video["keyframes"])
    return MediaFacts(sha256=sha256, **fields)
