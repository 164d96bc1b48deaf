"""Closed captions within pictures are seen, and empty ones are none."""

from __future__ import annotations

import pytest

from reel.packets.captions import has_captions

HEAD = b"\x00\x00\x00\x01\x06\x04\x0d\xb5\x00\x31"
SAID, EMPTY, INVALID = b"\xfc\x94\x20", b"\xfc\x80\x80", b"\xf8\x94\x20"


def packet(*triples: bytes) -> bytes:
    """A picture with captions in front of it, as ATSC A/53 part 4 writes them."""
    return HEAD + b"GA94\x03" + bytes([0xC0 | len(triples), 0xFF]) + b"".join(triples) + b"\xff\x80" + b"picture"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", False),
        (b"a picture", False),
        (packet(), False),
        (packet(SAID), True),
        (packet(EMPTY, EMPTY), False),
        (packet(EMPTY, SAID), True),
        (packet(INVALID), False),
        (packet(EMPTY) + packet(SAID), True),
        (packet(SAID)[: len(HEAD) + 5], False),
        (packet(EMPTY, SAID)[: len(HEAD) + 12], False),
        (HEAD + b"GA94\x06" + b"\x41\xff" + SAID, False),
    ],
    ids=["nothing", "a picture", "no triples", "said", "empty", "said behind empty", "not valid", "two", "cut behind the mark",
         "cut within a triple", "another kind"],
)  # fmt: skip
def test_what_is_said_in_captions(data: bytes, expected: bool) -> None:
    assert has_captions(data) is expected
