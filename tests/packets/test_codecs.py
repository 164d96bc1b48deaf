"""Each codec: encoded in segments, joined by copying, and what comes out held against what went in."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from reel.codecs import AUDIO_CODECS, VIDEO_CODECS, AudioCodecName, VideoCodecName, container_for
from reel.errors import Internal
from reel.ffmpeg.encoder import encode_frames_command
from reel.ffmpeg.hardware import why_unusable
from reel.ffmpeg.sound import encode_command
from reel.packets.check import check_segment, measure_sound
from reel.packets.check_joined import check_joined
from reel.packets.codec_strings import codec_strings
from reel.packets.join import SegmentRange, join
from reel.packets.technical import technical
from reel.presets import Canvas, VideoEncoder, audio_encoder, capped_crf, for_frames
from reel.time import SAMPLE_RATE, samples_between
from tests.clips import ffmpeg

CANVAS = Canvas(width=320, height=180, rate=Fraction(30000, 1001))
LENGTHS = (70, 1, 31)
"""Frames of the segments: more than a group of pictures, a single one, and less than an encoder looks ahead."""


@dataclass(frozen=True)
class Case:
    video: VideoCodecName
    audio: AudioCodecName
    depth: int = 8
    alpha: bool = False
    psnr: float = 36.0
    """Decibels that the luma has at least."""
    called: str = ""
    """The codec strings of the joined video."""

    @property
    def encoder(self) -> VideoEncoder:
        return capped_crf(1_000_000, CANVAS, self.video, bit_depth=self.depth, alpha=self.alpha)  # type: ignore[arg-type]


CASES = {
    "h264": Case("h264", "aac", called="avc1.640015,mp4a.40.2"),
    "hevc": Case("hevc", "aac", called="hvc1.1.6.L63.90,mp4a.40.2"),
    "hevc-10": Case("hevc", "mp3", depth=10, called="hvc1.2.4.L63.90,mp4a.6B"),
    "av1": Case("av1", "opus", called="av01.0.00M.08,opus"),
    "av1-10": Case("av1", "flac", depth=10, called="av01.0.00M.10,fLaC"),
    "vp9": Case("vp9", "opus", called="vp09.00.11.08.01.01.01.01.00,opus"),
    "vp9-10": Case("vp9", "opus", depth=10, called="vp09.02.11.10.01.01.01.01.00,opus"),
    "vp9-alpha": Case("vp9", "opus", alpha=True, called="vp09.00.11.08.01.01.01.01.00,opus"),
    "prores": Case("prores", "pcm", depth=10, psnr=40, called="apch,in24"),
    "prores-alpha": Case("prores", "pcm", depth=10, alpha=True, psnr=40, called="ap4h,in24"),
}


@pytest.fixture(scope="module")
def frames() -> dict[bool, list[bytes]]:
    """Raw frames, without and with alpha: a moving picture with two scene cuts inside groups."""
    graph = (
        "testsrc2=s=320x180:r=30000/1001:d=1[a];mandelbrot=s=320x180:r=30000/1001,trim=end_frame=40,setpts=N/TB/30[b];"
        "smptehdbars=s=320x180:r=30000/1001:d=2[c];[a][b][c]concat=n=3,format=yuv420p"
    )
    plain = _raw(graph)
    alpha = _raw(f"{graph},format=yuva420p,geq=lum='p(X,Y)':cb='p(X,Y)':cr='p(X,Y)':a='255*mod(X+4*N,W)/W'")
    return {False: _split(plain, 320 * 180 * 3 // 2), True: _split(alpha, 320 * 180 * 5 // 2)}


def _raw(graph: str) -> bytes:
    command = [ffmpeg(), "-v", "error", "-filter_complex", graph, "-f", "rawvideo", "-"]
    return subprocess.run(command, check=True, capture_output=True).stdout


def _split(raw: bytes, size: int) -> list[bytes]:
    found = [raw[at : at + size] for at in range(0, len(raw), size)]
    assert len(found) >= sum(LENGTHS)
    return found


def sound(samples: int) -> bytes:
    """Two tones with an envelope that tells every part of a second from the others."""
    at = np.arange(samples) / SAMPLE_RATE
    left = 0.4 * np.sin(2 * np.pi * 330 * at) * (0.6 + 0.4 * np.sin(2 * np.pi * 1.3 * at))
    return np.stack([left, 0.3 * np.sin(2 * np.pi * 550 * at)], 1).astype(np.float32).tobytes()


def encoded(case: Case, frames: list[bytes], folder: Path) -> tuple[list[Path], int]:
    """The segments, each proven, and the largest delay."""
    segments, delays, first = [], [], 0
    for number, length in enumerate(LENGTHS):
        encoder = for_frames(case.encoder, length)
        path = folder / f"{number}-{encoder.segment_file}"
        command = [ffmpeg(), "-v", "error", "-y", *encode_frames_command(CANVAS, encoder, str(path))]
        subprocess.run(command, check=True, input=b"".join(frames[first : first + length]), capture_output=True)
        delays.append(check_segment(path, CANVAS, length, "segment", encoder).delay)
        segments.append(path)
        first += length
    return segments, max(delays)


def decoded(path: Path, alpha: bool) -> list[list[np.ndarray]]:
    """The planes of all frames."""
    with av.open(str(path)) as source:
        stream = source.streams.video[0]
        other = alpha and stream.codec_context.codec.canonical_name == "vp9"
        decoder = av.CodecContext.create("libvpx-vp9", "r") if other else stream.codec_context
        return [
            _planes(frame)
            for packet in source.demux(stream)
            for frame in decoder.decode(packet if packet.size else None)
        ]


def _planes(frame: av.VideoFrame) -> list[np.ndarray]:
    kind = np.dtype("<u2" if max(each.bits for each in frame.format.components) > 8 else "u1")
    planes = []
    for plane in frame.planes:
        rows = np.frombuffer(memoryview(plane), kind).reshape(plane.height, plane.line_size // kind.itemsize)
        planes.append(rows[:, : plane.width].copy())
    return planes


def psnr(made: np.ndarray, asked: np.ndarray, bits: int) -> float:
    error = np.mean((made / 2 ** (bits - 8) - asked) ** 2)
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


TRIED = [pytest.param(name, marks=pytest.mark.slow) if name == "hevc-10" else name for name in CASES]
"""x265 with ten bits takes as long as all others together, and is tried by HDR's tests as well."""


@pytest.mark.parametrize("name", TRIED)
def test_a_codec_is_encoded_in_segments_joined_and_proven(
    name: str, frames: dict[bool, list[bytes]], tmp_path: Path
) -> None:
    case = CASES[name]
    count = sum(LENGTHS)
    segments, delay = encoded(case, frames[case.alpha], tmp_path)
    samples = samples_between(0, count, CANVAS.rate) - 7
    audio = audio_encoder(case.audio)
    heard = tmp_path / audio.sound_file
    command = [ffmpeg(), "-v", "error", "-y", *encode_command(audio, str(heard), search(case.audio))]
    subprocess.run(command, check=True, input=sound(samples))
    assert measure_sound(heard, "sound").samples == samples
    container = container_for(case.video, case.audio, alpha=case.alpha)
    output = tmp_path / f"video.{container}"
    made = join([SegmentRange(path) for path in segments], heard, output, CANVAS.rate, delay, container=container)
    check_joined(output, CANVAS, count, samples, case.audio, made, "joined")

    shown = decoded(output, case.alpha)
    parts = [frame for path in segments for frame in decoded(path, case.alpha)]
    assert len(shown) == len(parts) == count
    for mine, theirs in zip(shown, parts, strict=True):
        assert all(np.array_equal(one, other) for one, other in zip(mine, theirs, strict=True))
    bits = {8: 8, 10: 10}[case.depth] if not (case.alpha and case.video == "prores") else 12
    for number in (0, 29, 30, 69, 70, 71, 101):
        asked = np.frombuffer(frames[case.alpha][number], np.uint8)
        luma = asked[: 320 * 180].reshape(180, 320)
        assert psnr(shown[number][0], luma, bits) >= case.psnr
        if case.alpha:
            assert psnr(shown[number][3], asked[-320 * 180 :].reshape(180, 320), bits) >= 30
    assert ",".join(codec_strings(output, CANVAS.rate)) == case.called
    assert frame_times(output) == [pytest.approx(number / CANVAS.rate, abs=0.0006) for number in range(count)]
    # FFmpeg's program gives all of the last packet where mp4 states the length.
    assert 0 <= len(samples_of(output)) - samples < (0 if container == "webm" else 1152) + 1


@pytest.mark.parametrize("codec", [name for name, codec in VIDEO_CODECS.items() if codec.software])
def test_an_encoder_in_hardware_makes_what_is_joined(
    codec: VideoCodecName, frames: dict[bool, list[bytes]], tmp_path: Path
) -> None:
    if reason := why_unusable(codec):
        pytest.skip(f"no device for {codec}: {reason}")
    segments, delay = encoded(Case(codec, "aac"), frames[False], tmp_path)
    join([SegmentRange(path) for path in segments], None, tmp_path / "joined.mp4", CANVAS.rate, delay)
    assert len(decoded(tmp_path / "joined.mp4", alpha=False)) == sum(LENGTHS)


@pytest.mark.parametrize("name", TRIED)
def test_the_same_frames_give_the_same_bytes(name: str, frames: dict[bool, list[bytes]], tmp_path: Path) -> None:
    """Also where there are more bits to spend than the cap allows: with threads that overtake each other, they would not. x264
    alone has two of them."""
    case = CASES[name]
    encoder = for_frames(case.encoder, 60)
    if encoder.max_bits_per_second and case.video != "h264":
        encoder = encoder.model_copy(update={"max_bits_per_second": 300_000, "buffer_bits": 300_000})
    made = []
    for folder in (tmp_path / "one", tmp_path / "two", tmp_path / "three"):
        folder.mkdir()
        segment, video = folder / encoder.segment_file, folder / "video"
        command = [ffmpeg(), "-v", "error", *encode_frames_command(CANVAS, encoder, str(segment))]
        subprocess.run(command, check=True, input=b"".join(frames[case.alpha][:60]), capture_output=True)
        container = container_for(case.video, None, alpha=case.alpha)
        join([SegmentRange(segment)], None, video, CANVAS.rate, 4, container=container)
        made.append((segment.read_bytes(), video.read_bytes()))
    assert made[0] == made[1] == made[2]


LENGTHS_OF_SOUND = (400, 1023, 1151, 48_000, 48_047, 100_003)
"""Samples; the first are those of one frame at 120 a second."""


@pytest.mark.parametrize("codec", AUDIO_CODECS)
def test_a_soundtrack_has_its_length_to_the_sample(codec: AudioCodecName, tmp_path: Path) -> None:
    """By itself, and beside a picture in each container that takes it."""
    audio = audio_encoder(codec)
    picture = tmp_path / "picture.mp4"
    encoder = for_frames(capped_crf(500_000, CANVAS), 3)
    command = [ffmpeg(), "-v", "error", *encode_frames_command(CANVAS, encoder, str(picture))]
    subprocess.run(command, check=True, input=bytes(3 * CANVAS.pixels * 3 // 2))
    for samples in LENGTHS_OF_SOUND:
        heard = tmp_path / f"{samples}-{audio.sound_file}"
        command = [ffmpeg(), "-v", "error", *encode_command(audio, str(heard), search(codec))]
        subprocess.run(command, check=True, input=sound(samples))
        assert measure_sound(heard, "sound").samples == samples
        for container in {"mp4", "mov"} & set(AUDIO_CODECS[codec].containers):
            output = tmp_path / f"{samples}.{container}"
            made = join([SegmentRange(picture)], heard, output, CANVAS.rate, 2, container=container)  # type: ignore[arg-type]
            check_joined(output, CANVAS, 3, samples, codec, made, "joined")


def test_a_sound_without_loss_loses_nothing(tmp_path: Path) -> None:
    asked = np.frombuffer(sound(30_000), np.float32).reshape(-1, 2)
    for codec in ("flac", "pcm"):
        audio = audio_encoder(codec)
        heard = tmp_path / audio.sound_file
        command = [ffmpeg(), "-v", "error", "-y", *encode_command(audio, str(heard), "only")]
        subprocess.run(command, check=True, input=asked.tobytes())
        ear = measure_sound(heard, "sound")
        assert ear.rms == pytest.approx(float(np.sqrt(np.mean(asked.astype(np.float64) ** 2))), abs=1e-6)
        assert ear.peak == pytest.approx(float(np.abs(asked).max()), abs=1e-6)
        assert np.abs(samples_of(heard) - asked).max() <= 2**-23


def test_segments_of_other_parameters_are_not_joined(frames: dict[bool, list[bytes]], tmp_path: Path) -> None:
    """Of codecs whose parameters cannot stand among the packets, not even where the plan would have them so."""
    paths = []
    for depth in (8, 10):
        encoder = for_frames(Case("av1", "opus", depth=depth).encoder, 4)
        paths.append(tmp_path / f"{depth}.mp4")
        command = [ffmpeg(), "-v", "error", *encode_frames_command(CANVAS, encoder, str(paths[-1]))]
        subprocess.run(command, check=True, input=b"".join(frames[False][:4]), capture_output=True)
    parts = [SegmentRange(path) for path in paths]
    with pytest.raises(Internal, match=r"10\.mp4: its codec parameters differ"):
        join(parts, None, tmp_path / "joined.mp4", CANVAS.rate, 0)
    with pytest.raises(Internal, match="is av1, whose segments cannot have parameters of their own"):
        join(parts, None, tmp_path / "joined.mp4", CANVAS.rate, 0, in_band=True)


def search(codec: AudioCodecName) -> str:
    return next(iter(AUDIO_CODECS[codec].searches))


def frame_times(path: Path) -> list[float]:
    with av.open(str(path)) as source:
        return sorted(float(p.pts * p.time_base) for p in source.demux(video=0) if p.pts is not None)


def samples_of(path: Path) -> np.ndarray:
    """The sound as FFmpeg's own program decodes it."""
    command = [ffmpeg(), "-v", "error", "-i", str(path), "-map", "0:a", "-f", "f32le", "-"]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    return np.frombuffer(raw, np.float32).reshape(-1, 2)


def test_codecs_are_named_once_each(tmp_path: Path) -> None:
    """Players read the list as what they must have: two streams of a codec need it once."""
    path = tmp_path / "two.mp4"
    sources = ["-f", "lavfi", "-i", "testsrc2=d=1:s=64x64", "-f", "lavfi", "-i", "sine=d=1"]
    maps = ["-map", "0", "-map", "1", "-map", "1", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    subprocess.run([ffmpeg(), "-v", "error", *sources, *maps, str(path)], check=True)
    told = technical(path, Fraction(25))
    assert [each["codec_string"] for each in told["streams"]][1:] == ["mp4a.40.2", "mp4a.40.2"]
    assert re.fullmatch(r"avc1\.\w{6},mp4a\.40\.2", told["codecs"])


def test_a_single_frame_in_webm_is_told_of(tmp_path: Path) -> None:
    """Nothing in the file says its rate, or how long the frame lasts."""
    segment, path, rate = tmp_path / "segment.webm", tmp_path / "one.webm", Fraction(30000, 1001)
    source = ["-f", "lavfi", "-i", "testsrc2=d=1:s=64x64:r=30000/1001", "-frames:v", "1", "-pix_fmt", "yuv420p"]
    subprocess.run([ffmpeg(), "-v", "error", *source, "-c:v", "libvpx-vp9", str(segment)], check=True)
    join([SegmentRange(segment)], None, path, rate, 0, container="webm")
    told = technical(path, rate)
    assert told["codecs"].startswith("vp09.00.10.08")
    assert (told["streams"][0]["frame_rate"], told["streams"][0]["seconds"]) == ("30000/1001", 0.033367)
