"""Beats of music that is known to the sample; and of what is no music."""

from __future__ import annotations

import numpy as np
import pytest

from bench.music import PIECES, Piece, beats_of, f_measure, play
from reel.analyse.beats import find_beats
from reel.analyse.plot import beat_plot
from tests.some import some

RATE = 48_000


@pytest.mark.parametrize("piece", some(PIECES, 2, name=lambda piece: piece.name))
def test_beats_are_where_they_were_put(piece: Piece) -> None:
    truth, found = beats_of(piece), find_beats(play(piece))
    times = np.array(found.times)
    assert f_measure(times, truth) >= (0.95 if piece.steady else 0.85)
    true_bpm = 60 * (len(truth) - 1) / (truth[-1] - truth[0])
    assert found.bpm == pytest.approx(true_bpm, rel=0.02)  # the octave too
    off = np.array([times[np.abs(times - beat).argmin()] - beat for beat in truth])
    assert abs(off[np.abs(off) < 0.07].mean()) <= 0.010
    assert len(found.times) == len(found.strengths) == len(found.downbeats)


def test_a_tempo_that_is_given_overrules_the_one_that_is_heard() -> None:
    assert find_beats(play(PIECES[1]), bpm=62).bpm == pytest.approx(62, rel=0.02)


def test_downbeats_of_a_waltz_are_three_beats_apart() -> None:
    waltz = next(piece for piece in PIECES if piece.metre == 3)
    places = np.flatnonzero(find_beats(play(waltz)).downbeats)
    assert set(np.diff(places)) == {3}


NO_MUSIC = {
    "silence": np.zeros((10 * RATE, 2), np.float32),
    "noise": np.random.default_rng(0).normal(0, 0.1, (10 * RATE, 2)).astype(np.float32),
    "a tone": np.repeat(np.sin(np.arange(10 * RATE) / 20).astype(np.float32)[:, None] * 0.3, 2, axis=1),
    "too short": play(PIECES[0])[:RATE],
    "nothing": np.zeros((0, 2), np.float32),
}


@pytest.mark.parametrize("name", NO_MUSIC)
def test_what_is_no_music_has_no_beats_and_a_reason(name: str) -> None:
    found = find_beats(NO_MUSIC[name])
    assert found.times == ()
    assert found.reason


def test_the_plot_shows_beats_and_cuts() -> None:
    sound = play(PIECES[0])
    beats = find_beats(sound)
    assert beat_plot(sound, beats, [4.0, 8.0]).startswith(b"\x89PNG")
    assert beat_plot(sound, beats, [4.0]) != beat_plot(sound, beats, [5.0])
