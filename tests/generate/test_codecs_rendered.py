"""Videos of other codecs than the usual, all the way: planned, made in segments, joined, proven and published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from reel.codecs import AudioCodecName, VideoCodecName
from reel.codecs.container import Published
from reel.generate.render import render
from reel.make.worker import Worker
from tests.clips import Clip
from tests.conftest import MakeClip

CODECS: list[tuple[VideoCodecName, AudioCodecName, Published | None, str, str]] = [
    ("hevc", "aac", None, ".mp4", "hvc1."),
    ("av1", "opus", None, ".mp4", "av01."),
    ("vp9", "opus", None, ".webm", "vp09."),
    ("prores", "pcm", None, ".mov", "apch"),
    ("h264", "aac", "mov", ".mov", "avc1."),
    ("av1", "opus", "webm", ".webm", "av01."),
    ("vp9", "opus", "mp4", ".mp4", "vp09."),
]
MAJOR_BRANDS = {".mp4": b"ftypisom", ".mov": b"ftypqt  "}
EBML = b"\x1a\x45\xdf\xa3"


@pytest.mark.parametrize(("video", "audio", "container", "suffix", "called"), CODECS)
def test_a_codec_goes_all_the_way(
    video: VideoCodecName,
    audio: AudioCodecName,
    container: Published | None,
    suffix: str,
    called: str,
    worker: Worker,
    make_clip: MakeClip,
) -> None:
    # ProRes has one quality, which no bitrate names.
    budget = {} if video == "prores" else {"bitrate": 1_000_000}
    wanted = {"type": "video", "codec": video, "audio": audio, "container": container, **budget}
    usual = render(request(make_clip), worker=worker).outputs[0]
    made = render(request(make_clip) | {"outputs": [wanted]}, worker=worker).outputs[0]
    (path,) = (Path(file.path) for file in made.files if file.name.endswith(suffix))
    assert made.measured["codecs"].startswith(called)
    head = path.read_bytes()[:12]
    assert head[:4] == EBML if suffix == ".webm" else head[4:] == MAJOR_BRANDS[suffix]
    assert {name: made.measured[name] for name in ("frames", "samples")} == {
        name: usual.measured[name] for name in ("frames", "samples")
    }
    (reference,) = (Path(file.path) for file in usual.files if file.name.endswith(".mp4"))
    for mine, theirs in zip(grey(path), grey(reference), strict=True):
        assert np.abs(mine - theirs).mean() < 3


def request(make_clip: MakeClip) -> dict[str, Any]:
    """A plain cut, and one that is composed."""
    clip = str(make_clip(Clip(size=(320, 180), rate="30", seconds=3)))
    cuts = [{"type": "video", "asset": clip, "duration": 2}, {"type": "video", "asset": clip, "duration": 1}]
    badge = [{"type": "colour", "colour": "#c04040", "duration": 3, "area": {"width": 0.3, "height": 0.2}}]
    return {
        "kind": "template",
        "resolution": "480p",
        "stills": False,
        "timeline": {"tracks": [{"clips": cuts}, {"clips": badge}]},
    }


def grey(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as source:
        return [
            frame.reformat(width=160, height=90, format="gray").to_ndarray().astype(np.float32)
            for frame in source.decode(video=0)
        ]
