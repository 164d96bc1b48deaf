"""Beats on music whose beats are known, beside plain `librosa.beat.beat_track`."""

from __future__ import annotations

import sys

import numpy as np

from bench.measure import measure
from bench.music import PIECES, RATE, beats_of, f_measure, play
from bench.rows import Row


def rows() -> list[Row]:
    """Accuracy over all pieces, and what one minute of music costs a process that has just begun."""
    import librosa

    from reel.analyse.beats import find_beats

    ours: list[tuple[bool, float, float, float]] = []
    peers: list[tuple[bool, float, float, float]] = []
    for piece in PIECES:
        sound, truth = play(piece), beats_of(piece)
        found = np.array(find_beats(sound).times)
        mono = librosa.resample(sound.mean(axis=1), orig_sr=RATE, target_sr=22_050)
        _, frames = librosa.beat.beat_track(y=mono, sr=22_050)
        plain = librosa.frames_to_time(frames, sr=22_050)
        ours.append(_judged(piece.steady, found, truth))
        peers.append(_judged(piece.steady, plain, truth))
    command = "from bench.music import PIECES, play; from reel.analyse.beats import find_beats; "
    whole = measure(
        [sys.executable, "-c", command + "import numpy; find_beats(numpy.concatenate([play(PIECES[0])] * 2))"]
    )
    music = measure([sys.executable, "-c", "from bench.music import PIECES, play; play(PIECES[0])"])
    return [
        Row(
            "beats, steady tempo, least F",
            f"{_least(ours, 1, steady=True):.3f}",
            f"{_least(peers, 1, steady=True):.3f}",
            "",
            ">= 0.95",
        ),
        Row(
            "beats, changing tempo, least F",
            f"{_least(ours, 1, steady=False):.3f}",
            f"{_least(peers, 1, steady=False):.3f}",
            "",
            ">= 0.85",
        ),
        Row("beats, right octave", _octaves(ours), _octaves(peers), "", "all"),
        Row("beats, largest mean offset", f"{_largest(ours):.1f} ms", f"{_largest(peers):.1f} ms", "", "<= 10 ms"),
        Row("beats, a minute of music, new process", f"{whole.seconds - music.seconds:.1f} s", "", "", "<= 2 s"),
    ]


def _judged(steady: bool, found: np.ndarray, truth: np.ndarray) -> tuple[bool, float, float, float]:
    """Steady, F-measure, tempo against the true one in octaves, mean offset of matched beats in ms."""
    if len(found) < 2:
        return steady, 0.0, 9.0, 0.0
    octaves = float(np.log2(np.median(np.diff(truth)) / np.median(np.diff(found))))
    off = np.array([found[np.abs(found - beat).argmin()] - beat for beat in truth])
    near = off[np.abs(off) <= 0.07]
    return steady, f_measure(found, truth), octaves, 1000 * float(near.mean()) if len(near) else 0.0


def _least(judged: list[tuple[bool, float, float, float]], place: int, *, steady: bool) -> float:
    return min(float(each[place]) for each in judged if each[0] == steady)


def _octaves(judged: list[tuple[bool, float, float, float]]) -> str:
    return f"{sum(abs(each[2]) < 0.3 for each in judged)} of {len(judged)}"


def _largest(judged: list[tuple[bool, float, float, float]]) -> float:
    return max(abs(each[3]) for each in judged)
