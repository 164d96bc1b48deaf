"""Analysis of picture, for scenes: a video is decoded once, small, analysed frame by frame, and the result is memoised."""

from __future__ import annotations

from array import array
from collections.abc import Generator
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from reel.analyse.scenes import find_cuts
from reel.errors import BadMedia, Cancelled, Damaged
from reel.ffmpeg.frames import FrameReader
from reel.ffmpeg.picture import TIMES_FILE, small_frames_command, small_size
from reel.find.ingest import fetch_asset, read_facts
from reel.find.memo import finding_key, memoised
from reel.findings import SCENES_RULES, SCENES_TOOLS, Scenes
from reel.frame_stats import measured
from reel.make.worker import Worker
from reel.media import MediaFacts, VideoFacts
from reel.plan.layers import picture_source
from reel.plan.operations.base import PictureSource
from reel.plan.operations.work import scene_analysis_work
from reel.report.words import count
from reel.store import workspace
from reel.time import round_half_up
from reel.values import public_name


def scenes_of(facts: MediaFacts, place: str, worker: Worker) -> Scenes:
    """The scenes of an asset that has a picture, in seconds from its begin; memoised.

    `place` is the field that names it. Raises `Damaged` where its bytes are no longer in the store, and FFmpeg's errors.
    """
    video = facts.video
    assert video, "asked only of assets with a picture"
    source = picture_source(facts.sha256, facts.demuxer, video)
    inputs = {"of": source.model_dump(mode="json")}
    key = finding_key("scenes", inputs, SCENES_RULES, worker.tools.of(SCENES_TOOLS))
    return memoised("scenes", key, Scenes, lambda: _analyse(video, source, place, worker), worker)


def scenes_in(asset: str, base: Path, worker: Worker) -> tuple[MediaFacts, Scenes]:
    """The facts and scenes of an asset that nobody has taken in yet; a relative path counts from `base`. Errors name it."""
    facts = read_facts(asset, asset, fetch_asset(asset, asset, base, worker), worker)
    if facts.video is None or facts.still:
        raise BadMedia.at(public_name(asset), "has no moving picture", "name a video")
    return facts, scenes_of(facts, asset, worker)


def _analyse(video: VideoFacts, source: PictureSource, place: str, worker: Worker) -> Scenes:
    held = worker.store.find(source.asset, "asset")
    if held is None:
        raise Damaged.at(place, "is gone from the store", "it is fetched again")
    path = str(worker.store.open(held, "asset"))
    with worker.room.taken(scene_analysis_work(video)), workspace(worker.scratch) as scratch:
        with closing(_pictures(source, path, place, scratch, worker)) as pictures:
            part = measured(pictures, video.rate)
        stamps = _stamps(scratch / TIMES_FILE)
    if not stamps or part is None:
        raise BadMedia.at(place, "gives no picture that can be looked at", "leave out `split`, or name another file")
    cuts = find_cuts(part.stats, video.rate)
    times = [_since(stamps[cut.frame], video) for cut in cuts]
    # Frames without times of their own show at one moment; only the last of them is seen.
    at = {time: cut.strength for time, cut in zip(times, cuts, strict=True) if time > 0}
    reason = "" if at else f"no hard cut was seen in {count(len(stamps), 'frame')}"
    return Scenes(cuts=tuple(sorted(at)), strengths=tuple(at[time] for time in sorted(at)), reason=reason)


def _pictures(
    source: PictureSource, path: str, place: str, scratch: Path, worker: Worker
) -> Generator[npt.NDArray[np.uint8], None, None]:
    """All frames, small, in BGR."""
    width, height = small_size(source)
    with FrameReader(
        lambda output: small_frames_command(source, path, output), width * height * 3, place, scratch
    ) as reader:
        for frame in reader:
            if worker.cancelled.is_set():
                raise Cancelled.at(place, "was called off")
            yield frame.reshape(height, width, 3).copy()  # the next one takes its place


def _stamps(file: Path) -> array[int]:
    """The time of each frame on the file's clock, in microseconds, as `small_frames_command` writes it."""
    if not file.exists():  # it is made with the first frame
        return array("q")
    with file.open("r", encoding="ascii") as lines:
        return array("q", (int(line.split()[1].removeprefix("pts:")) for line in lines if line.startswith("frame:")))


def _since(stamp: int, video: VideoFacts) -> Fraction:
    """Seconds from the first frame to another: on the grid, where frames last equally long."""
    seconds = Fraction(stamp, 1_000_000) - video.start
    return seconds if video.variable else round_half_up(seconds * video.rate) / video.rate
