"""Listening: beats of music, offsets of recordings. The only place that knows librosa and SciPy."""
