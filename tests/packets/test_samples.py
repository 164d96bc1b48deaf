"""Frames that proofs read of sources: those of numbered clips, however far apart they are asked for, and read once."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import reel.make.source_frames
from reel.ffmpeg.process import run
from reel.make.source_frames import SourceFrames
from reel.packets.damage import damage_of
from reel.packets.probe import probe
from reel.packets.samples import DecodedFrames, FrameQuery, SoundQuery, take_frames, take_sounds
from reel.packets.shown import frames_shown
from reel.plan.operations.base import StreamSource
from reel.proof.planned import proof_source, sound_source
from tests.clips import _number_in, numbered
from tests.conftest import MakeClip

SIZE = (320, 180)
WANTED = {
    "one after another": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13],
    "over one key frame each": [3, 15, 27, 39, 51, 63],
    "just before and after key frames": [11, 12, 13, 23, 24, 25, 47, 48, 49],
    "near and far": [1, 2, 17, 18, 40, 41, 42, 70],
}
CONTAINERS: list[dict[str, Any]] = [
    {"suffix": ".mp4", "audio_codec": "aac"},
    {"suffix": ".mkv"},
    {"suffix": ".ts", "audio_codec": "aac"},
    {"suffix": ".webm", "codec": "libvpx", "audio_codec": "libopus"},
]


def query(path: Path, wanted: Sequence[int]) -> FrameQuery:
    """Of frames by their numbers; each is asked for a little before the next one begins."""
    source = proof_source(probe(path, sha256(path.read_bytes()).hexdigest(), "clip"))
    moments = tuple(source.zero + (number + Fraction(9, 10)) / source.rate for number in wanted)
    return FrameQuery(path, source, moments, SIZE, seekable=True)


def numbers(taken: DecodedFrames) -> list[int]:
    return [_number_in(frame.planes[0], None) for frame in taken.frames]


@pytest.mark.parametrize("wanted", WANTED.values(), ids=WANTED)
@pytest.mark.parametrize("container", CONTAINERS, ids=lambda container: container["suffix"])
@pytest.mark.parametrize("keyframe_every", [12, 60])
def test_frames_are_found_by_their_times(
    keyframe_every: int, container: dict[str, Any], wanted: list[int], make_clip: MakeClip
) -> None:
    path = make_clip(numbered(rate="25", seconds=3, size=SIZE, keyframe_every=keyframe_every, **container))
    (taken,) = take_frames([query(path, wanted)], "clip")
    assert numbers(taken) == wanted


@pytest.fixture
def clips(make_clip: MakeClip) -> list[Path]:
    return [make_clip(numbered(first, rate="25", seconds=2, size=SIZE)) for first in (0, 100)]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """How many frames of each file were really read, by what was asked."""
    asked: list[list[int]] = []

    def counted(queries: Sequence[FrameQuery], place: str) -> list[DecodedFrames]:
        asked.append([len(each.moments) for each in queries])
        return take_frames(queries, place)

    monkeypatch.setattr(reel.make.source_frames, "take_frames", counted)
    return asked


def test_what_was_read_is_not_read_again(clips: list[Path], read: list[list[int]]) -> None:
    frames = SourceFrames()
    one, two = (query(path, [3, 20, 30]) for path in clips)
    first = frames.take([one, two], "first")
    assert [numbers(taken) for taken in first] == [[3, 20, 30], [103, 120, 130]]
    again = frames.take([two, query(clips[0], [20, 40])], "second")
    assert [numbers(taken) for taken in again] == [[103, 120, 130], [20, 40]]
    assert read == [[3, 3], [1]]
    assert again[0].begin == first[1].begin


def test_another_size_is_another_frame(clips: list[Path], read: list[list[int]]) -> None:
    frames, asked = SourceFrames(), query(clips[0], [3])
    frames.take([asked], "first")
    (small,) = frames.take([FrameQuery(asked.path, asked.source, asked.moments, (160, 90), seekable=True)], "second")
    assert small.frames[0].planes[0].shape == (90, 160)
    assert read == [[1], [1]]


def test_no_more_is_kept_than_is_allowed(clips: list[Path], read: list[list[int]]) -> None:
    frames = SourceFrames(most_bytes=3 * SIZE[0] * SIZE[1] * 2)
    for wanted in ([1], [2], [3], [3], [1]):
        frames.take([query(clips[0], wanted)], "clip")
    assert read == [[1]] * 4, (
        "the first is forgotten when the third comes, and the third is there when it is asked for again"
    )


def test_who_asks_for_the_same_at_once_waits_for_who_reads_it(clips: list[Path], read: list[list[int]]) -> None:
    frames = SourceFrames()
    found: list[list[int]] = []

    def ask() -> None:
        found.append(numbers(frames.take([query(clips[0], [3, 20])], "clip")[0]))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[3, 20]] * 4
    assert read == [[2]]


def test_whoever_fails_to_read_leaves_it_to_the_next(clips: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(queries: Sequence[FrameQuery], place: str) -> list[DecodedFrames]:
        raise OSError("gone")

    frames = SourceFrames()
    with monkeypatch.context() as patched:
        patched.setattr(reel.make.source_frames, "take_frames", failing)
        with pytest.raises(OSError, match="gone"):
            frames.take([query(clips[0], [3])], "clip")
    assert numbers(frames.take([query(clips[0], [3])], "clip")[0]) == [3]


@pytest.mark.parametrize("share", [0.55, 0.7, 0.85])
def test_a_file_that_cannot_be_read_on_is_read_to_there(share: float, tmp_path: Path) -> None:
    """RealMedia that is cut off; readers of other formats call that the end."""
    whole, cut = tmp_path / "whole.rm", tmp_path / "cut.rm"
    inputs = ["-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=3", "-f", "lavfi", "-i", "anoisesrc=d=3:r=48000:a=0.2"]
    run([*inputs, "-c:v", "rv20", "-c:a", "ac3", f"file:{whole}"], place="test")
    cut.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * share)])
    facts = probe(cut, "0" * 64, "cut")
    assert facts.video
    assert facts.audio
    moments = (facts.video.start + facts.video.duration + 1,)
    (taken,) = take_frames([FrameQuery(cut, proof_source(facts), moments, SIZE, seekable=True)], "cut")
    assert len(taken.frames) == 1
    samples = int((facts.audio.duration + 1) * 48_000)
    ((blocks,),) = take_sounds([SoundQuery(cut, sound_source(facts), (facts.audio.start,), (samples,))], "cut")
    heard = sum(len(block.samples) for block in blocks) / 48_000
    assert heard == pytest.approx(float(facts.audio.duration), abs=0.1)
    assert len(frames_shown(cut, facts, moments, "cut")) == 1


@pytest.mark.parametrize("layout", ["FR+FL", "FC+FL+FR+BL+BR+LFE", "FL+FR+FC+LFE+SL+SR+BL+BR"])
def test_channels_in_an_order_of_their_own_are_heard_on_their_side(layout: str, tmp_path: Path) -> None:
    """As QuickTime lists them by labels. The reader died of freeing that list twice, and the file was called damaged."""
    path = tmp_path / "labelled.mov"
    heard = "|".join("sin(880*PI*t)/2" if channel == "FL" else "0" for channel in layout.split("+"))
    run(
        ["-f", "lavfi", "-i", f"aevalsrc={heard}:s=48000:d=2:c={layout}", "-c:a", "pcm_s16le", f"file:{path}"],
        place="t",
    )
    facts = probe(path, "0" * 64, "labelled")
    assert facts.audio
    assert facts.audio.channels == len(layout.split("+"))
    source = sound_source(facts)
    ((blocks,),) = take_sounds([SoundQuery(path, source, (Fraction(0),), (96_000,))], "labelled")
    left, right = np.concatenate([block.samples for block in blocks]).T
    assert len(left) == 96_000
    assert left.max() > 0.1
    assert abs(right).max() < 0.001
    stream = StreamSource(asset="0" * 64, demuxer=facts.demuxer, stream=facts.audio.index, codec=facts.audio.codec)
    assert damage_of(path, stream, Fraction(0), Fraction(2), seek=None, lasts=Fraction(1, 50)) == []
