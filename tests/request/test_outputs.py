"""What `outputs` asks for: each way to say the same means the same, and what cannot be is refused at its place."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from reel.boundaries import segment_starts
from reel.codecs import VIDEO_CODECS
from reel.errors import InvalidRequest
from reel.kinds import parse_request
from reel.kinds.read import in_full, read_request
from reel.plan.operations import Fragment
from reel.presets import Canvas
from reel.request.settled import settled
from tests.plan.facts import facts, plan_request

CARD: dict[str, Any] = {
    "kind": "template",
    "aspect": "16:9",
    "timeline": {"tracks": [{"clips": [{"type": "colour", "colour": "red", "duration": 1}]}]},
}
CLIPS: dict[str, Any] = {"kind": "mixer", "aspect": "16:9", "clips": ["a.mp4"]}
EXPORT: dict[str, Any] = {"kind": "multicam", "sources": ["a.mp4"], "switches": [{"at": 0, "source": 0}]}
MASTER: dict[str, Any] = {"kind": "encode", "asset": "a.mp4"}
SOURCE = facts("a", 4, size=(1280, 720))


def video(**fields: Any) -> dict[str, Any]:
    return {"type": "video", **fields}


def pictures(**fields: Any) -> dict[str, Any]:
    return {"type": "pictures", **fields}


ANALYSIS = {"type": "analysis"}
LADDER: dict[str, Any] = {"type": "ladder"}
SOUND = {"type": "audio"}


SAME = [
    ({}, {"outputs": [video()]}),
    ({"bitrate": "high"}, {"outputs": [video(bitrate="high")]}),
    ({"bitrate": "high"}, {"bitrate": 5_000_000, "outputs": None}),
    ({"bitrate": "high"}, {"bitrate": "low", "outputs": [video(bitrate="high")]}),
    ({"resolution": "720p"}, {"outputs": [video(resolution="720p")]}),
    ({"resolution": "720p"}, {"resolution": "480p", "outputs": [video(resolution="720p")]}),
    ({"stills": True}, {"outputs": [video(), pictures()]}),
    ({"stills": True}, {"stills": False, "outputs": [pictures()]}),
    ({"stills": False}, {"stills": False, "outputs": [video()]}),
    ({"outputs": [ANALYSIS, pictures()]}, {"outputs": [pictures(), video(), ANALYSIS]}),
    ({"outputs": [SOUND, pictures()]}, {"outputs": [video(), SOUND], "stills": True}),
    ({"outputs": [SOUND]}, {"outputs": [SOUND], "stills": False}),
    ({"resolution": "720p", "bitrate": "low"}, {"outputs": [video(resolution="720p", bitrate=1_000_000)]}),
    (
        {"outputs": [LADDER | {"rungs": ["720p", "360p"]}]},
        {"outputs": [LADDER | {"rungs": [{"resolution": "720p"}, {"resolution": "360p"}]}]},
    ),
]
COMPOSED_ONLY = [
    ({"resolution": "720p"}, {"outputs": [video(width=1280, height=720)]}),
    ({}, {"outputs": [video(codec="h264")]}),
    (
        {"bitrate": 3_600_000, "outputs": [video(resolution="720p"), video(resolution="480p")]},
        {"outputs": [video(resolution="720p", bitrate=3_600_000), video(resolution="480p", bitrate=1_601_250)]},
    ),
]


def keys(document: dict[str, Any]) -> list[str]:
    request = parse_request(document)
    return [step.key for step in plan_request(request, dict.fromkeys(request.asset_places(), SOURCE)).steps]


@pytest.mark.parametrize(
    ("base", "one", "other"),
    [
        *((base, *pair) for base in (CARD, CLIPS, EXPORT, MASTER) for pair in SAME),
        *((base, *pair) for base in (CARD, CLIPS) for pair in COMPOSED_ONLY),
    ],
)
def test_both_ways_to_say_the_same(base: dict[str, Any], one: dict[str, Any], other: dict[str, Any]) -> None:
    assert in_full(base | one) == in_full(base | other)
    assert keys(base | one) == keys(base | other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {"outputs": [video(audio="none")]}),
        ({}, {"outputs": [video(resolution="720p")]}),
        ({}, {"outputs": [video(bitrate="low")]}),
        ({}, {"outputs": [video(), video(resolution="480p")]}),
        ({}, {"outputs": [video(name="main")]}),
        ({"bitrate": "low", "outputs": [video(), video(resolution="480p")]}, {"outputs": [video(), video(resolution="480p")]}),
    ],
)  # fmt: skip
def test_what_is_not_the_same_is_another_order(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert in_full(CARD | one) != in_full(CARD | other)


@pytest.mark.parametrize(
    ("aspect", "outputs", "sizes", "bits", "names"),
    [
        ("16:9", [video()], [(1920, 1080)], [2_500_000], ["1080p"]),
        ("9:16", [video(resolution="1440p")], [(1440, 2560)], [2_500_000], ["1440p"]),
        (
            "16:9",
            [video(resolution="480p"), video(resolution="1080p"), video(resolution="720p", bitrate="low")],
            [(854, 480), (1920, 1080), (1280, 720)],
            [494_213, 2_500_000, 1_000_000],
            ["480p", "1080p", "720p"],
        ),
        ("16:9", [video(), video(width=1000, height=562)], [(1920, 1080), (1000, 562)], [2_500_000, 677_566],
         ["1080p", "1000x562"]),
        ("1:1", [video(width=300, height=300, name="tile")], [(300, 300)], [2_500_000], ["tile"]),
    ],
)  # fmt: skip
def test_what_is_left_open_is_settled(
    aspect: str, outputs: list[Any], sizes: list[Any], bits: list[int], names: list[str]
) -> None:
    request = parse_request(CARD | {"aspect": aspect, "outputs": outputs})
    assert request.shape
    wanted = settled(request.videos, request.shape, request.bitrate)
    assert [(each.size, each.bits, each.name) for each in wanted] == [*zip(sizes, bits, names, strict=True)]


@pytest.mark.parametrize(
    ("base", "fields", "said"),
    [
        (CARD, {"outputs": []}, "outputs: is empty (give at least one entry)"),
        (CARD, {"outputs": [{"resolution": "720p"}]}, "outputs[0].type: is missing"),
        (CARD, {"outputs": [{"type": "film"}]}, "outputs[0].type: must be "),
        (CARD, {"outputs": [pictures(), pictures()]},
         "outputs[1]: would be in the folder of outputs[0] (give one of them a `name` of its own)"),
        (CARD, {"outputs": [video(), pictures(name="A"), pictures(name="a")]},
         "outputs[2]: would be in the folder of outputs[1]"),
        (CARD, {"outputs": [LADDER, pictures(name="Stream")]}, "outputs[1]: would be in the folder of outputs[0]"),
        (CARD, {"outputs": [LADDER | {"rungs": [{"resolution": "480p"}]}, pictures(widths=[855])]},
         "outputs[1].widths[0]: 855 pixels are more than the 854 of the largest video"),
        (CARD, {"outputs": [ANALYSIS, ANALYSIS]}, "outputs[1]: is the same as outputs[0]"),
        (CARD, {"outputs": [pictures(name="a.b")]}, "outputs[0].name: must be letters, digits, "),
        (CARD, {"outputs": [video(resolution="720p"), pictures(widths=[640, 1281])]},
         "outputs[1].widths[1]: 1281 pixels are more than the 1280 of the largest video (ask for less, or for no widths)"),
        (CARD, {"outputs": [pictures(widths=[640, 640])]}, "outputs[0]: `widths` names one width twice"),
        (CARD, {"outputs": [pictures(poster="none", sprite=False)]}, "outputs[0]: asks for no picture"),
        (CARD, {"outputs": [pictures(poster=1, upload="a.jpg")]}, "outputs[0]: give either `poster` or `upload`"),
        (CARD, {"outputs": [pictures(thumbnails={"at": [0], "best": 1})]},
         "outputs[0].thumbnails: give one of `at`, `every` and `best`"),
        (CARD, {"outputs": [pictures(thumbnails={"at": [*range(101)]})]}, "outputs[0].thumbnails.at: "),
        (CARD, {"outputs": [pictures(thumbnails={"every": 0})]}, "outputs[0].thumbnails.every: "),
        (CARD, {"outputs": [pictures(quality=101)]}, "outputs[0].quality: "),
        (CARD, {"outputs": [video(codec="vp9", audio="opus", alpha=True)]},
         "outputs[0].alpha: there is nothing to see through: the picture has a ground (leave it out; a template has no ground "
         'with `"background": "none"`)'),
        (CLIPS, {"outputs": [video(codec="vp9", audio="none", alpha=True)]}, "outputs[0].alpha: there is nothing to see"),
        (CARD | {"background": "none"}, {"outputs": [video(alpha=True)]},
         "outputs[0]: h264 has no transparency: vp9 and prores have"),
        (CARD | {"background": "none"}, {"outputs": [video(codec="vp9", alpha=True)]},
         "outputs[0]: no container holds both vp9 and aac; with vp9 goes opus"),
        (CARD | {"background": "none"}, {"outputs": [video(codec="vp9", audio="opus", alpha=True, bit_depth=10)]},
         "outputs[0]: vp9 with alpha has 8 bits here, not 10: leave out `bit_depth`"),
        (CARD | {"background": "none"}, {"outputs": [video(codec="vp9", audio="opus", alpha=True, floor={"mean": 9})]},
         "outputs[0]: a `floor` is measured of pictures without alpha: leave out one of them"),
        (CARD, {"outputs": [video(format="gif", audio="aac")]}, "outputs[0]: gif has no `audio`: leave it out"),
        (CARD, {"outputs": [video(format="webp", quality={"crf": 20})]}, "outputs[0]: webp has no `quality`: leave it out"),
        (CARD, {"outputs": [video(format="gif", codec="h264")]}, "outputs[0]: gif has no `codec`: leave it out"),
        (CARD, {"outputs": [video(format="gif", pictures_per_second=51)]}, "outputs[0].pictures_per_second: "),
        (CARD, {"outputs": [video(loops=2)]},
         "outputs[0]: `pictures_per_second` and `loops` are for a `format` that is shown as a picture"),
        (MASTER, {"outputs": [video(hdr="keep")]}, "outputs[0]: `hdr` is kept in `hevc` and `av1`: give one of them"),
        (MASTER, {"outputs": [video(codec="hevc", hdr="keep", bit_depth=8)]},
         "outputs[0]: what keeps `hdr` has 10 bits: leave out `bit_depth`"),
        (MASTER, {"outputs": [video(codec="hevc", hdr="keep", quality={"vmaf": 90})]},
         "outputs[0]: `hdr` is not measured by VMAF"),
        (MASTER, {"outputs": [video(format="gif", hdr="keep")]}, "outputs[0]: gif has no `hdr`: leave it out"),
        (CARD, {"outputs": [video(quality={})]}, "outputs[0].quality: give one of `crf`, `vmaf` and `passes`"),
        (CARD, {"outputs": [video(quality={"crf": 20, "passes": 2})]}, "outputs[0].quality: give one of"),
        (CARD, {"outputs": [video(bitrate="low", quality={"crf": 20})]},
         "outputs[0]: `bitrate` and `quality.crf` both say how good it is: leave out one (`quality.cap` bounds the bits)"),
        (CARD, {"outputs": [video(bitrate=500_000, quality={"vmaf": 90})]},
         "outputs[0]: `bitrate` and `quality.vmaf` both say how good it is"),
        (CARD, {"outputs": [video(bitrate="low", codec="prores", audio="pcm")]},
         "outputs[0]: prores has one quality, which `effort` names: leave out `bitrate`"),
        (CARD, {"outputs": [video(bitrate=900_000, quality={"passes": 2, "cap": 800_000})]},
         "outputs[0].quality.cap: 800,000 bits a second are less than its `bitrate`, 900,000, which `passes` keep in the mean"),
        (CARD, {"bitrate": "high", "outputs": [video(quality={"passes": 2, "cap": 800_000})]},
         "outputs[0].quality.cap: 800,000 bits a second are less than its `bitrate`, 5,000,000"),
        (CARD, {"outputs": [video(quality={"vmaf": 90, "passes": 2})]}, "outputs[0].quality: give one of"),
        (CARD, {"outputs": [video(quality={"crf": 20, "model": "vmaf_v0.6.1neg"})]},
         "outputs[0].quality: `model` says what `vmaf` is measured by, and there is none: leave out `model`"),
        (CARD, {"outputs": [video(floor={"metric": "psnr", "mean": 40, "model": "vmaf_v0.6.1neg"})]},
         "outputs[0].floor: `model` is of the `metric` vmaf, not of psnr: leave out one of them"),
        (CARD, {"outputs": [video(format="gif", effort="small")]}, "outputs[0]: gif has no `effort`: leave it out"),
        (CARD, {"outputs": [video(format="gif"), video(format="gif", loops=2)]},
         "outputs[1].name: would be called 1080p, as outputs[0] is"),
        (CARD, {"outputs": [video(quality={"crf": 52})]}, "outputs[0]: h264 counts its `crf` from 1 to 51, not 52"),
        (CARD, {"outputs": [video(codec="av1", quality={"crf": 30.5})]},
         "outputs[0]: av1 takes whole numbers as its `crf`, not 30.5"),
        (CARD, {"outputs": [video(codec="av1", quality={"passes": 2})]},
         "outputs[0]: av1 has no two passes here, but h264 and hevc have: give `crf` or `vmaf` instead"),
        (CARD, {"outputs": [video(codec="vp9", audio="opus", quality={"crf": 30, "cap": 500_000})]},
         "outputs[0]: vp9 has no cap here: leave out `cap`"),
        (CARD, {"outputs": [video(codec="prores", audio="pcm", quality={"vmaf": 90})]},
         "outputs[0]: prores has one quality, which `effort` names: leave out `quality`"),
        (CARD, {"outputs": [video(quality={"vmaf": 100})]}, "outputs[0].quality.vmaf: "),
        (CARD, {"outputs": [video(quality={"vmaf": 90, "model": "vmaf_v9"})]}, "outputs[0].quality.model: must be "),
        (CARD, {"outputs": [video(floor={})]}, "outputs[0].floor: give `mean`, `lowest`, or both"),
        (CARD, {"outputs": [video(floor={"metric": "ssim", "mean": 90})]},
         "outputs[0].floor.mean: no picture has more than 1 ssim"),
        (CARD, {"outputs": [video(floor={"lowest": 70, "every": 5})]},
         "outputs[0].floor: the lowest of all frames is known where all are measured: leave out `every`"),
        (CARD, {"outputs": [video(width=1280)]}, "outputs[0]: give `width` and `height`, or neither"),
        (CARD, {"outputs": [video(width=1280, height=720, resolution="720p")]}, "outputs[0]: give either `resolution`"),
        (CARD, {"outputs": [video(width=1281, height=720)]}, "outputs[0].width: must be a multiple of 2"),
        (CARD, {"outputs": [video(bitrate=10)]}, "outputs[0].bitrate: "),
        (CARD, {"outputs": [video(codec="av1", audio="pcm")]}, "outputs[0]: no container holds both av1 and pcm"),
        (CARD, {"outputs": [video(container="webm")]},
         "outputs[0]: webm does not hold h264, which goes into mp4 or mov"),
        (CARD, {"outputs": [video(container="mp4", audio="pcm")]},
         "outputs[0]: mp4 does not hold pcm, but aac, flac, mp3, opus"),
        (CARD | {"background": "none"}, {"outputs": [video(codec="vp9", audio="opus", alpha=True, container="mp4")]},
         "outputs[0]: mp4 does not hold vp9 with alpha, which goes into webm"),
        (CARD, {"outputs": [video(format="gif", container="mov")]}, "outputs[0]: gif has no `container`: leave it out"),
        (CARD, {"outputs": [video(format="mov")]},
         "outputs[0].format: mov is a `container`: write it there; `format` is for what is shown as a picture"),
        (CARD, {"outputs": [video(), video(container="mov")]}, "outputs[1].name: would be called 1080p, as outputs[0] is"),
        (CARD, {"outputs": [video(codec="h264_nvenc")]}, "outputs[0].codec: must be"),
        (CARD, {"outputs": [video(bit_depth=10)]}, "outputs[0]: h264 has 8 bits here, not 10"),
        (CARD, {"outputs": [video(effort="slow")]}, "outputs[0].effort: must be `quick`, `balanced` or `small`"),
        (CARD, {"outputs": [video(name="a/b")]}, "outputs[0].name: must be letters, digits, "),
        (CARD, {"outputs": [video(width=1280, height=700)]},
         "outputs[0]: 1280x700 is not of the picture's shape, 16:9 (give `resolution`, or a size of that shape)"),
        (CARD, {"outputs": [video(), video(resolution="1080p")]}, "outputs[1]: is the same as outputs[0]"),
        (CARD, {"outputs": [video(), video(bitrate="medium")]}, "outputs[1]: is the same as outputs[0]"),
        (CARD, {"outputs": [video(), video(bitrate="low")]}, "outputs[1].name: would be called 1080p, as outputs[0] is"),
        (CARD, {"outputs": [video(name="A"), video(resolution="720p", name="a")]}, "outputs[1].name: would be called a"),
        (EXPORT, {"copy": "require", "outputs": [video(), video(resolution="480p")]},
         "request: nothing is copied into such `outputs`"),
        (EXPORT, {"aspect": "16:9"}, "request: an `aspect` has no size"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(base: dict[str, Any], fields: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_request(base | fields)
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize(
    ("base", "fields", "said"),
    [
        (EXPORT, {"outputs": [video(width=640, height=480)]}, "outputs[0]: 640x480 is not of the picture's shape, 16:9"),
        (EXPORT, {"copy": "require", "outputs": [video(floor={"mean": 90})]},
         "outputs: asks for a quality, and packets that are copied have their own (leave out `quality` and `floor`, or let"),
        (MASTER, {"outputs": [video(resolution="1080p")]},
         "outputs[0]: 1920x1080 is more than the master's 1280x720 (ask for less, or for no size)"),
        (MASTER, {"outputs": [pictures(), video(resolution="1080p")]}, "outputs[1]: 1920x1080 is more than the master's"),
        (MASTER, {"outputs": [pictures(widths=[1920])]}, "outputs[0].widths[0]: 1920 pixels are more than the 1280"),
        (MASTER, {"outputs": [pictures(poster=4)]},
         "outputs[0].poster: 4 s is past the end: the video lasts 4.000 s (name an earlier moment)"),
        (MASTER, {"outputs": [video(), pictures(thumbnails={"at": [1, 5.5]})]},
         "outputs[1].thumbnails.at[1]: 5.5 s is past the end: the video lasts 4.000 s"),
        (MASTER, {"outputs": [pictures(thumbnails={"every": 0.01})]},
         "outputs[0].thumbnails.every: makes 400 pictures of a video of 4 s, more than 100"),
        (MASTER, {"resolution": "4k"}, "resolution: 3840x2160 is more than the master's 1280x720"),
        (MASTER, {"outputs": [video(), video(resolution="720p")]}, "outputs[1]: is the same as outputs[0]"),
        (MASTER, {"range": {"start": 4, "end": 5}}, "range.start: 4 s is past the end: a.mp4 lasts 4.000 s"),
        (MASTER, {"range": {"start": 1, "end": 4.1}}, "range.end: 4.1 s is past the end: a.mp4 lasts 4.000 s"),
    ],
)  # fmt: skip
def test_what_a_source_does_not_allow_is_refused(base: dict[str, Any], fields: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        keys(base | fields)
    assert str(refused.value).startswith(said)


def test_the_canvas_is_that_of_the_largest_and_names_tell_files_apart() -> None:
    request = parse_request(CLIPS | {"variants": 1, "stills": False, "outputs": [
        video(resolution="480p"), video(resolution="720p", name="web"), video(resolution="480p", audio="none", name="mute"),
    ]})  # fmt: skip
    plan = plan_request(request, {"clips[0].asset": SOURCE})
    assert [output.name for output in plan.outputs] == [
        "variant-001-480p.mp4", "variant-001-web.mp4", "variant-001-mute.mp4",
    ]  # fmt: skip
    joins = [plan.by_key[output.step].operation for output in plan.outputs]
    assert {getattr(step.operation, "canvas", None) for step in plan.steps if step.composition} == {
        Canvas(width=1280, height=720, rate=request.frame_rate)  # type: ignore[attr-defined]
    }
    assert [(join.canvas.size, join.soundtrack is not None) for join in joins if join.operation == "join"] == [
        ((854, 480), True), ((1280, 720), True), ((854, 480), False),
    ]  # fmt: skip


def test_several_videos_of_a_multicam_are_encoded_and_that_is_said() -> None:
    plans = [
        plan_request(parse_request(EXPORT | more), {"sources[0].asset": SOURCE})
        for more in ({}, {"outputs": [video(), video(resolution="480p")]})
    ]
    assert [{step.kind for step in plan.steps} & {"copied", "picture"} for plan in plans] == [{"copied"}, {"picture"}]
    assert [any("nothing is copied" in warning for warning in plan.warnings) for plan in plans] == [False, True]


@pytest.mark.parametrize("wanted", [{"codec": "vp9"}, {"codec": "hevc"}, {"codec": "prores"}, {"format": "gif"}])
@pytest.mark.parametrize("mezzanine", [False, True])
def test_h264_is_not_copied_into_a_video_of_another_codec(wanted: dict[str, Any], mezzanine: bool) -> None:
    """It was, and the join ended as a fault of ours; with a mezzanine no plan was made at all."""
    request = parse_request(EXPORT | {"mezzanine": mezzanine, "outputs": [video(**wanted)]})
    plan = plan_request(request, {"sources[0].asset": SOURCE})
    assert {step.kind for step in plan.steps} & {"copied", "picture", "mezzanine"} == {"picture"}
    assert any("nothing is copied" in warning for warning in plan.warnings)
    with pytest.raises(InvalidRequest, match="ask for one video, in H"):
        parse_request(EXPORT | {"copy": "require", "outputs": [video(**wanted)]})


def test_of_a_multicam_without_a_video_nothing_is_said_of_copying() -> None:
    request = EXPORT | {"outputs": [{"type": "audio"}]}
    plan = plan_request(parse_request(request), {"sources[0].asset": SOURCE})
    assert [output.name for output in plan.outputs] == ["multicam.m4a"]
    assert plan.warnings == ()
    with pytest.raises(InvalidRequest, match="nothing is copied into such `outputs`"):
        parse_request(request | {"copy": "require"})


@pytest.mark.parametrize(
    ("outputs", "files"),
    [
        ([video(format="gif"), video(format="webp")], ["video-1080p.gif", "video-1080p.webp"]),
        ([video(), video(format="gif")], ["video-1080p.gif", "video-1080p.mp4"]),
        ([video(format="gif", name="loop"), video(format="webp", name="loop")], ["video-loop.gif", "video-loop.webp"]),
    ],
)
def test_files_of_other_formats_need_no_names(outputs: list[Any], files: list[str]) -> None:
    plan = plan_request(parse_request(CARD | {"stills": False, "outputs": outputs}), {})
    assert sorted(output.name.replace("template", "video") for output in plan.outputs) == files


@pytest.mark.parametrize(
    ("codec", "crf", "given"),
    [("h264", 20.5, "20.5"), ("hevc", 20.5, "20.5"), ("av1", 30.0, "30"), ("vp9", 30.0, "30")],
)
def test_a_crf_is_handed_to_the_encoder_as_it_is(codec: str, crf: float, given: str) -> None:
    outputs = [video(codec=codec, audio="none", quality={"crf": crf})]
    plan = plan_request(parse_request(CARD | {"stills": False, "outputs": outputs}), {})
    encoders: list[Any] = [step.operation.encoder for step in plan.steps if hasattr(step.operation, "encoder")]
    assert {str(VIDEO_CODECS[each.codec].flags(each)["crf"]) for each in encoders} == {given}


LONG_CARD = {**CARD, "timeline": {"tracks": [{"clips": [{"type": "colour", "colour": "red", "duration": 30}]}]}}


@pytest.mark.parametrize("seconds", [1, "3/2", 2, 3, 5, 6, 7.5, 30])
@pytest.mark.parametrize("rate", [25, "30000/1001"])
def test_segments_of_ladders_last_as_long_as_is_asked(seconds: Any, rate: Any) -> None:
    """About, as the timeline's own segments begin with key frames too; a short video has at least two."""
    asked = {"frame_rate": rate, "stills": False, "outputs": [LADDER | {"segment_seconds": seconds}]}
    plan = plan_request(parse_request(LONG_CARD | asked), {})
    made: dict[str, Any] = {step.key: step.operation for step in plan.steps}
    track, *_ = [each for each in made.values() if isinstance(each, Fragment) and each.media == "video"]
    join = made[track.source]
    frames, keys = 0, []
    for segment in (made[key] for key in join.segments):
        keys += [*range(frames, frames + segment.frames, segment.encoder.group)]
        frames += segment.frames
    starts = segment_starts([key / join.canvas.rate for key in keys], frames / join.canvas.rate, Fraction(seconds))
    lengths = [later - sooner for sooner, later in pairwise((*starts, frames / join.canvas.rate))]
    wanted = min(Fraction(seconds), Fraction(15))
    assert max(lengths) <= wanted * Fraction(3, 2)
    assert sum(lengths) / len(lengths) >= wanted * Fraction(3, 4)
    assert max(later - sooner for sooner, later in pairwise(keys)) <= 2 * join.canvas.rate


@pytest.mark.parametrize("base", [CARD, MASTER, EXPORT])
def test_faults_of_outputs_hide_none_of_each_other(base: dict[str, Any]) -> None:
    """Whether or not anybody knows yet how large pictures are."""
    sounds = [{"language": "en"}, {"language": "en"}]
    texts = [{"asset": "a.srt", "language": "EN!"}, {"asset": "b.srt", "language": "en", "encoding": 5}]
    ladder = LADDER | {"audio": sounds, "subtitles": texts, "codecs": ["h264", "h264"], "segment_seconds": 0}
    outputs = [ladder, SOUND, SOUND, pictures(name="x"), pictures(name="x", quality=0), video(bitrate=1, loops=-1)]
    assert sorted(problem.place for problem in read_request(base | {"outputs": outputs}).problems) == [
        "outputs[0].audio",
        "outputs[0].codecs",
        "outputs[0].segment_seconds",
        "outputs[0].subtitles[0].language",
        "outputs[0].subtitles[1].encoding",
        "outputs[2].name",
        "outputs[4]",
        "outputs[4].quality",
        "outputs[5].bitrate",
        "outputs[5].loops",
    ]


@pytest.mark.parametrize(
    ("fields", "places"),
    [
        ({"outputs": [video(codec="vp9", bitrate=300_000), video(bitrate=400_000, name="b")]}, ["outputs[0].bitrate"]),
        ({"outputs": [video(codec="vp9")], "bitrate": 900_000}, ["bitrate"]),
        ({"outputs": [video(codec="vp9"), video(name="b")]}, []),
        ({"outputs": [video(codec="vp9", quality={"crf": 30})], "bitrate": 900_000}, []),
        (
            {"outputs": [{"type": "ladder", "codecs": ["h264", "vp9"], "rungs": [{"bitrate": 200_000}]}]},
            ["outputs[0].rungs[0].bitrate"],
        ),
        ({"outputs": [{"type": "ladder", "codecs": ["vp9"], "rungs": "standard"}], "bitrate": 900_000}, ["bitrate"]),
    ],
)
def test_bits_that_vp9_does_not_keep_are_said_to_be_no_bound(fields: dict[str, Any], places: list[str]) -> None:
    warnings = plan_request(parse_request({**MASTER, **fields}), {"asset": SOURCE}).warnings
    assert [warning.partition(":")[0] for warning in warnings if "has no cap" in warning] == places


@pytest.mark.parametrize(
    "output",
    [
        video(),
        *(
            video(format=shown, **fields)
            for shown in ("gif", "webp")
            for fields in ({}, {"audio": "none"}, {"loops": 3})
        ),
        video(codec="prores", audio="pcm"),
        video(codec="vp9", audio="none", quality={"vmaf": 90}, floor={"mean": 80, "every": 4}),
        video(quality={"passes": 2}, bitrate=600_000),
        video(chapters=[{"at": 0, "title": "Opening"}]),
        LADDER,
        LADDER | {"rungs": "per-title", "audio": []},
        LADDER | {"encryption": {"key": "film.key", "uri": "https://keys.example/1"}},
        pictures(poster="none", sprite=False, animation="gif"),
        SOUND | {"codec": "flac"},
        ANALYSIS,
    ],
)
def test_what_is_asked_for_in_full_can_be_asked_for(output: dict[str, Any]) -> None:
    """`resolved` of a validation, and the request in a report, from which searches know texts and assets."""
    request = parse_request({"kind": "encode", "asset": "a.mp4", "outputs": [output]})
    assert parse_request(request.model_dump_json(by_alias=True)) == request
