"""Masters with damage: what is missing or patched up is told, where and how much; and refused where hardly anything is left."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from reel.errors import BadMedia
from reel.generate.render import render
from reel.make.worker import Worker
from reel.packets.damage import damage_of
from reel.packets.probe import probe
from reel.proof.planned import proof_source
from tests.clips import ffmpeg

FRAME = 1 / 25
Damaging = Callable[[bytes], bytes]


def master(path: Path, seconds: int = 6) -> Path:
    """A picture with a key frame each second, and a tone; its index is in front."""
    moving = f"testsrc2=size=320x180:rate=25:duration={seconds},noise=alls=20"
    picture = ["-c:v", "libx264", "-g", "25", "-bf", "0", "-crf", "30", "-pix_fmt", "yuv420p"]
    sound = ["-f", "lavfi", "-i", f"sine=440:duration={seconds}:sample_rate=48000", "-c:a", "aac"]
    command = ["-f", "lavfi", "-i", moving, *sound, *picture, "-movflags", "+faststart", str(path)]
    subprocess.run([ffmpeg(), "-v", "error", *command], check=True)
    return path


def told(path: Path, worker: Worker, **fields: Any) -> str:
    """The warnings of an encoded master."""
    outputs = [{"type": "video", "resolution": "180p"}] if fields.pop("sized", False) else [{"type": "video"}]
    request = {"kind": "encode", "asset": str(path), "stills": False, "outputs": outputs, **fields}
    return "\n".join(render(request, worker=worker).warnings)


def pictures(path: Path) -> dict[float, np.ndarray[Any, Any]]:
    """What can be decoded of a file, by its times."""
    found = {}
    with av.open(str(path)) as source:
        for packet in source.demux(video=0):
            try:
                frames = packet.decode()
            except av.FFmpegError:
                continue
            found.update({round(float(frame.time or 0), 3): frame.to_ndarray(format="gray") for frame in frames})
    return found


def zeroed(whole: bytes) -> bytes:
    return whole[: len(whole) // 2] + bytes(len(whole) // 20) + whole[len(whole) // 2 + len(whole) // 20 :]


def flipped(whole: bytes) -> bytes:
    changed = bytearray(whole)
    for place in range(len(whole) // 2, len(whole) // 2 + len(whole) // 20, 997):
        changed[place] ^= 0x10
    return bytes(changed)


@pytest.mark.parametrize("damaging", [zeroed, flipped])
def test_what_is_broken_in_the_middle_is_told_with_its_place(
    damaging: Damaging, worker: Worker, tmp_path: Path
) -> None:
    good = master(tmp_path / "good.mp4")
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(damaging(good.read_bytes()))
    asked, shown = pictures(good), pictures(broken)
    wrong = [time for time in asked if time not in shown or not np.array_equal(shown[time], asked[time])]
    assert wrong, "the picture is not damaged"
    warning = told(broken, worker)
    found = re.search(r"asset: the picture of broken\.mp4 is damaged from ([\d.]+) s to ([\d.]+) s", warning)
    assert found, warning
    begin, end = map(float, found.groups())
    assert begin == pytest.approx(min(wrong), abs=2 * FRAME)
    assert end == pytest.approx(max(wrong) + FRAME, abs=2 * FRAME)


def test_a_bare_stream_that_is_broken_is_told_by_its_frames(tmp_path: Path) -> None:
    """It has no time stamps: its frames follow each other."""
    good, broken = tmp_path / "good.264", tmp_path / "broken.264"
    copying = ["-i", str(master(tmp_path / "good.mp4", 3)), "-map", "0:v", "-c", "copy", str(good)]
    subprocess.run([ffmpeg(), "-v", "error", *copying], check=True)
    whole = bytearray(good.read_bytes())
    with av.open(str(good)) as source:
        packets = [bytes(packet) for packet in source.demux(video=0)]
    end = sum(map(len, packets[:31]))
    whole[end - len(packets[30]) // 2 : end] = bytes(len(packets[30]) // 2)
    broken.write_bytes(whole)
    picture = proof_source(probe(broken, "0" * 64, broken.name))
    (damage,) = damage_of(broken, picture, Fraction(0), Fraction(3), seek=None, lasts=Fraction(1, 25))
    assert (float(damage.begin), float(damage.end), damage.patched) == (30 * FRAME, 2, 1)


def test_sound_that_is_broken_is_told(worker: Worker, tmp_path: Path) -> None:
    good, broken = master(tmp_path / "good.mp4"), tmp_path / "broken.mp4"
    whole = bytearray(good.read_bytes())
    with av.open(str(good)) as source:
        lost = [packet for packet in source.demux(audio=0) if packet.pts and 3 <= packet.pts * packet.time_base < 3.2]
        for packet in lost:
            assert packet.pos is not None
            whole[packet.pos : packet.pos + packet.size] = b"\xff" * packet.size
    broken.write_bytes(whole)
    warning = told(broken, worker)
    found = re.search(r"the sound of broken\.mp4 is damaged from ([\d.]+) s to ([\d.]+) s \((\d+) missing\)", warning)
    assert found, warning
    assert float(found[1]) == pytest.approx(3, abs=0.05)
    assert float(found[2]) == pytest.approx(3.2, abs=0.05)
    assert "picture" not in warning


def test_what_another_decoder_makes_of_damage_is_no_error(worker: Worker, tmp_path: Path) -> None:
    """Proofs look at what is damaged, too: as much of it as there is."""
    good, broken = master(tmp_path / "good.mp4", 3), tmp_path / "broken.mp4"
    whole = bytearray(good.read_bytes())
    with av.open(str(good)) as source:
        for number, packet in enumerate(source.demux()):
            if packet.size and packet.pos is not None and number % 4 == 3:
                whole[packet.pos + packet.size // 2 : packet.pos + packet.size] = b"\x5a" * (
                    packet.size - packet.size // 2
                )
    broken.write_bytes(whole)
    clips = [{"type": "video", "asset": str(broken)}]
    text = {"type": "text", "text": "over it", "duration": 3}
    request = {
        "kind": "template",
        "aspect": "16:9",
        "resolution": "360p",
        "stills": False,
        "timeline": {"tracks": [{"clips": clips}, {"clips": [text]}]},
    }
    warnings = "\n".join(render(request, worker=worker).warnings)
    assert "timeline.tracks[0].clips[0].asset: the picture of broken.mp4 is damaged from 0." in warnings
    assert "timeline.tracks[0].clips[0].asset: the sound of broken.mp4 is damaged from 0." in warnings


def test_a_master_that_is_whole_is_said_nothing_of(worker: Worker, tmp_path: Path) -> None:
    assert told(master(tmp_path / "good.mp4"), worker) == ""


def test_a_master_that_is_cut_off_is_told_with_what_is_there(worker: Worker, tmp_path: Path) -> None:
    good, cut = master(tmp_path / "good.mp4"), tmp_path / "cut.mp4"
    cut.write_bytes(good.read_bytes()[: good.stat().st_size * 6 // 10])
    there = max(pictures(cut)) + FRAME
    found = re.search(r"asset: video h264: is cut off: ([\d.]+) s of ([\d.]+) s are there", told(cut, worker))
    assert found
    assert float(found[1]) == pytest.approx(there, abs=2 * FRAME)
    assert float(found[2]) == pytest.approx(6, abs=FRAME)


def test_a_hole_in_a_master_is_told(worker: Worker, tmp_path: Path) -> None:
    holed = tmp_path / "holed.mkv"
    with av.open(str(master(tmp_path / "good.mp4"))) as source, av.open(str(holed), "w") as out:
        streams = {stream.index: out.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if packet.dts is None or packet.time_base is None:
                continue
            if not 2 <= packet.dts * packet.time_base < Fraction(7, 2):
                packet.stream = streams[packet.stream.index]
                out.mux(packet)
    warning = told(holed, worker)
    assert re.search(r"asset: video h264: has nothing for 1\.5\d s from 2\.00 s on: the frame before stays", warning)
    assert re.search(r"asset: audio aac: has nothing for 1\.\d+ s from \d\.\d+ s on: it is silent there", warning)


def test_a_master_of_which_hardly_anything_is_left_is_refused(worker: Worker, tmp_path: Path) -> None:
    good, ruined = master(tmp_path / "good.mp4"), tmp_path / "ruined.mp4"
    whole = bytearray(good.read_bytes())
    begin = whole.index(b"mdat") + len(whole) // 8
    whole[begin:] = np.random.default_rng(1).bytes(len(whole) - begin)
    ruined.write_bytes(whole)
    with pytest.raises(BadMedia, match=r"ruined\.mp4: is damaged: most of it cannot be decoded"):
        told(ruined, worker)
