"""Media files by their packets: the only place that imports `av` (PyAV); files from outside are read in a child."""
