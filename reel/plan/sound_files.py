"""From a request's sounds by themselves to steps."""

from __future__ import annotations

from reel.plan.layers import PlanContext
from reel.plan.operations import SoundFile
from reel.plan.operations.sounds import LoudnessTarget
from reel.plan.sound import add_soundtrack
from reel.plan.tracks import Master, heard_track, sounding, stream_of
from reel.request.outputs import AudioOutput
from reel.time import samples_between
from reel.timeline import Timeline


def heard_in(sound: AudioOutput, timeline: Timeline, master: Master | None) -> Timeline:
    """The timeline with the sound that a file by itself has: another of its master's, where one is named."""
    if master is None or sound.track is None:
        return timeline
    track = heard_track(sound, master)
    return sounding(timeline, stream_of(track, master.facts)) if track else timeline


def add_sound_file(
    sound: AudioOutput, timeline: Timeline, window: tuple[int, int], loudness: LoudnessTarget | None, known: PlanContext
) -> tuple[str, str, str]:
    """Add the steps of the sound of some frames of a timeline as a file; its name, the key of the step that makes it, and
    its name there."""
    source = add_soundtrack(timeline, window, sound.encoder, loudness, known)
    samples = samples_between(*window, timeline.canvas.rate)
    operation = SoundFile(source=source, codec=sound.codec, samples=samples)
    key = known.keyed.add(f"{sound.codec} of {timeline.name}", operation)
    return sound.file(timeline.name), key, operation.file
