"""Small clips made on the spot: every kind of input that footage throws at us, and clips that can be read back exactly.

    make(Clip(size=(640, 360), rate="25", rotation=90), path)      # one kind
    for name, clip in KINDS.items(): ...                           # all kinds

A *numbered* clip carries its frame number in every frame (bars that survive scaling, padding and encoding) and a click
in its sound at the first sample of every tenth frame. So a test can say which frames of which clip an output shows, and
how many samples its sound is off::

    make(Clip(numbered=1000, seconds=2), path)
    read_frame_numbers(path)    # [1000, 1001, ..., 1059]
    read_clicks(path)           # [0, 16000, 32000, ..., 80000]

The same `Clip` gives the same bytes with the same FFmpeg.
"""

from __future__ import annotations

import os
import subprocess
import wave
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 48_000
BITS = 16
"""Of a frame number: so a clip can be told from another by where its numbers begin (0, 1000, 2000...)."""
UNREADABLE = -1
"""The number of a frame that carries no number: padding, a blend of two frames, something else."""
CLICK_EVERY = 10
"""A click sounds at the first sample of every so many frames."""

Samples = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Clip:
    """What to make. The file name's suffix names the container."""

    size: tuple[int, int] = (320, 180)
    """Stored width and height."""
    rate: str = "30"
    """Frames per second, as FFmpeg reads it (`30000/1001`)."""
    seconds: float = 1.0
    codec: str = "libx264"
    pixel_format: str = "yuv420p"
    keyframe_every: int = 15
    b_frames: int = 0
    """Of H.264, how many frames in a row may need a later one; x265 has its own."""
    rotation: int = 0
    """Clockwise turn, in degrees, that a player has to make (a display matrix; the pixels stay as they are)."""
    sample_aspect: str = "1/1"
    variable: bool = False
    """Every third frame is missing, so that frames last unequally long."""
    interlaced: bool = False
    full_range: bool = False
    hdr: str = ""
    """`pq` or `hlg`: tagged so, BT.2020; the numbers are those of the SDR picture."""
    audio: str | None = "stereo"
    """Channel layout, or None for no sound."""
    audio_codec: str = "aac"
    sample_rate: int = SAMPLE_RATE
    numbered: int | None = None
    """Number of the first frame; None: moving test picture and a tone."""
    cuts: tuple[int, ...] = ()
    """Of a numbered clip, frames (from 0) at which the scene changes: its grey becomes much brighter or darker."""
    suffix: str = ".mp4"

    @property
    def frames(self) -> int:
        """How many frames are made, before `variable` drops some."""
        return round(Fraction(self.rate) * Fraction(str(self.seconds)))


def numbered(first: int = 0, **changes: Any) -> Clip:
    """A clip for exactness tests: its sound is PCM, so nothing but the code under test can move a sample."""
    return replace(Clip(numbered=first, audio_codec="pcm_s16le", suffix=".mov"), **changes)


KINDS: dict[str, Clip] = {
    "plain": Clip(),
    "portrait": Clip(size=(180, 320), rate="30000/1001"),
    "square_25": Clip(size=(240, 240), rate="25", sample_rate=44_100),
    "fast_60": Clip(size=(426, 240), rate="60"),
    "film": Clip(size=(432, 180), rate="24000/1001"),
    "variable": Clip(variable=True),
    "rotated_90": Clip(rotation=90),
    "rotated_180": Clip(rotation=180),
    "rotated_270": Clip(rotation=270, suffix=".mov"),
    "mono": Clip(audio="mono", sample_rate=22_050),
    "surround": Clip(audio="5.1"),
    "silent": Clip(audio=None),
    "odd_size": Clip(size=(321, 181), codec="mpeg4", suffix=".mkv"),
    "ten_bit": Clip(codec="libx265", pixel_format="yuv420p10le"),
    "hdr_pq": Clip(codec="libx265", pixel_format="yuv420p10le", hdr="pq"),
    "hdr_hlg": Clip(codec="libx265", pixel_format="yuv420p10le", hdr="hlg"),
    "interlaced": Clip(size=(352, 288), rate="25", interlaced=True, suffix=".mkv"),
    "full_range": Clip(full_range=True),
    "anamorphic": Clip(size=(352, 288), rate="25", sample_aspect="16/11"),
    "webm": Clip(codec="libvpx", audio_codec="libopus", suffix=".webm"),
}


@cache
def ffmpeg() -> str:
    """The FFmpeg that Reelflow itself would use."""
    if chosen := os.environ.get("REEL_FFMPEG"):
        return chosen
    import imageio_ffmpeg  # finding the binary starts it once

    return str(imageio_ffmpeg.get_ffmpeg_exe())


def make(clip: Clip, path: Path) -> Path:
    """Makes `clip` at `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sound = path.with_name(path.name + ".wav")
    encoded = path.with_name(f"upright-{path.name}") if clip.rotation else path
    try:
        picture = _picture_input(clip)
        tone = _sound_input(clip, sound)
        outputs = [*_picture_options(clip), *_sound_options(clip), "-t", str(clip.seconds)]
        _run([*picture, *tone, *outputs, "-bitexact", str(encoded)], feed=_numbered_frames(clip))
        if clip.rotation:
            # The option counts anticlockwise. Only a copy keeps the matrix: an encode would turn the pixels instead.
            turn = ["-display_rotation", str(-clip.rotation), "-i", str(encoded)]
            _run([*turn, "-map", "0", "-c", "copy", "-bitexact", str(path)])
    finally:
        sound.unlink(missing_ok=True)
        if clip.rotation:
            encoded.unlink(missing_ok=True)
    return path


def _picture_input(clip: Clip) -> list[str]:
    size = f"{clip.size[0]}x{clip.size[1]}"
    if clip.numbered is not None:
        assert not clip.interlaced, "a numbered clip is progressive"
        return ["-f", "rawvideo", "-pix_fmt", "gray", "-s", size, "-r", clip.rate, "-i", "pipe:0"]
    rate = Fraction(clip.rate) * (2 if clip.interlaced else 1)  # two fields make a frame
    return ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}"]


def _picture_options(clip: Clip) -> list[str]:
    width, height = clip.size  # named again: testsrc2 rounds odd sizes down
    span = "full" if clip.full_range else "limited"
    filters = [f"scale={width}:{height}:out_range={span}", f"format={clip.pixel_format}"]
    options = ["-map", "0:v:0", "-c:v", clip.codec, "-g", str(clip.keyframe_every), "-threads", "2"]
    if clip.variable:
        filters.append("select='not(eq(mod(n,3),1))'")
        options += ["-fps_mode", "vfr"]
    if clip.interlaced:
        filters.append("interlace=scan=tff:lowpass=off")
        options += ["-flags", "+ildct+ilme"]
    if clip.hdr:
        transfer = {"pq": "smpte2084", "hlg": "arib-std-b67"}[clip.hdr]
        filters.append(f"setparams=color_primaries=bt2020:color_trc={transfer}:colorspace=bt2020nc")
    filters.append(f"setsar={clip.sample_aspect}")
    if clip.full_range:
        options += ["-color_range", "pc"]
    match clip.codec:
        case "libx264" | "libx265":
            options += ["-preset", "ultrafast", "-crf", "16" if clip.numbered is not None else "23"]
            if clip.b_frames:
                options += ["-bf", str(clip.b_frames)]
        case "libvpx" | "libvpx-vp9":
            options += ["-deadline", "realtime", "-cpu-used", "8", "-b:v", "1M"]
        case _:
            options += ["-q:v", "3"]
    if clip.codec == "libx265":
        options += ["-x265-params", "log-level=error", "-tag:v", "hvc1"]
    return ["-vf", ",".join(filters), *options]


def _sound_input(clip: Clip, path: Path) -> list[str]:
    if clip.audio is None:
        return []
    if clip.numbered is None:
        return ["-f", "lavfi", "-i", f"sine=frequency=440:sample_rate={clip.sample_rate}"]
    _write_clicks(clip, path)
    return ["-i", str(path)]


def _sound_options(clip: Clip) -> list[str]:
    if clip.audio is None:
        return []
    layout = f"aformat=channel_layouts={clip.audio}"
    return ["-map", "1:a:0", "-c:a", clip.audio_codec, "-ar", str(clip.sample_rate), "-af", layout]


def _run(arguments: Sequence[str], feed: Iterable[bytes] = ()) -> None:
    """Runs FFmpeg, with `feed` on its standard input; what it says is little (`-v error`), so no pipe can fill up."""
    command = [ffmpeg(), "-v", "error", "-nostdin", "-y", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        try:
            for chunk in feed:
                process.stdin.write(chunk)
            process.stdin.close()
        except BrokenPipeError:
            pass  # FFmpeg ended early; its own words follow
        said = process.stderr.read().decode(errors="replace")
    if process.returncode != 0:
        raise AssertionError(f"{' '.join(command)}\n{said}")


# --- numbers in pictures ----------------------------------------------------------------------------------------------
#
# The picture is mid-grey with a gradient that drifts, so that it is neither still nor ever near black. Across the top
# quarter lie two rows of bars: the bits of the number, highest first, white for one, and under them the same bits
# inverted. The reader finds the picture inside black padding by its brightness, and compares each bar with the one
# under it: so neither levels, nor range, nor opacity can fool it, and a blend of two frames is seen to be one.

_MARGIN = Fraction(1, 20)  # grey around the bars, of the picture's width and height
_GREYS = (90, 175, 45)  # the darkest grey of each scene, in turn
_ROWS = (Fraction(1, 20), Fraction(3, 20), Fraction(5, 20))  # edges of the two rows, of the picture's height
_PADDING_LUMA = 40  # darker is padding; limited-range black is 16, the gradient's darkest 90
_SURE = 60  # least difference of luma between a bar and its inverse


def _numbered_frames(clip: Clip) -> Iterator[bytes]:
    if clip.numbered is None:
        return
    width, height = clip.size
    ramp = np.add.outer(np.arange(height), np.arange(width))
    for number in range(clip.numbered, clip.numbered + clip.frames):
        scene = sum(cut <= number - clip.numbered for cut in clip.cuts)
        frame = (_GREYS[scene % len(_GREYS)] + (ramp + 3 * number) % 76).astype(np.uint8)
        for row, inverted in enumerate((False, True)):
            for bit in range(BITS):
                one = bool(number >> (BITS - 1 - bit) & 1) != inverted
                frame[_bar(bit, row, width, height)] = 235 if one else 20
        yield frame.tobytes()


def _bar(bit: int, row: int, width: int, height: int, inset: Fraction = Fraction(0)) -> tuple[slice, slice]:
    """Where a bar lies in a picture of that size; `inset` leaves out so much of it on each side."""
    each = width * (1 - 2 * _MARGIN) / BITS
    left, top, bottom = width * _MARGIN + bit * each, height * _ROWS[row], height * _ROWS[row + 1]
    dx, dy = each * inset, (bottom - top) * inset
    return slice(round(top + dy), round(bottom - dy)), slice(round(left + dx), round(left + each - dx))


def read_frame_numbers(path: Path, region: tuple[int, int, int, int] | None = None) -> list[int]:
    """The number that each frame carries, in display order; `UNREADABLE` where there is none.

    `region` (x, y, width, height) is where the numbered picture lies in the frame; without it, all that is not black.
    """
    with av.open(str(path)) as container:
        return [_number_in(frame.to_ndarray(format="gray"), region) for frame in container.decode(video=0)]


def read_frame_number(frame: NDArray[Any]) -> int:
    """The number that one frame carries, given as grey levels."""
    return _number_in(frame, None)


def _number_in(frame: NDArray[Any], region: tuple[int, int, int, int] | None) -> int:
    picture = _inside_padding(frame) if region is None else _crop(frame, *region)
    height, width = picture.shape
    if width < 2 * BITS or height < BITS:
        return UNREADABLE
    number = 0
    for bit in range(BITS):
        upper, lower = (float(picture[_bar(bit, row, width, height, Fraction(1, 4))].mean()) for row in (0, 1))
        if abs(upper - lower) < _SURE:
            return UNREADABLE
        number = number << 1 | (upper > lower)
    return number


def _crop(frame: NDArray[Any], x: int, y: int, width: int, height: int) -> NDArray[Any]:
    return frame[y : y + height, x : x + width]


def _inside_padding(frame: NDArray[Any]) -> NDArray[Any]:
    bright = frame > _PADDING_LUMA
    rows, columns = (np.flatnonzero(bright.mean(axis=axis) > 0.1) for axis in (1, 0))
    if not len(rows) or not len(columns):
        return frame[:0, :0]
    return frame[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


# --- clicks in sound --------------------------------------------------------------------------------------------------
#
# A click is a short chirp: after any lossy codec, its correlation with itself still peaks at one sample, which the edge
# of a burst or a single loud sample does not.


@cache
def _click(sample_rate: int) -> Samples:
    """2 ms from 1 to 8 kHz, faded in and out."""
    length = sample_rate // 500
    time = np.arange(length) / sample_rate
    sweep = 2 * np.pi * (1000 * time + (8000 - 1000) / (2 * length / sample_rate) * time**2)
    click: Samples = np.sin(sweep) * np.hanning(length)
    return click


def click_positions(clip: Clip) -> list[int]:
    """The samples at which the clicks of a numbered clip begin: those of every tenth frame."""
    rate = Fraction(clip.rate)
    return [round(frame * clip.sample_rate / rate) for frame in range(0, clip.frames, CLICK_EVERY)]


def _write_clicks(clip: Clip, path: Path) -> None:
    click = _click(clip.sample_rate)
    sound = np.zeros(round(clip.frames * clip.sample_rate / Fraction(clip.rate)) + len(click))
    for position in click_positions(clip):
        sound[position : position + len(click)] = click
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, clip.sample_rate, 0, "NONE", ""))
        file.writeframes((sound * 0.8 * 32767).astype("<i2").tobytes())


def read_clicks(path: Path) -> list[int]:
    """The samples at which clicks begin, counted from the beginning of the picture's first frame, if there is one."""
    sound, sample_rate, zero = _read_sound(path)
    click = _click(sample_rate)
    match = np.correlate(sound, click, mode="valid")
    if not len(match) or match.max() < 0.05 * (click**2).sum():
        return []
    loud = np.flatnonzero(match > match.max() / 2)
    groups = np.split(loud, np.flatnonzero(np.diff(loud) > len(click)) + 1)
    return [int(group[match[group].argmax()]) + zero for group in groups]


def _read_sound(path: Path) -> tuple[Samples, int, int]:
    """The sound as one channel, each sample at the time its packet says; its rate; and the number of its first sample.

    A packet's time is as fine as the container's clock: where it differs by less than one tick (a millisecond in
    Matroska) from where the last packet ended, the sound goes on without a gap.
    """
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        chunks: list[tuple[int, Samples]] = []
        for frame in container.decode(stream):
            assert frame.pts is not None
            assert frame.time_base is not None
            chunk, tick = _as_mono(frame), frame.time_base * frame.sample_rate
            end = chunks[-1][0] + len(chunks[-1][1]) if chunks else 0
            start = end if chunks and abs(frame.pts * tick - end) < tick else round(frame.pts * tick)
            chunks.append((start, chunk))
        sample_rate = stream.codec_context.sample_rate
    first, last = chunks[0][0], max(start + len(chunk) for start, chunk in chunks)
    sound = np.zeros(last - first)
    for start, chunk in chunks:
        sound[start - first : start - first + len(chunk)] = chunk
    return sound, sample_rate, first - round(_picture_start(path) * sample_rate)


def _as_mono(frame: av.AudioFrame) -> Samples:
    values: NDArray[Any] = frame.to_ndarray()
    scale = 1.0 if values.dtype.kind == "f" else float(np.iinfo(values.dtype).max)
    by_channel = values.reshape(-1, frame.layout.nb_channels).T if not frame.format.is_planar else values
    mono: Samples = by_channel.mean(axis=0, dtype=np.float64) / scale
    return mono


def _picture_start(path: Path) -> Fraction:
    with av.open(str(path)) as container:
        if not container.streams.video:
            return Fraction(0)
        first = next(container.decode(video=0))
        assert first.pts is not None
        assert first.time_base is not None
        return first.pts * first.time_base


def lavfi_clip(picture: str, sound: str, seconds: float, path: Path) -> None:
    """Write a clip of FFmpeg's own sources (`testsrc2=...`, `sine=...`): H.264 and AAC."""
    inputs = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, "-t", str(seconds)]
    coded = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    subprocess.run([ffmpeg(), "-v", "error", *inputs, *coded, str(path)], check=True)
