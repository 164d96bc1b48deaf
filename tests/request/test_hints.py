"""What is probably meant by a name that is none: the one that it is misspelt of, or another name of; else nothing."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from reel.errors import InvalidRequest
from reel.kinds import parse_request
from reel.presets import Aspect, Resolution
from reel.request.sizes import Codec
from reel.words import nearest

CODECS, RESOLUTIONS, ASPECTS = get_args(Codec), get_args(Resolution), get_args(Aspect)
FIELDS = (
    "asset",
    "aspect",
    "at",
    "bitrate",
    "codec",
    "copy",
    "crf",
    "end",
    "floor",
    "frame_rate",
    "in",
    "size",
    "title",
)


@pytest.mark.parametrize(
    ("given", "names", "meant"),
    [
        # Other names of what there is.
        ("h265", CODECS, "hevc"),
        ("H.265", CODECS, "hevc"),
        ("x264", CODECS, "h264"),
        ("AVC", CODECS, "h264"),
        ("av01", CODECS, "av1"),
        ("2160p", RESOLUTIONS, "4k"),
        ("fps", FIELDS, "frame_rate"),
        # Slips of the hand.
        ("hevx", CODECS, "hevc"),
        ("HEVC", CODECS, "hevc"),
        ("prorse", CODECS, "prores"),
        ("1080", RESOLUTIONS, "1080p"),
        ("1080i", RESOLUTIONS, "1080p"),
        ("4K", RESOLUTIONS, "4k"),
        ("sise", FIELDS, "size"),
        ("ot", ("out", "in", "asset"), "out"),
        ("vid", ("video", "image"), "video"),
        ("glitter", ("golden", "glitter-rain"), "glitter-rain"),
        ("tilte", FIELDS, "title"),
        ("framerate", FIELDS, "frame_rate"),
        ("bit_rate", FIELDS, "bitrate"),
        ("codecs", FIELDS, "codec"),
        ("IN", FIELDS, "in"),
        ("gfi", ("gif", "webp"), "gif"),
        ("acc", ("aac", "opus", "mp3", "flac", "pcm", "none"), "aac"),
        ("ent", ("start", "end"), "end"),
        # Quantities that are near.
        ("361p", RESOLUTIONS, "360p"),
        ("1090p", RESOLUTIONS, "1080p"),
        ("720i", RESOLUTIONS, "720p"),
        # Other words for it, the likeliest that there is.
        ("end", ("in", "out", "asset"), "out"),
        ("end", ("type", "duration"), "duration"),
        ("start", ("source", "in", "out"), "in"),
        ("in", ("source", "at"), "at"),
        ("hls", ("video", "ladder"), "ladder"),
        # Nothing that there is.
        ("540p", RESOLUTIONS, ""),
        ("mp2", ("mp3", "aac"), ""),
        ("top", FIELDS, ""),
        ("h266", CODECS, ""),
        ("vp8", CODECS, ""),
        ("av2", CODECS, ""),
        ("wat", CODECS, ""),
        ("wat", FIELDS, ""),
        ("foo", FIELDS, ""),
        ("crop", FIELDS, ""),
        ("inn", FIELDS, ""),
        ("16:10", ASPECTS, ""),
        ("4:3", ASPECTS, ""),
        ("hevc", CODECS, ""),
        ("", FIELDS, ""),
        ("clip-2", ("clip-1", "clip-3"), ""),
        ("clip", ("clip-1",), "clip-1"),
        ("clip_01.mp4", ("clip_1.mp4", "clip_2.mp4"), "clip_1.mp4"),
    ],
)
def test_what_is_probably_meant(given: str, names: tuple[str, ...], meant: str) -> None:
    assert nearest(given, names) == meant


@pytest.mark.parametrize(
    ("changed", "place", "hint", "never"),
    [
        ({"outputs": [{"type": "video", "codec": "h265"}]}, "outputs[0].codec", "did you mean `hevc`?", "h264`?"),
        ({"wat": 1}, "wat", "remove it", "did you mean"),
        ({"aspect": "16:10"}, "aspect", "given: '16:10'", "did you mean"),
        ({"fps": 25}, "fps", "did you mean `frame_rate`?", "remove"),
    ],
)
def test_what_a_request_is_told(changed: dict[str, Any], place: str, hint: str, never: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        parse_request({"kind": "multicam", "sources": ["a.mp4"], "cuts": [{"source": 0, "in": 0, "out": 1}], **changed})
    (problem,) = raised.value.problems
    assert problem.place == place
    assert hint in problem.remedy
    assert never not in problem.remedy
