"""Masters with several sound tracks, subtitles and chapters; and what FFmpeg and PyAV find in a file."""

from __future__ import annotations

import re
import struct
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import av
import numpy as np

from tests.clips import ffmpeg

SECONDS = 3
TONES = {"en": 440, "de": 880, "comment": 1320}
"""What each sound track of `master` is, in its order."""

LATE = 0.5
"""Seconds at which the third begins."""

ENGLISH = "1\n00:00:00,500 --> 00:00:01,250\n<i>Hello</i> there\n\n2\n00:00:02,000 --> 00:00:02,500\nBye\n"
GERMAN = "1\n00:00:00,600 --> 00:00:01,300\nHallo & tschüs\n"

CHAPTERS = """;FFMETADATA1
[CHAPTER]
TIMEBASE=1/1000
START=0
END=1000
title=Opening
[CHAPTER]
TIMEBASE=1/1000
START=1000
END=2000
[CHAPTER]
TIMEBASE=1/1000
START=2000
END=3000
title=Größe & "Ende"
"""


def master(folder: Path, suffix: str = "mkv") -> Path:
    """A picture, three tones of which the second is the default, two subtitles and three chapters, the second without a
    title."""
    texts = {"en.srt": ENGLISH, "de.srt": GERMAN, "chapters.txt": CHAPTERS}
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    tones = [f"sine={tone}:r=48000:d={SECONDS}" for tone in TONES.values()]
    named = {
        "s:a:0": {"language": "eng", "title": "English"},
        "s:a:1": {"language": "ger"},
        "s:a:2": {"language": "eng", "title": "Director's commentary"},
        "s:s:0": {"language": "eng"},
        "s:s:1": {"language": "ger", "title": "Deutsch"},
    }
    path = folder / f"master.{suffix}"
    run(
        *("-f", "lavfi", "-i", f"testsrc2=s=160x90:r=25:d={SECONDS}"),
        *("-f", "lavfi", "-i", tones[0], "-f", "lavfi", "-i", tones[1]),
        *("-itsoffset", str(LATE), "-f", "lavfi", "-i", tones[2]),
        *("-i", folder / "en.srt", "-i", folder / "de.srt", "-i", folder / "chapters.txt"),
        *("-map", "0", "-map", "1", "-map", "2", "-map", "3", "-map", "4", "-map", "5", "-map_chapters", "6"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-c:s", "mov_text" if suffix == "mp4" else "srt"),
        *("-t", str(SECONDS)),
        *(
            f"-metadata:{stream} {name}={value}".split(" ", 1)
            for stream, tags in named.items()
            for name, value in tags.items()
        ),
        *("-disposition:a:0", "0", "-disposition:a:1", "default", "-disposition:a:2", "comment"),
        *("-disposition:s:0", "0", "-disposition:s:1", "forced"),
        path,
    )
    return path


def with_bitmaps(source: Path, folder: Path) -> Path:
    """The same file with subtitles of Blu-ray behind its own: pictures."""
    begin, end = struct.pack(">HHBHBBBB", 160, 90, 0x10, 0, 0x80, 0, 0, 0), b""
    segments = [(0x16, begin), (0x80, end)]
    sup = b"".join(b"PG" + struct.pack(">IIBH", 45_000, 0, kind, len(body)) + body for kind, body in segments)
    (folder / "bitmaps.sup").write_bytes(sup)
    path = folder / "bitmaps.mkv"
    named = ("-metadata:s:s:2", "language=fre")
    run("-i", source, "-i", folder / "bitmaps.sup", "-map", "0", "-map", "1", "-c", "copy", *named, path)
    return path


def run(*arguments: Any) -> None:
    """FFmpeg; what stands in a list are arguments of their own."""
    flat = [str(each) for argument in arguments for each in (argument if isinstance(argument, list) else [argument])]
    subprocess.run([ffmpeg(), "-v", "error", "-y", *flat], check=True)


def tone(path: Path, track: int, at: float) -> int:
    """The loudest frequency, in Hz, of a fifth of a second of one of a file's sound tracks; 0 where it is silent."""
    with av.open(str(path)) as source:
        stream = source.streams.audio[track]
        frames = [frame for frame in source.decode(stream) if frame.pts is not None]
        rate, tick = stream.rate, stream.time_base
        assert tick
        line = np.zeros(rate * (SECONDS + 3))
        for frame in frames:
            begin = round(float((frame.pts or 0) * tick) * rate)
            samples = frame.to_ndarray().astype(float)
            # Packed samples come in one row, those of all channels by turns.
            rows = samples if frame.format.is_planar else samples.reshape(-1, frame.layout.nb_channels).T
            mono = rows.mean(axis=0)
            if begin >= 0:
                line[begin : begin + len(mono)] = mono[: max(0, len(line) - begin)]
    heard = line[round(at * rate) :][: rate // 5]
    if np.abs(heard).max() < 0.003 * max(1.0, np.abs(line).max()):
        return 0
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
    return int(spectrum.argmax()) * rate // len(heard)


def tones(path: Path, at: float = 1.5) -> list[int]:
    """Those of all sound tracks, to the nearest 40 Hz."""
    with av.open(str(path)) as source:
        count = len(source.streams.audio)
    return [round(tone(path, track, at) / 40) * 40 for track in range(count)]


def names(path: Path) -> list[tuple[str, str, bool]]:
    """Language, title, and whether it is the default, of each sound track."""
    with av.open(str(path)) as source:
        return [
            (
                each.metadata.get("language", ""),
                each.metadata.get("title", each.metadata.get("name", "")),
                bool(each.disposition & av.stream.Disposition.default),
            )
            for each in source.streams.audio
        ]


def chapters(path: Path) -> list[tuple[float, float, str]]:
    """Begin, end and title of each chapter, as the FFmpeg program tells them."""
    told = subprocess.run(
        [ffmpeg(), "-v", "error", "-i", str(path), "-f", "ffmetadata", "-"], check=True, capture_output=True
    ).stdout.decode()
    found = []
    for block in told.split("[CHAPTER]")[1:]:
        fields = dict(re.findall(r"^(\w+)=(.*)$", block, re.MULTILINE))
        tick = [int(number) for number in fields["TIMEBASE"].split("/")]
        begin, end = (round(int(fields[name]) * tick[0] / tick[1], 3) for name in ("START", "END"))
        found.append((begin, end, fields.get("title", "").replace("\\", "")))
    return found


def by_name(files: Iterable[Any]) -> Mapping[str, Path]:
    """Files of a report."""
    return {file.name: Path(file.path) for file in files}
