"""Child processes with limits on memory, time and output, for files that nobody vouches for."""
