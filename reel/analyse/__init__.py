"""Listening and looking: beats of music, offsets of recordings, scenes of videos. The only place that knows librosa, SciPy
and PySceneDetect."""
