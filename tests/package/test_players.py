"""What hls.js, dash.js and Shaka Player make of packages in Chromium: not one event of an error, every frame in its place."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from reel.generate.render import render
from reel.make.worker import make_worker
from reel.package.cmaf import key_times, write_cmaf
from reel.package.encrypt import Encryption
from reel.package.package import MANIFEST, MASTER, PictureFile, SoundFile, SubtitlesFile, package
from reel.package.track import read_track
from reel.settings import Settings
from tests.clips import Clip, make
from tests.package.players import play, players
from tests.package.tracks import encode, programme

RUNGS = {"large": (640, 360), "middle": (480, 270), "small": (320, 180)}
VTT = b"WEBVTT\n\n00:00:00.500 --> 00:00:02.000\nhello\n\n00:00:03.000 --> 00:00:05.000 line:0\nup here\n"
KEY = bytes(range(16))
WAYS = [("hls", MASTER), ("dash", MANIFEST), ("shaka", MASTER), ("shaka", MANIFEST)]
CASES = [
    # codecs, frames per second, frames in a group of pictures
    ("h264", "aac", "24000/1001", 44),
    ("h264", "aac", "25", 48),
    ("h264", "aac", "30000/1001", 57),
    ("h264", "aac", "30", 60),
    ("av1", "opus", "25", 50),
    ("vp9", "flac", "30", 60),
]

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _installed() -> None:
    if isinstance(why := players(), str):
        pytest.skip(why)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory):
    """Makes each package once: three rungs, two languages, a text; eight seconds and a short last group."""
    kept: dict[tuple, tuple[Path, int]] = {}

    def make(case: tuple[str, str, str, int], *, locked: bool = False) -> tuple[Path, int]:
        if (case, locked) not in kept:
            kept[case, locked] = build(tmp_path_factory.mktemp("package"), case, locked=locked)
        return kept[case, locked]

    return make


def build(folder: Path, case: tuple[str, str, str, int], *, locked: bool) -> tuple[Path, int]:
    picture_codec, sound_codec, rate, group = case
    frames = int(8 * Fraction(rate)) + 3
    for name, size in RUNGS.items():
        source = programme(folder / f"{name}.mov", rate=rate, frames=frames, size=size)
        write_cmaf(encode(source, folder / f"{name}.mp4", picture_codec, group=group), folder / f"{name}.cmaf", "video")
    sound = encode(folder / "small.mov", folder / "sound.mp4", sound_codec)
    write_cmaf(sound, folder / "sound.cmaf", "audio", key_times(read_track(folder / "small.cmaf")))
    package(
        [PictureFile(name, folder / f"{name}.cmaf") for name in RUNGS],
        [
            SoundFile("en", folder / "sound.cmaf", "en", "English", default=True),
            SoundFile("de", folder / "sound.cmaf", "de", "Deutsch"),
        ],
        [SubtitlesFile("sub-en", VTT, "en", "English")],
        folder / "package",
        encryption=Encryption(KEY, "key.bin") if locked else None,
    )
    if locked:
        (folder / "package" / "key.bin").write_bytes(KEY)
    return folder / "package", frames


def check(folder: Path, frames: int, rate: Fraction, group: int, way: tuple[str, str], scratch: Path) -> None:
    # Beginnings and ends of groups, and of the programme, each at the middle of its frame.
    wanted = [10, 2 * group, group - 1, frames - 2, 0]
    seen = play(folder, *way, [float((frame + Fraction(1, 2)) / rate) for frame in wanted], scratch)
    assert seen.errors == []
    assert [number for _, number in seen.shown] == wanted
    assert [time for time, _ in seen.shown] == pytest.approx([float(frame / rate) for frame in wanted], abs=0.001)
    assert len(seen.starts) == 2
    assert max(seen.starts) < 0.001
    assert abs(seen.duration - frames / rate) < 1 / rate
    assert seen.tracks == {"pictures": 3, "sounds": ["en", "de"], "subtitles": ["en"]}


@pytest.mark.parametrize("way", WAYS, ids="-".join)
@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(map(str, case)))
def test_plays_without_an_error_and_seeks_to_the_frame(case, way, made, tmp_path: Path) -> None:
    folder, frames = made(case)
    check(folder, frames, Fraction(case[2]), case[3], way, tmp_path)


@pytest.mark.parametrize("way", [("hls", MASTER), ("shaka", MASTER)], ids="-".join)
def test_encrypted_segments_play_like_any(way, made, tmp_path: Path) -> None:
    folder, frames = made(CASES[0], locked=True)
    check(folder, frames, Fraction(CASES[0][2]), CASES[0][3], way, tmp_path)


@pytest.mark.parametrize("way", WAYS, ids="-".join)
def test_a_ladder_made_by_a_request_plays(way, ladder: Path, tmp_path: Path) -> None:
    check(ladder, 243, Fraction(30), 60, way, tmp_path)


@pytest.fixture(scope="module")
def ladder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the pipeline makes of a clip: three rungs, two languages, a text."""
    folder = tmp_path_factory.mktemp("ladder")
    clip = make(Clip(numbered=0, seconds=8.1, size=(640, 360)), folder / "master.mp4")
    (folder / "a.vtt").write_bytes(VTT)
    asked = {
        "type": "ladder",
        "rungs": [{"width": width, "height": height} for width, height in RUNGS.values()],
        "audio": [
            {"language": "en", "name": "English"},
            {"asset": str(clip), "language": "de", "name": "Deutsch"},
        ],
        "subtitles": [{"asset": str(folder / "a.vtt"), "language": "en", "name": "English"}],
    }
    request = {"kind": "encode", "asset": str(clip), "stills": False, "outputs": [asked]}
    report = render(request, worker=make_worker(Settings(home=folder / "home")))
    return Path(report.outputs[0].ladders[0].master.path).parent
