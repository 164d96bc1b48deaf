"""What encoders are told is what is locked; a change needs another `rules` of the codec, which is part of keys."""

from __future__ import annotations

import pytest

from reel.codecs import AUDIO_CODECS, VIDEO_CODECS, h264
from reel.presets import AudioEncoder, VideoEncoder
from tests.lock.codecs import complaint, told
from tests.lock.locks import LOCKED_CODECS, read_lock


def test_lock_has_a_file_for_every_codec() -> None:
    assert {path.stem for path in LOCKED_CODECS.glob("*.json")} == {*VIDEO_CODECS, *AUDIO_CODECS}


@pytest.mark.parametrize("name", [*VIDEO_CODECS, *AUDIO_CODECS])
def test_lock_of_codec(name: str) -> None:
    assert complaint(name, told()[name], read_lock(name, LOCKED_CODECS)) == ""


def test_lock_sees_a_codec_that_ends_long_segments_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(h264, "COPIES", h264.COPIES + 1)
    locked = read_lock("h264", LOCKED_CODECS)
    assert locked
    said = complaint("h264", told()["h264"], locked)
    assert "standard, 100 frames" in said
    assert f"set `rules` in reel/codecs/ to {locked['rules'] + 1}" in said


def test_lock_keeps_the_rules_of_a_codec_from_sinking() -> None:
    found = told()["aac"]
    assert "only ever rise" in complaint("aac", found | {"rules": 0}, found)


def test_rules_of_a_codec_are_part_of_what_is_encoded_with_it() -> None:
    video, audio = VideoEncoder(crf=20, max_bits_per_second=10**6, buffer_bits=10**6), AudioEncoder()
    assert video.model_dump().get("rules", 1) == VIDEO_CODECS[video.codec].rules
    assert audio.model_dump().get("rules", 1) == AUDIO_CODECS[audio.codec].rules
