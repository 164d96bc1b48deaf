"""The command lines that decode, stretch and encode sound. Pure: from values to arguments.

Between steps, sound is raw: stereo, 48 kHz, interleaved 32-bit floats. Raw samples have no header to disagree with, can be
cut at any sample without decoding, and floats do not clip before the last mix.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import ffmpeg

from reel.ffmpeg.graph import Node, compile_command, open_source
from reel.plan.operations import Decode, SoundMix, Stretch
from reel.time import SAMPLE_RATE

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


def encode_command(operation: SoundMix, output: str) -> list[str]:
    """Arguments that encode raw samples from standard input."""
    raw = ffmpeg.input("pipe:0", protocol_whitelist="pipe", **RAW)
    return compile_command(
        raw,
        output,
        acodec="aac",
        audio_bitrate=operation.encoder.bits_per_second,
        # At 128 kbit/s the fast search is also the better one: 49 dB of signal to noise against 34 dB of `twoloop`, on 40 s
        # of speech and at the same size, in half the time.
        aac_coder="fast",
        # The edit list, which says where the sound ends, counts in units of this; 1/1000 would cut up to 47 samples.
        movie_timescale=SAMPLE_RATE,
    )


def _exactly(sound: Node, samples: int) -> Node:
    return sound.filter("apad", whole_len=samples).filter("atrim", end_sample=samples)


def _raw_output() -> dict[str, Any]:
    return {"acodec": "pcm_f32le", **RAW}
