"""The sound by itself: to the sample what goes with the video, in files that others read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from reel.errors import InvalidRequest
from reel.generate.render import plan, render
from reel.make.worker import Worker
from reel.report.html import to_html
from tests.clips import Clip, read_clicks
from tests.conftest import MakeClip

SAMPLES = 96_000


def sound(**fields: Any) -> dict[str, Any]:
    return {"type": "audio", **fields}


def encode(path: Path, *outputs: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"kind": "encode", "asset": str(path), "outputs": [*outputs], **fields}


def decoded(path: Path) -> NDArray[np.float32]:
    """All samples of a file as players hear them, both channels."""
    with av.open(str(path)) as source:
        resampler = av.AudioResampler("fltp", "stereo", 48_000)
        frames = [done for frame in source.decode(audio=0) for done in resampler.resample(frame)]
        return np.concatenate([frame.to_ndarray() for frame in frames], axis=1)


@pytest.mark.parametrize(
    ("codec", "file", "stream"),
    [
        ("aac", "encode.m4a", "aac"),
        ("opus", "encode.opus", "opus"),
        ("mp3", "encode.mp3", "mp3float"),
        ("flac", "encode.flac", "flac"),
        ("pcm", "encode.wav", "pcm_s24le"),
    ],
)
def test_every_sample_is_there_and_in_its_place(
    codec: str, file: str, stream: str, make_clip: MakeClip, worker: Worker
) -> None:
    clip = make_clip(Clip(numbered=0, seconds=2, audio_codec="pcm_s16le", suffix=".mov"))
    report = render(encode(clip, sound(codec=codec)), worker=worker)
    (made,) = report.outputs[0].files
    assert made.name == file
    with av.open(made.path) as source:
        assert [each.type for each in source.streams] == ["audio"]
        assert source.streams.audio[0].codec_context.name.startswith(stream.removesuffix("float"))
    asked, heard = decoded(clip)[:, :SAMPLES], decoded(Path(made.path))[:, :SAMPLES]
    assert heard.shape == asked.shape
    # mp3 has no edit list: its clock begins with what decoders drop.
    begin = 1105 if codec == "mp3" else 0
    assert [click - begin for click in read_clicks(Path(made.path))] == read_clicks(clip)
    if codec in ("flac", "pcm"):
        # Its end is a cut, over which it fades for 10 ms.
        assert np.abs(heard - asked)[:, :-480].max() < 1e-4
    assert report.outputs[0].sounds[0].codec == codec
    assert codec in to_html(report)


def test_it_is_the_sound_of_the_video_and_encoded_once(make_clip: MakeClip, worker: Worker) -> None:
    clip = make_clip(Clip(seconds=1.5))
    asked = encode(clip, {"type": "video"}, sound(), sound(codec="mp3", name="low", bitrate=64_000), stills=False)
    kinds = [step.kind for step in plan(asked, worker=worker).steps]
    assert (kinds.count("soundtrack"), kinds.count("prove-sound"), kinds.count("bind")) == (2, 2, 3)
    made = {file.name: Path(file.path) for file in render(asked, worker=worker).outputs[0].files}
    assert [*made] == ["encode.mp4", "encode.m4a", "encode-low.mp3"]
    assert read_clicks(made["encode.m4a"]) == read_clicks(made["encode.mp4"])


@pytest.mark.parametrize(
    ("outputs", "said"),
    [
        ([sound(codec="flac", bitrate=64_000)], "outputs[0]: flac is lossless"),
        ([sound(), sound(bitrate=64_000)], "outputs[1].name: would be the file variant.m4a, as outputs[0] is"),
        ([sound(codec="wma")], "outputs[0].codec: must be"),
    ],
)
def test_what_cannot_be_is_refused(outputs: list[Any], said: str, make_clip: MakeClip, worker: Worker) -> None:
    with pytest.raises(InvalidRequest) as refused:
        plan(encode(make_clip(Clip()), *outputs), worker=worker)
    assert str(refused.value).startswith(said)


def test_there_is_no_sound_of_what_is_silent(make_clip: MakeClip, worker: Worker) -> None:
    with pytest.raises(InvalidRequest, match=r"outputs\[0\]: there is no sound to write"):
        plan(encode(make_clip(Clip(audio=None)), sound()), worker=worker)
