"""All pictures and the analysis of one video of ours, against FFmpeg going through it once for each of them.

The peers' passes decode all frames at full size, those of sound the sound alone; each filter has FFmpeg's own settings. Ours
are the processor seconds by which a request with pictures and analysis is dearer than one without, where the video is there,
and what it takes to measure frames while segments are read back, by decoding them once more with and without. (The difference
of two requests that make the video, too, would be lost in what encoding takes one time and another.) Cuts are held against
those that the same detector finds on full frames.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np

from bench.measure import measure
from bench.renditions import FFMPEG, RATE, footage
from bench.rows import FOLDER, Row, rendered
from reel.analyse.scenes import find_cuts
from reel.frame_stats import STATS_FILE, measured, write_stats
from reel.packets.stats import Statistician
from reel.plan.operations import Analysis, Animation, FindScenes, Picture, Poster, Sprite, Thumbnails

THUMBNAIL_SECONDS = 10

PASSES: dict[str, tuple[str, ...]] = {
    "poster": ("-an", "-vf", "thumbnail=300", "-frames:v", "1", "poster.jpg"),
    "thumbnails": ("-an", "-vf", f"fps=1/{THUMBNAIL_SECONDS}", "thumbnail-%03d.jpg"),
    "sprite": ("-an", "-vf", "fps=1/3,scale=320:180,tile=10x10", "-frames:v", "1", "sprite.jpg"),
    "animation": ("-an", "-vf", "select='lt(mod(t,15),0.2)',fps=10,scale=320:-2", "-loop", "0", "preview.webp"),
    "scenes": ("-an", "-vf", "scdet", "-f", "null", "-"),
    "black": ("-an", "-vf", "blackdetect", "-f", "null", "-"),
    "frozen": ("-an", "-vf", "freezedetect", "-f", "null", "-"),
    "silence": ("-vn", "-af", "silencedetect", "-f", "null", "-"),
    "loudness": ("-vn", "-af", "ebur128=peak=true", "-f", "null", "-"),
    "waveform": ("-filter_complex", "[0:a]showwavespic=s=1800x280", "-frames:v", "1", "waveform.png"),
    "metadata": ("-map", "0", "-c", "copy", "-f", "null", "-"),
}
"""What FFmpeg is asked for, each in a process of its own."""

WANTED = [
    {"type": "pictures", "poster": "best", "thumbnails": {"every": THUMBNAIL_SECONDS}, "animation": "webp"},
    {"type": "analysis"},
]


def rows(clips: Sequence[Path], seconds: int) -> list[Row]:
    """Both ways, of so many seconds of mixed footage at 720p."""
    request = {"kind": "encode", "asset": str(_master(clips, seconds)), "stills": False}
    video = {"type": "video", "resolution": "720p"}
    rendered(request | {"outputs": [video, *WANTED]}, "pictures", cold=True)
    again, _ = rendered(request | {"outputs": [video]}, "pictures", cold=False)
    artefacts = FOLDER / "pictures" / "store" / "artefacts"
    for kind in MADE_BESIDES:
        shutil.rmtree(artefacts / kind)
    more, report = rendered(request | {"outputs": [video, *WANTED]}, "pictures", cold=False)
    files = {Path(each["path"]).name: Path(each["path"]) for each in report["outputs"][0]["files"]}
    made = next(path for name, path in files.items() if name.endswith(".mp4"))
    ours = more.cpu_seconds - again.cpu_seconds + _measuring([*artefacts.glob(f"{Picture.kind}/**/*.mp4")])
    peer = sum(_passes(made).values())
    share = _near(_cuts_on_full_frames(made), json.loads(files["analysis.json"].read_text()))
    return [
        Row("pictures and analysis", f"{ours:.1f} s", f"{peer:.1f} s", f"{peer / ours:.1f}x", ">= 10x (processor)"),
        Row("cuts within a frame of full frames'", f"{share:.1%}", "", "", ">= 95 %"),
    ]


MADE_BESIDES = [each.kind for each in (FindScenes, Analysis, Poster, Thumbnails, Sprite, Animation)]

MINUTE = 60


def _master(clips: Sequence[Path], seconds: int) -> Path:
    """A minute of mixed footage over and over, with sound."""
    return heard(footage(clips, MINUTE), seconds, FOLDER / f"heard-{seconds}.mp4")


def heard(master: Path, seconds: int, path: Path) -> Path:
    """So many seconds of a master over and over, with a note that comes and goes."""
    picture = ["-stream_loop", "-1", "-i", str(master)]
    sound = ["-f", "lavfi", "-i", "aevalsrc='0.3*sin(880*t)*gt(mod(t,9),1)|0.2*sin(660*t)*gt(mod(t,9),1)':s=48000"]
    coded = ["-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "aac", "-t", str(seconds)]
    measure([*FFMPEG, *picture, *sound, *coded, str(path)])
    return path


def _passes(video: Path) -> dict[str, float]:
    """Processor seconds of each pass."""
    folder = FOLDER / "passes"
    folder.mkdir(parents=True, exist_ok=True)
    placed = {name: [*options[:-1], _placed(options[-1], folder)] for name, options in PASSES.items()}
    return {name: measure([*FFMPEG, "-i", str(video), *options]).cpu_seconds for name, options in placed.items()}


def _placed(output: str, folder: Path) -> str:
    return output if output == "-" else str(folder / output)


def _measuring(segments: Sequence[Path]) -> float:
    """Processor seconds that it takes to measure the frames of segments, and to keep that, beside decoding them."""
    spent = 0.0
    kept = FOLDER / STATS_FILE
    for path in segments:
        for statistician in (None, Statistician(RATE)):
            begun = time.process_time()
            with av.open(str(path)) as source:
                source.streams.video[0].thread_type = "NONE"
                for frame in source.decode(video=0):
                    if statistician:
                        statistician.see(frame)
            if statistician and (part := statistician.meter.measured()):
                write_stats(kept, part)
            took = time.process_time() - begun
            spent += took if statistician else -took
    return spent


def _cuts_on_full_frames(video: Path) -> list[int]:
    with av.open(str(video)) as source:
        rate = source.streams.video[0].average_rate
        assert rate
        pictures = (np.asarray(frame.to_ndarray(format="bgr24"), np.uint8) for frame in source.decode(video=0))
        part = measured(pictures, rate)
        assert part
        return [cut.frame for cut in find_cuts(part.stats, rate)]


def _near(cuts: Sequence[int], analysis: dict[str, Any]) -> float:
    """The share of cuts beside which a scene of ours begins."""
    begins = {scene["first_frame"] for scene in analysis["scenes"]}
    return sum(bool({cut - 1, cut, cut + 1} & begins) for cut in cuts) / max(1, len(cuts))
