"""Sounds that are analysed are read as they are needed, and never held whole."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest

from reel.errors import BadMedia
from reel.find.ingest import fetch_asset, read_facts
from reel.find.sound_analysis import beats_of, offset_of
from reel.make.worker import Worker
from reel.media import MediaFacts
from tests.held import most_held

SECONDS = 300
DECODED_BYTES = SECONDS * 48_000 * 8
HELD_BYTES = DECODED_BYTES // 2


@pytest.fixture
def long_silence(tmp_path: Path, worker: Worker) -> MediaFacts:
    path = tmp_path / "long.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(2 * 8000 * SECONDS))
    return read_facts("music", str(path), fetch_asset("music", str(path), Path.cwd(), worker), worker)


def test_beats_of_a_long_sound(long_silence: MediaFacts, worker: Worker) -> None:
    with most_held() as held:
        assert beats_of(long_silence, None, "music", worker).reason == "the music is silent"
    assert held.bytes < HELD_BYTES


def test_the_offset_of_long_takes(long_silence: MediaFacts, worker: Worker) -> None:
    with most_held() as held, pytest.raises(BadMedia, match="nothing in its sound matches"):
        offset_of(long_silence, long_silence, "sources[1]", worker)
    assert held.bytes < HELD_BYTES
