"""Media files by their packets and frames: the only place that knows PyAV; files from outside are read in a child."""
