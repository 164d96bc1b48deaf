"""Smart copy against encoding everything in parallel; and a timeline of a thousand cuts."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from bench.rows import FOLDER, Row, megabytes, rendered, seconds
from reel.ffmpeg.build import ffmpeg_path

GOALS = {60: ">= 3x", 250: ">= 1.6x"}

CODECS = {
    "H.264": ("v2", ["-c:v", "libx264", "-preset", "veryfast", "-sc_threshold", "0"]),
    "H.265": (
        "hevc",
        ["-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1", "-x265-params", "log-level=error:scenecut=0"],
    ),
}
"""Mark of the files' names, and options. x265's groups of pictures are open, as cameras' may be."""


def sources(minutes: int, gop: int, count: int = 3, codec: str = "H.264") -> list[Path]:
    """Cameras of 1080p at 30 fps, with B-frames and key frames `gop` apart at most."""
    folder = FOLDER / "sources"
    folder.mkdir(parents=True, exist_ok=True)
    mark, options = CODECS[codec]
    paths = [folder / f"{number}-{minutes}min-gop{gop}-{mark}.mp4" for number in range(count)]
    for number, path in enumerate(paths):
        if not path.exists():
            picture = (
                f"testsrc2=size=1920x1080:rate=30:duration={60 * minutes},noise=alls=3:allf=t,hue=h={120 * number}"
            )
            sound = f"sine=frequency={300 + 100 * number}:sample_rate=48000:duration={60 * minutes}"
            encode(["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, *options], gop, path)
    return paths


def encode(arguments: Sequence[str], gop: int, path: Path) -> None:
    """Write a camera's file: inputs and a codec's options, key frames `gop` apart."""
    command = [str(ffmpeg_path()), "-hide_banner", "-loglevel", "error", "-y", *arguments, "-crf", "24", "-g", str(gop),
               "-keyint_min", str(gop), "-pix_fmt", "yuv420p", "-c:a", "aac", "-f", "mp4", f"{path}.part"]  # fmt: skip
    subprocess.run(command, check=True)
    Path(f"{path}.part").rename(path)


def request(paths: list[Path], cuts: int, minutes: int, copying: str, moved: float = 0) -> dict[str, object]:
    """Cuts of about ten seconds, at odd places, one source after another; all of them `moved` by some seconds."""
    span = 60 * minutes - 12
    decisions = []
    for cut in range(cuts):
        begin = round((cut * 7.919) % span + moved, 3)
        decisions.append({"source": cut % len(paths), "in": begin, "out": round(begin + 9 + cut % 3, 3)})
    return {
        "kind": "multicam",
        "sources": [str(path) for path in paths],
        "cuts": decisions,
        "copy": copying,
        "stills": False,
    }


def rows(*, full: bool) -> list[Row]:
    """For both codecs and two distances of key frames: smart copy against the same segments encoded in parallel, which gives
    H.264 whatever the sources are."""
    minutes, cuts = (10, 60) if full else (1, 12)
    copied = [_row(codec, gop, minutes, cuts) for codec in CODECS for gop in GOALS]
    return copied + [row for name in FRAMES for row in _edited(name, minutes, cuts)]


def _row(codec: str, gop: int, minutes: int, cuts: int) -> Row:
    paths = sources(minutes, gop, codec=codec)
    home = f"multicam-{CODECS[codec][0]}-{gop}"
    ours, _ = rendered(request(paths, cuts, minutes, "auto"), home)
    peer, _ = rendered(request(paths, cuts, minutes, "never"), f"{home}-encoded")
    return Row(
        f"multicam {codec}, {cuts} cuts, GOP {gop}",
        seconds(ours),
        f"{seconds(peer)} (encoded)",
        f"{peer.seconds / ours.seconds:.1f}x, cpu {peer.cpu_seconds / ours.cpu_seconds:.1f}x",
        GOALS[gop],
    )


FRAMES = {"": {}, ", at 720p": {"aspect": "16:9", "resolution": "720p"}}
"""What is asked of the frame: as the sources are, which can be copied; and a size of which nothing can be."""

MOVED_SECONDS = 0.37
"""By which every cut is moved in an edit."""


def _edited(name: str, minutes: int, cuts: int) -> list[Row]:
    """With key frames far apart, a first export and then one with all cuts moved, with and without mezzanines."""
    paths = sources(minutes, 250)
    took = {}
    for mezzanine in (True, False):
        home = f"multicam-mezzanine-{mezzanine}{name[-4:]}".lower()
        more = {**FRAMES[name], "mezzanine": mezzanine}
        for moved in (0, MOVED_SECONDS):
            document = {**request(paths, cuts, minutes, "auto", moved), **more}
            took[mezzanine, moved], _ = rendered(document, home, cold=not moved)
    what = {0: "first export by way of mezzanines", MOVED_SECONDS: "all cuts moved, from mezzanines"}
    return [
        Row(
            f"{what[moved]}{name}",
            seconds(took[True, moved]),
            f"{seconds(took[False, moved])} (without)",
            f"{took[False, moved].seconds / took[True, moved].seconds:.1f}x",
            "quick edits" if moved else "",
        )
        for moved in what
    ]


def many_cuts() -> list[Row]:
    """A thousand cuts of a fifth of a second, and half as many: memory, and how time grows."""
    paths = sources(1, 60)
    took = {}
    for count in (500, 1000):
        cuts = [
            {"source": cut % 3, "in": round((cut * 0.731) % 58, 3), "out": round((cut * 0.731) % 58 + 0.2, 3)}
            for cut in range(count)
        ]
        document = {"kind": "multicam", "sources": [str(path) for path in paths], "cuts": cuts, "copy": "never",
                    "aspect": "16:9", "resolution": "480p", "stills": False}  # fmt: skip
        took[count], _ = rendered(document, f"cuts-{count}")
    whole, half = took[1000], took[500]
    return [
        Row("a thousand cuts, memory of all", megabytes(whole), "", "", "< 1500 MB"),
        Row(
            "a thousand cuts against 500",
            seconds(whole),
            seconds(half),
            f"{whole.seconds / half.seconds:.2f}x",
            "about 2x",
        ),
    ]
