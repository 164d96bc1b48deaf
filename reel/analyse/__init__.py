"""Analysis of sound and picture: beats of music, offsets of recordings, scenes of videos. The only place that knows librosa,
SciPy and PySceneDetect."""
