"""What videos have to hear and to read when their picture is over. They end with their picture: what is lost of it is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from reel.media import AudioFacts, Library
from reel.plan.compiled import Compiled
from reel.plan.making import Making
from reel.plan.tracks import Master, heard_track, numbered
from reel.request import Request
from reel.timeline import SoundClip, Timeline, VideoContent
from reel.words import counted

SOUND_SECONDS = Fraction(1, 10)
"""By so much a sound may last longer: encoders of sound fill their last packet, and muxers round."""

CLIP_SECONDS = Fraction(1)
"""By so much the sound of a clip may: recorders stop picture and sound one after the other, and nobody misses that in a cut."""


def lost_tails(request: Request, compiled: Compiled, making: Making) -> Iterator[str]:
    """What is said of sounds and subtitles of a master that are asked for, and go on behind its picture. Of a part that ends
    before, nothing: there they are cut where the request says so."""
    master = compiled.master
    if master is None or master.facts.video is None:
        return
    (timeline,) = compiled.timelines
    rate, picture = timeline.canvas.rate, master.facts.video
    if master.begin + (timeline.frames + 1) / rate < picture.duration:
        return
    ends = f"asset: its picture ends at {float(picture.duration):.3f} s"
    for number, track in _heard(request, master, making):
        longer = track.start + track.duration - (picture.start + picture.duration)
        if longer > SOUND_SECONDS:
            yield f"{ends}; sound track {number} goes on for {float(longer):.2f} s, which are not heard"
    read = {text.source.source.stream for ladder in making.ladders for text in ladder.subtitles if text.source}
    for number, text in numbered(master.facts.subtitles):
        counts = {"too late to be shown": text.late, "cut short by its end": text.cut}
        if text.index in read and (told := counted(counts)):
            yield f"{ends}; of subtitles {number}, {told}"


def _heard(request: Request, master: Master, making: Making) -> Iterable[tuple[str, AudioFacts]]:
    """The sound tracks of a master that are heard in anything that is made, each with its number among them."""
    sounds = master.facts.sounds
    streams = {track.stream for video in making.videos if video.audio for track in video.tracks}
    streams |= {sound.stream for ladder in making.ladders for sound in ladder.sounds if sound.facts is None}
    files = {heard_track(sound, master) for _, sound in request.sound_files}
    heard = {track.index for track in (*map(master.facts.sound, streams), *files) if track}
    return [(number, track) for number, track in numbered(sounds) if track.index in heard]


def lost_clip_tails(compiled: Compiled, library: Library) -> Iterator[str]:
    """What is said of the clips of a composition that play to the end of their file's picture, while its sound goes on."""
    if compiled.master is None:
        yield from dict.fromkeys(told for timeline in compiled.timelines for told in _of_clips(timeline, library))


def _of_clips(timeline: Timeline, library: Library) -> Iterator[str]:
    clips = [clip for track in timeline.pictures for clip in track.clips]
    shown = {(clip.place, clip.content.asset) for clip in clips if isinstance(clip.content, VideoContent)}
    facts = {each.sha256: each for each in library.values()}
    for sound in timeline.sounds:
        file = facts[sound.asset]
        track = file.sound(sound.stream)
        if file.video is None or track is None or (sound.place, sound.asset) not in shown:
            continue
        longer = file.sound_begin(track) + track.duration - file.video.duration
        left = file.video.duration - _media_end(sound, timeline.canvas.rate)
        if longer > CLIP_SECONDS and left < sound.speed / timeline.canvas.rate:
            ends = f"its file's picture ends at {float(file.video.duration):.3f} s"
            yield f"{sound.place}: {ends}, and its sound goes on for {float(longer):.2f} s, which are not heard"


def _media_end(sound: SoundClip, rate: Fraction) -> Fraction:
    """Seconds into the asset at which it ends."""
    return sound.media_in + sound.frames / rate * sound.speed * sound.clock
