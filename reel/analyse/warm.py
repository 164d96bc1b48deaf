"""Compiles what the analysis of sound needs, once for an environment: `python -m reel.analyse.warm`.

numba compiles functions of librosa when that is first imported, for 15 seconds, and keeps the result (in `NUMBA_CACHE_DIR`, or
beside librosa). The first user with music should not wait for that.
"""

from __future__ import annotations

import os
import sys

from reel.analyse.envelope import warm
from reel.orphans import end_with


def main() -> None:
    if parent := sys.argv[1:]:  # the process that this one is to end with
        end_with(int(parent[0]))
    os.nice(19)
    warm()


if __name__ == "__main__":
    main()
