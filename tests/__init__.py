"""Tests. Clips come from `clips`, never from the network; a test that takes over ten seconds is marked `slow`.

As in `reel`, OpenBLAS has no threads of its own: where a thread forks while another multiplies, that may wait for ever.
"""

import os

# Before NumPy is imported, which reads it then.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
