"""What FFmpeg has no decoder for is told to whoever has the file, in words that are meant for him."""

from __future__ import annotations

import av
import pytest

from reel.packets.scan import _fault


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (av.error.PatchWelcomeError(0, "Not yet implemented in FFmpeg, patches welcome"), "FFmpeg has no decoder for"),
        (av.error.InvalidDataError(0, "Invalid data found when processing input"), "Invalid data found"),
        (ValueError("a size of nothing"), "a size of nothing"),
    ],
)
def test_why_a_packet_is_not_decoded(error: Exception, said: str) -> None:
    assert said in _fault(error)
    assert "patches" not in _fault(error)
