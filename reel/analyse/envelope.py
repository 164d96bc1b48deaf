"""How strongly something begins in music, from moment to moment."""

from __future__ import annotations

import gc
from functools import cache

import numpy as np
import numpy.typing as npt

from reel.raw_samples import Sound, mono
from reel.time import SAMPLE_RATE

Envelope = npt.NDArray[np.float64]
"""How strongly something begins, for each hop of the sound."""

HOP = 240
"""Samples between values of the envelope: 5 ms."""

WINDOW = 1024
"""Samples of a spectrum: 21 ms, short enough to place an onset, long enough to tell a bass note."""

BANDS = 64

TOP_HERTZ = 8_000
"""Hi-hats, which play between beats as loudly as on them, lie above."""

BLOCK_SECONDS = 60
"""Of sound that is transformed at a time."""

PER_SECOND = SAMPLE_RATE / HOP

LEAST_RISE_DB = 0.7
"""Of the loudness of all bands together, within 10 ms: the strongest of a tone that just goes on; a soft piano has 3."""


@cache
def warm() -> None:
    """Import librosa, which takes seconds; in a thread of its own this hides behind other work."""
    import librosa.feature
    import librosa.onset  # noqa: F401

    # It stays imported: at the end of the process, the garbage collector would go through it for 0.2 s. Once only: what is
    # garbage at this moment stays too.
    gc.freeze()


def onset_envelope(samples: Sound) -> Envelope:
    """How strongly something begins at each hop; even in loudness over the piece."""
    warm()
    import librosa

    parts = []
    size = BLOCK_SECONDS * SAMPLE_RATE
    for start in range(0, len(samples), size):
        # With what comes before, so that nothing seems to begin where a block does.
        begin = max(0, start - 8 * HOP)
        heard = mono(samples[begin : start + size])
        power = librosa.feature.melspectrogram(
            y=heard, sr=SAMPLE_RATE, n_fft=WINDOW, hop_length=HOP, n_mels=BANDS, fmax=TOP_HERTZ
        )
        rises = librosa.onset.onset_strength(
            S=librosa.power_to_db(power, amin=1e-6, top_db=None), sr=SAMPLE_RATE, hop_length=HOP, lag=2, center=False
        )
        parts.append(rises[(start - begin) // HOP : (start - begin) // HOP + size // HOP])
    rises = np.concatenate(parts).astype(np.float64)
    if np.percentile(rises, 99) < LEAST_RISE_DB:
        return np.zeros(len(rises))
    return _evened(rises)


def _evened(envelope: Envelope) -> Envelope:
    """Without what goes on all the time, and as strong in quiet stretches as in loud ones."""
    slow = smooth(envelope, PER_SECOND * 0.4)
    rises = np.maximum(0, smooth(envelope, 2.0) - slow)
    spread = np.sqrt(smooth(rises**2, PER_SECOND * 4)) + 0.05 * rises.std() + 1e-9
    return np.asarray(rises / spread)


def smooth(values: Envelope, width: float) -> Envelope:
    """Smoothed by a Gaussian of that width, in hops."""
    from scipy.ndimage import gaussian_filter1d

    return np.asarray(gaussian_filter1d(values, width))
