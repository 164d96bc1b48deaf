"""Raw samples in a store, for tests."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

from reel.make.worker import Worker
from reel.store import workspace


def keep(samples: npt.NDArray[np.float32], worker: Worker) -> str:
    """The key under which a worker finds these samples as decoded sound."""
    key = hashlib.sha256(samples.tobytes()).hexdigest()
    with workspace(worker.scratch) as scratch:
        folder = scratch / "sound"
        folder.mkdir()
        samples.tofile(folder / "sound.f32")
        worker.store.publish(folder, key, "decode")
    return key
