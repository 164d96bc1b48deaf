"""Media files by their packets: the only place that imports `av` (PyAV), and files from outside only in a child process."""
