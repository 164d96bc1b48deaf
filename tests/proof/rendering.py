"""Timelines made into files in this process, by the same planning and the same steps as a request's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from reel.find.ingest import fetch_asset, read_facts
from reel.generate.progress import Progress
from reel.generate.run import run_plan
from reel.make.worker import Worker
from reel.media import MediaFacts
from reel.plan.keyed import Keyed
from reel.plan.layers import PlanContext
from reel.plan.making import Making
from reel.plan.operations.base import Rendition
from reel.plan.renditions import PlannedVideo
from reel.plan.segments import add_sheet, add_videos
from reel.plan.step import Plan, Step
from reel.presets import AudioEncoder, Canvas, VideoEncoder
from reel.proof.sources import Asset
from reel.text import font_digests
from reel.timeline import Timeline
from reel.toolchain import Toolchain
from tests.tools import TOOLS

Planes = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.float32]]
"""Y, Cb and Cr of a frame, 4:2:0, as stored: 0..255."""

FINE = VideoEncoder(preset="veryfast", crf=4, max_bits_per_second=10**9, buffer_bits=10**9, threads=1)
"""So that what a codec does is next to nothing."""


def making(canvas: Canvas, *, share_segments: bool = True) -> Making:
    """One video, as large as the canvas."""
    video = PlannedVideo(
        name="", suffix="", rendition=Rendition(size=canvas.size, encoder=FINE), audio=AudioEncoder(), container="mp4"
    )
    return Making(videos=(video,), share_segments=share_segments)


@dataclass(frozen=True)
class Library:
    """Files in a worker's store, with their facts; by SHA-256."""

    worker: Worker
    assets: Mapping[str, Asset]

    @property
    def facts(self) -> dict[str, MediaFacts]:
        return {sha256: asset.facts for sha256, asset in self.assets.items()}


def library_of(paths: list[Path], worker: Worker) -> Library:
    assets = {}
    for path in paths:
        sha256 = fetch_asset("asset", str(path), path.parent, worker)
        assets[sha256] = Asset(path, read_facts("asset", path.name, sha256, worker))
    return Library(worker, assets)


def planned(
    timeline: Timeline,
    facts: Mapping[str, MediaFacts],
    tools: Toolchain = TOOLS,
    *,
    window: tuple[int, int] | None = None,
    sheet: tuple[int, ...] | None = None,
    share_segments: bool = True,
) -> tuple[Plan, str]:
    """The steps that make a timeline, or some frames of it, or a sheet of some frames; and the key of the last one."""
    names = {sha256: sha256[:8] for sha256 in facts}
    how = making(timeline.canvas, share_segments=share_segments)
    known = PlanContext(Keyed(tools), facts, names, font_digests(), timeline.canvas)
    if sheet is not None:
        key = add_sheet(timeline, sheet, how, known)
    else:
        (key,) = add_videos(timeline, window or (0, timeline.frames), how, known)
    steps = tuple(
        Step(key=key, title=title, operation=operation, work=operation.work(facts))
        for key, (title, operation) in known.keyed.operations.items()
    )
    return Plan(tools=tools, steps=steps, outputs=()), key


def rendered(
    timeline: Timeline,
    library: Library,
    *,
    window: tuple[int, int] | None = None,
    sheet: tuple[int, ...] | None = None,
) -> Path:
    """The joined video of a timeline, or of some frames of it, or a sheet of some frames."""
    plan, key = planned(timeline, library.facts, library.worker.tools, window=window, sheet=sheet)
    made = run_plan(plan, library.worker, Progress(plan))
    return library.worker.store.open(made[key].artefact, "sheet.jpg" if sheet else "video.mp4")


def decoded(path: Path) -> list[Planes]:
    """All frames of a video."""
    with av.open(str(path)) as source:
        return [_planes(frame) for frame in source.decode(video=0)]


def _planes(frame: av.VideoFrame) -> Planes:
    assert frame.format.name == "yuv420p"
    y, u, v = (
        np.frombuffer(memoryview(plane), np.uint8)
        .reshape(plane.height, plane.line_size)[:, : plane.width]
        .astype(np.float32)
        for plane in frame.planes
    )
    return y, u, v
