"""The slideshow against x264 alone, against MoviePy 2 and Remotion 4, and against itself after one picture changed."""

from __future__ import annotations

import shutil
import subprocess
import wave
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from bench.measure import Measure, measure
from bench.music import RATE, Piece, play
from bench.remotion_slideshow import missing, remotion_seconds
from bench.rows import FOLDER, Row, moviepy_python, rendered, seconds
from reel.draw import draw_loop
from reel.ffmpeg.build import ffmpeg_path
from reel.ffmpeg.encoder import encode_frames_command
from reel.ffmpeg.process import run
from reel.make.drawing import LOOP_ENCODER
from reel.plan.layers import LOOP_SECONDS
from reel.presets import Canvas

SECONDS = 60
TEXT = "Summer collection: 50% off everything, today only"


def photographs(count: int) -> list[Path]:
    """JPEGs of 12 megapixels with detail of all sizes."""
    folder = FOLDER / "photographs"
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number}.jpg" for number in range(count)]
    for number, path in enumerate(paths):
        if not path.exists():
            cv2.imwrite(str(path), _photograph(number), [cv2.IMWRITE_JPEG_QUALITY, 92])
    return paths


def _photograph(seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    picture = np.zeros((4000, 3000, 3), np.float32)
    for octave in range(1, 10):
        size = (max(2, 3000 >> octave), max(2, 4000 >> octave))
        grain = random.random((size[1], size[0], 3), np.float32)
        picture += cv2.resize(grain, (3000, 4000), interpolation=cv2.INTER_CUBIC) * 1.6 ** (octave - 5)
    low, high = picture.min(), picture.max()
    return ((picture - low) / (high - low) * 255).astype(np.uint8)


def music() -> Path:
    path = FOLDER / "music.wav"
    if not path.exists():
        with wave.open(str(path), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(RATE)
            piece = Piece("house", [124], drums="house", seconds=SECONDS)
            file.writeframes((play(piece) * 30_000).astype("<i2").tobytes())
    return path


def request(images: list[Path]) -> dict[str, object]:
    return {
        "kind": "slideshow",
        "images": [str(image) for image in images],
        "music": str(music()),
        "text": TEXT,
        "frame": "golden",
        "atmosphere": "glitter-rain",
        "stills": False,
    }


def rows() -> list[Row]:
    """Cold, against the encoder alone; against MoviePy; against Remotion; one picture changed."""
    images = photographs(11)
    cold, report = rendered(request(images[:10]), "slideshow")
    video = Path(report["outputs"][0]["files"][0]["path"])
    floor = _encoder_alone(video)
    changed, _ = rendered(request([*images[:4], images[10], *images[5:10]]), "slideshow", cold=False)
    peer = _moviepy(images[:10])
    cuts = [abs(cut["ms_from_beat"]) for cut in report["outputs"][0]["manifest"]["cuts"]]
    return [
        Row("slideshow, cold", seconds(cold), f"{floor:.1f} s (x264 alone)", f"{cold.seconds / floor:.2f}", "<= 1.25"),
        Row("slideshow, MoviePy 2", seconds(cold), f"{peer:.0f} s", f"{peer / cold.seconds:.1f}x", ">= 12x"),
        *_remotion(images[0], cold),
        Row("one picture changed", seconds(changed), seconds(cold), f"{changed.seconds / cold.seconds:.1%}", "<= 15 %"),
        Row("cuts from their beats", f"{max(cuts):.1f} ms at most", "", "", "<= half a frame, 16.7 ms"),
        _listening(images[:10]),
    ]


def _listening(images: list[Path]) -> Row:
    """What finding the beats adds to a slideshow of which nothing is made but what was read of its files."""
    took = []
    for known in (("asset", "facts"), ("asset", "facts", "beats")):
        for kind in (FOLDER / "slideshow" / "store" / "artefacts").iterdir():
            if kind.name not in known:
                shutil.rmtree(kind)
        took.append(rendered(request(images), "slideshow", cold=False)[0])
    heard, remembered = took
    return Row(
        "beats found, or remembered",
        seconds(heard),
        seconds(remembered),
        f"+{heard.seconds - remembered.seconds:.1f} s",
        "<= 2 s",
    )


def _encoder_alone(video: Path) -> float:
    """Seconds that x264 needs for the same frames, from raw pictures in memory, with the same settings."""
    raw = Path("/dev/shm/reelflow-bench.yuv")
    ffmpeg = str(ffmpeg_path())
    quiet = ["-hide_banner", "-loglevel", "error", "-y"]
    try:
        decode = [ffmpeg, *quiet, "-i", str(video), "-an", "-f", "rawvideo", "-pix_fmt", "yuv420p", str(raw)]
        subprocess.run(decode, check=True)
        encode = [ffmpeg, *quiet, "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", "1080x1920", "-r", "30", "-i", str(raw),
                  "-c:v", "libx264", "-preset", "fast", "-crf", "21.5", "-maxrate", "5M", "-bufsize", "10M", "-g", "60",
                  "-f", "mp4", str(FOLDER / "floor.mp4")]  # fmt: skip
        return measure(encode).seconds
    finally:
        raw.unlink(missing_ok=True)


def _moviepy(images: list[Path]) -> float:
    """Seconds that MoviePy needs for the same layers; a tenth of the time is measured, and multiplied."""
    script = Path(__file__).with_name("moviepy_slideshow.py")
    output = FOLDER / "moviepy-slideshow.mp4"
    command = [str(moviepy_python()), str(script), str(output), str(_overlay()), TEXT, *map(str, images)]
    return 10 * measure(command).seconds


def _remotion(picture: Path, cold: Measure) -> list[Row]:
    """The row against Remotion with the same layers; none where this machine cannot run it."""
    if absent := missing():
        print(f"slideshow, Remotion 4: left out, this machine has no {' and no '.join(absent)}", flush=True)
        return []
    peer = remotion_seconds(_overlay(), picture, TEXT)
    return [Row("slideshow, Remotion 4", seconds(cold), f"{peer:.0f} s", f"{peer / cold.seconds:.1f}x", ">= 4x")]


def _overlay() -> Path:
    """The loop of the glitter that our slideshow draws, whole, for the peers."""
    overlay = FOLDER / "overlay.mp4"
    if not overlay.exists():
        canvas = Canvas(width=1080, height=1920, rate=Fraction(30))
        frames = draw_loop("glitter-rain", 1080, 1920, canvas.rate, LOOP_SECONDS * 30)
        feed = (part for frame in frames for part in frame.raw())
        run(
            encode_frames_command(canvas, LOOP_ENCODER, str(overlay)),
            place="overlay",
            feed=feed,
        )
    return overlay
