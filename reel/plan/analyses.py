"""From finished videos to the steps that say what is in them."""

from __future__ import annotations

from reel.plan.animated import add_animated
from reel.plan.finished import Finished, add_scenes
from reel.plan.ladders import add_rung
from reel.plan.layers import PlanContext
from reel.plan.making import Making
from reel.plan.operations import Analysis, Join
from reel.plan.operations.analyses import FinishedVideo
from reel.plan.remuxes import add_remux
from reel.plan.renditions import PlannedVideo
from reel.plan.sound_files import add_sound_file
from reel.request.encryption import opened_name
from reel.request.outputs import AudioOutput


def add_analysis(finished: Finished, making: Making, known: PlanContext) -> str:
    """Add the steps that say what is in the videos of a timeline; returns the key of the last."""
    (video, _), timeline = finished.largest, finished.timeline
    analysis = Analysis(
        scenes=add_scenes(finished, known),
        title=timeline.name,
        canvas=finished.canvas(video),
        frames=finished.frames,
        videos=tuple(
            FinishedVideo(
                name=opened_name(each.file(timeline.name)), video=_delivered(each, key, finished, making, known)
            )
            for each, key in finished.videos
        ),
        heard=_heard(finished, making, known),
    )
    return known.keyed.add(f"analysis of {timeline.name}", analysis)


def _delivered(video: PlannedVideo, key: str, finished: Finished, making: Making, known: PlanContext) -> str:
    """The key of the step that makes the file of a joined video."""
    if video.ladder:
        return add_rung(video, key, finished.timeline, known)
    join = known.keyed.operations[key][1]
    assert isinstance(join, Join)
    if animated := add_animated(video, key, join, video.file(finished.timeline.name), known):
        return animated[0]
    remux = add_remux(video, key, join, finished, making, known)
    return remux[0][1] if remux else key


def _heard(finished: Finished, making: Making, known: PlanContext) -> str | None:
    """Key of a step whose file has the sound of a timeline; null where nothing that is delivered has it."""
    if heard := next((key for video, key in finished.videos if video.audio), None):
        return heard
    if not any(ladder.has_own_sound for ladder in making.ladders):
        return None
    # The sound of a ladder is a track of fragments, cut where pictures are: it is heard as a file of its own.
    sound = AudioOutput(type="audio")
    return add_sound_file(sound, finished.timeline, finished.window, making.loudness, known)[1]
