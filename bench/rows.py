"""The lines of the bench's table, and what all of its parts share."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.clips import ROOT
from bench.measure import Measure, measure

FOLDER = ROOT / ".reel" / "bench"


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    ours: str
    peer: str
    ratio: str
    goal: str


def rendered(
    request: dict[str, Any], home: str, *, cold: bool = True, through: str = "render"
) -> tuple[Measure, dict[str, Any]]:
    """Make what a request asks for in a process of its own; what it took, and the report."""
    folder = FOLDER / home
    if cold:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "request.json").write_text(json.dumps(request))
    took = measure([sys.executable, "-m", f"bench.{through}", str(folder)], {"REEL_HOME": str(folder)})
    return took, json.loads((folder / "report.json").read_text())


def moviepy_python() -> Path:
    """The Python of an environment with MoviePy 2 and nothing of ours."""
    return environment("moviepy", "moviepy>=2,<3") / "bin" / "python"


def environment(name: str, requirement: str) -> Path:
    """The folder of an environment with a peer from PyPI and nothing of ours. `CalledProcessError` where it cannot be had."""
    folder = FOLDER / name
    if not folder.exists():
        try:
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
            subprocess.run([str(folder / "bin" / "python"), "-m", "pip", "install", "-q", requirement], check=True)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    return folder


def seconds(took: Measure) -> str:
    return f"{took.seconds:.1f} s ({took.cpu_seconds:.0f} cpu)"


def megabytes(took: Measure) -> str:
    return f"{took.peak_bytes / 1e6:.0f} MB"
