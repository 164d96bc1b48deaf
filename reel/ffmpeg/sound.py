"""The command lines that decode, measure and encode sound, and what measuring writes. Pure: from values to arguments.

Between steps, sound is raw: stereo, 48 kHz, interleaved 32-bit floats. Raw samples have no header to disagree with, can be
cut at any sample without decoding, and floats do not clip before the last mix.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import ffmpeg

from reel.codecs import AUDIO_CODECS
from reel.ffmpeg.graph import Node, compile_command, open_source
from reel.plan.operations import Decode, Reclock
from reel.presets import AudioEncoder
from reel.stamps import SOUND_GAP, STAMPLESS
from reel.time import SAMPLE_RATE


@dataclass(frozen=True)
class Gain:
    """What is done to the level of a sound."""

    db: float
    ceiling_db: float | None = None
    """Highest true peak, kept by a limiter; null: no limiter is needed."""


RAW: dict[str, Any] = {"format": "f32le", "ar": SAMPLE_RATE, "ac": 2}

STAMPS_FILE = "stamps.txt"
"""Where `runs_command` writes, in the folder that FFmpeg is started in."""


def decode_command(operation: Decode, source: str, output: str) -> list[str]:
    """Arguments that decode a whole audio stream into raw samples: as many as are asked for; without time stamps, as many as
    there are."""
    sound = _stereo(open_source(operation.source, source, kind="a"))
    if is_stampless(operation):
        sound = sound.filter("asetpts", "N/SR/TB").filter("aresample", SAMPLE_RATE, **PLAIN)
        return compile_command(sound, output, **_raw_output())
    # Time stamps count from the moment that the operation calls zero. Of a sum in floating point the next whole is meant.
    sound = sound.filter("asetpts", f"round(PTS-({operation.zero})/TB)")
    # first_pts=0: what begins late is padded, what begins before zero is cut.
    sound = sound.filter("aresample", SAMPLE_RATE, first_pts=0, **RESAMPLING)
    return compile_command(_exactly(sound, operation.samples), output, **_raw_output())


def runs_command(operation: Decode, source: str, output: str) -> list[str]:
    """The same where the format changes on the way, or time stamps turn back. FFmpeg begins a new graph of filters with every
    run of one format: the raw samples of all runs, one after another, and the time of each block of them in `STAMPS_FILE`."""
    sound = _stereo(open_source(operation.source, source, kind="a"))
    # What a false time stamp says must neither be filled with silence nor cut what follows.
    sound = sound.filter("aresample", SAMPLE_RATE, **(PLAIN if operation.turns_back else RESAMPLING))
    stamps = {"stats_enc_pre": STAMPS_FILE, "stats_enc_pre_fmt": "{pts} {samp}"}
    return compile_command(sound, output, **stamps, **_raw_output())


def is_stampless(operation: Decode) -> bool:
    """Whether a file has no clock of its own, so that its sound goes on from packet to packet."""
    return operation.source.demuxer in STAMPLESS


PLAIN: dict[str, Any] = {"filter_size": 64}
"""soxr would resample a little better; swr's own is transparent at this filter size and always built in."""

RESAMPLING: dict[str, Any] = {"async": 1, "min_hard_comp": float(SOUND_GAP), **PLAIN}
"""async=1: gaps in the time stamps become silence, overlaps are cut, nothing is stretched."""


def _stereo(sound: Node) -> Node:
    """Mono on both sides at full level; more channels mixed down so that nothing clips. Channels are counted anew where the
    format changes on the way, which a broadcast's does from programme to programme: FFmpeg begins a new graph there."""
    # swr alone would take 3 dB off mono.
    sound = sound.filter("volume", volume="if(eq(nb_channels,1),sqrt(2),1)", precision="float")
    # rematrix_maxval=1: the sum of the coefficients of BS.775 stays within full scale.
    return sound.filter("aresample", ochl="stereo", osf="flt", rematrix_maxval=1)


RECLOCKED_RATE = 1024 * 500_000
"""Samples a second of a sound's own clock, by name: a ratio is met to a thousandth of a millionth. swr multiplies the rate that
it resamples from by its 1024 phases, and runs out of numbers ("Cannot allocate memory") where what is left of that, without the
divisors that the other rate shares, is over 2**30: so the other rate is 1024 of something, and few enough of it."""


def reclock_command(operation: Reclock, sound: str, output: str) -> list[str]:
    """Arguments that resample raw samples, so that `clock` seconds of them last one second."""
    raw = ffmpeg.input(f"file:{sound}", protocol_whitelist="file", **RAW)
    # Rates are whole numbers here: the samples are called the one rate, resampled to the other, and called by their own again.
    raw = raw.filter("asetrate", round(operation.clock * RECLOCKED_RATE))
    raw = raw.filter("aresample", RECLOCKED_RATE, filter_size=64)
    return compile_command(_exactly(raw.filter("asetrate", SAMPLE_RATE), operation.samples), output, **_raw_output())


HEARD_SAMPLES = 4800
"""Of a block that is measured, or handed out: 100 ms, as `ebur128` has them."""

LEVELS_FILE = "levels.txt"
"""Where `levels_command` writes, in the folder that FFmpeg is started in: a name of our own, because it stands in a filter."""


def levels_command(sound: str, *, raw_samples: int | None = None, gain: Gain | None = None) -> list[str]:
    """Arguments that measure loudness and true peak of a sound (EBU R128) into `LEVELS_FILE`; the last line of each key
    counts (`read_levels`). Headerless samples, as many as are said, which `gain` would bring to a level; or a file of ours."""
    source = ffmpeg.input(f"file:{sound}", protocol_whitelist="file", **({} if raw_samples is None else RAW)).audio
    if gain:
        assert raw_samples is not None
        source = _levelled(source, gain, raw_samples)
    measured = _levels_of(source).filter("ametadata", mode="print", file=LEVELS_FILE)
    return compile_command(measured, "-", format="null")


def _levels_of(source: Node) -> Node:
    """A sound with the figures of each block: loudness by then, and true peak."""
    # p=1: the last block is filled up with silence, or nothing would be said of it: of a shorter sound, nothing at all.
    blocks = source.filter("asetnsamples", n=HEARD_SAMPLES, p=1)
    # peak=true oversamples four times, as BS.1770 asks; metadata=1 hands the figures on to the next filter.
    return blocks.filter("ebur128", peak="true", metadata=1, framelog="quiet")


def read_levels(lines: Iterable[str], samples: int) -> Iterator[tuple[float, str, float]]:
    """Time, name and value of each figure of `LEVELS_FILE`, of so many samples: of a block that was filled up with silence the
    true peaks alone, as loudness is that of whole blocks."""
    time, is_whole = 0.0, True
    for line in lines:
        if line.startswith("frame:"):
            number, _, after = line.removeprefix("frame:").partition(" ")
            time, is_whole = float(after.rsplit("pts_time:", 1)[1]), (int(number) + 1) * HEARD_SAMPLES <= samples
            continue
        key, _, value = line.strip().partition("=")
        name = key.removeprefix("lavfi.")
        if name == key:
            continue
        if is_whole or not name.startswith("r128.") or name.startswith(PEAKS):
            yield time, name, float(value)


PEAKS = "r128.true_peaks_ch"
"""What names of true peaks begin with; the last one of each channel is that of all."""

SILENT_DB, SILENT_SECONDS = -50, 0.5
"""What is softer for so long is silence: a noisy room is at -50 dB, a pause for breath half a second."""


def listen_command(sound: str, output: str) -> list[str]:
    """Arguments that write the sound of a file of ours as blocks of raw 16-bit stereo samples, the last one filled up with
    silence, and, into `LEVELS_FILE`, block after block, its loudness and true peak, and where silence begins and ends."""
    source = ffmpeg.input(f"file:{sound}", protocol_whitelist="file").audio
    # First, as it makes blocks of its own, and drops what others have said of those that it is given.
    heard = _levels_of(source).filter("silencedetect", noise=f"{SILENT_DB}dB", duration=SILENT_SECONDS)
    heard = heard.filter("ametadata", mode="print", file=LEVELS_FILE)
    heard = heard.filter("aresample", SAMPLE_RATE, osf="s16", ochl="stereo")
    # p=1: whole blocks only, so that whoever reads them gets the last one too.
    heard = heard.filter("asetnsamples", n=HEARD_SAMPLES, p=1)
    return compile_command(heard, output, format="s16le", acodec="pcm_s16le", ar=SAMPLE_RATE, ac=2)


def encode_command(encoder: AudioEncoder, output: str, search: str) -> list[str]:
    """Arguments that encode raw samples from stdin, by one of the codec's `searches`."""
    codec = AUDIO_CODECS[encoder.codec]
    return compile_command(
        ffmpeg.input("pipe:0", protocol_whitelist="pipe", **RAW),
        output,
        format="mov" if codec.suffix == "mov" else "mp4",
        acodec=codec.encoder,
        **({"audio_bitrate": encoder.bits_per_second} if encoder.bits_per_second else {}),
        **codec.options,
        **codec.searches[search],
        # The edit list, which says where the sound ends, counts in units of this; 1/1000 would cut up to 47 samples.
        movie_timescale=SAMPLE_RATE,
    )


def level_command(sound: str, gain: Gain, samples: int, output: str) -> list[str]:
    """Arguments that bring raw samples to a level."""
    raw = ffmpeg.input(f"file:{sound}", protocol_whitelist="file", **RAW)
    return compile_command(_exactly(_levelled(raw, gain, samples), samples), output, **_raw_output())


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
