"""Synthetic music whose beats are known to the sample: drums, bass and chords, of several tempos, metres and instruments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
RATE = 48_000


@dataclass(frozen=True)
class Piece:
    """A recipe of music."""

    name: str
    bpm: Sequence[float]
    """Tempo at evenly spaced points of the piece; one for a steady piece."""
    metre: int = 4
    drums: str = "rock"
    swing: float = 0.0
    """By how much of a half beat the off-beat comes late."""
    pads: float = 0.15
    bass: float = 0.2
    seconds: float = 30.0

    @property
    def steady(self) -> bool:
        return len(self.bpm) == 1


PIECES = (
    Piece("rock 120", [120]),
    Piece("house 124", [124], drums="house"),
    Piece("hip-hop 88", [88], drums="hiphop", swing=0.3),
    Piece("waltz 96", [96], metre=3, drums="waltz"),
    Piece("jazz 140", [140], drums="ride", swing=0.33),
    Piece("ballad 72", [72], drums="ballad", pads=0.3),
    Piece("drum and bass 172", [172], drums="dnb"),
    Piece("piano 104", [104], drums="none", pads=0.0, bass=0.4),
    Piece("pop 128", [128], drums="pop", pads=0.3),
    Piece("slowing down", [132, 108], drums="rock"),
    Piece("speeding up", [96, 126], drums="pop"),
    Piece("breathing", [110, 118, 106, 114], drums="house"),
)


def beats_of(piece: Piece) -> npt.NDArray[np.float64]:
    """When the beats fall, in seconds: the first after half a second."""
    points = np.linspace(0, piece.seconds, max(2, len(piece.bpm)))
    tempos = np.interp(np.linspace(0, piece.seconds, 4000), points, np.resize(np.array(piece.bpm, float), len(points)))
    passed = np.concatenate([[0], np.cumsum(tempos[:-1] / 60 * piece.seconds / 3999)])
    times = np.interp(np.arange(0, passed[-1]), passed, np.linspace(0, piece.seconds, 4000)) + 0.5
    return np.asarray(times[times < piece.seconds - 0.3])


PATTERNS: dict[str, dict[str, list[float]]] = {
    # In beats of a bar; every instrument's hits.
    "rock": {"kick": [0, 2, 2.5], "snare": [1, 3], "hat": [n / 2 for n in range(8)]},
    "house": {"kick": [0, 1, 2, 3], "hat": [0.5, 1.5, 2.5, 3.5], "snare": [1, 3]},
    "hiphop": {"kick": [0, 0.75, 2.5], "snare": [1, 3], "hat": [n / 2 for n in range(8)]},
    "waltz": {"kick": [0], "hat": [1, 2], "snare": []},
    "ride": {"hat": [0, 1, 1.5, 2, 3, 3.5], "kick": [0, 2], "snare": [1, 3]},
    "ballad": {"kick": [0, 2], "snare": [1, 3], "hat": [0, 1, 2, 3]},
    "dnb": {"kick": [0, 2.5], "snare": [1, 3], "hat": [n / 2 for n in range(8)]},
    "pop": {"kick": [0, 1, 2, 3], "snare": [1, 3], "hat": [n / 2 for n in range(8)]},
    "none": {},
}


def play(piece: Piece, seed: int = 1) -> Samples:
    """The music, stereo."""
    random = np.random.default_rng(seed)
    sound = np.zeros(round(piece.seconds * RATE), np.float32)
    beats = beats_of(piece)
    hits = {"kick": _kick(), "snare": _snare(random), "hat": _hat(random)}

    def at(beat: float) -> float:
        half = beat % 1 == 0.5
        return float(np.interp(beat + (piece.swing / 2 if half else 0), np.arange(len(beats)), beats))

    bars = range(0, len(beats) - 1, piece.metre)
    for bar in bars:
        for name, places in PATTERNS[piece.drums].items():
            for place in places:
                if place < piece.metre and bar + place <= len(beats) - 1:
                    _add(sound, at(bar + place), hits[name] * random.uniform(0.8, 1.0))
        _harmony(sound, piece, bar, at, len(beats), random)
    return np.repeat((sound * 0.5 / max(1e-6, np.abs(sound).max()))[:, None], 2, axis=1)


def _harmony(
    sound: Samples, piece: Piece, bar: int, at: Callable[[float], float], count: int, random: np.random.Generator
) -> None:
    root = 110 * 2 ** ([0, 5, 7, 3][bar // piece.metre % 4] / 12)
    end = min(bar + piece.metre, count - 1)
    length = at(end) - at(bar)
    if length <= 0:
        return
    if piece.pads:
        chord = sum(_tone(root * ratio, length, 0.1) for ratio in (2, 2.52, 3))
        _add(sound, at(bar), np.asarray(chord * piece.pads / 3, np.float32))
    for beat in range(bar, end):
        note = _tone(root * (1 if piece.drums != "none" else 2 * 2 ** (random.integers(0, 3) * 4 / 12)), 0.35, 0.005)
        accent = 1.3 if beat == bar else 1.0
        _add(
            sound,
            at(beat),
            np.asarray(note * np.exp(-np.arange(len(note)) / RATE / 0.15) * piece.bass * accent, np.float32),
        )


def _tone(hertz: float, seconds: float, attack: float) -> npt.NDArray[np.float64]:
    time = np.arange(round(seconds * RATE)) / RATE
    wave = sum(np.sin(2 * np.pi * hertz * partial * time) / partial for partial in (1, 2, 3))
    return np.asarray(wave * np.minimum(1, time / attack) * np.minimum(1, (seconds - time) / 0.02))


def _kick() -> Samples:
    time = np.arange(round(0.2 * RATE)) / RATE
    return np.asarray(np.sin(2 * np.pi * (50 * time + 15 * (1 - np.exp(-time * 40)))) * np.exp(-time * 18), np.float32)


def _snare(random: np.random.Generator) -> Samples:
    time = np.arange(round(0.18 * RATE)) / RATE
    return np.asarray(
        (random.normal(size=len(time)) * 0.4 + np.sin(2 * np.pi * 190 * time)) * np.exp(-time * 25) * 0.6, np.float32
    )


def _hat(random: np.random.Generator) -> Samples:
    time = np.arange(round(0.05 * RATE)) / RATE
    noise = np.diff(random.normal(size=len(time) + 1))
    return np.asarray(noise * np.exp(-time * 90) * 0.15, np.float32)


def _add(sound: Samples, second: float, what: Samples) -> None:
    start = round(second * RATE)
    taken = what[: max(0, len(sound) - start)]
    sound[start : start + len(taken)] += taken


def f_measure(found: npt.NDArray[np.float64], truth: npt.NDArray[np.float64], window: float = 0.07) -> float:
    """Share of beats found and of findings right, each beat matched once (mir_eval's beat F-measure)."""
    used = 0
    place = 0
    for beat in truth:
        while place < len(found) and found[place] < beat - window:
            place += 1
        if place < len(found) and abs(found[place] - beat) <= window:
            used += 1
            place += 1
    return 2 * used / (len(found) + len(truth)) if len(found) + len(truth) else 1.0
