"""Wrong requests of all kinds, with several faults each: what is told is all that is wrong, each at its field, with what was
probably meant, and nothing besides."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from reel.errors import BadMedia, InvalidRequest
from reel.generate.dry_run import dry_run
from reel.generate.render import plan
from reel.make.worker import Worker, make_worker
from reel.settings import Settings
from tests.clips import Clip
from tests.conftest import MakeClip

Told = tuple[str, ...]
"""A place, words of what is wrong there, and what the remedy has to name."""

E: dict[str, Any] = {"kind": "encode", "asset": "a.mp4"}
M: dict[str, Any] = {"kind": "mixer", "clips": ["a.mp4"], "aspect": "16:9", "resolution": "360p"}
S: dict[str, Any] = {"kind": "slideshow", "images": ["p.png"], "duration": 4}
C: dict[str, Any] = {
    "kind": "multicam",
    "sources": ["a.mp4", {"asset": "a.mp4", "name": "B"}],
    "switches": [{"at": 0, "source": 0}],
}


def card(*clips: Any, **more: Any) -> dict[str, Any]:
    tracks = [{"clips": [*clips]}]
    return {"kind": "template", "aspect": "16:9", "resolution": "360p", "timeline": {"tracks": tracks}, **more}


RED: dict[str, Any] = {"type": "colour", "colour": "red", "duration": 2}
K: dict[str, Any] = {"key": "k1.key"}
CLIP = "timeline.tracks[0].clips[{}]{}".format
WRONG: list[tuple[dict[str, Any], list[Told]]] = [
    # fields of a video that do not go together, beside what only planning tells
    (
        card(
            RED,
            background="none",
            outputs=[
                {"type": "video", "codec": "vp9", "alpha": True},
                {"type": "pictures", "thumbnails": {"at": [99]}},
            ],
        ),
        [
            ("outputs[0]", "no container holds both vp9 and aac", "opus"),
            ("outputs[1].thumbnails.at[0]", "past the end"),
        ],
    ),
    (
        dict(E, outputs=[{"type": "video", "codec": "h265", "alpha": True, "chapters": [{"at": 99, "title": "x"}]}]),
        [
            ("outputs[0].codec", "did you mean `hevc`"),
            ("outputs[0].alpha", "nothing to see through"),
            ("outputs[0].chapters[0].at", "past the end"),
        ],
    ),
    # encode
    (
        dict(E, asset="long.mp4", outputs=[{"type": "video", "format": "gif"}]),
        [("outputs[0].format", "larger than 1920"), ("outputs[0].format", "more than 120 s")],
    ),
    (
        dict(E, asset="long.mp4", range={"start": 9, "end": 3}, outputs=[{"type": "video", "format": "gif"}]),
        [("range", "must be after"), ("outputs[0].format", "larger than 1920")],
    ),
    (
        dict(E, range={"ent": 2}, outputs=[{"type": "pictures", "thumbnails": {"at": [1, 99]}}]),
        [("range.ent", "not a field", "`end`"), ("outputs[0].thumbnails.at[1]", "past the end")],
    ),
    (
        dict(
            E,
            outputs=[
                {
                    "type": "ladder",
                    "encryption": {
                        "key": "short.key",
                        "scheme": "cbcs",
                        "key_id": "0" * 32,
                        "systems": [{"system": "widevine"}, {"system": "clearkey"}],
                    },
                },
                {
                    "type": "ladder",
                    "name": "b",
                    "encryption": dict(K, scheme="cbcs", key_id="1" * 32, systems=[{"system": "clearkey", "uri": "a"}]),
                },
                {
                    "type": "ladder",
                    "name": "c",
                    "encryption": {
                        "key": "k2.key",
                        "scheme": "cbcs",
                        "key_id": "1" * 32,
                        "systems": [{"system": "clearkey", "uri": "a"}],
                    },
                },
            ],
        ),
        [
            ("outputs[0].encryption.key", ""),
            ("outputs[0].encryption.systems[0]", "pssh"),
            ("outputs[0].encryption.systems[1]", "uri"),
            ("outputs[2].encryption.key_id", "another key"),
        ],
    ),
    (
        dict(
            E,
            outputs=[
                {
                    "type": "ladder",
                    "encryption": {
                        "key": "short.key",
                        "scheme": "cbcs",
                        "key_id": "1" * 32,
                        "systems": [{"system": "clearkey", "uri": "a"}],
                    },
                },
                {
                    "type": "ladder",
                    "name": "b",
                    "encryption": dict(K, scheme="cbcs", key_id="1" * 32, systems=[{"system": "clearkey", "uri": "a"}]),
                },
            ],
        ),
        [("outputs[0].encryption.key", ""), ("outputs[1].encryption.key_id", "another key")],
    ),
    (
        dict(
            E,
            asset="t.csv",
            outputs=[{"type": "audio", "codec": "acc"}, {"type": "audio", "codec": "flac", "bitrate": 64000}],
        ),
        [("asset", ""), ("outputs[0].codec", "must be", "`aac`"), ("outputs[1]", "lossless")],
    ),
    (
        dict(E, resolution="4k", outputs=[{"type": "video", "audio_tracks": [3]}, {"type": "audio", "track": "xx"}]),
        [("resolution", "more than"), ("outputs[0].audio_tracks[0]", ""), ("outputs[1].track", "")],
    ),
    (
        dict(
            E,
            outputs=[
                {"type": "video", "chapters": [{"at": 1, "title": "a"}, {"at": 0, "title": "b"}], "hdr": "kep"},
                {"type": "video", "chapters": [{"at": 99, "title": "a"}], "name": "x y"},
            ],
        ),
        [
            ("outputs[0].chapters", "in order"),
            ("outputs[0].hdr", "", "`keep`"),
            ("outputs[1].chapters[0].at", "past the end"),
            ("outputs[1].name", ""),
        ],
    ),
    (
        dict(
            E,
            outputs=[
                {
                    "type": "ladder",
                    "subtitles": [
                        {"asset": "s.srt"},
                        {"asset": "lost.srt", "language": "en"},
                        {"track": 1, "language": "e n"},
                    ],
                }
            ],
        ),
        [
            ("outputs[0].subtitles[0]", "language"),
            ("outputs[0].subtitles[1].asset", ""),
            ("outputs[0].subtitles[2].language", ""),
            ("outputs[0].subtitles[2].track", ""),
        ],
    ),
    (
        dict(
            E,
            outputs=[{"type": "ladder", "rungs": [{"resolution": "360p"}, {"resolution": "180"}], "codecs": ["h265"]}],
        ),
        [
            ("outputs[0].rungs[0]", "more than"),
            ("outputs[0].rungs[1].resolution", "must be"),
            ("outputs[0].codecs[0]", "", "`hevc`"),
        ],
    ),
    (
        dict(E, outputs=[{"type": "pictures", "upload": "a.mp4", "poster": 99, "widths": [9000, 320]}]),
        [
            ("outputs[0]", "give either `poster` or `upload`"),
            ("outputs[0].upload", "is a video"),
            ("outputs[0].widths[0]", "at most"),
        ],
    ),
    # mixer
    (
        dict(
            M,
            clips=["a.mp4", {"asset": "lost.mp4", "in": 3, "out": 1}, {"asset": "a.mp4", "start": 1, "end": 2}],
            speed={"min": 2, "max": 1},
        ),
        [
            ("clips[1]", "must be after"),
            ("clips[1].asset", ""),
            ("clips[2].start", "", "`in`"),
            ("clips[2].end", "", "`out`"),
            ("speed", "above"),
        ],
    ),
    (
        dict(M, clips=["tone.wav", "p.png"], variants=0, outputs=[{"type": "vidoe"}]),
        [("clips[0].asset", ""), ("clips[1].asset", ""), ("variants", ""), ("outputs[0].type", "", "`video`")],
    ),
    (
        dict(M, audio={"soundtrack": "p.png", "in": -1}, loudness={"lufs": 3, "peak": 1}),
        [
            ("audio.soundtrack", ""),
            ("audio.in", "at least"),
            ("loudness.lufs", "at most"),
            ("loudness.peak", "not a field"),
        ],
    ),
    (
        dict(M, resolution="361p", outputs=[{"type": "ladder", "rungs": [{"resolution": "360p"}, {}]}], seeed=3),
        [("resolution", "", "`360p`"), ("seeed", "", "`seed`")],
    ),
    (
        dict(
            M,
            outputs=[
                {"type": "ladder", "rungs": [{"resolution": "360p"}, {"resolution": "361p"}, {"resolution": "360p"}]}
            ],
        ),
        [("outputs[0].rungs[1].resolution", "", "`360p`"), ("outputs[0].rungs[2]", "rungs[0]")],
    ),
    (
        dict(M, outputs=[{"type": "ladder", "rungs": [{}, {"resolution": "361p"}], "audio": "al"}]),
        [("outputs[0].rungs[1].resolution", "", "`360p`"), ("outputs[0].audio", "list", "`all`")],
    ),
    (
        dict(M, outputs=[{"type": "video", "codec": "av", "quality": {"crf": 60}, "bit_depth": 9}]),
        [("outputs[0].codec", "must be", "`av1`"), ("outputs[0].bit_depth", "must be")],
    ),
    (
        dict(M, preview={"frame": 1, "contact_sheet": 1, "range": {"from": 0, "to": 1}}),
        [
            ("preview", "give either"),
            ("preview.contact_sheet", "at least"),
            ("preview.range.from", "", "`start`"),
            ("preview.range.to", "", "`end`"),
        ],
    ),
    (
        dict(
            M,
            preview={"range": {"start": 90, "end": 99}},
            outputs=[{"type": "video", "width": 320, "height": 200}, {"type": "audio", "bitrate": 1}],
        ),
        [("preview.range", ""), ("outputs[0]", "not of the picture's shape"), ("outputs[1].bitrate", "at least")],
    ),
    (
        dict(
            M,
            webhook={"url": "ftp://x", "events": ["generation.finished"]},
            metadata={"a": {"b": {"c": {"d": {"e": {}}}}}},
        ),
        [("webhook.url", "address"), ("webhook.events[0]", "must be"), ("metadata", "deep")],
    ),
    # slideshow
    (
        dict(S, images=["a.mp4", {"asset": "p.png", "fit": "covr"}], zoom={"from": 3, "too": 2}),
        [
            ("images[0].asset", "is a video"),
            ("images[1].fit", "", "`cover`"),
            ("zoom.from", "at most"),
            ("zoom.too", "not a field"),
        ],
    ),
    (
        dict(S, music={"asset": "tone.wav", "in": 9, "bpm": 10}, frame="gold"),
        [("music.in", "past the end"), ("music.bpm", "at least"), ("frame", "", "`golden`")],
    ),
    (
        dict(S, transition={"name": "crossfad", "duration": 9}, background="whit", text="x" * 600),
        [
            ("transition.name", "", "`crossfade`"),
            ("transition.duration", "at most"),
            ("background", "", "`white`"),
            ("text", "600"),
        ],
    ),
    (
        dict(S, images=[], clips=["p.png"], atmosphere={"file": "a.mp4"}),
        [("images", "is empty"), ("clips", ""), ("atmosphere.file", "", "`asset`")],
    ),
    (
        dict(S, duration=0, outputs=[{"type": "pictures", "thumbnails": {}}, {"type": "pictures", "name": "x y"}]),
        [("duration", "more than"), ("outputs[0].thumbnails", "give one"), ("outputs[1].name", "")],
    ),
    (
        dict(S, images=["p.png"] * 3, duration=0.05, music="p.png"),
        [("music.asset", "no sound"), ("duration", "cannot show")],
    ),
    # multicam
    (
        dict(C, switches=[{"at": 0, "source": "C"}, {"at": 0, "source": 0}, {"time": 1, "source": 9}]),
        [
            ("switches[0].source", ""),
            ("switches[0].at", "before the switch"),
            ("switches[2].time", "", "`at`"),
            ("switches[2].source", ""),
        ],
    ),
    (
        dict(
            C,
            switches=None,
            cuts=[
                {"source": 0, "start": 0, "end": 1},
                {"source": "B", "in": 3, "out": 2},
                {"source": 0, "in": 9, "out": 10},
            ],
        ),
        [
            ("cuts[0].start", "", "`in`"),
            ("cuts[0].end", "", "`out`"),
            ("cuts[1].out", ""),
            ("cuts[2].in", ""),
            ("cuts[2].out", "past"),
        ],
    ),
    (
        dict(C, sources=["a.mp4", {"asset": "p.png", "sync_offset": "atuo", "drift_ppm": 9999}], aspect="16:9"),
        [
            ("sources[1].sync_offset", "", "`auto`"),
            ("sources[1].drift_ppm", "at most"),
            ("request", "an `aspect` has no size"),
        ],
    ),
    (
        dict(C, cuts=[{"source": 0, "in": 0, "out": 1}], copy="requir", outputs=[{"type": "video"}, {"type": "video"}]),
        [("request", "give one of"), ("copy", "", "`require`"), ("outputs[1]", "is the same as")],
    ),
    (
        dict(C, sources=[], switches=[{"at": 0, "source": 0}], frame_rate=31),
        [("sources", "is empty"), ("frame_rate", "is not one of")],
    ),
    (
        dict(
            C,
            sources=[
                "a.mp4",
                {"asset": "a.mp4", "name": "B"},
                {"asset": "lost.mp4", "name": "B", "start_timecode": "1:2"},
            ],
        ),
        [("sources[2].name", "is the name of"), ("sources[2].start_timecode", "timecode"), ("sources[2].asset", "")],
    ),
    # template
    (
        {"kind": "template", "timeline": {"track": [{"clips": [RED]}]}, "backgroud": "red"},
        [("timeline.track", "", "`tracks`"), ("backgroud", "", "`background`")],
    ),
    (
        card(RED, {"type": "colour", "color": "red", "duration": -1}, {"type": "txt", "text": "a"}),
        [(CLIP(1, ".color"), "", "`colour`"), (CLIP(1, ".duration"), ""), (CLIP(2, ".type"), "", "`text`")],
    ),
    (
        card(dict(RED, transition="wipe-lef", opacity=[{"at": 1, "value": 1}, {"at": 0, "value": 7}])),
        [
            (CLIP(0, ".transition.name"), "", "`wipe-left`"),
            (CLIP(0, ".opacity"), "rising"),
            (CLIP(0, ".opacity"), "is not between"),
        ],
    ),
    (
        card(
            {"type": "video", "asset": "p.png", "in": 5, "out": 2},
            {"type": "image", "asset": "a.mp4", "crop": {"x": 0.5, "width": 0.6, "y": 0.9, "height": 0.9}},
        ),
        [
            (CLIP(0, ".asset"), "still"),
            (CLIP(0, ".out"), "after"),
            (CLIP(1, ".asset"), "is a video"),
            (CLIP(1, ".crop"), "`x`"),
            (CLIP(1, ".crop"), "`y`"),
        ],
    ),
    (
        card(
            {"type": "text", "text": "{{NAME}}", "duration": 1, "align": "center"},
            variables={"NAM": {}, "N": {"type": "numbr"}},
            data={"NAM": 5, "X": 1},
        ),
        [
            (CLIP(0, ".align"), "", "`centre`"),
            (CLIP(0, ".text"), "not a variable", "`NAM`"),
            ("variables.N.type", "", "`number`"),
            ("data.NAM", ""),
            ("data.X", ""),
        ],
    ),
    (
        card(
            RED,
            background="non",
            outputs=[
                {"type": "video", "codec": "vp9", "alpha": True},
                {"type": "video", "codec": "vp9", "alpha": True, "audio": "mp3"},
            ],
        ),
        [("background", "", "`none`"), ("outputs[0]", "container"), ("outputs[1]", "container")],
    ),
    (
        card(
            dict(RED, start=3),
            dict(RED, start=1),
            {"type": "audio", "asset": "tone.wav"},
            duration="auto",
            preview={"frame": -1},
        ),
        [("timeline.tracks[0]", "either sound or picture"), ("preview.frame", "at least")],
    ),
    (
        card(
            {"type": "drawn", "name": "goldn", "duration": 1, "area": {"w": 1, "x": 9}},
            {"type": "audio", "asset": "tone.wav", "fade_in": "x"},
        ),
        [
            ("timeline.tracks[0]", "either sound or picture"),
            (CLIP(0, ".name"), "", "`golden`"),
            (CLIP(0, ".area.x"), "at most"),
            (CLIP(0, ".area.w"), "not a field"),
            (CLIP(1, ".fade_in"), "not a number"),
        ],
    ),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, make_clip: MakeClip) -> Path:
    """Assets of all sorts; `lost` ones are not there."""
    folder = tmp_path_factory.mktemp("wrong")
    (folder / "a.mp4").symlink_to(make_clip(Clip(seconds=4)))
    (folder / "long.mp4").symlink_to(make_clip(Clip(seconds=150, size=(2560, 1440), rate="1", keyframe_every=150)))
    with wave.open(str(folder / "tone.wav"), "wb") as tone:
        tone.setparams((1, 2, 48_000, 0, "NONE", ""))
        tone.writeframes(bytes([0, 16, 0, 240]) * 48_000)
    Image.new("RGB", (400, 300), "red").save(folder / "p.png")
    (folder / "t.csv").write_text("a,b\n1,2\n")
    (folder / "s.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nHi\n")
    (folder / "short.key").write_bytes(b"123")
    for number in (1, 2):
        (folder / f"k{number}.key").write_bytes(bytes(range(number, number + 16)))
    return folder


@pytest.fixture(scope="module")
def worker(folder: Path) -> Worker:
    return make_worker(Settings(home=folder / "home"))


@pytest.mark.parametrize(("document", "ideal"), WRONG, ids=range(len(WRONG)))
def test_all_that_is_wrong_is_told_and_nothing_else(
    document: dict[str, Any], ideal: list[Told], folder: Path, worker: Worker
) -> None:
    # What this machine has not is no fault of the request.
    told = [error for error in dry_run(document, base=folder, worker=worker).errors if "Shaka Packager" not in error]
    for place, what, *remedies in ideal:
        found = [
            each for each in told if each.startswith(f"{place}: ") and all(part in each for part in (what, *remedies))
        ]
        assert found, (place, what, remedies, told)
        told.remove(found[0])
    assert not told


@pytest.mark.parametrize("document", [None, 5, [M], b"[1]", "null", True])
def test_what_is_no_request_at_all_is_told(document: Any, worker: Worker) -> None:
    with pytest.raises(InvalidRequest, match=r"request: is not a JSON object \(begin with"):
        plan(document, worker=worker)


def test_a_folder_may_be_named_by_text(worker: Worker, tmp_path: Path) -> None:
    with pytest.raises(BadMedia, match=f"{tmp_path}/a.mp4 does not exist"):
        plan(M, base=str(tmp_path), worker=worker)
