"""What reading a segment back finds: of frames that others are predicted from all, of the others what was to be kept."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from reel.codecs import VideoCodecName
from reel.errors import Internal
from reel.ffmpeg.build import ffmpeg_path
from reel.ffmpeg.encoder import encode_frames_command
from reel.packets.check import black_stretches, check_segment
from reel.presets import Canvas, VideoEncoder, capped_crf, for_frames

CANVAS, FRAMES = Canvas(width=320, height=180, rate=Fraction(30)), 60
TEXTURE = "testsrc2=s=320x180:r=30"


def encoder(codec: VideoCodecName) -> VideoEncoder:
    return for_frames(capped_crf(1_000_000, CANVAS, codec, effort="quick"), FRAMES)


def encoded(folder: Path, codec: VideoCodecName = "h264", black: str = "0", colour: str = "black") -> Path:
    """A moving test picture, black or of one colour while an expression of FFmpeg says so."""
    path = folder / f"{codec}.mp4"
    picture = f"{TEXTURE},drawbox=color={colour}:t=fill:enable='{black}',format=yuv420p"
    raw = subprocess.run(
        [
            str(ffmpeg_path()),
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            picture,
            "-frames:v",
            str(FRAMES),
            "-f",
            "rawvideo",
            "-",
        ],
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    command = [str(ffmpeg_path()), "-v", "error", *encode_frames_command(CANVAS, encoder(codec), str(path))]
    subprocess.run(command, input=raw, check=True)
    return path


@pytest.mark.parametrize("codec", ["h264", "av1"])
@pytest.mark.parametrize(
    ("black", "stretches"),
    [
        ("0", []),
        ("between(n,20,39)", [(20, 40)]),
        ("lt(n,7)+gt(n,44)", [(0, 7), (45, 60)]),
        ("1", [(0, 60)]),
    ],
)
def test_black_stretches_are_those_of_the_picture(
    tmp_path: Path, codec: VideoCodecName, black: str, stretches: list[tuple[int, int]]
) -> None:
    found = check_segment(encoded(tmp_path, codec, black), CANVAS, FRAMES, "segment", encoder(codec)).black
    assert found == stretches


@pytest.mark.parametrize(
    ("colour", "is_black"),
    [("#000080", False), ("blue", False), ("#400000", False), ("#030308", True), ("#0c0c0c", True)],
)
def test_what_has_a_colour_is_not_black(tmp_path: Path, colour: str, is_black: bool) -> None:
    """A title on navy is as dark as what counts as black."""
    measure = check_segment(encoded(tmp_path, black="1", colour=colour), CANVAS, FRAMES, "segment", encoder("h264"))
    assert measure.is_black == is_black


@pytest.mark.parametrize(
    ("looked_at", "stretches"),
    [
        ({}, []),
        ({0: True, 1: True, 2: False, 3: True}, [(0, 2), (3, 4)]),
        ({0: True, 2: True, 4: False, 6: True, 9: True}, [(0, 3), (6, 10)]),
        ({9: True, 0: True, 4: True}, [(0, 10)]),
        ({0: False, 5: True, 9: False}, [(5, 6)]),
    ],
)
def test_between_black_frames_all_is_black(looked_at: dict[int, bool], stretches: list[tuple[int, int]]) -> None:
    assert black_stretches(looked_at) == stretches


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_damage_is_found_in_what_others_need_and_in_what_is_kept(tmp_path: Path, codec: VideoCodecName) -> None:
    path, whole = encoded(tmp_path, codec), encoder(codec)
    with av.open(str(path)) as source:
        packets: list[Any] = [packet for packet in source.demux(video=0) if packet.size]
    # As a reference for what others are predicted from: what FFmpeg leaves out as needed by none.
    with av.open(str(path)) as source:
        source.streams.video[0].codec_context.skip_frame = "NONREF"
        needed = {frame.pts for frame in source.decode(video=0)}
    assert FRAMES / 4 < len(needed) < 3 * FRAMES / 4
    good = path.read_bytes()
    for packet in packets[1::5]:
        place, size = packet.pos, packet.size
        number = round(packet.pts * packet.time_base * CANVAS.rate)
        # Of its one unit, length and type stay: what says where its slice lies is lost.
        path.write_bytes(good[: place + 6] + bytes(size - 6) + good[place + size :])

        def refused(**how: object) -> bool:
            try:
                check_segment(path, CANVAS, FRAMES, "segment", whole, **how)  # type: ignore[arg-type]
            except Internal:
                return True
            return False

        assert refused(keep=(number,)), number
        assert refused(see=lambda _: None), number
        assert refused() == (packet.pts in needed), number


def test_a_frame_too_few_or_too_many_is_refused(tmp_path: Path) -> None:
    path = encoded(tmp_path)
    with pytest.raises(Internal, match="frames: expected 61, found 60"):
        check_segment(path, CANVAS, FRAMES + 1, "segment", encoder("h264"))
    with pytest.raises(Internal, match=r"shows a frame at 1\.96\d* s, where none should be|frames: expected 59"):
        check_segment(path, CANVAS, FRAMES - 1, "segment", encoder("h264"))
