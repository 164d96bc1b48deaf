"""Mixing: every sample at its place, in bounded memory; and sound from every layout."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from reel.codecs import AudioCodecName
from reel.errors import Internal
from reel.ffmpeg.process import run
from reel.ffmpeg.sound import decode_command
from reel.make import encoding, mixing
from reel.make.context import Measured, StepContext
from reel.make.mixing import mixed
from reel.make.proving_sound import _line
from reel.make.sound import make_decoded, make_mixed
from reel.make.stretching import stretched
from reel.make.worker import Worker
from reel.packets.check import measure_sound
from reel.packets.hearing import Ear
from reel.packets.probe import probe
from reel.packets.samples import SoundQuery, take_sounds
from reel.plan.operations import Decode, SoundMix, TimeStretch
from reel.plan.operations.base import StreamSource
from reel.plan.operations.sounds import GainKey, SoundPart
from reel.plan.sound import decode_of
from reel.presets import AudioEncoder
from reel.proof.planned import sound_source
from tests.clips import Clip, numbered
from tests.conftest import MakeClip
from tests.false_stamps import SOUND, with_false_stamp
from tests.some import some, some_pairs


def mix(samples: int, *parts: SoundPart) -> SoundMix:
    return SoundMix(samples=samples, parts=parts, encoder=AudioEncoder())


def test_parts_lie_where_they_are_put_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mixing, "BLOCK", 7)
    ramp = np.arange(40, dtype=np.float32).repeat(2).reshape(-1, 2)
    parts = [
        SoundPart(sound="a", first=5, at=3, samples=20),
        SoundPart(sound="a", first=0, at=10, samples=5, gain=(GainKey(sample=0, gain=0.5),)),
        SoundPart(sound="a", first=38, at=25, samples=10),
    ]
    made = np.concatenate(list(mixed(mix(30, *parts), {"a": ramp})))
    expected = np.zeros((30, 2), np.float32)
    expected[3:23] += ramp[5:25]
    expected[10:15] += 0.5 * ramp[0:5]
    expected[25:27] += ramp[38:40]  # beyond its end, a sound is silent
    assert np.array_equal(made, expected)


def test_no_parts_are_silence() -> None:
    assert not np.concatenate(list(mixed(mix(100), {}))).any()


def decoded(clip: Path, output: Path, samples: int = 48_000) -> np.ndarray:
    facts = probe(clip, "0" * 64, clip.name)
    assert facts.audio
    source = StreamSource(asset="0", demuxer=facts.demuxer, stream=facts.audio.index, codec=facts.audio.codec)
    operation = Decode(source=source, zero=facts.zero, samples=samples)
    run(decode_command(operation, str(clip), str(output)), place="test")
    return np.fromfile(output, np.float32).reshape(-1, 2)


@pytest.mark.parametrize(("layout", "amplitude"), [("mono", 0.125), ("stereo", 0.125 / np.sqrt(2))])
def test_level_is_kept(layout: str, amplitude: float, make_clip: MakeClip, tmp_path: Path) -> None:
    """Mono is as loud on both sides as it was on one. The tone is lavfi's, an eighth of full scale; where the clip is
    stereo, FFmpeg has spread it over both sides when the clip was made, 3 dB softer."""
    made = decoded(make_clip(Clip(audio=layout)), tmp_path / "sound.f32")
    left, right = np.sqrt((made[4800:-4800] ** 2).mean(axis=0))
    assert left == pytest.approx(right, rel=0.01)
    assert left == pytest.approx(amplitude / np.sqrt(2), rel=0.05)


def test_surround_does_not_clip(make_clip: MakeClip, tmp_path: Path) -> None:
    made = decoded(make_clip(Clip(audio="5.1")), tmp_path / "sound.f32")
    assert 0.02 < np.abs(made).max() <= 0.126


SPEEDS = ["1/4", "1/2", "9/10", "11/10", "137/100", "2", "4"]


def at_speed(source: np.ndarray, speed: str, first: int = 0, margin: int = 480) -> np.ndarray:
    samples = int((len(source) - first) / Fraction(speed))
    operation = TimeStretch(sound="x", first=first, speed=Fraction(speed), samples=samples, margin=margin)
    made = np.concatenate(list(stretched(both(source), operation)))
    assert len(made) == samples + 2 * margin
    return made


def both(channel: np.ndarray) -> np.ndarray:
    return np.repeat(channel.astype(np.float32)[:, None], 2, axis=1)


def tone(hertz: float, seconds: float, level: float = 0.5) -> np.ndarray:
    return level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * 48_000)) / 48_000)


def highest(made: np.ndarray) -> float:
    """The frequency that is loudest in the middle of a sound, in Hz."""
    middle = made[len(made) // 4 : 3 * len(made) // 4, 0]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), 1 << 19))
    return float(spectrum.argmax() * 48_000 / (1 << 19))


@pytest.mark.parametrize(
    ("speed", "hertz"), some_pairs([*SPEEDS, "4/5", "5/4", "3/2"], [41, 62, 82, 110, 130, 165, 440, 3000], 2)
)
def test_speed_keeps_the_pitch_and_the_level(speed: str, hertz: float) -> None:
    """From below the lowest string of a bass on."""
    made = at_speed(tone(hertz, 4), speed, first=4800)
    assert highest(made) == pytest.approx(hertz, rel=0.01)
    middle = made[len(made) // 4 : 3 * len(made) // 4, 0]
    assert np.sqrt((middle**2).mean()) == pytest.approx(0.5 / np.sqrt(2), rel=0.05)


@pytest.mark.parametrize("speed", ["1/2", "4/5", "11/10", "5/4", "2"])
@pytest.mark.parametrize("hertz", [55.0, 82.4, 98.0])
def test_a_bass_note_keeps_its_pitch(speed: str, hertz: float) -> None:
    note = sum((tone(hertz * partial, 3, 0.3 / partial) for partial in range(1, 6)), np.zeros(3 * 48_000))
    assert highest(at_speed(note, speed)) == pytest.approx(hertz, rel=0.01)


@pytest.mark.parametrize("speed", SPEEDS)
@pytest.mark.parametrize("first", [0, 7001])
def test_what_strikes_is_heard_within_two_milliseconds_and_once(speed: str, first: int) -> None:
    """Chirps of 2 ms and bursts of noise, alone and over a low tone, from the begin of the take to its end."""
    click = np.sin(2 * np.pi * np.linspace(1, 8, 96).cumsum() / 48) * np.hanning(96)
    source = tone(100, 4, 0.02)
    places = range(9000, len(source) - 4000, 14_400)
    for place in places:
        source[place : place + 96] += 0.8 * click
    made = at_speed(source, speed, first)[480:, 0]
    match = np.correlate(made, click, "valid")
    loud = np.flatnonzero(match > 0.5 * (click @ click) * 0.8)
    found = [group[match[group].argmax()] for group in np.split(loud, np.flatnonzero(np.diff(loud) > 96) + 1)]
    expected = [(place - first) / float(Fraction(speed)) for place in places]
    assert len(found) == len(expected)
    assert np.abs(np.subtract(found, expected)).max() < 96


@pytest.mark.parametrize("speed", ["1/2", "5/4", "2"])
def test_noise_begins_and_ends_where_it_should_at_any_speed(speed: str) -> None:
    source = np.zeros(5 * 48_000)
    noise = np.random.default_rng(3).normal(0, 0.2, 12_000)
    for place in range(10_000, len(source) - 20_000, 40_000):
        source[place : place + len(noise)] = noise
    made = at_speed(source, speed)[480:, 0]
    power = np.convolve(made**2, np.ones(48) / 48, "same") > 0.01
    for place in range(10_000, len(source) - 20_000, 40_000):
        middle = int((place + len(noise) / 2) / float(Fraction(speed)))
        begin = middle - np.argmin(power[middle::-1])
        assert abs(begin - place / float(Fraction(speed))) < 96


def test_stretched_sound_goes_on_beyond_its_ends() -> None:
    """So that what cuts into it can be heard to be a cut."""
    made = at_speed(tone(440, 2), "5/4", first=24_000)
    assert np.abs(made[:480]).max() > 0.4
    alone = at_speed(tone(440, 2), "5/4")
    assert not alone[:400].any()


def test_sound_that_begins_elsewhere_stays_in_step(make_clip: MakeClip, tmp_path: Path) -> None:
    """A transport stream's clock begins at 1.4 s, and sound and picture not at the same time."""
    from tests.clips import click_positions

    clip = numbered(suffix=".ts", audio_codec="mp2")
    made = decoded(make_clip(clip), tmp_path / "sound.f32")
    loud = np.flatnonzero(np.abs(made[:, 0]) > 0.2)
    starts = loud[np.insert(np.diff(loud) > 1000, 0, True)]
    assert np.abs(np.subtract(starts, click_positions(clip))).max() < 48


# --- what is heard when -------------------------------------------------------------------------------------------------------


def test_a_sound_that_begins_late_or_early_is_never_sliced_from_its_end() -> None:
    ramp = np.arange(1, 101, dtype=np.float32).repeat(2).reshape(-1, 2)
    made = np.concatenate(list(mixed(mix(60, SoundPart(sound="a", first=-20, at=10, samples=50)), {"a": ramp})))
    expected = np.zeros((60, 2), np.float32)
    expected[30:60] = ramp[:30]
    assert np.array_equal(made, expected)
    early = np.concatenate(list(mixed(mix(60, SoundPart(sound="a", first=0, at=-20, samples=50)), {"a": ramp})))
    assert np.array_equal(early[:30], ramp[20:50])
    assert not early[30:].any()


def test_fades_belong_to_the_whole_and_not_to_a_turn() -> None:
    """A fade-out over three turns of a constant, and a fade-in over two of them."""
    flat = np.ones((1000, 2), np.float32)
    parts = [
        SoundPart(sound="a", first=0, at=at, samples=1000, before=at, after=3000 - at, fade_in=1500, fade_out=2500)
        for at in range(0, 4000, 1000)
    ]
    made = np.concatenate(list(mixed(mix(4000, *parts), {"a": flat})))[:, 0]
    rise = np.ones(4000)
    rise[:1500] = np.sin((np.arange(1500) + 0.5) / 1500 * np.pi / 2)
    fall = np.ones(4000)
    fall[1500:] = np.sin((np.arange(2500) + 0.5) / 2500 * np.pi / 2)[::-1]
    assert np.abs(made - rise * fall).max() < 1e-6


@pytest.mark.parametrize("speed", ["1", "5/4"])
def test_a_cut_through_a_wave_is_heard_at_no_speed(speed: str) -> None:
    """Above 4 kHz, where a tone of 440 Hz has nothing, a click would be heard."""
    source = both(tone(440, 2))
    first = 10_013
    if speed != "1":
        source, first = at_speed(tone(440, 2), speed, first=first), 480
    part = SoundPart(sound="a", first=first, at=9600, samples=24_000, declick_in=True, declick_out=True)
    made = np.concatenate(list(mixed(mix(48_000, part), {"a": source})))[:, 0].astype(float)
    for cut in (9600, 33_600):
        window = made[cut - 2048 : cut + 2048] * np.hanning(4096)
        spectrum = np.abs(np.fft.rfft(window)) / 1024
        assert 20 * np.log10(spectrum[4000 * 4096 // 48_000 :].max()) < -70


def test_a_part_of_which_nothing_is_heard_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mixing, "_at_gain", lambda taken, part, since: np.zeros_like(taken))
    part = SoundPart(sound="a", first=0, at=0, samples=48_000)
    with pytest.raises(Internal, match=r"silent from 0\.000 to 1\.000 s, though its source is not"):
        list(mixed(mix(48_000, part), {"a": both(tone(440, 1))}))


@pytest.mark.parametrize(
    "part",
    [
        SoundPart(sound="a", first=0, at=0, samples=48_000, gain=(GainKey(sample=0, gain=0.0),)),
        SoundPart(sound="a", first=90_000, at=0, samples=48_000),  # the picture goes on where the sound has ended
        SoundPart(sound="silence", first=0, at=0, samples=48_000),
        # It begins when its volume has gone to nothing; and rises to be heard only after its end.
        SoundPart(
            sound="late",
            first=0,
            at=0,
            samples=48_000,
            gain=(GainKey(sample=0, gain=1), GainKey(sample=24_000, gain=0)),
        ),
        SoundPart(
            sound="a", first=0, at=0, samples=9_000, gain=(GainKey(sample=9_000, gain=0), GainKey(sample=9_600, gain=1))
        ),
    ],
)
def test_a_part_that_is_silent_by_plan_or_source_is_none(part: SoundPart) -> None:
    silence, heard = np.zeros((48_000, 2), np.float32), both(tone(440, 1))
    sounds = {"a": heard, "silence": silence, "late": np.concatenate([silence[:30_000], heard])}
    assert not np.concatenate(list(mixed(mix(48_000, part), sounds))).any()


# --- files -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FileBench(StepContext):
    """The context of a step with one file, and decoded sound by its name."""

    file: Path = Path()

    def asset(self, sha256: str) -> Path:
        return self.file

    def sound(self, key: str) -> Path:
        return self.file

    def measured(self, key: str, by: object) -> Measured:
        return {}


def ffmpeg(*arguments: str) -> None:
    run(list(arguments), place="test")


def heard(path: Path, worker: Worker, folder: Path) -> np.ndarray:
    """A file's sound as the step makes it."""
    facts = probe(path, "0" * 64, path.name)
    assert facts.audio
    (folder / "made").mkdir()
    make_decoded(decode_of(facts, facts.audio), FileBench(worker, folder / "made", path.name, file=path))
    return np.fromfile(folder / "made" / "sound.f32", np.float32).reshape(-1, 2)


@pytest.mark.parametrize("second", [(48_000, 2), (44_100, 1)])
@pytest.mark.parametrize("suffix", ["flac", "aac", "mp3"])
def test_a_file_that_changes_on_the_way_sounds_on(
    suffix: str, second: tuple[int, int], worker: Worker, tmp_path: Path
) -> None:
    rate, channels = second
    for name, hertz, settings in (("a", 440, (44_100, 2)), ("b", 880, (rate, channels))):
        tone_of = f"sine=f={hertz}:d=1:r={settings[0]}"
        output = ["-ac", str(settings[1]), "-bitexact", f"file:{tmp_path / name}.{suffix}"]
        ffmpeg("-f", "lavfi", "-i", tone_of, *output)
    joined = tmp_path / f"joined.{suffix}"
    parts = [(tmp_path / f"{name}.{suffix}").read_bytes() for name in "ab"]
    if suffix == "flac":  # the frames alone: a second header in the middle is damage
        parts[1] = parts[1][parts[1].index(b"\xff\xf8") :]
    joined.write_bytes(b"".join(parts))
    made = heard(joined, worker, tmp_path)
    assert len(made) == pytest.approx(96_000, abs=9000)
    for begin, hertz in ((12_000, 440), (len(made) - 30_000, 880)):
        window = made[begin : begin + 16_384, 0]
        assert np.abs(np.fft.rfft(window * np.hanning(16_384))).argmax() * 48_000 / 16_384 == pytest.approx(
            hertz, abs=3
        )


FORMS = {
    "mono": (48_000, "mono|c0=c0"),
    "stereo": (44_100, "stereo|c0=c0|c1=0.5*c0"),
    "5.1": (48_000, "5.1|c0=c0|c1=0.5*c0"),
}
"""Rate, and what is on the channels."""

LEVELS = {"mono": (1, 1), "stereo": (1, 0.5), "5.1": (1 / (1 + np.sqrt(2)), 0.5 / (1 + np.sqrt(2)))}
"""What is to be heard of each on the left and on the right: of six channels, three share a side."""

AC3 = ("ac3", "-center_mixlev", "0.707", "-surround_mixlev", "0.707")
JOINABLE = {"flac": ("flac",), "ac3": AC3, "ts": AC3}
"""Suffixes of files that may be put one behind the other, with a codec of theirs; AC-3 says itself how six channels mix."""


@pytest.mark.parametrize(("first", "second"), list(permutations(FORMS, 2)))
@pytest.mark.parametrize("suffix", JOINABLE)
def test_each_part_of_a_file_that_changes_on_the_way_has_its_level(
    suffix: str, first: str, second: str, worker: Worker, tmp_path: Path
) -> None:
    """As in broadcasts, where a film follows the news. What is decoded is what proofs read again."""
    joined = tmp_path / f"joined.{suffix}"
    for number, form in enumerate((first, second)):
        rate, channels = FORMS[form]
        part = tmp_path / f"{number}.{suffix}"
        tone_of = f"sine=f={440 + 440 * number}:d=2:r={rate},pan={channels}"
        coding = ["-c:a", *JOINABLE[suffix], "-bitexact", "-output_ts_offset", str(2 * number)]
        ffmpeg("-f", "lavfi", "-i", tone_of, *coding, f"file:{part}")
        joined.write_bytes((joined.read_bytes() if number else b"") + part.read_bytes())
    made = heard(joined, worker, tmp_path)
    assert len(made) == pytest.approx(4 * 48_000, abs=9000)
    facts = probe(joined, "0" * 64, joined.name)
    ((blocks,),) = take_sounds(
        [SoundQuery(joined, sound_source(facts), (facts.zero,), (len(made),), whole=True)], "test"
    )
    read = _line(blocks, facts.zero, len(made))
    for form, begin in ((first, 24_000), (second, len(made) - 72_000)):
        expected = np.array(LEVELS[form]) / 8 / np.sqrt(2)
        for sound in (made, read):
            assert np.sqrt((sound[begin : begin + 48_000] ** 2).mean(axis=0)) == pytest.approx(expected, rel=0.02), form


@pytest.mark.parametrize("gap", [0.03, 0.08, 0.5])
def test_a_gap_in_the_time_stamps_keeps_the_rest_in_place(gap: float, worker: Worker, tmp_path: Path) -> None:
    beeps = tmp_path / "beeps.mkv"
    moved = f"sine=f=1000:d=2:r=48000,asetnsamples=480,asetpts='PTS+gte(T,1)*{gap}/TB'"
    ffmpeg("-f", "lavfi", "-i", moved, "-c:a", "pcm_s16le", f"file:{beeps}")
    made = heard(beeps, worker, tmp_path)[:, 0]
    middle = 48_000 + int(gap * 24_000)
    before, after = (np.flatnonzero(side) for side in (made[:middle], made[middle:]))
    # Matroska's clock counts milliseconds.
    assert before[-1] == pytest.approx(48_000, abs=50)
    assert middle + after[0] == pytest.approx(48_000 * (1 + gap), abs=50)
    assert len(made) == pytest.approx(48_000 * (2 + gap), abs=50)


@pytest.mark.parametrize("jump", [-0.016, -0.01, 0.01, 0.08])
def test_proofs_read_sound_where_it_is_decoded(jump: float, worker: Worker, tmp_path: Path) -> None:
    """Phones and recorders that fall behind: time stamps jump by more or less than the clock's own inaccuracy."""
    noise = tmp_path / "noise.mkv"
    moved = f"anoisesrc=d=1:r=48000:seed=5,asetnsamples=1024,asetpts='PTS+gte(T,0.1)*{jump}/TB'"
    ffmpeg("-f", "lavfi", "-i", moved, "-c:a", "pcm_s16le", f"file:{noise}")
    made = heard(noise, worker, tmp_path)
    source = sound_source(probe(noise, "0" * 64, noise.name))
    ((blocks,),) = take_sounds([SoundQuery(noise, source, (Fraction(0),), (24_000,))], "test")
    read = _line(blocks, Fraction(0), 24_000)
    assert np.abs(read - made[:24_000]).max() < 1e-3


def read_again(path: Path, samples: int) -> np.ndarray:
    """A file's sound as proofs read it."""
    facts = probe(path, "0" * 64, path.name)
    ((blocks,),) = take_sounds([SoundQuery(path, sound_source(facts), (facts.zero,), (samples,), whole=True)], "test")
    return _line(blocks, facts.zero, samples)


@pytest.mark.parametrize(("number", "seconds"), [(4, -0.9), (4, 0.9), (4, 10), (0, 0.9)])
def test_sound_goes_on_where_a_time_stamp_is_false(number: int, seconds: float, worker: Worker, tmp_path: Path) -> None:
    """One bit of a file fell over: nothing that is there becomes silent, and the rest stays where it belongs."""
    whole, broken = tmp_path / "whole.ts", tmp_path / "broken.ts"
    ffmpeg(
        "-f", "lavfi", "-i", "anoisesrc=d=3:r=48000:seed=5", "-c:a", "mp2", "-output_ts_offset", "5", f"file:{whole}"
    )
    broken.write_bytes(with_false_stamp(whole.read_bytes(), SOUND, number, seconds))
    (tmp_path / "of whole").mkdir()
    made, expected = heard(broken, worker, tmp_path), heard(whole, worker, tmp_path / "of whole")
    assert len(made) == pytest.approx(len(expected), abs=1152)
    alike = min(len(made), len(expected))
    assert np.abs(made[4800:alike] - expected[4800:alike]).max() < 1e-3
    assert any("time stamps go back" in each for each in probe(broken, "0" * 64, broken.name).warnings)


@pytest.mark.parametrize("suffix", ["ts", "ogg"])
def test_sounds_put_behind_each_other_whose_clock_begins_again_are_all_heard(
    suffix: str, worker: Worker, tmp_path: Path
) -> None:
    part, joined = tmp_path / f"part.{suffix}", tmp_path / f"joined.{suffix}"
    coding = {"ts": ("mp2",), "ogg": ("libvorbis", "-q:a", "6")}[suffix]
    ffmpeg("-f", "lavfi", "-i", "anoisesrc=d=2:r=48000:seed=5:a=0.2", "-c:a", *coding, f"file:{part}")
    joined.write_bytes(2 * part.read_bytes())
    made = heard(joined, worker, tmp_path)
    assert len(made) == pytest.approx(4 * 48_000, abs=2 * 1152)
    half = len(made) // 2
    for sound in (made, read_again(joined, len(made))):
        first, second = (np.abs(sound[begin + 4800 : begin + half - 4800]).mean() for begin in (0, half))
        assert second == pytest.approx(first, rel=0.05)


def test_of_two_sounds_that_overlap_the_later_is_cut(worker: Worker, tmp_path: Path) -> None:
    """Where a broadcast goes from one programme to the next; what is decoded is what proofs read again."""
    joined = tmp_path / "joined.ts"
    for number, form in enumerate(("mono", "stereo")):
        rate, channels = FORMS[form]
        part = tmp_path / f"{number}.ts"
        tone_of = f"sine=f={440 + 440 * number}:d=2:r={rate},pan={channels}"
        coding = ["-c:a", *AC3, "-bitexact", "-output_ts_offset", str(1.8 * number)]
        ffmpeg("-f", "lavfi", "-i", tone_of, *coding, f"file:{part}")
        joined.write_bytes((joined.read_bytes() if number else b"") + part.read_bytes())
    made = heard(joined, worker, tmp_path)
    assert np.abs(read_again(joined, len(made)) - made).max() < 0.02
    ends = 2 * 48_000 - 4800
    for begin, hertz in ((ends - 8192, 440), (ends + 9600, 880)):
        window = made[begin : begin + 8192, 0]
        assert np.abs(np.fft.rfft(window * np.hanning(8192))).argmax() * 48_000 / 8192 == pytest.approx(hertz, abs=6)


@pytest.mark.parametrize(
    "levels",
    [
        ("-center_mixlev", "0.595", "-surround_mixlev", "0.5"),
        ("-center_mixlev", "0.707", "-surround_mixlev", "0"),
        ("-dmix_mode", "ltrt", "-ltrt_cmixlev", "0.5", "-ltrt_surmixlev", "0.5"),
        ("-dmix_mode", "loro", "-loro_cmixlev", "1", "-loro_surmixlev", "0"),
    ],
)
def test_proofs_mix_channels_as_the_sound_says(levels: tuple[str, ...], worker: Worker, tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    tones = "|".join(f"0.3*sin(2*PI*{hertz}*t)" for hertz in (300, 500, 700, 60, 1100, 1300))
    surround = f"aevalsrc='{tones}':s=48000:d=2:c=5.1(side)"
    ffmpeg("-f", "lavfi", "-i", surround, "-c:a", "ac3", "-b:a", "448k", *levels, f"file:{film}")
    made = heard(film, worker, tmp_path)
    assert np.abs(read_again(film, len(made)) - made).max() < 1e-3


# --- encoding ----------------------------------------------------------------------------------------------------------------

RNG = np.random.default_rng(4)
ENCODED: dict[str, tuple[np.ndarray, str, float]] = {
    "full": (tone(440, 3, 1.0), "twoloop", 23),
    "loud": (tone(440, 3, 0.708), "twoloop", 45),
    "half": (tone(440, 3, 0.5), "twoloop", 42),
    "soft": (tone(440, 3, 0.1), "fast", 40),
    "beep in noise": (np.concatenate([RNG.normal(0, 0.05, 96_000), tone(440, 1, 1.0)]), "twoloop", 15),
    "white": (RNG.normal(0, 0.1, 96_000), "fast", 0),
    "high": (tone(18_500, 2, 0.5), "", 5),
    "blue": (np.diff(RNG.normal(0, 0.1, 96_001)), "", 0),
    "above all": (tone(21_500, 2, 0.5), "fast", 0),
    "a minute of noise": (RNG.normal(0, 0.1, 60 * 48_000), "fast", 0),
    "a beep in a minute of silence": (
        np.concatenate([np.zeros(40 * 48_000), tone(440, 0.2, 1.0), np.zeros(19 * 48_000)]),
        "twoloop",
        15,
    ),
    "a beep in a minute of speech": (
        np.concatenate([tone(180, 30, 0.02), tone(440, 0.3, 1.0), tone(180, 30, 0.02)]),
        "twoloop",
        15,
    ),
}
"""What is to be encoded; by which coder, where that matters; and at least how much louder than its noise it has to be (dB)."""


@pytest.mark.parametrize("name", some(ENCODED, 2))
def test_the_coder_is_chosen_by_what_is_heard(
    name: str, monkeypatch: pytest.MonkeyPatch, worker: Worker, tmp_path: Path
) -> None:
    samples, coder, decibels_over = ENCODED[name]
    both(samples).tofile(tmp_path / "source.f32")
    (tmp_path / "made").mkdir()
    context = FileBench(worker, tmp_path / "made", "sound", file=tmp_path / "source.f32")
    whole = SoundPart(sound="a", first=0, at=0, samples=len(samples))
    encoded: list[int] = []

    def ear(samples: int) -> Ear:
        encoded.append(samples)
        return Ear(samples)

    monkeypatch.setattr(encoding, "Ear", ear)
    measured = make_mixed(mix(len(samples), whole), context)
    # What a search cannot better is not encoded as a whole again.
    if name == "a minute of noise":
        assert encoded.count(len(samples)) == 1
    assert coder in ("", measured["coder"])
    if name != "above all":
        assert measured["rms_db"] - measured["noise_db"] > decibels_over


@pytest.mark.parametrize("loud", [0.1, 0.001])
def test_a_sound_with_an_offset_may_lose_it(loud: float, worker: Worker, tmp_path: Path) -> None:
    """Opus begins at 3 Hz. A recording whose middle lies beside zero was told to have lost its level."""
    rising = np.minimum(np.arange(96_000) / 24_000, 1)
    both(rising * (tone(440, 2, loud) - 0.3)).tofile(tmp_path / "source.f32")
    (tmp_path / "made").mkdir()
    context = FileBench(worker, tmp_path / "made", "sound", file=tmp_path / "source.f32")
    whole = SoundPart(sound="a", first=0, at=0, samples=96_000)
    measured = make_mixed(SoundMix(samples=96_000, parts=(whole,), encoder=AudioEncoder(codec="opus")), context)
    assert measured["rms_db"] < -20


@pytest.mark.parametrize("codec", ["aac", "opus", "mp3"])
@pytest.mark.parametrize("offset", [1.0, -0.5])
def test_an_offset_alone_is_silence(offset: float, codec: AudioCodecName, worker: Worker, tmp_path: Path) -> None:
    """Coders leave a little of their own beside it, where there is nothing else: it was told to be another level."""
    np.full((96_000, 2), offset, np.float32).tofile(tmp_path / "source.f32")
    (tmp_path / "made").mkdir()
    context = FileBench(worker, tmp_path / "made", "sound", file=tmp_path / "source.f32")
    whole = SoundPart(sound="a", first=0, at=0, samples=96_000)
    measured = make_mixed(SoundMix(samples=96_000, parts=(whole,), encoder=AudioEncoder(codec=codec)), context)
    assert measured["peak_db"] == pytest.approx(20 * np.log10(abs(offset)), abs=2)


@pytest.mark.parametrize("gain", [0.5, 1.6])
def test_a_wrong_level_is_an_error(
    gain: float, monkeypatch: pytest.MonkeyPatch, worker: Worker, tmp_path: Path
) -> None:
    both(tone(440, 1, 0.3)).tofile(tmp_path / "source.f32")
    (tmp_path / "made").mkdir()
    context = FileBench(worker, tmp_path / "made", "sound", file=tmp_path / "source.f32")

    def measured(path: Path, place: str) -> Ear:
        ear = measure_sound(path, place)
        ear.windows *= gain
        return ear

    monkeypatch.setattr(encoding, "measure_sound", measured)
    with pytest.raises(Internal, match="its samples are at"):
        make_mixed(mix(48_000, SoundPart(sound="a", first=0, at=0, samples=48_000)), context)
