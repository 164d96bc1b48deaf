"""Quality by VMAF (libvmaf of the bundled FFmpeg): mean and 5th percentile over every sixth frame."""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reel.ffmpeg.build import ffmpeg_path


@dataclass(frozen=True)
class Quality:
    """How alike a video is to its reference; 100 is the same."""

    mean: float
    fifth_percentile: float
    """Five per cent of the frames are worse."""


def quality(video: Path, reference: Path) -> Quality:
    """Compare two videos frame by frame; both are read without rebuilding the graph, or the figures are garbage."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "vmaf.json")
        numbered = "[0:v]setpts=N/30/TB[a];[1:v]setpts=N/30/TB[b]"
        graph = f"{numbered};[a][b]libvmaf=log_path={log}:log_fmt=json:n_subsample=6:n_threads=4"
        command = [str(ffmpeg_path()), "-v", "error", "-nostdin"]
        for path in (video, reference):
            command += ["-reinit_filter", "0", "-i", str(path)]
        subprocess.run([*command, "-lavfi", graph, "-f", "null", "-"], check=True, stdin=subprocess.DEVNULL)
        frames = json.loads(log.read_text())["frames"]
    scores = [frame["metrics"]["vmaf"] for frame in frames]
    return Quality(round(float(np.mean(scores)), 2), round(float(np.percentile(scores, 5)), 2))
