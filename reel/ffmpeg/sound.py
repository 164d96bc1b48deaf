"""The command lines that decode, stretch and encode sound. Pure: from values to arguments.

Between steps, sound is raw: stereo, 48 kHz, interleaved 32-bit floats. Raw samples have no header to disagree with, can be
cut at any sample without decoding, and floats do not clip before the last mix.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import ffmpeg

from reel.ffmpeg.graph import Node, compile_command, open_source
from reel.plan.operations import Decode, Reclock, SoundMix, Stretch
from reel.time import SAMPLE_RATE


@dataclass(frozen=True)
class Gain:
    """What is done to the level of a sound."""

    db: float
    ceiling_db: float | None = None
    """Highest true peak, kept by a limiter; null: no limiter is needed."""


RAW: dict[str, Any] = {"format": "f32le", "ar": SAMPLE_RATE, "ac": 2}


def decode_command(operation: Decode, source: str, output: str) -> list[str]:
    """Arguments that decode a whole audio stream into raw samples."""
    sound = open_source(operation.source, source, kind="a")
    sound = _stereo(sound, operation.channels)
    # Time stamps count from the moment that the facts call zero.
    sound = sound.filter("asetpts", f"PTS-({operation.zero})/TB")
    # async=1: gaps in the time stamps become silence, overlaps are cut, nothing is stretched.
    # first_pts=0: what begins late is padded, what begins before zero is cut.
    # soxr would resample a little better; swr's own is transparent at this filter size and always built in.
    resampling = {"async": 1, "first_pts": 0, "filter_size": 64}
    sound = sound.filter("aresample", SAMPLE_RATE, **resampling)
    return compile_command(_exactly(sound, operation.samples), output, **_raw_output())


def _stereo(sound: Node, channels: int) -> Node:
    """Mono on both sides at full level (swr alone would take 3 dB off); more channels mixed down so that nothing clips."""
    if channels == 1:
        return sound.filter("channelmap", map="0|0", channel_layout="stereo")
    # rematrix_maxval=1: the sum of the coefficients of BS.775 stays within full scale.
    return sound.filter("aresample", ochl="stereo", osf="flt", rematrix_maxval=1)


def stretch_command(operation: Stretch, sound: str, output: str) -> list[str]:
    """Arguments that play a stretch of raw samples at another speed and the same pitch."""
    wanted = operation.first + -(-operation.samples * operation.speed.numerator // operation.speed.denominator)
    raw = ffmpeg.input(f"file:{sound}", protocol_whitelist="file", **RAW)
    # A margin at the end, so that the last samples are stretched from sound and not from its sudden end.
    raw = raw.filter("atrim", start_sample=operation.first, end_sample=wanted + SAMPLE_RATE // 4)
    raw = raw.filter("asetpts", "N/SR/TB")
    for factor in _tempo_factors(operation.speed):
        raw = raw.filter("atempo", factor)
    return compile_command(_exactly(raw, operation.samples), output, **_raw_output())


def _tempo_factors(speed: Fraction) -> list[float]:
    """Factors within 0.5 and 2: beyond 2, `atempo` skips samples instead of blending them; below 0.5 it refuses."""
    if speed > 2:
        return [2.0, *_tempo_factors(speed / 2)]
    if speed < Fraction(1, 2):
        return [0.5, *_tempo_factors(speed * 2)]
    return [float(speed)]


MOST_RATE = 10_000_000
"""Of the whole rates, in hertz, whose ratio a clock is: it is met to a tenth of a millionth at least."""


def reclock_command(operation: Reclock, sound: str, output: str) -> list[str]:
    """Arguments that resample raw samples, so that `clock` seconds of them last one second."""
    ratio = operation.clock.limit_denominator(MOST_RATE)
    least = -(-SAMPLE_RATE // min(ratio.numerator, ratio.denominator))
    raw = ffmpeg.input(f"file:{sound}", protocol_whitelist="file", **RAW)
    # Rates are whole numbers here: the samples are called the one rate, resampled to the other, and called by their own again.
    raw = raw.filter("asetrate", ratio.numerator * least).filter("aresample", ratio.denominator * least, filter_size=64)
    return compile_command(_exactly(raw.filter("asetrate", SAMPLE_RATE), operation.samples), output, **_raw_output())


LEVELS_FILE = "levels.txt"
"""Where `levels_command` writes, in the folder that FFmpeg is started in: a name of our own, because it stands in a filter."""


def levels_command(sound: str, *, raw_samples: int | None = None, gain: Gain | None = None) -> list[str]:
    """Arguments that measure loudness and true peak of a sound (EBU R128) into `LEVELS_FILE`; the last line of each key
    counts. Headerless samples, as many as are said, which `gain` would bring to a level; or a file of ours."""
    source = ffmpeg.input(f"file:{sound}", protocol_whitelist="file", **({} if raw_samples is None else RAW)).audio
    if gain:
        assert raw_samples is not None
        source = _levelled(source, gain, raw_samples)
    # peak=true oversamples four times, as BS.1770 asks; metadata=1 hands the figures on to the next filter.
    measured = source.filter("ebur128", peak="true", metadata=1, framelog="quiet")
    measured = measured.filter("ametadata", mode="print", file=LEVELS_FILE)
    return compile_command(measured, "-", format="null")


def encode_command(
    operation: SoundMix, output: str, *, gain: Gain | None = None, sound: str | None = None
) -> list[str]:
    """Arguments that encode raw samples: those of the file `sound`, brought to a level by `gain`, else those from stdin."""
    if sound is None:
        raw = ffmpeg.input("pipe:0", protocol_whitelist="pipe", **RAW)
    else:
        raw = ffmpeg.input(f"file:{sound}", protocol_whitelist="file", **RAW)
    return compile_command(
        _levelled(raw, gain, operation.samples) if gain else raw,
        output,
        acodec="aac",
        audio_bitrate=operation.encoder.bits_per_second,
        # At 128 kbit/s the fast search is also the better one: 49 dB of signal to noise against 34 dB of `twoloop`, on 40 s
        # of speech and at the same size, in half the time.
        aac_coder="fast",
        # The edit list, which says where the sound ends, counts in units of this; 1/1000 would cut up to 47 samples.
        movie_timescale=SAMPLE_RATE,
    )


def _levelled(sound: Node, gain: Gain, samples: int) -> Node:
    """One gain for all of it; and, where that would lift peaks over the ceiling, a limiter with a look-ahead of 5 ms."""
    sound = sound.filter("volume", volume=f"{gain.db:.4f}dB", precision="float")
    if gain.ceiling_db is None:
        return sound
    # Four times the rate: what lies between the samples is limited too. level=false: no make-up gain.
    # latency=1: the look-ahead does not delay the sound. asc=1: less pumping where peaks follow one another.
    sound = sound.filter("aresample", 4 * SAMPLE_RATE)
    limit = 10 ** (gain.ceiling_db / 20)
    sound = sound.filter("alimiter", limit=f"{limit:.6f}", attack=5, release=50, level="false", latency=1, asc=1)
    return _exactly(sound.filter("aresample", SAMPLE_RATE), samples)


def _exactly(sound: Node, samples: int) -> Node:
    return sound.filter("apad", whole_len=samples).filter("atrim", end_sample=samples)


def _raw_output() -> dict[str, Any]:
    return {"acodec": "pcm_f32le", **RAW}
