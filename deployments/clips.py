"""Eight deliberately mixed clips for the demo, drawn by FFmpeg."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from reel.ffmpeg.process import run


@dataclass(frozen=True)
class DemoClip:
    """One clip: what it shows, and what is difficult about it."""

    name: str
    picture: str
    """A source of FFmpeg's lavfi, without size and rate where the size is odd."""
    seconds: float
    options: tuple[str, ...] = ()
    """Of the output: codec, pixel format..."""
    filters: str = "null"
    sound: str | None = "sine=frequency=220:sample_rate=48000"
    channels: int = 2
    rotation: int = 0
    """Clockwise turn that players must make."""


SKY = "gradients=c0=0x0b486b:c1=0xf56217:x0=0:y0=0:x1={w}:y1={h}:speed=0.02:nb_colors=2:size={w}x{h}:rate={r}"
SEA = "gradients=c0=0x134e5e:c1=0x71b280:type=radial:speed=0.03:nb_colors=2:size={w}x{h}:rate={r}"
H264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p")

CLIPS = (
    DemoClip("1-wide-1080p30.mp4", SKY.format(w=1920, h=1080, r=30), 4, H264),
    DemoClip("2-fractal-720p60.mp4", "mandelbrot=size=1280x720:rate=60:end_scale=0.02:end_pts=240", 4, H264,
             sound="sine=frequency=330:sample_rate=44100"),
    DemoClip("3-phone-rotated.mov", SEA.format(w=1280, h=720, r=30), 3, H264, rotation=90,
             sound="sine=frequency=262:sample_rate=48000"),
    DemoClip("4-variable-rate.mp4", "testsrc2=size=960x540:rate=30", 4, (*H264, "-fps_mode", "vfr"),
             filters="select='not(between(mod(n,10),3,6))'", sound="sine=frequency=392:sample_rate=48000"),
    DemoClip("5-mono-pal.mkv", SKY.format(w=720, h=576, r=25), 3,
             ("-c:v", "mpeg2video", "-q:v", "3", "-pix_fmt", "yuv420p"), filters="setsar=16/15", channels=1,
             sound="sine=frequency=440:sample_rate=22050"),
    DemoClip("6-no-sound.webm", "life=size=640x480:rate=24:mold=10:ratio=0.2:death_color=#134e5e:life_color=#f5d020",
             3, ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "2M", "-pix_fmt", "yuv420p"),
             sound=None),
    DemoClip("7-odd-size.mkv", "testsrc=size=641x361:rate=30000/1001", 3,
             ("-c:v", "ffv1", "-pix_fmt", "yuv444p"), sound="sine=frequency=523:sample_rate=48000"),
    DemoClip("8-ten-bit-hevc.mp4", SEA.format(w=1600, h=900, r=50), 3,
             ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le", "-tag:v", "hvc1",
              "-x265-params", "log-level=error"), sound="sine=frequency=587:sample_rate=48000"),
)  # fmt: skip
"""Sizes, frame rates, codecs, a phone's rotation, a variable rate, non-square pixels, mono, silence, odd sides, 10 bits."""


def make_clips(folder: Path, cancelled: threading.Event | None = None) -> list[Path]:
    """Draw the clips that are not in `folder` yet; all of them, in order. Ends at once when `cancelled` is set."""
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(4) as threads:
        return list(threads.map(lambda clip: _make(clip, folder, cancelled), CLIPS))


def _make(clip: DemoClip, folder: Path, cancelled: threading.Event | None) -> Path:
    path = folder / clip.name
    if path.exists():
        return path
    drawn, turned = (folder / f".{part}-{clip.name}" for part in ("drawn", "turned"))
    sound = ["-f", "lavfi", "-i", clip.sound] if clip.sound else []
    # A slow tremolo, so that a listener hears where one clip ends and the next begins.
    heard = ["-af", "volume=0.3,tremolo=f=3:d=0.5", "-ac", str(clip.channels)] if clip.sound else []
    draw = ["-f", "lavfi", "-i", clip.picture, *sound, "-vf", f"{_label(clip)},{clip.filters}", *clip.options, *heard]
    run([*draw, "-t", str(clip.seconds), str(drawn)], place=clip.name, cancelled=cancelled)
    if clip.rotation:
        # The option counts anticlockwise, and only a copy keeps the pixels as they are.
        turn = ["-display_rotation", str(-clip.rotation), "-i", str(drawn), "-c", "copy", str(turned)]
        run(turn, place=clip.name, cancelled=cancelled)
        turned.replace(drawn)
    drawn.replace(path)
    return path


def _label(clip: DemoClip) -> str:
    """The clip's number, drawn as that many bars: it needs no font."""
    number = int(clip.name[0])
    bars = (
        f"drawbox=x=iw/2-iw*{number}/40+iw*{bar}/20:y=ih*0.42:w=iw/30:h=ih*0.16:color=white@0.85:t=fill"
        for bar in range(number)
    )
    return ",".join(bars)
