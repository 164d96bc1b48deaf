"""What FFmpeg's decoders complain of while they go on: damage that it patches up or leaves out, and calls a success."""

from __future__ import annotations

import re
from collections.abc import Callable

LINE_BYTES = 4096
"""Kept of a line that does not end."""

_OF_DECODER = rb"\[[va]ist#(\d+):\d+/[^\]]*\] \[dec:[^\]]*\] \[(?:warning|error)\] "
_DAMAGE = re.compile(
    _OF_DECODER + rb"(?:corrupt decoded frame|Error submitting packet to decoder|Decoding error)"
    rb"|\[in#(\d+)/[^\]]*\] \[(?:warning|error)\] (?:corrupt input packet|Error during demuxing)"
)


class ComplaintReader:
    """Reads what FFmpeg says, in whatever pieces it comes, and tells of each input with damage: once, by its number."""

    def __init__(self, tell: Callable[[int], None]) -> None:
        self._tell = tell
        self._told: set[int] = set()
        self._unparsed = b""

    def read(self, data: bytes) -> None:
        *lines, self._unparsed = (self._unparsed + data).split(b"\n")
        self._unparsed = self._unparsed[-LINE_BYTES:]
        for line in lines:
            if found := _DAMAGE.search(line):
                number = int(found[1] or found[2])
                if number not in self._told:
                    self._told.add(number)
                    self._tell(number)
