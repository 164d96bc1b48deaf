"""Held against Shaka Packager, another's packager of the same tracks: durations, rates, key frames, codecs."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import m3u8
import pytest
from mpegdash.parser import MPEGDASHParser

from reel.package.cmaf import key_times, write_cmaf
from reel.package.package import MANIFEST, MASTER, PictureFile, SoundFile, package
from reel.package.track import read_track
from reel.shaka.build import require_packager
from tests.package.tracks import encode, programme
from tests.packager import needs_packager
from tests.some import some

pytestmark = needs_packager

RUNGS = {"large": (640, 360), "middle": (480, 270), "small": (320, 180)}
FRAMES = 12 * 24
CODECS = [("h264", "aac"), ("hevc", "aac"), ("av1", "opus"), ("vp9", "opus")]


@pytest.fixture(scope="module", params=some(CODECS, 4, name="-".join))
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Twelve seconds packaged by us and by Shaka."""
    picture_codec, sound_codec = request.param
    folder = tmp_path_factory.mktemp(picture_codec)
    sources = {}
    for name, size in RUNGS.items():
        source = programme(folder / f"{name}.mov", frames=FRAMES, size=size)
        sources[name] = encode(source, folder / f"{name}.mp4", picture_codec)
    sources["en"] = encode(folder / "small.mov", folder / "en.mp4", sound_codec)
    for name in RUNGS:
        write_cmaf(sources[name], folder / f"{name}.cmaf", "video")
    write_cmaf(sources["en"], folder / "en.cmaf", "audio", key_times(read_track(folder / "small.cmaf")))
    pictures = [PictureFile(name, folder / f"{name}.cmaf") for name in RUNGS]
    package(pictures, [SoundFile("en", folder / "en.cmaf", "en", "English", default=True)], [], folder / "ours")
    by_shaka(sources, folder / "theirs")
    return folder / "ours", folder / "theirs"


def by_shaka(sources: dict[str, Path], folder: Path) -> None:
    folder.mkdir()
    streams = [
        f"in={sources[name]},stream=video,output={folder}/{name}.mp4,playlist_name={name}.m3u8,"
        f"iframe_playlist_name={name}-key-frames.m3u8"
        for name in RUNGS
    ]
    streams.append(
        f"in={sources['en']},stream=audio,output={folder}/en.mp4,playlist_name=en.m3u8,"
        "language=en,hls_group_id=audio,hls_name=English"
    )
    manifests = ["--hls_master_playlist_output", f"{folder}/{MASTER}", "--mpd_output", f"{folder}/{MANIFEST}"]
    lengths = ["--segment_duration", "6", "--fragment_duration", "2"]
    done = subprocess.run(
        [require_packager("test"), *streams, *manifests, *lengths], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", [*RUNGS, "en"])
def test_segments_last_as_long(name: str, both: tuple[Path, Path]) -> None:
    ours, theirs = (m3u8.load(str(folder / f"{name}.m3u8")) for folder in both)
    assert [segment.duration for segment in ours.segments] == pytest.approx(
        [segment.duration for segment in theirs.segments], abs=0.03 if name == "en" else 0.001
    )
    # Theirs is rounded up, ours as RFC 8216 has it, 4.3.3.1.
    assert ours.target_duration == 6


def test_rates_and_words_of_the_master_agree(both: tuple[Path, Path]) -> None:
    ours, theirs = (m3u8.load(str(folder / MASTER)) for folder in both)
    found = {each.stream_info.resolution: each.stream_info for each in theirs.playlists}
    assert {each.stream_info.resolution for each in ours.playlists} == set(found) == set(RUNGS.values())
    for variant in ours.playlists:
        info, other = variant.stream_info, found[variant.stream_info.resolution]
        assert info.bandwidth == pytest.approx(other.bandwidth, rel=0.02)
        assert info.average_bandwidth == pytest.approx(other.average_bandwidth, rel=0.02)
        assert info.frame_rate == other.frame_rate
        assert info.closed_captions == other.closed_captions == "NONE"
        assert alike(info.codecs, other.codecs)


def alike(ours: str, theirs: str) -> bool:
    """The same codecs, profiles, levels and depths. Where chroma lies, Shaka writes of VP9 by what it supposes, and leaves it
    out of AV1; here it is what the file's head says."""
    return [each.split(".")[:4] for each in ours.split(",")] == [each.split(".")[:4] for each in theirs.split(",")]


def test_key_frames_are_as_many_and_as_large(both: tuple[Path, Path]) -> None:
    """Theirs lie in fragments of theirs: what is fetched differs by the head of a fragment."""
    for name in RUNGS:
        ours, theirs = (m3u8.load(str(folder / f"{name}-key-frames.m3u8")) for folder in both)
        sizes = [[int(segment.byterange.split("@")[0]) for segment in each.segments] for each in (ours, theirs)]
        assert len(sizes[0]) == FRAMES // 48
        assert [segment.duration for segment in ours.segments] == pytest.approx([2.0] * len(sizes[0]))
        assert sizes[0] == pytest.approx(sizes[1], abs=600)


def test_manifests_of_dash_agree(both: tuple[Path, Path]) -> None:
    ours, theirs = (MPEGDASHParser.parse((folder / MANIFEST).read_text()) for folder in both)
    assert float(ours.media_presentation_duration[2:-1]) == pytest.approx(
        float(theirs.media_presentation_duration[2:-1]), abs=0.03
    )
    one, other = (described(mpd) for mpd in (ours, theirs))
    assert one == other


def described(mpd: MPEGDASHParser) -> dict[int, tuple[int, str, Fraction, str]]:
    """The rungs by their width. What all have in common may stand above them."""
    (rungs,) = [each for each in mpd.periods[0].adaptation_sets if each.content_type == "video"]
    return {
        one.width or rungs.width: (
            one.height or rungs.height,
            one.sar or rungs.sar,
            Fraction(one.frame_rate or rungs.frame_rate),
            rungs.par,
        )
        for one in rungs.representations
    }
