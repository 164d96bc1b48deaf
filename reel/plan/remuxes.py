"""From a joined video to the file that is published, where that has more in it: further sounds, names, chapters."""

from __future__ import annotations

from collections.abc import Iterator

from reel.languages import UNKNOWN
from reel.media import Chapter
from reel.plan.chapters import cut_chapters
from reel.plan.finished import Finished, add_scenes
from reel.plan.layers import PlanContext
from reel.plan.making import Making
from reel.plan.operations import Join, Remux
from reel.plan.operations.remuxes import NamedSound
from reel.plan.renditions import PlannedVideo
from reel.plan.sound import add_soundtrack
from reel.plan.tracks import PlannedTrack, sounding


def add_remux(
    video: PlannedVideo, key: str, join: Join, finished: Finished, making: Making, known: PlanContext
) -> tuple[tuple[str, str, str], ...]:
    """Add the steps of the file of a joined video that names its sounds or has chapters; name, step and file of what is
    published. None where it does neither: it is published as it was joined."""
    chapters = _chapters(video, finished)
    if video.animated or not (chapters or video.chapters == "scenes" or is_named(video.tracks)):
        return ()
    scenes = add_scenes(finished, known) if video.chapters == "scenes" else None
    name = video.file(finished.timeline.name)
    remux = Remux(
        source=key,
        rate=join.canvas.rate,
        frames=join.frames,
        samples=join.samples,
        audio=join.audio if join.soundtrack else None,
        sounds=tuple(_sounds(video, join, finished, making, known)),
        chapters=chapters,
        scenes=scenes,
        container=join.container,
    )
    step = known.keyed.add(name, remux)
    listed = f"{finished.timeline.name}{video.suffix}.chapters.vtt"
    return tuple((name if file == remux.file else listed, step, file) for file in remux.files())


def is_named(tracks: tuple[PlannedTrack, ...]) -> bool:
    """Whether there is anything to be said of sound tracks."""
    return len(tracks) > 1 or any(track.title or track.language != UNKNOWN for track in tracks)


def _chapters(video: PlannedVideo, finished: Finished) -> tuple[Chapter, ...]:
    """Those that lie in the frames that are made, counted from the first of them."""
    if video.chapters == "scenes":
        return ()
    rate, (first, end) = finished.timeline.canvas.rate, finished.window
    return cut_chapters(video.chapters, first / rate, (end - first) / rate)


def _sounds(
    video: PlannedVideo, join: Join, finished: Finished, making: Making, known: PlanContext
) -> Iterator[NamedSound]:
    """The soundtracks of a video; that of the join first."""
    if join.soundtrack is None or video.audio is None:
        return
    for number, track in enumerate(video.tracks or (PlannedTrack(stream=None),)):
        soundtrack = join.soundtrack
        if number:
            heard = sounding(finished.timeline, track.stream)
            soundtrack = add_soundtrack(heard, finished.window, video.audio, making.loudness, known)
        yield NamedSound(soundtrack=soundtrack, language=track.language, title=track.title)
