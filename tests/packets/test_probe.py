"""The facts of media files, held against FFmpeg's own decoder and against what was checked by hand."""

from __future__ import annotations

import re
import struct
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from reel.errors import BadMedia
from reel.media import MediaFacts
from reel.packets.probe import probe
from reel.settings import settings
from tests.clips import KINDS, Clip, ffmpeg
from tests.conftest import MakeClip
from tests.corpus import CORPUS, corpus_files, needs_corpus
from tests.packets.truth import Decoded, decode_audio, decode_video, first_picture

SHA256 = "0" * 64
MILLISECOND = Fraction(1, 1000)
AAC_PACKET = Fraction(1024, 44100)

Reading = tuple[MediaFacts | BadMedia, Decoded | None, Decoded | None]


def facts_of(path: Path) -> MediaFacts:
    return probe(path, SHA256, path.name)


def refusal_of(path: Path) -> str:
    with pytest.raises(BadMedia) as raised:
        probe(path, SHA256, "clips[0]")
    assert raised.value.problems[0].place == "clips[0]"
    return str(raised.value)


def make_by(arguments: str, path: Path) -> Path:
    subprocess.run([ffmpeg(), "-v", "error", "-nostdin", "-y", *arguments.split(), str(path)], check=True)
    return path


def read(path: Path) -> Reading:
    """Our facts of a file, and what FFmpeg decodes of the streams that they name."""
    try:
        facts = facts_of(path)
    except BadMedia as refusal:
        return refusal, None, None
    video = decode_video(path, facts) if facts.video else None
    return facts, video, decode_audio(path, facts) if facts.audio else None


@pytest.fixture(scope="module")
def readings() -> dict[Path, Reading]:
    files = [path for folder in ("audio", "broken", "image", "video") for path in corpus_files(folder)]
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(files, pool.map(read, files), strict=True))


def assert_agrees(reading: Reading) -> None:
    """Our facts against FFmpeg's decoder: frames and sizes exactly, times as exactly as the container tells them."""
    facts, picture, sound = reading
    assert isinstance(facts, MediaFacts), facts
    if facts.video and picture:
        video = facts.video
        assert video.frames == len(picture.times)
        assert f"{video.width}x{video.height}" == picture.headers["dimensions"]
        assert video.sample_aspect == (Fraction(picture.headers["sar"]) or 1)
        # Of frames that are counted the first is shown at once: FFmpeg shows all of them late by as much.
        late = picture.times[0] - video.start if video.counted else 0
        assert late in (0, 1 / video.rate, 2 / video.rate)
        assert abs(video.start + late - picture.times[0]) < MILLISECOND
        if not facts.still:
            assert_lasts(video.start + late + video.duration, picture)
    if facts.audio and sound:
        audio = facts.audio
        assert str(audio.sample_rate) == sound.headers["sample_rate"]
        assert audio.layout in ("", sound.headers["channel_layout_name"])
        assert abs(audio.start - sound.times[0]) < MILLISECOND
        assert abs(audio.start + audio.duration - sound.end) < AAC_PACKET


def assert_lasts(end: Fraction, picture: Decoded) -> None:
    """The last frame ends as FFmpeg says, or lasts as long as the one before where FFmpeg knows no better."""
    like_before = picture.times[-1] + (picture.times[-1] - picture.times[-2] if len(picture.times) > 1 else 0)
    assert min(abs(end - picture.end), abs(end - like_before)) < 2 * MILLISECOND


# --- the corpus -------------------------------------------------------------------------------------------------------

NOT_AS_FFMPEG: dict[str, str] = {
    "broken/corrupted.mp4": "one packet in the middle is damaged; only decoding everything would tell",
    "image/ultraHDR.jpg": "a second JPEG, the gain map, follows the picture: a still has one frame",
    "image/iss634.webp": "an animated WebP, of which only the first picture is read, is a still for us",
    "image/mode_16bit.png": "PyAV and FFmpeg cannot read its second frame; it is a still for us",
}
REFUSED_IN_GOOD_FOLDERS: dict[str, str] = {
    "video/video_dovi_3840x2160_30fps_dav1_10.mp4": "cannot be decoded here (dav1)",
    "image/ultrahdr.jpg": "image file is truncated",
    "image/black_large.webp": "has a picture of 16000x9000, more than",
}


def name_in_corpus(path: Path) -> str:
    assert CORPUS
    return str(path.relative_to(CORPUS))


@needs_corpus
@pytest.mark.parametrize(
    "path", [*corpus_files("audio"), *corpus_files("image"), *corpus_files("video")], ids=name_in_corpus
)
def test_good_files_agree_with_ffmpeg(path: Path, readings: dict[Path, Reading]) -> None:
    name = name_in_corpus(path)
    if name in REFUSED_IN_GOOD_FOLDERS:
        assert REFUSED_IN_GOOD_FOLDERS[name] in str(readings[path][0])
    elif name not in NOT_AS_FFMPEG:
        assert_agrees(readings[path])


CAPTIONED = {"video/fragmented_captions_h265.mp4"}


@needs_corpus
def test_closed_captions_are_told_of_those_files_alone_that_have_them(readings: dict[Path, Reading]) -> None:
    told = {
        name_in_corpus(path)
        for path in corpus_files("video")
        if isinstance(facts := readings[path][0], MediaFacts) and any("closed captions" in w for w in facts.warnings)
    }
    assert told == CAPTIONED


@needs_corpus
@pytest.mark.parametrize("path", corpus_files("broken"), ids=name_in_corpus)
def test_broken_files_give_facts_that_agree_or_a_reason(path: Path, readings: dict[Path, Reading]) -> None:
    reading = readings[path]
    if isinstance(reading[0], BadMedia):
        assert len(str(reading[0])) > len(path.name) + 10
    elif name_in_corpus(path) not in NOT_AS_FFMPEG:
        assert_agrees(reading)


@needs_corpus
def test_subtitles_and_playlists_are_refused_by_their_name() -> None:
    files = corpus_files("subs")
    with ThreadPoolExecutor(2) as pool:
        refusals = dict(zip(files, pool.map(refusal_of, files), strict=True))
    for path, refusal in refusals.items():
        words = "empty" if path.stat().st_size == 0 else "playlist" if path.suffix == ".m3u8" else "subtitle file"
        assert words in refusal


REASONS = {
    "empty_file.wav": "is empty",
    "git-lfs-pointer.mp4": "Git LFS pointer",
    "there_is_no_such_ext.bogus": "text file",
    "trunc-half-nasa.mp4": "truncated",
    "short-cenc.mp4": "encrypted",
    "sample_ac4_protected.mp4": "encrypted",
    "sample_fragmented_clearkey.mp4": "encrypted",
    "zero_width.gif": "0x32 pixels",
    "broken.png": "more than",
    "broken_data_stream.png": "cannot be decoded",
    "test1_empty.wav": "no sound at all",
    "no_audio_data_compressed.wav": "no sound at all",
    "bipbop_nonfragment_header.mp4": "holds neither picture nor sound (h264 and aac without data)",
    "random_1000_pages": "not a media file",
}


@needs_corpus
@pytest.mark.parametrize("name", REASONS)
def test_the_reason_of_a_refusal_is_named(name: str, readings: dict[Path, Reading]) -> None:
    assert CORPUS
    assert REASONS[name] in str(readings[CORPUS / "broken" / name][0])


def video(**expected: Any) -> tuple[str, dict[str, Any]]:
    return "video", expected


def audio(**expected: Any) -> tuple[str, dict[str, Any]]:
    return "audio", expected


CHECKED_BY_HAND: list[tuple[str, tuple[str, dict[str, Any]]]] = [
    ("video/internal_emulator_transformer_output_180_rotated.mp4", video(rotation=180, frames=149)),
    ("video/video_180.mov", video(rotation=180, frames=3, rate=30)),
    ("video/video_rotation_90.mp4", video(rotation=90, display_size=(60, 100), frames=1)),
    ("video/rotate-buck-bunny.mp4", video(rotation=90, display_size=(1080, 1920), rate=24)),
    ("video/sample_rotate_and_reflect.mp4", video(rotation=270, mirrored=True)),
    ("video/sar_2x1.mp4", video(sample_aspect=2, display_size=(1280, 360))),
    ("video/carphone_pristine.mp4", video(sample_aspect=Fraction(128, 117), rate=Fraction(30000, 1001))),
    ("video/cursed-vfr.mp4", video(variable=True, frames=63, duration=Fraction(502589, 57600))),
    ("video/sample_android_slow_motion.mp4", video(variable=True, frames=7)),
    ("video/annex-b-avc.mkv", video(variable=True, frames=745)),
    ("video/hdr10-video-with-sdr-container.mp4", video(bit_depth=10, hdr="pq", frames=28)),
    ("video/video_colr_nclx_hdr10.mp4", video(width=2, height=2, hdr="pq", frames=3)),
    ("video/sample_with_color_info.mp4", video(hdr="hlg", rotation=90, display_size=(1080, 1920))),
    ("video/sample_av1.mkv", video(hdr="hlg", codec="av1", bit_depth=10)),
    ("video/bt709_full_range.mp4", video(full_range=True, matrix="bt709")),
    ("video/h264_10bits.mp4", video(bit_depth=10, pixel_format="yuv420p10le", full_range=False)),
    ("video/multiple_video.mp4", video(index=0, frames=500, rate=50, pixel_format="yuv422p10le", interlaced=False)),
    ("video/bear-vp9-odd-dimensions.webm", video(width=161, height=121, rate=Fraction(30000, 1001))),
    ("video/edit_list_positive_shift.mp4", video(start=1, frames=270, duration=9)),
    ("video/sample_edit_list_only_preroll_sync_sample.mp4", video(frames=16, keyframes=())),
    ("video/400x300-red-resize-200x150-green.mp4", video(width=400, height=300, frames=118)),
    ("video/sample_fragmented.mp4", video(frames=30, duration=Fraction(1001, 1000))),
    ("video/sample_without_stss.mp4", video(frames=30, rate=Fraction(30000, 1001))),
    ("video/scene-change.mov", video(variable=True, frames=19, duration=20)),
    ("video/test_cif_P_CABAC_slice.264", video(frames=300, rate=25, keyframes=())),
    ("video/sample_h264.ts", video(frames=30, rate=30, keyframes=())),
    ("video/nasa_13013.mp4", video(index=0, width=320, height=180, frames=325)),
    ("video/h264-png.mp4", video(index=0, codec="h264", frames=60)),
    ("broken/transparency-faulty.webm", video(alpha=True, codec="vp8")),
    ("image/Portrait_5.jpg", video(rotation=270, mirrored=True)),
    ("image/Portrait_7.jpg", video(rotation=90, mirrored=True)),
    ("image/hopper_orientation_6.webp", video(rotation=90)),
    ("image/pil_sample_cmyk.jpg", video(alpha=False, frames=1)),
    ("image/transparent.webp", video(alpha=True)),
    ("image/chi.gif", video(frames=31, duration=Fraction(31, 10))),
    ("image/sample_MP.heic", video(width=1080, height=1920, frames=1)),
    ("audio/bear-id3.mp3", audio(codec="mp3", sample_rate=48000)),
    ("audio/41 - 6 channels (5.1).flac", audio(channels=6, layout="5.1(side)")),
    ("audio/60 - mono audio.flac", audio(channels=1, layout="mono")),
    ("audio/sample_8bit.wav", audio(layout="mono", duration=1)),
    ("audio/sample_96khz.wav", audio(sample_rate=96000, duration=1)),
    ("audio/test_loud.m4a", audio(start=0, duration=3)),
    ("video/silent.mp4", audio(start=0, duration=60)),
    ("video/big-buck-bunny-480p-30sec.mp4", audio(layout="5.1", duration=30)),
]


@needs_corpus
@pytest.mark.parametrize(("name", "expected"), CHECKED_BY_HAND, ids=[name for name, _ in CHECKED_BY_HAND])
def test_facts_checked_by_hand(name: str, expected: tuple[str, dict[str, Any]], readings: dict[Path, Reading]) -> None:
    assert CORPUS
    facts = readings[CORPUS / name][0]
    assert isinstance(facts, MediaFacts), facts
    stream = getattr(facts, expected[0])
    colour = getattr(stream, "colour", None)
    for field, value in expected[1].items():
        assert getattr(stream, field, None) == value or getattr(colour, field, None) == value, field


@needs_corpus
def test_images_are_stills_and_animations_are_not(readings: dict[Path, Reading]) -> None:
    animated = {"chi.gif", "four-colors-flip.avif", "loop_forever.avif"}
    for path in corpus_files("image"):
        facts = readings[path][0]
        if isinstance(facts, MediaFacts):
            assert facts.still == (path.name not in animated), path.name


@needs_corpus
def test_cover_art_is_no_video(readings: dict[Path, Reading]) -> None:
    for path in corpus_files("audio"):
        facts = readings[path][0]
        assert isinstance(facts, MediaFacts)
        assert facts.video is None
        assert facts.audio


# --- pictures upright -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "sound", "picture"),
    [
        ("a.mkv", "-c:a libopus", "-c:v mjpeg"),
        ("a.mp4", "-c:a aac", "-c:v mjpeg"),
        ("b.mp4", "-c:a aac", "-c:v png"),
        ("c.mp3", "-c:a libmp3lame", "-c:v mjpeg -disposition:v attached_pic"),
    ],
)
def test_one_picture_beside_a_long_sound_is_a_cover(name: str, sound: str, picture: str, tmp_path: Path) -> None:
    """Though the file calls it a video."""
    still = make_by("-f lavfi -i testsrc2=s=300x300 -frames:v 1", tmp_path / "cover.png")
    facts = facts_of(make_by(f"-f lavfi -i sine=d=5 -i {still} -map 0:a -map 1:v {sound} {picture}", tmp_path / name))
    assert facts.video is None
    assert facts.audio is not None
    assert facts.other_streams == (f"attached picture {picture.split()[1]}",)
    assert facts.warnings == ()
    assert facts.without_picture == "is sound with a cover, which is no video"


@pytest.mark.parametrize("arguments", [
    "-f lavfi -i sine=d=3 -f lavfi -i testsrc2=s=320x180:r=1/3:d=3 -c:v mpeg4 -c:a aac",
    "-f lavfi -i sine=d=0.5 -f lavfi -i testsrc2=s=320x180:r=25:d=0.04 -c:v mpeg4 -c:a aac",
    "-f lavfi -i testsrc2=s=320x180:r=25:d=0.04 -c:v mpeg4",
])  # fmt: skip
def test_one_picture_that_is_shown_all_the_time_is_a_video(arguments: str, tmp_path: Path) -> None:
    video = facts_of(make_by(arguments, tmp_path / "a.mp4")).video
    assert video is not None
    assert video.frames == 1


def test_colours_that_nothing_here_knows_are_refused_by_name(tmp_path: Path) -> None:
    path = make_by("-f lavfi -i testsrc2=d=0.2 -vf setparams=colorspace=smpte2085 -c:v ffv1", tmp_path / "a.mkv")
    assert "colours are coded in a way that is not known here (smpte2085)" in refusal_of(path)


def upright_filters(facts: MediaFacts) -> str:
    """What the facts say must be done: mirror first, then turn clockwise."""
    assert facts.video
    turn = {0: "null", 90: "transpose=clock", 180: "hflip,vflip", 270: "transpose=cclock"}[facts.video.rotation]
    return f"hflip,{turn}" if facts.video.mirrored else turn


def assert_upright_like_ffmpeg(path: Path) -> MediaFacts:
    facts = facts_of(path)
    assert first_picture(path, "-noautorotate", filters=upright_filters(facts)) == first_picture(path)
    return facts


TURNED = [
    "video/internal_emulator_transformer_output_180_rotated.mp4",
    "video/pixel7_videoOnly_cleaned.mp4",
    "video/rotate-buck-bunny.mp4",
    "video/sample_rotate_and_reflect.mp4",
    "video/sample_with_color_info.mp4",
    "video/video_180.mov",
    "video/video_rotation_90.mp4",
    "image/Landscape_6.jpg",
    "image/Landscape_8.jpg",
    "image/Portrait_5.jpg",
    "image/Portrait_6.jpg",
    "image/Portrait_7.jpg",
    "image/hopper_orientation_6.jpg",
    "image/g4_orientation_6.tif",
]


@needs_corpus
@pytest.mark.parametrize("name", TURNED)
def test_real_pictures_are_turned_as_ffmpeg_turns_them(name: str) -> None:
    assert CORPUS
    facts = assert_upright_like_ffmpeg(CORPUS / name)
    assert facts.video
    assert facts.video.rotation


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_all_eight_ways_to_hold_a_camera(turn: int, mirrored: bool, make_clip: MakeClip, tmp_path: Path) -> None:
    flip = "-display_hflip" if mirrored else ""
    source = make_clip(Clip(audio=None, seconds=0.2))
    path = make_by(f"-display_rotation {turn} {flip} -i {source} -c copy", tmp_path / "turned.mp4")
    facts = assert_upright_like_ffmpeg(path)
    assert facts.video
    assert facts.video.mirrored == mirrored


# --- files made here --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_made_clips_read_back_as_they_were_asked_for(kind: str, make_clip: MakeClip) -> None:
    clip = KINDS[kind]
    reading = read(make_clip(clip))
    assert_agrees(reading)
    facts = reading[0]
    assert isinstance(facts, MediaFacts)
    video, audio = facts.video, facts.audio
    assert video
    assert (video.width, video.height) == clip.size
    assert (video.rotation, video.variable) == (clip.rotation, clip.variable)
    assert (video.interlaced, video.colour.full_range) == (clip.interlaced, clip.full_range)
    assert (video.colour.hdr or "") == clip.hdr
    assert video.sample_aspect == Fraction(clip.sample_aspect)
    assert (audio.layout if audio else None) == clip.audio
    if not clip.variable:
        assert (video.rate, video.frames) == (Fraction(clip.rate), clip.frames)
        assert video.duration == clip.frames / Fraction(clip.rate)


TEST_PICTURE = "-f lavfi -i testsrc2=s=160x120:r=25:d=1"
TONE = "-f lavfi -i sine=f=440:d=1:r=44100"
CONTAINERS = {
    "b-frames.avi": f"{TEST_PICTURE} {TONE} -c:v mpeg4 -bf 2 -c:a libmp3lame",
    "h264.avi": f"{TEST_PICTURE} -c:v libx264 -preset ultrafast -bf 2",
    "h264.flv": f"{TEST_PICTURE} {TONE} -c:v libx264 -c:a aac",
    "program-stream.mpg": f"{TEST_PICTURE} {TONE} -c:v mpeg2video -bf 2 -c:a mp2",
    "interlaced.ts": f"{TEST_PICTURE} -c:v libx264 -flags +ilme+ildct -x264opts tff=1",
    "raw.hevc": f"{TEST_PICTURE} -c:v libx265 -x265-params log-level=error",
    "invisible-frames.webm": f"{TEST_PICTURE} -c:v libvpx -auto-alt-ref 1 -lag-in-frames 16 -b:v 200k",
    "invisible-frames.mp4": f"{TEST_PICTURE} -c:v libvpx-vp9 -auto-alt-ref 1 -lag-in-frames 16 -b:v 200k",
    "fragmented.mp4": f"{TEST_PICTURE} -c:v libx264 -bf 3 -movflags +frag_keyframe+empty_moov",
    "all-key.mov": f"{TEST_PICTURE} -c:v prores_ks",
    "lossless.nut": f"{TEST_PICTURE} -c:v ffv1",
    "windows.wmv": f"{TEST_PICTURE} -c:v wmv2",
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_frames_are_counted_right_in_every_container(name: str, tmp_path: Path) -> None:
    reading = read(make_by(CONTAINERS[name], tmp_path / name))
    assert_agrees(reading)
    facts = reading[0]
    assert isinstance(facts, MediaFacts)
    assert facts.video
    assert (facts.video.frames, facts.video.rate, facts.video.variable) == (25, Fraction(25), False)


@pytest.mark.parametrize("codec", ["libx264 -bf 2", "mpeg2video -bf 2"])
def test_recordings_put_behind_each_other_whose_clock_begins_again_are_refused(codec: str, tmp_path: Path) -> None:
    part = make_by(f"{TEST_PICTURE} {TONE} -c:v {codec} -c:a mp2", tmp_path / "part.ts")
    joined = tmp_path / "joined.ts"
    joined.write_bytes(2 * part.read_bytes())
    assert "is several recordings in one, whose time stamps begin again after 0.9" in refusal_of(joined)


@pytest.mark.parametrize("codec", ["libx264 -bf 2", "mpeg2video -bf 2"])
def test_recordings_put_behind_each_other_whose_clock_goes_back_are_refused(codec: str, tmp_path: Path) -> None:
    """FFmpeg takes that for a clock that came to its end, and the second part for one of the next day."""
    joined = tmp_path / "joined.ts"
    for offset in (160, 20):
        made = f"{TEST_PICTURE} {TONE} -c:v {codec} -c:a mp2 -output_ts_offset {offset}"
        with joined.open("ab") as whole:
            whole.write(make_by(made, tmp_path / f"{offset}.ts").read_bytes())
    assert re.search(
        r"is several recordings in one, whose time stamps begin again after (0\.9|1\.0)", refusal_of(joined)
    )


def test_recordings_put_behind_each_other_whose_clock_goes_on_are_one(tmp_path: Path) -> None:
    """The clock of MPEG-TS has 33 bits: it wraps after 26.5 hours, here within the second part."""
    joined = tmp_path / "joined.ts"
    for number in range(2):
        begin = f"-output_ts_offset {95_440 + number} -muxdelay 0"
        part = make_by(f"{TEST_PICTURE} -c:v libx264 -bf 2 {begin}", tmp_path / f"{number}.ts")
        joined.write_bytes((joined.read_bytes() if number else b"") + part.read_bytes())
    video = facts_of(joined).video
    assert video
    assert (video.frames, video.rate) == (50, Fraction(25))


@pytest.mark.parametrize("codec", ["libvpx", "libvpx-vp9"])
def test_key_frames_of_a_picture_with_alpha_are_those_of_both(codec: str, tmp_path: Path) -> None:
    """Alpha of WebM is encoded by itself: where the picture changes and alpha does not, the picture alone has a key frame."""
    alpha = "format=rgba,colorchannelmixer=aa=0.5,format=yuva420p"
    changing = (
        f"testsrc2=s=320x240:r=25:d=1.2[a];mandelbrot=s=320x240:r=25,trim=duration=1.2,negate[b];[a][b]concat,{alpha}"
    )
    coded = f"-c:v {codec} -auto-alt-ref 0 -b:v 1M -deadline good"
    cut = facts_of(make_by(f"-filter_complex {changing} {coded} -g 999", tmp_path / "cut.webm")).video
    assert cut
    assert cut.keyframes == (Fraction(0),)
    even = make_by(
        f"-f lavfi -i testsrc2=s=320x240:r=25:d=2,{alpha} {coded} -g 25 -keyint_min 25", tmp_path / "even.webm"
    )
    video = facts_of(even).video
    assert video
    assert video.keyframes == (Fraction(0), Fraction(1))


@pytest.mark.parametrize("codec", ["libvorbis", "libopus", "aac"])
def test_a_hole_in_a_sound_is_told_whatever_it_is_coded_in(codec: str, tmp_path: Path) -> None:
    """Packets of Vorbis are short where something begins, here each eighth of a second."""
    beats = "aevalsrc='0.6*lt(mod(t,0.125),0.02)*sin(3000*t)':s=48000:d=4"
    whole = make_by(f"-f lavfi -i {beats} -c:a {codec}", tmp_path / "whole.mka")
    hole = "noise=drop='gt(pts*tb,1.5)*lt(pts*tb,2.3)'"
    broken = make_by(f"-i file:{whole} -c copy -bsf:a {hole}", tmp_path / "broken.mka")
    assert not any("has nothing" in each for each in facts_of(whole).warnings)
    assert any("has nothing for 0." in each and "from 1.5" in each for each in facts_of(broken).warnings)


def test_a_file_that_begins_late_is_not_cut_off_for_that(tmp_path: Path) -> None:
    """As a recorder's second file does. Some muxers count its length from there, FFmpeg's counts from 0."""
    encode = f"{TEST_PICTURE} {TONE} -c:v libx264 -c:a aac"
    late = make_by(f"{encode} -output_ts_offset 1000", tmp_path / "late.mkv")
    assert facts_of(late).warnings == ()
    whole = make_by(f"{encode} -cues_to_front 1", tmp_path / "whole.mkv")
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])
    assert any("the file: is cut off" in each for each in facts_of(cut).warnings)


def test_keyframes_are_told_where_a_seek_finds_them(tmp_path: Path) -> None:
    encode = f"{TEST_PICTURE} -c:v libx264 -preset ultrafast -bf 2 -g 10"
    trusted = [facts_of(make_by(encode, tmp_path / f"a{suffix}")).video for suffix in (".mp4", ".mkv")]
    expected = (Fraction(0), Fraction(2, 5), Fraction(4, 5))
    assert [video.keyframes for video in trusted if video] == [expected, expected]
    guessed = facts_of(make_by(encode, tmp_path / "a.ts")).video
    assert guessed
    assert guessed.keyframes == ()


@pytest.mark.parametrize(
    ("name", "arguments", "alpha"),
    [
        ("a.png", "-f lavfi -i color=red@0.5:s=8x8:d=0.04,format=rgba -frames:v 1", True),
        ("b.png", f"{TEST_PICTURE} -frames:v 1", False),
        ("c.bmp", f"{TEST_PICTURE} -frames:v 1", False),
        ("d.tiff", f"{TEST_PICTURE} -frames:v 1", False),
        ("e.webp", "-f lavfi -i color=red@0.5:s=8x8:d=0.04,format=yuva420p -frames:v 1 -c:v libwebp", True),
    ],
)
def test_stills(name: str, arguments: str, alpha: bool, tmp_path: Path) -> None:
    facts = facts_of(make_by(arguments, tmp_path / name))
    assert facts.still
    assert facts.video
    assert (facts.video.frames, facts.video.rate, facts.video.alpha) == (1, Fraction(25), alpha)


@pytest.mark.parametrize("name", ["a.aac", "a.m4a", "a.mp3", "a.ogg", "a.opus", "a.flac", "a.wav", "a.mka", "a.aiff"])
def test_sound_lasts_to_its_last_sample(name: str, tmp_path: Path) -> None:
    reading = read(make_by(TONE, tmp_path / name))
    assert_agrees(reading)
    facts = reading[0]
    assert isinstance(facts, MediaFacts)
    assert facts.audio
    assert facts.video is None
    if name != "a.aac":  # which cannot say how much of it is padding
        assert abs(facts.audio.duration - 1) < 4 * MILLISECOND  # Vorbis leaves out half of its first block


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (bytes(5000), "nothing but zeros"),
        (b"hello", "a text file"),
        (b"\x93\x00\xff\xfe\x01" * 300, "not a media file"),
        (b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0" + bytes(40), "a ZIP archive, or a document of an office program"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(40), "a document of an office program"),
        (b"Rar!\x1a\x07\x01\0" + bytes(40), "a packed archive"),
        (b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", "a PDF document"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "Git LFS pointer"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "a web page"),
        (b'{"error": "not found"}', "a JSON document"),
        (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "an XML document"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nsecret.ts\n#EXT-X-ENDLIST\n", "an HLS playlist"),
        (b"ffconcat version 1.0\nfile secret.mp4\n", "a list of files"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42\0\0\x10\0mdat" + bytes(range(256)) * 8, "no index (moov)"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\0\x05\x08\x02\0\0\0" + bytes(200), "0x5 pixels"),
    ],
)
def test_what_is_no_media_is_refused_by_its_name(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "upload.mp4"
    path.write_bytes(content)
    assert words in refusal_of(path)


def test_a_truncated_and_an_encrypted_file(make_clip: MakeClip, tmp_path: Path) -> None:
    whole = make_clip(KINDS["plain"]).read_bytes()
    cut, locked = tmp_path / "cut.mp4", tmp_path / "locked.mp4"
    cut.write_bytes(whole[: len(whole) // 2])
    locked.write_bytes(whole.replace(b"avc1\0\0\0\0\0\0\0\1", b"encv\0\0\0\0\0\0\0\1"))
    assert "truncated" in refusal_of(cut)
    assert "encrypted" in refusal_of(locked)


@pytest.mark.parametrize("container", ["mp4", "mkv", "ts"])
def test_a_recording_that_begins_long_before_its_first_key_frame(container: str, tmp_path: Path) -> None:
    """As of broadcasts: 80 packets of which nothing can be decoded."""
    sources = "-f lavfi -i testsrc2=s=64x48:r=25:d=5 -f lavfi -i sine=d=5"
    whole = make_by(f"{sources} -c:v libx264 -g 100 -sc_threshold 0", tmp_path / f"whole.{container}")
    late = make_by(f"-i {whole} -c copy -bsf:v noise=drop=lt(n\\,20)", tmp_path / f"late.{container}")
    facts = facts_of(late)
    assert facts.video
    assert (facts.video.frames, facts.video.rate, facts.video.duration) == (25, Fraction(25), Fraction(1))
    assert facts.audio
    assert abs(facts.sound_at + 4) < 0.1


@pytest.mark.parametrize("codec", ["libvpx-vp9 -t 0.2", "libopus"])
def test_an_encrypted_matroska_is_not_said_to_be_damaged(codec: str, tmp_path: Path) -> None:
    """What says that a track is encrypted, and by which key, takes the place of its title, which is as long."""
    kind, source = ("a", "sine=d=0.2") if codec == "libopus" else ("v", "testsrc2=s=64x64")
    path = make_by(f"-f lavfi -i {source} -c:{kind} {codec} -metadata:s:{kind} title={'t' * 18}", tmp_path / "a.mkv")
    title = b"\x53\x6e\x92" + b"t" * 18
    encrypted = bytes.fromhex("6d8092 62408f 50338101 503588 47e18105 47e28177")
    assert path.read_bytes().count(title) == 1
    path.write_bytes(path.read_bytes().replace(title, encrypted))
    assert "is encrypted" in refusal_of(path)


def test_a_box_longer_than_any_file_is_no_internal_error(tmp_path: Path) -> None:
    path = tmp_path / "a.heic"
    path.write_bytes(
        struct.pack(">I4s4sI", 16, b"ftyp", b"heic", 0) + struct.pack(">I4sQ", 1, b"free", (1 << 64) - 20) + bytes(99)
    )
    assert "clips[0]: " in refusal_of(path)


def test_a_name_cannot_steer_the_reader(make_clip: MakeClip, tmp_path: Path) -> None:
    path = tmp_path / "concat:%03d|http:.m3u8"
    path.write_bytes(make_clip(KINDS["plain"]).read_bytes())
    assert facts_of(path) == facts_of(make_clip(KINDS["plain"]))


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    """Sets one setting for one test."""

    def set_limit(name: str, value: str) -> None:
        monkeypatch.setenv(f"REEL_{name}", value)
        settings.cache_clear()

    yield set_limit
    monkeypatch.undo()
    settings.cache_clear()


@pytest.mark.parametrize("name", ["a.png", "a.mp4", "a.jpg", "a.gif"])
def test_too_many_pixels(name: str, limit: Callable[[str, str], None], tmp_path: Path) -> None:
    path = make_by(f"{TEST_PICTURE} -frames:v 1", tmp_path / name)
    limit("MAX_PIXELS", "10000")
    assert "10000 pixels" in refusal_of(path)


def test_too_many_streams(limit: Callable[[str, str], None], tmp_path: Path) -> None:
    path = make_by(f"{TONE} {'-map 0 ' * 5}-c:a pcm_s16le", tmp_path / "many.mkv")
    limit("MAX_STREAMS", "4")
    assert "more than 4 streams" in refusal_of(path)


def test_stream_without_decoder_is_passed_over(make_clip: MakeClip, tmp_path: Path) -> None:
    path = tmp_path / "unknown.mp4"
    path.write_bytes(make_clip(KINDS["plain"]).read_bytes().replace(b"avc1\0\0\0\0", b"zzzz\0\0\0\0"))
    facts = facts_of(path)
    assert facts.audio
    assert facts.video is None
    assert facts.other_streams == ("video (cannot be decoded)",)
    assert facts.without_picture == "has sound but no picture that can be decoded here"
    assert facts.warnings == ("its picture cannot be decoded here, and is left out",)


def test_sound_without_decoder_is_told(make_clip: MakeClip, tmp_path: Path) -> None:
    path = tmp_path / "unknown.mp4"
    whole = make_clip(KINDS["plain"]).read_bytes()
    path.write_bytes(whole.replace(b"mp4a\0\0\0\0", b"zzzz\0\0\0\0").replace(b"esds", b"zzzz"))
    facts = facts_of(path)
    assert facts.video
    assert facts.without_sound == "has no sound that can be decoded here"
    assert facts.warnings == ("its sound cannot be decoded here, and is left out",)
