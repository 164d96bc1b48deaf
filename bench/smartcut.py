"""Smart copy against the PyPI package `smartcut`: the same cuts out of one source, which is all that it takes.

The source is numbered (`tests.clips`), so that every frame and every sound of both outputs is held against the plan.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av

from bench.measure import Measure, measure
from bench.multicam import CODECS, GOALS, encode
from bench.rows import FOLDER, Row, environment, rendered, seconds
from reel.ffmpeg.process import run
from tests.clips import CLICK_EVERY, SAMPLE_RATE, make, numbered, read_clicks, read_frame_numbers

VERSION = "1.7"
RATE = 30
SIZE = (1920, 1080)


def rows(*, full: bool) -> list[Row]:
    """For two distances of key frames: time, and what of the cuts is right; none where `smartcut` cannot be installed."""
    try:
        program = environment("smartcut", f"smartcut=={VERSION}") / "bin" / "smartcut"
    except subprocess.CalledProcessError as error:
        print(f"smartcut {VERSION}: left out, it cannot be installed here: {error}", flush=True)
        return []
    minutes = 10 if full else 1
    return [row for gop in GOALS for row in _rows(program, gop, minutes)]


def _rows(program: Path, gop: int, minutes: int) -> list[Row]:
    cuts, path = cuts_of(minutes), source(minutes, gop)
    took, report = rendered(request(path, cuts), f"smartcut-{gop}-ours")
    ours = _seen(Path(report["outputs"][0]["files"][0]["path"]), cuts)
    output = FOLDER / f"smartcut-{gop}.mp4"
    peer_took = _smartcut(program, path, cuts, output)
    peer = _seen(output, cuts)
    name = f"{len(cuts)} cuts of one source, GOP {gop}"
    ratio = f"{peer_took.seconds / took.seconds:.2f}x, cpu {peer_took.cpu_seconds / took.cpu_seconds:.2f}x"
    return [
        Row(f"{name}, smartcut {VERSION}", seconds(took), seconds(peer_took), ratio, ""),
        Row(f"  its {sum(end - begin for begin, end in cuts)} frames", ours.frames, peer.frames, "", "all right"),
        Row("  its sound, off by at most", ours.sound, peer.sound, "", "0 samples"),
        Row("  gaps and overlaps in it", ours.gaps, peer.gaps, "", "none"),
        Row("  FFmpeg's words at decoding it", f"{ours.words} lines", f"{peer.words} lines", "", "0 lines"),
    ]


def cuts_of(minutes: int) -> list[tuple[int, int]]:
    """First frames, and those after the last ones: eight seconds of every ten, at odd places between two clicks."""
    begins = [10 * RATE * cut + 4 + CLICK_EVERY * (7 * cut % 5) for cut in range(6 * minutes)]
    return [(begin, begin + 8 * RATE - 3 * (cut % 3)) for cut, begin in enumerate(begins)]


def request(path: Path, cuts: list[tuple[int, int]]) -> dict[str, object]:
    decisions = [{"source": 0, "in": round(begin / RATE, 6), "out": round(end / RATE, 6)} for begin, end in cuts]
    return {"kind": "multicam", "sources": [str(path)], "cuts": decisions, "stills": False}


def source(minutes: int, gop: int) -> Path:
    """A camera as those of `bench.multicam`, with its frame numbers and clicks."""
    path = FOLDER / "sources" / f"numbered-{minutes}min-gop{gop}.mp4"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        plain = path.with_suffix(".mov")
        make(numbered(0, seconds=60 * minutes, size=SIZE), plain)
        encode(["-i", str(plain), "-vf", "noise=alls=3:allf=t", *CODECS["H.264"][1]], gop, path)
        plain.unlink()
    return path


def _smartcut(program: Path, path: Path, cuts: list[tuple[int, int]], output: Path) -> Measure:
    # Its numbers of frames include the last: with seconds, which do not, it was further off.
    keep = ",".join(f"{begin},{end - 1}" for begin, end in cuts)
    return measure([str(program), str(path), str(output), "--keep", keep, "--frames"])


@dataclass(frozen=True)
class Seen:
    """What of an output is right."""

    frames: str
    sound: str
    gaps: str
    words: int
    """Lines that FFmpeg writes when it decodes the file."""


def _seen(video: Path, cuts: list[tuple[int, int]]) -> Seen:
    wanted = [number for begin, end in cuts for number in range(begin, end)]
    found = read_frame_numbers(video, (0, 0, *SIZE))
    words = run(["-i", f"file:{video}", "-f", "null", "-"], place="decode").stderr_tail.splitlines()
    return Seen(_frames(wanted, found), _sound(wanted, read_clicks(video)), _gaps(video), len(words))


def _frames(wanted: list[int], found: list[int]) -> str:
    missing = len(set(wanted) - set(found))
    more = len(found) - len(wanted) + missing
    if missing or more:
        return f"{missing} missing, {more} too many"
    return "all right" if wanted == found else "in another order"


def _sound(wanted: list[int], clicks: list[int]) -> str:
    """How far the farthest click is from where it is due."""
    if not clicks:
        return "none"
    due = [place * SAMPLE_RATE // RATE for place, number in enumerate(wanted) if number % CLICK_EVERY == 0]
    return f"{max(min(abs(click - place) for click in clicks) for place in due)} samples"


def _gaps(video: Path) -> str:
    """Where a piece of sound does not begin where the one before it ended; how many, and the largest."""
    with av.open(str(video)) as container:
        pieces = [(_begin(frame), frame.samples) for frame in container.decode(audio=0)]
    between = [abs(later - begin - samples) for (begin, samples), (later, _) in pairwise(pieces)]
    found = [round(gap) for gap in between if gap >= 1]
    return f"{len(found)}, {max(found)} samples" if found else "none"


def _begin(frame: av.AudioFrame) -> Fraction:
    """In samples."""
    assert frame.pts is not None
    assert frame.time_base is not None
    return frame.pts * frame.time_base * SAMPLE_RATE
