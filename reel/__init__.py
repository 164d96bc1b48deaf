"""Reelflow's core: plan, compose, cache and verify video, as plain Python on FFmpeg.

Nothing in this package knows of Prefect. The way from a request to files is

    request + media facts  ->  plan (pure)  ->  steps  ->  artefacts  ->  report

and the shortest program that walks it is::

    from reel.api import render

    report = render({"kind": "mixer", "clips": ["a.mp4", "b.mov"], "variants": 2, "order_mixing": True})
    for output in report.outputs:
        print(output.video.path)
"""

import os

__version__ = "0.1.0"

# Before NumPy is imported: OpenBLAS would start a thread on every processor in each of our processes, which wait busily for
# work (0.4 s of processor time at every start), and nothing here multiplies large matrices.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
