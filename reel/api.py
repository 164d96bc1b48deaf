"""Reelflow as a library: plan and render requests in this process, without Prefect::

from reel.api import render

generation = render({"kind": "mixer", "clips": ["a.mp4", "b.mov"], "variants": 2})
print(generation.outputs[0].video.path)
"""

from reel.errors import BadMedia, Internal, InvalidRequest, ReelError, Resource, Transient
from reel.generate.progress import Snapshot
from reel.generate.render import new_generation, plan, render
from reel.make.worker import Worker, make_worker
from reel.report import Report
from reel.settings import Settings

__all__ = [
    "BadMedia",
    "Internal",
    "InvalidRequest",
    "ReelError",
    "Report",
    "Resource",
    "Settings",
    "Snapshot",
    "Transient",
    "Worker",
    "make_worker",
    "new_generation",
    "plan",
    "render",
]
