"""What is wrong with an output is told at once: two faults together are told as each is alone."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from reel.errors import InvalidRequest, Problem
from reel.kinds import parse_request

FAULTS: dict[str, dict[str, dict[str, Any]]] = {
    "gif": {
        "codec": {"codec": "hevc"},
        "bitrate": {"bitrate": "high"},
        "bit depth": {"bit_depth": 10},
        "quality": {"quality": {"crf": 20}},
        "floor": {"floor": {"mean": 90}},
        "hdr": {"hdr": "keep"},
        "effort": {"effort": "small"},
        "audio": {"audio": "opus"},
        "rate": {"pictures_per_second": 51},
        "name": {"name": "a b"},
        "half a size": {"width": 320},
        "too wide": {"width": 640, "height": 640},
        "strange": {"wat": 1},
    },
    "video": {
        "two sizes": {"width": 1920, "height": 1080, "resolution": "720p"},
        "another shape": {"width": 640, "height": 640},
        "bit depth": {"bit_depth": 10},
        "alpha": {"alpha": True},
        "rate": {"pictures_per_second": 10},
        "tracks": {"audio": "none", "audio_tracks": [1]},
        "crf": {"quality": {"crf": 60}},
        "two ways": {"quality": {"crf": 20, "vmaf": 90}},
        "two budgets": {"quality": {"crf": 20}, "bitrate": "high"},
        "model": {"quality": {"crf": 20, "model": "vmaf_4k_v0.6.1"}},
        "floor": {"floor": {"lowest": 101}},
        "every": {"floor": {"lowest": 90, "every": 2}},
        "hdr": {"hdr": "keep"},
        "effort": {"effort": "wat"},
        "name": {"name": "a b"},
        "strange": {"wat": 1},
    },
    "ladder": {
        "codecs": {"codecs": ["h264", "h264"]},
        "too large": {"rungs": [{"resolution": "4k"}]},
        "half a size": {"rungs": [{"resolution": "360p"}, {"width": 320}]},
        "twice": {"rungs": [{"resolution": "360p"}, {"resolution": "360p"}]},
        "two sources": {"audio": [{"asset": "a.wav", "track": 1}]},
        "sounds alike": {"audio": [{"asset": "a.wav", "language": "en"}, {"asset": "b.wav", "language": "en"}]},
        "no language": {"subtitles": [{"asset": "a.srt"}]},
        "encoding": {"subtitles": [{"track": 1, "encoding": "utf-8"}]},
        "two defaults": {
            "subtitles": [{"asset": f"{tag}.srt", "language": tag, "default": True} for tag in ("en", "de")]
        },
        "effort": {"effort": "wat"},
        "segments": {"segment_seconds": 100},
        "uri": {"encryption": {"key": "key.bin", "uri": "a b"}},
        "name": {"name": "A"},
        "strange": {"wat": 1},
    },
    "pictures": {
        "widths": {"widths": [320, 320]},
        "too wide": {"widths": [8192]},
        "poster": {"poster": 1, "upload": "a.png"},
        "ways": {"thumbnails": {"every": 1, "best": 2}},
        "quality": {"quality": 101},
        "name": {"name": "a b"},
    },
    "audio": {
        "bits of it": {"codec": "flac", "bitrate": 64_000},
        "bits": {"bitrate": 1},
        "track": {"track": "?"},
        "name": {"name": "a b"},
    },
}
BASE: dict[str, dict[str, Any]] = {
    "gif": {"type": "video", "format": "gif"},
    **{kind: {"type": kind} for kind in ("video", "ladder", "pictures", "audio")},
}
MIXER = {"kind": "mixer", "clips": ["a.mp4"], "aspect": "16:9", "resolution": "1080p"}
PAIRS = [
    (kind, one, other)
    for kind, faults in FAULTS.items()
    for one, other in combinations(faults, 2)
    if not faults[one].keys() & faults[other].keys()
]


def told(kind: str, *faults: str) -> set[Problem]:
    output = dict(BASE[kind])
    for each in faults:
        output |= FAULTS[kind][each]
    outputs = [output] if kind != "pictures" else [{"type": "video"}, output]
    with pytest.raises(InvalidRequest) as raised:
        parse_request({**MIXER, "speed": {"min": 2, "max": 1}, "outputs": outputs})
    return set(raised.value.problems)


@pytest.mark.parametrize(("kind", "one", "other"), PAIRS)
def test_two_faults_of_an_output_are_told_together(kind: str, one: str, other: str) -> None:
    alone = told(kind, one), told(kind, other)
    assert all(len(each) >= 2 for each in alone)  # its own, and the speed's
    assert told(kind, one, other) >= alone[0] | alone[1]
