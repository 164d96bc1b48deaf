"""From a request's ladders to steps: each rung and each sound one track, and the text that lists them for players."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction

from reel.boundaries import segment_starts
from reel.languages import UNKNOWN
from reel.media import AudioFacts, Library, MediaFacts
from reel.plan.compiled import Compiled
from reel.plan.layers import PlanContext
from reel.plan.operations import Encrypt, Fragment, Join, Package, Protect
from reel.plan.operations.base import CmafTrack, Composition
from reel.plan.operations.sounds import LoudnessTarget
from reel.plan.operations.tracks import PackagedPicture, PackagedSound
from reel.plan.renditions import PlannedVideo
from reel.plan.sound import add_soundtrack
from reel.plan.subtitles import PlannedSubtitles, each_once, named_files, planned_subtitles
from reel.plan.tracks import Master, default_first, label_of, meant, sounding, stream_of
from reel.presets import AudioEncoder, audio_encoder
from reel.request import Request
from reel.request.encryption import LadderEncryption, track_file
from reel.request.ladders import LadderOutput, LadderSound
from reel.timeline import PictureTrack, SoundClip, SoundTrack, Timeline
from reel.values import Value


class PlannedSound(Value):
    """A sound that viewers may choose."""

    name: str
    """Of its files."""
    language: str
    label: str
    default: bool
    encoder: AudioEncoder
    facts: MediaFacts | None
    """Of the file that it is; null: the timeline's own sound."""
    stream: int | None = None
    """Of the timeline's master, which of its sound tracks; null: the one that a player would sound."""
    place: str

    def heard(self, timeline: Timeline) -> Timeline:
        """The timeline with this for its sound."""
        if self.facts is None:
            return sounding(timeline, self.stream)
        assert self.facts.audio
        # Where the file has a picture, its sound goes with that; else it begins with its sound.
        ends = self.facts.sound_at + self.facts.audio.duration
        frames = min(timeline.frames, max(1, math.ceil(ends * timeline.canvas.rate)))
        clip = SoundClip(asset=self.facts.sha256, start=0, frames=frames, place=self.place)
        pictures = [track for track in timeline.tracks if isinstance(track, PictureTrack)]
        return timeline.model_copy(update={"tracks": (*pictures, SoundTrack(clips=(clip,)))})


class PlannedLadder(Value):
    """A ladder of which all is settled but the timeline."""

    folder: str
    sounds: tuple[PlannedSound, ...]
    subtitles: tuple[PlannedSubtitles, ...]
    segment_seconds: Fraction
    encryption: LadderEncryption | None
    key_file: str | None
    """SHA-256 of the file with its key."""
    chosen_by: str | None = None
    """Key of the step that chooses its rungs; null: they were said."""

    @property
    def has_own_sound(self) -> bool:
        """Whether viewers can choose the timeline's own sound."""
        return any(sound.facts is None and sound.stream is None for sound in self.sounds)

    def file(self, timeline: str, track: str) -> str:
        """The name of the file of a track; of one that is encrypted as whole segments, of their head."""
        return f"{timeline}/{self.folder}/{track_file(track, self.encryption)}"


def planned_ladders(request: Request, compiled: Compiled, library: Library) -> tuple[PlannedLadder, ...]:
    """The ladders of a request."""
    return tuple(_planned(place, ladder, compiled, library) for place, ladder in request.ladders)


def _planned(place: str, ladder: LadderOutput, compiled: Compiled, library: Library) -> PlannedLadder:
    return PlannedLadder(
        folder=ladder.folder,
        sounds=tuple(_sounds(place, ladder, compiled, library)),
        subtitles=tuple(planned_subtitles(place, ladder, compiled.master, library)),
        segment_seconds=ladder.segment_seconds,
        encryption=ladder.encryption,
        key_file=library[f"{place}.encryption.key"].sha256 if ladder.encryption else None,
    )


def _sounds(place: str, ladder: LadderOutput, compiled: Compiled, library: Library) -> Iterator[PlannedSound]:
    listed, master = _listed_sounds(ladder, compiled), compiled.master
    assert compiled.has_sound or all(sound.asset for sound in listed), "a sound that nothing has was refused"
    tracks = [None if sound.asset else _own_track(sound, master) for sound in listed]
    languages = [
        track.language if track and sound.language == UNKNOWN else sound.language
        for sound, track in zip(listed, tracks, strict=True)
    ]
    labels = each_once(
        (sound.codec, label_of(sound.name, track, language, "sound"))
        for sound, track, language in zip(listed, tracks, languages, strict=True)
    )
    codecs = [sound.codec for sound in listed]
    for number, (sound, track, name) in enumerate(zip(listed, tracks, named_files("sound", languages), strict=True)):
        where = f"{place}.audio[{number}]"
        yield PlannedSound(
            name=name,
            language=languages[number],
            label=labels[number],
            default=sound.codec not in codecs[:number],
            encoder=audio_encoder(sound.codec),
            facts=library[f"{where}.asset"] if sound.asset else None,
            stream=stream_of(track, master.facts) if track and master else None,
            place=where,
        )


def _listed_sounds(ladder: LadderOutput, compiled: Compiled) -> tuple[LadderSound, ...]:
    """The sounds of a ladder, one by one."""
    master = compiled.master
    if ladder.audio == "all" and master:
        numbers = [master.facts.sounds.index(track) + 1 for track in default_first(master.facts)]
        return tuple(LadderSound(track=number) for number in numbers)
    if ladder.audio is not None:
        return ladder.listed_sounds
    if not compiled.has_sound:
        return ()
    audio = master.facts.audio if master else None
    return (LadderSound(name=None if audio and (audio.title or audio.language != UNKNOWN) else "Sound"),)


def _own_track(sound: LadderSound, master: Master | None) -> AudioFacts | None:
    """The track of a master that a sound is; null where there is no master."""
    if master is None:
        return None
    return master.facts.audio if sound.track is None else meant(sound.track, master.facts.sounds)[0]


def add_ladder(
    ladder: PlannedLadder,
    rungs: Sequence[tuple[PlannedVideo, str]],
    timeline: Timeline,
    window: tuple[int, int],
    loudness: LoudnessTarget | None,
    known: PlanContext,
) -> Iterator[tuple[str, str, str]]:
    """Add the steps of a ladder to `known.keyed`; name, step and file of each file that is published, in an order in which what
    players are given comes last. `rungs` are its videos, each with the key of its join."""
    rate, (first, end) = timeline.canvas.rate, window
    keys = key_times(rungs[0][1], known)
    pictures: list[PackagedPicture] = []
    sounds: list[PackagedSound] = []
    for video, join in rungs:
        track = _protected(ladder, add_rung(video, join, timeline, known), video.name, timeline, known)
        pictures.append(PackagedPicture(name=video.name, track=track))
    for sound in ladder.sounds:
        source = add_soundtrack(sound.heard(timeline), window, sound.encoder, loudness, known)
        clear = known.keyed.add(
            f"{sound.name} of {timeline.name}", Fragment(source=source, media="audio", cuts=keys[1:])
        )
        track = _protected(ladder, clear, sound.name, timeline, known)
        packaged = {"name": sound.name, "track": track, **sound.model_dump(include={"language", "label", "default"})}
        sounds.append(PackagedSound.model_validate(packaged))
    starts = segment_starts(keys, (end - first) / rate, ladder.segment_seconds)
    tracks: tuple[PackagedPicture | PackagedSound, ...] = (*pictures, *sounds)
    for each in tracks:
        yield from _files(ladder, each, starts, timeline, known)
    package = Package(
        pictures=tuple(pictures),
        sounds=tuple(sounds),
        subtitles=tuple(text.added(known) for text in ladder.subtitles),
        begin=first / rate,
        end=end / rate,
        segment_seconds=ladder.segment_seconds,
        key_uri=ladder.encryption.uri if ladder.encryption else None,
        systems=ladder.encryption.systems if ladder.encryption else (),
    )
    key = known.keyed.add(timeline.name, package)
    yield from ((f"{timeline.name}/{ladder.folder}/{file}", key, file) for file in package.files())


def add_rung(video: PlannedVideo, join: str, timeline: Timeline, known: PlanContext) -> str:
    """Add the step that makes the file of a rung of what is joined; returns its key."""
    return known.keyed.add(f"{video.name} of {timeline.name}", Fragment(source=join, media="video"))


def _protected(ladder: PlannedLadder, track: str, name: str, timeline: Timeline, known: PlanContext) -> str:
    """The key of the step that encrypts the samples of a track; of the track itself, where nothing does."""
    encryption = ladder.encryption
    if encryption is None or encryption.scheme == "aes-128":
        return track
    fragment = known.keyed.operations[track][1]
    assert isinstance(fragment, Fragment)
    assert encryption.key_id
    assert ladder.key_file
    protect = Protect(
        source=track,
        media=fragment.media,
        scheme=encryption.scheme,
        key_id=encryption.key_id,
        key_file=ladder.key_file,
    )
    return known.keyed.add(f"{name} of {timeline.name}", protect)


def _files(
    ladder: PlannedLadder,
    each: PackagedPicture | PackagedSound,
    starts: tuple[Fraction, ...],
    timeline: Timeline,
    known: PlanContext,
) -> Iterator[tuple[str, str, str]]:
    """What is published of a track."""
    if ladder.encryption is None or ladder.encryption.is_common:
        yield ladder.file(timeline.name, each.name), each.track, CmafTrack.file
        return
    assert ladder.key_file
    encrypt = Encrypt(source=each.track, starts=starts, key_file=ladder.key_file)
    key = known.keyed.add(f"{each.name} of {timeline.name}", encrypt)
    yield from ((f"{timeline.name}/{ladder.folder}/{each.name}/{file}", key, file) for file in encrypt.files())


def key_times(join: str, known: PlanContext) -> tuple[Fraction, ...]:
    """Seconds of the key frames of a joined video, all of which was encoded for it."""
    operation = known.keyed.operations[join][1]
    assert isinstance(operation, Join)
    frames: list[int] = []
    done = 0
    for key in operation.segments:
        assert isinstance(key, str), "a ladder is cut from no mezzanine"
        segment = known.keyed.operations[key][1]
        assert isinstance(segment, Composition)
        frames += range(done, done + segment.frames, segment.encoder.group)
        done += segment.frames
    return tuple(frame / operation.canvas.rate for frame in frames)
