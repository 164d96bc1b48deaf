"""A CMAF file holds its source's packets, at its source's times, in fragments that its index finds."""

from __future__ import annotations

import random
import re
import shutil
from fractions import Fraction
from pathlib import Path

import av
import pytest

from reel.errors import BadMedia
from reel.package.cmaf import key_times, write_cmaf
from reel.package.entries import PictureFacts, SoundFacts
from reel.package.track import read_track
from reel.packets.track import Kind
from tests.clips import Clip, click_positions, make, read_clicks, read_frame_numbers
from tests.package.tracks import CODECS, boxes, encode, packets, programme

FRAMES, GROUP = 120, 48
KINDS: dict[str, Kind] = {name: "audio" if name in ("aac", "opus", "flac") else "video" for name in CODECS}
RATES = ("24000/1001", "25", "30000/1001", "30")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return programme(tmp_path_factory.mktemp("source") / "programme.mov", frames=FRAMES)


@pytest.fixture(scope="module")
def tracks(source: Path) -> dict[str, Path]:
    return {codec: encode(source, source.with_name(f"{codec}.mp4"), codec, group=GROUP) for codec in CODECS}


@pytest.mark.parametrize("codec", CODECS)
def test_packets_and_times_are_those_of_the_source(codec: str, tracks: dict[str, Path], tmp_path: Path) -> None:
    output = tmp_path / "track.mp4"
    written = write_cmaf(tracks[codec], output, KINDS[codec])
    assert shown(packets(output)) == shown(packets(tracks[codec]))
    assert boxes(output) == ["ftyp", "moov", "sidx"] + ["moof", "mdat"] * len(written.fragments)
    assert written.size == output.stat().st_size
    if KINDS[codec] == "video":
        assert min(shown for _, shown, _, _ in packets(output)) == 0
        assert len(written.fragments) == sum(key for _, _, key, _ in packets(output)) == 3
        assert read_frame_numbers(output) == list(range(FRAMES))
    else:
        assert [float(fragment.start) for fragment in written.fragments] == pytest.approx([0, 2, 4], abs=0.03)


def shown(found: list[tuple[int, int, bool, bytes]]) -> list[tuple[int, bool, bytes]]:
    """Packets with the times at which they are shown or heard."""
    return [packet[1:] for packet in found]


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_pictures_are_no_later_in_the_file_than_they_must(codec: str, tracks: dict[str, Path], tmp_path: Path) -> None:
    """By as much as the edit list says, and one frame at least is shown as soon as it is decoded."""
    output = tmp_path / "track.mp4"
    write_cmaf(tracks[codec], output, "video")
    data = output.read_bytes()
    ahead = int.from_bytes(data[data.index(b"elst") + 16 :][:4], "big")
    found = packets(output)
    assert found[0][:2] == (-ahead, 0)
    assert min(shown - decoded for decoded, shown, _, _ in found) == 0
    assert 0 < ahead <= -packets(tracks[codec])[0][0]


EXPECTED = {
    "h264": r"avc1\.(42|4d|64)[0-9a-f]{4}",
    "hevc": r"hvc1\.1\.6\.L\d+\.90",
    "av1": r"av01\.0\.\d\dM\.08(\.0\.11[012]\.01\.01\.01\.0)?",
    "vp9": r"vp09\.00\.\d\d\.08\.0[01]\.01\.01\.01\.00",
    "aac": r"mp4a\.40\.2",
    "opus": "opus",
    "flac": "flac",
}


@pytest.mark.parametrize("codec", CODECS)
def test_facts_are_read_back(codec: str, tracks: dict[str, Path], tmp_path: Path) -> None:
    written = write_cmaf(tracks[codec], tmp_path / "track.mp4", KINDS[codec])
    assert re.fullmatch(EXPECTED[codec], written.codec), written.codec
    if isinstance(written.facts, PictureFacts):
        assert (written.facts.width, written.facts.height, written.facts.rate) == (320, 180, Fraction(24))
        assert (written.facts.colour.primaries, written.facts.colour.transfer, written.facts.colour.matrix) == (1, 1, 1)
        assert written.end == Fraction(FRAMES, 24)
    else:
        assert written.facts == SoundFacts(48_000, 2)
        assert abs(written.end - Fraction(FRAMES, 24)) < Fraction(1, 1000)


@pytest.mark.parametrize("rate", RATES)
def test_groups_and_ends_are_exact_at_any_rate(rate: str, tmp_path: Path) -> None:
    made = programme(tmp_path / "programme.mov", rate=rate, frames=70)
    written = write_cmaf(encode(made, tmp_path / "source.mp4", "h264", group=20), tmp_path / "track.mp4", "video")
    assert [fragment.start for fragment in written.fragments] == [frame / Fraction(rate) for frame in (0, 20, 40, 60)]
    assert written.end == 70 / Fraction(rate)


def test_sound_is_cut_within_a_frame_of_the_picture_and_plays_in_time(tracks: dict[str, Path], tmp_path: Path) -> None:
    picture = write_cmaf(tracks["h264"], tmp_path / "picture.mp4", "video")
    for codec, frame in (("aac", 1024), ("opus", 960), ("flac", 4608)):
        output = tmp_path / f"{codec}.mp4"
        sound = write_cmaf(tracks[codec], output, "audio", key_times(picture))
        starts = [fragment.start for fragment in sound.fragments]
        assert len(starts) == len(picture.fragments)
        for ours, theirs in zip(starts, picture.fragments, strict=True):
            assert abs(ours - theirs.start) <= Fraction(frame, 2 * 48_000)
        clip = Clip(numbered=0, rate="24", seconds=FRAMES / 24)
        assert all(abs(ours - due) <= 1 for ours, due in zip(read_clicks(output), click_positions(clip), strict=True))


def test_the_head_and_one_fragment_play(tracks: dict[str, Path], tmp_path: Path) -> None:
    output = tmp_path / "track.mp4"
    written = write_cmaf(tracks["h264"], output, "video")
    data, second = output.read_bytes(), written.fragments[1]
    part = tmp_path / "part.mp4"
    part.write_bytes(data[: written.head_size] + data[second.offset : second.offset + second.size])
    assert read_frame_numbers(part) == list(range(GROUP, 2 * GROUP))
    # Of a key frame list, the range ends in the midst of `mdat`: it is the frame, and nothing else.
    part.write_bytes(data[: written.head_size] + data[second.offset : second.offset + second.first_sample_end])
    assert read_frame_numbers(part) == [GROUP]


def test_two_makings_are_byte_equal(tracks: dict[str, Path], tmp_path: Path) -> None:
    for codec in ("h264", "aac"):
        one, other = tmp_path / f"{codec}-1.mp4", tmp_path / f"{codec}-2.mp4"
        moved = shutil.copy(tracks[codec], tmp_path / f"elsewhere-{codec}.mp4")
        write_cmaf(tracks[codec], one, KINDS[codec])
        write_cmaf(Path(moved), other, KINDS[codec])
        assert one.read_bytes() == other.read_bytes()


def test_of_a_file_with_both_one_is_taken(tmp_path: Path) -> None:
    both = make(Clip(seconds=2, b_frames=2), tmp_path / "both.mp4")
    picture = write_cmaf(both, tmp_path / "picture.mp4", "video")
    sound = write_cmaf(both, tmp_path / "sound.mp4", "audio", key_times(picture))
    assert len(packets(tmp_path / "picture.mp4")) == 60
    assert isinstance(sound.facts, SoundFacts)
    assert len(packets(tmp_path / "sound.mp4")) == pytest.approx(95, abs=1)


def late(path: Path) -> Path:
    """A picture whose first frame is shown a second after the file begins."""
    make(Clip(audio=None), path.with_name("on-time.mp4"))
    with av.open(str(path.with_name("on-time.mp4"))) as source, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                packet.pts, packet.dts = (packet.pts or 0) + 15360, packet.dts + 15360
                target.mux(packet)
    return path


FAULTS = [
    (lambda tmp: make(Clip(), tmp / "f.mkv"), "video", "is a matroska,webm file"),
    (lambda tmp: make(Clip(audio=None), tmp / "f.mp4"), "audio", "has 0 audio tracks"),
    (lambda tmp: make(Clip(codec="mpeg4", audio=None), tmp / "f.mp4"), "video", "its codec mpeg4 cannot be packaged"),
    (lambda tmp: make(Clip(codec="libx265", audio=None, seconds=2), tmp / "f.mp4"), "video", "is shown before it"),
    (lambda tmp: make(Clip(variable=True, audio=None), tmp / "f.mp4"), "video", None),
    (lambda tmp: late(tmp / "f.mp4"), "video", "its video begins at"),
]


@pytest.mark.parametrize(
    ("source", "kind", "said"), FAULTS, ids=["mkv", "no-sound", "mpeg4", "open", "variable", "late"]
)
def test_what_cannot_be_packaged_is_named(source, kind, said, tmp_path: Path) -> None:
    made = source(tmp_path)
    if said is None:
        # Frames that last unequally long are fragments like any: nothing of their times is made up.
        write_cmaf(made, tmp_path / "track.mp4", kind)
        assert shown(packets(tmp_path / "track.mp4")) == shown(packets(made))
        return
    with pytest.raises(BadMedia, match=said) as caught:
        write_cmaf(made, tmp_path / "track.mp4", kind)
    assert made.name in str(caught.value)


def test_a_damaged_file_is_refused_and_never_misread(tracks: dict[str, Path], tmp_path: Path) -> None:
    output, damaged = tmp_path / "track.mp4", tmp_path / "damaged.mp4"
    written = write_cmaf(tracks["h264"], output, "video")
    data, chance = output.read_bytes(), random.Random(1)
    for length in (0, 7, 30, written.head_size - 1, written.head_size + 50, len(data) - 1):
        damaged.write_bytes(data[:length])
        with pytest.raises(BadMedia, match=r"damaged\.mp4"):
            read_track(damaged)
    for _ in range(1500):
        place = chance.randrange(written.fragments[0].offset + 200)
        damaged.write_bytes(data[:place] + chance.randbytes(1) + data[place + 1 :])
        try:
            read = read_track(damaged)
        except BadMedia:
            continue
        assert read.size == len(data)
        assert read.fragments[-1].end > 0
