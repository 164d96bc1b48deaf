"""What is told of a request is there whatever was meant by a value that was refused, and all that is so is told.

A field of a request with faults is given a value of no sense. Told has to be what is told for every value of sense that it
may have; told may be nothing that for one of them is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from reel.errors import InvalidRequest
from reel.kinds import parse_request

SEEN_THROUGH = {
    "kind": "template",
    "timeline": {"tracks": [{"clips": [{"type": "colour", "colour": "red", "duration": 1}]}]},
    "aspect": "16:9",
    "background": "none",
}
NONSENSE = {"of": "no", "sense": "at all"}
ASKS: dict[str, dict[str, list[Any]]] = {
    "video": {
        "codec": ["h264", "hevc", "av1", "vp9", "prores"],
        "format": ["gif", "webp"],
        "alpha": [True, False],
        "audio": ["aac", "flac", "none"],
        "audio_tracks": ["all", [1]],
        "bit_depth": [8, 10],
        "bitrate": ["low", 400_000],
        "quality": [{"crf": 20}, {"vmaf": 90}, {"passes": 2}],
        "floor": [{"mean": 90}, {"metric": "psnr", "mean": 40}],
        "hdr": ["keep", "map"],
        "width": [320],
        "height": [180],
        "resolution": ["360p"],
        "pictures_per_second": [10],
        "loops": [0, 2],
        "chapters": ["keep", "scenes"],
    },
    "ladder": {
        "rungs": ["standard", [{"resolution": "360p"}]],
        "codecs": [["h264"], ["av1", "vp9"]],
        "audio": ["all", [{"language": "en"}]],
        "subtitles": ["all", [{"asset": "a.srt", "language": "en"}]],
    },
    "pictures": {
        "poster": ["best", "none", 1],
        "upload": ["a.png"],
        "thumbnails": [{"best": 1}, {"at": [1]}],
        "sprite": [True, False],
        "animation": ["none", "gif"],
        "widths": [[320], []],
    },
    "audio": {"codec": ["aac", "flac"], "bitrate": [64_000]},
}
WRONG: dict[str, list[dict[str, Any]]] = {
    "video": [
        {"codec": "h264", "alpha": True, "bit_depth": 10, "quality": {"crf": 60}, "hdr": "keep", "bitrate": "low"},
        {"format": "gif", "codec": "vp9", "audio": "aac", "quality": {"vmaf": 90}, "alpha": False, "effort": "small"},
        {"codec": "prores", "bitrate": "low", "audio": "opus", "quality": {"crf": 3}, "loops": 3},
        {"codec": "av1", "hdr": "keep", "bit_depth": 8, "floor": {"mean": 90}, "quality": {"vmaf": 90}, "bitrate": 64_000},
        {"audio": "none", "audio_tracks": "all", "width": 320, "height": 180, "resolution": "360p", "loops": 1},
        {"codec": "vp9", "quality": {"passes": 2, "crf": 20}, "audio": "flac", "width": 320, "bitrate": "high"},
    ],
    "ladder": [
        {"rungs": [{"resolution": "360p"}, {"resolution": "360p"}], "codecs": ["h264", "h264"]},
        {"rungs": [{"resolution": "360p", "codec": "av1"}, {"resolution": "360p"}], "codecs": ["av1"]},
        {"audio": [{"language": "en"}, {"language": "en"}], "subtitles": [{"asset": "a.srt", "track": 1, "encoding": "x"}]},
    ],
    "pictures": [
        {"poster": "none", "sprite": False, "upload": "a.png", "widths": [320, 320]},
        {"poster": 2, "upload": "a.png", "thumbnails": {"at": [1], "every": 1}, "sprite": False},
    ],
    "audio": [{"codec": "flac", "bitrate": 64_000}],
}  # fmt: skip
WITHIN: list[tuple[list[Any], dict[str, Any], dict[str, list[Any]]]] = [
    (["encryption"], {"key": "k", "scheme": "cenc", "uri": "a", "systems": [{"system": "fairplay", "pssh": "a"}]},
     {"scheme": ["aes-128", "cbcs", "cenc"], "key": ["k"], "key_id": ["0" * 32], "uri": ["a"],
      "systems": [[{"system": "clearkey", "uri": "a"}], [{"system": "widevine"}]]}),
    (["encryption"], {"key": "k", "key_id": "0" * 32, "systems": [{"system": "identity", "uri": "a"}] * 2},
     {"scheme": ["aes-128", "cbcs", "cenc"], "uri": ["a"]}),
    (["rungs", 0], {"resolution": "360p", "width": 320, "codec": "av1"},
     {"resolution": ["360p", "480p"], "width": [320], "height": [180], "codec": ["h264", "av1"]}),
    (["audio", 0], {"asset": "a", "track": 1, "language": "en"},
     {"asset": ["a"], "track": [1, "en"], "language": ["en", "de"], "name": ["a", "en"], "codec": ["aac", "opus"]}),
    (["subtitles", 0], {"asset": "a", "track": 1, "encoding": "x", "default": True},
     {"asset": ["a"], "track": [1], "language": ["en", "de"], "name": ["a", "en"], "default": [True, False]}),
]  # fmt: skip
OTHERS: dict[str, list[Any]] = {
    "rungs": [{"resolution": "360p", "codec": "av1"}],
    "audio": [{"language": "en"}],
    "subtitles": [{"asset": "b", "language": "en", "default": True}],
}
"""What there is in a list beside the entry that is looked at."""


def told(output: dict[str, Any]) -> set[str]:
    beside = [{"type": "video", "resolution": "1080p"}] if output["type"] == "pictures" else []
    try:
        parse_request({**SEEN_THROUGH, "outputs": [*beside, output]})
    except InvalidRequest as refused:
        return {str(problem) for problem in refused.problems}
    return set()


def cases() -> Iterator[tuple[str, dict[str, Any], list[Any], list[Any]]]:
    """Outputs, where in them a field is, and what may be there that makes sense."""
    for kind, documents in WRONG.items():
        for document in documents:
            for field, values in ASKS[kind].items():
                if field in document:
                    yield kind, document, [field], values
    for path, entry, fields in WITHIN:
        name = path[0]
        document = {name: entry if len(path) == 1 else [entry, *OTHERS[name]]}
        for field, values in fields.items():
            if field in entry:
                yield "ladder", document, [*path, field], values


def with_value(document: Any, path: list[Any], value: Any) -> Any:
    if not path:
        return value
    part, *rest = path
    if isinstance(document, list):
        return [with_value(each, rest, value) if number == part else each for number, each in enumerate(document)]
    return {**document, part: with_value(document[part], rest, value)}


CASES = list(cases())


@pytest.mark.parametrize(("kind", "document", "path", "values"), CASES)
def test_what_is_told_holds_whatever_was_meant(
    kind: str, document: dict[str, Any], path: list[Any], values: list[Any]
) -> None:
    own = "outputs[{}]{}".format(
        int(kind == "pictures"), "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in path)
    )
    found = told({"type": kind, **with_value(document, path, NONSENSE)})
    said = {each for each in found if not each.startswith(own)}
    assert said < found
    meant = [told({"type": kind, **with_value(document, path, value)}) for value in values]
    hidden = set.intersection(*meant) - said
    invented = {each for each in said if not all(each in one for one in meant)}
    assert (hidden, invented) == (set(), set())
