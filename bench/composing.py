"""Child of the bench: compose all frames of a request once, and encode none of them; leaves `composing.json` beside it."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reel.ffmpeg.graph import Node, compile_outputs
from reel.generate.conduct import processor_seconds
from reel.generate.progress import Progress
from reel.generate.render import plan
from reel.generate.run import run_plan
from reel.make import composed
from reel.make.context import StepContext
from reel.make.worker import this_worker
from reel.plan.operations.base import Composition
from reel.plan.shares import part_of


def main(request: Path) -> None:
    worker = this_worker()
    planned = plan(request.read_text("utf-8"), worker=worker)
    steps = [step for step in planned.steps if step.composition]
    needed = part_of(planned, {key for step in steps for key in step.needs})
    run_plan(needed, worker, Progress(needed))
    vars(composed)["renditions_command"] = _to_nowhere
    before = processor_seconds()
    for step in steps:
        context = StepContext(worker, request.parent / "nothing", step.title)
        assert isinstance(step.operation, Composition)
        composed.encode(step.operation, {}, context)
    request.with_name("composing.json").write_text(json.dumps(processor_seconds() - before))


def _to_nowhere(video: Node, *_: Any) -> Sequence[str]:
    return compile_outputs({"-": (video, {"format": "null"})})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
