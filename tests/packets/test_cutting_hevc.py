"""Copying H.265: what comes out is what the source shows, bit for bit, also behind pictures that are not of the source."""

from __future__ import annotations

import subprocess
from pathlib import Path

import av
import pytest

from reel.codecs.hevc import UNITS as H265
from reel.packets.check import check_segment, decode_delay
from reel.packets.join import join_pictures
from reel.packets.probe import probe
from reel.packets.units import (
    LEADING,
    as_broken_link,
    drops_what_came_before,
    nal_types,
    parameter_sets,
    units,
)
from reel.presets import capped_crf
from tests.clips import ffmpeg
from tests.packets.copying import CANVAS, copied, pictures
from tests.some import some

OPEN = "keyint=20:min-keyint=20:scenecut=0:open-gop=1"
KINDS = {
    "open": (OPEN, "yuv420p", ".mp4"),
    "open, ten bits": (OPEN, "yuv420p10le", ".mp4"),
    "open, many B-frames": (OPEN + ":bframes=8:b-pyramid=1:b-adapt=0", "yuv420p", ".mp4"),
    "open, Matroska": (OPEN, "yuv420p", ".mkv"),
    "open, sets and delimiters in band": (OPEN + ":repeat-headers=1:aud=1:hrd=0", "yuv420p", ".mp4"),
    "open, slices": (OPEN + ":slices=3", "yuv420p", ".mp4"),
    "closed": ("keyint=20:min-keyint=20:scenecut=0:open-gop=0", "yuv420p", ".mp4"),
    "closed, leading pictures": ("keyint=20:min-keyint=20:scenecut=0:open-gop=0:radl=2", "yuv420p", ".mov"),
    "no B-frames": ("keyint=20:min-keyint=20:scenecut=0:bframes=0", "yuv420p", ".mp4"),
}


def clip(path: Path, options: str, pixels: str = "yuv420p", picture: str = "testsrc2") -> Path:
    source = ["-f", "lavfi", "-i", f"{picture}=size=320x180:rate=30", "-t", "4"]
    coding = ["-c:v", "libx265", "-preset", "fast", "-pix_fmt", pixels, "-x265-params", f"log-level=error:{options}"]
    subprocess.run([ffmpeg(), "-v", "error", "-y", *source, *coding, str(path)], check=True)
    return path


def key_numbers(path: Path) -> list[int]:
    facts = probe(path, "0" * 64, path.name).video
    assert facts
    return [round((time - facts.start) * 30) for time in facts.keyframes]


@pytest.mark.parametrize("kind", some(KINDS, 3))
def test_what_is_copied_is_the_same_bit_for_bit(kind: str, tmp_path: Path) -> None:
    options, pixels, suffix = KINDS[kind]
    source = clip(tmp_path / f"source{suffix}", options, pixels)
    other = clip(tmp_path / "other.mp4", "keyint=30:open-gop=0", pixels, "mandelbrot")
    keys = key_numbers(source)
    assert len(keys) >= 5
    shown, before = pictures(source), pictures(other)
    part, joined = tmp_path / "part.mp4", tmp_path / "joined.mp4"
    for key in keys[1:4]:
        assert copied(source, part, key, 45) is None
        found = pictures(part)
        assert 45 - 17 <= len(found) <= 45
        assert found == shown[key : key + len(found)]
        check_segment(part, CANVAS, len(found), "copy", capped_crf(1_000_000, CANVAS, "hevc"), copied=True)
        join_pictures(
            [other, part, part], joined, CANVAS.rate, max(decode_delay(p, CANVAS, "copy") for p in (other, part))
        )
        assert pictures(joined) == before + found + found


def test_frames_shown_before_the_first_key_frame_are_left_out(tmp_path: Path) -> None:
    source = clip(tmp_path / "source.mp4", OPEN)
    part = tmp_path / "part.mp4"
    assert copied(source, part, 20, 60) is None
    with av.open(str(part)) as container:
        kinds = [nal_types(bytes(packet), H265) for packet in container.demux(video=0)]
    assert 18 in kinds[0]  # BLA without leading pictures
    following = next(place for place, kind in enumerate(kinds) if 21 in kind)
    assert not any(kind & set(LEADING) for kind in kinds[:following])
    assert any(kind & set(LEADING) for kind in kinds[following:])


def test_a_second_view_and_dolby_vision_are_declined(tmp_path: Path) -> None:
    """Made by adding units to each packet, as an encoder would."""
    source = clip(tmp_path / "source.mp4", OPEN)
    for extra, said in ((b"\x7c\x01\x19", "Dolby Vision"), (b"\x02\x09\x80", "layers")):
        marked = tmp_path / "marked.mp4"
        with av.open(str(source)) as one, av.open(str(marked), "w") as two:
            stream = two.add_stream_from_template(one.streams.video[0])
            for packet in one.demux(video=0):
                if packet.dts is not None:
                    changed = av.Packet(bytes(packet) + len(extra).to_bytes(4, "big") + extra)
                    changed.pts, changed.dts, changed.time_base = packet.pts, packet.dts, packet.time_base
                    changed.is_keyframe, changed.stream = packet.is_keyframe, stream
                    two.mux(changed)
        assert said in str(copied(marked, tmp_path / "part.mp4", 20, 40))


def test_a_key_frame_that_empties_the_buffer_is_seen() -> None:
    clean = bytes([21 << 1, 1, 0b1010_1100])
    assert not drops_what_came_before(clean)
    assert drops_what_came_before(bytes([21 << 1, 1, 0b1110_1100]))
    assert not drops_what_came_before(bytes([1 << 1, 1, 0b1110_1100]))
    assert as_broken_link(clean) == bytes([18 << 1, 1, 0b1010_1100])
    assert as_broken_link(bytes([19 << 1, 1, 0])) == bytes([19 << 1, 1, 0])


def test_sets_are_taken_from_a_record() -> None:
    sets = [b"\x40\x01\x0c", b"\x42\x01\x01", b"\x44\x01\xc1"]
    arrays = b"".join(unit[:1] + b"\x00\x01" + len(unit).to_bytes(2, "big") + unit for unit in sets)
    info, light = b"\x4e\x01\x05\x10", b"\x4e\x01\x90\x04"
    messages = b"\x4e\x00\x02" + b"".join(len(unit).to_bytes(2, "big") + unit for unit in (info, light))
    sized = bytes([1, *[0] * 20, 0x0F, 4]) + arrays.replace(b"\x40\x00", b"\x20\x00") + messages
    assert list(units(parameter_sets(sized, H265))) == [*sets, light]
