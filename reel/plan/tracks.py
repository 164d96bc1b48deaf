"""Tracks of a master: which are meant, and what they are called where they go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Literal, TypeVar

from reel.errors import Problem
from reel.languages import UNKNOWN, is_in, tag_of
from reel.media import AudioFacts, MediaFacts, NamedTrack, SubtitleFacts
from reel.request.outputs import AudioOutput
from reel.request.tracks import MOST_LABEL, MOST_TRACKS, UNNAMED, TrackName
from reel.request.tracks import NamedTrack as Asked
from reel.timeline import PictureTrack, Timeline
from reel.values import Value, public_name

ATrack = TypeVar("ATrack", bound=NamedTrack)

KINDS = {"sound": "sound tracks", "subtitles": "subtitles"}
MOST_LISTED = 20
"""Tracks that an error names."""


class Master(Value):
    """The one file that a video is made of, as it is: its tracks may be chosen from."""

    facts: MediaFacts
    begin: Fraction
    """Its second at which the video begins."""


class PlannedTrack(Value):
    """A sound track of a video."""

    stream: int | None
    """Of the master; null: the one that a player would sound."""
    language: str = UNKNOWN
    title: str = ""


def meant(name: TrackName, tracks: Sequence[ATrack]) -> tuple[ATrack, ...]:
    """The tracks that a name may mean: one, or there is something wrong with it. A language means its own forms where no
    track has it as it is: `de` means `de-AT`."""
    if isinstance(name, int):
        return tuple(tracks[name - 1 : name])
    exactly = tuple(track for track in tracks if track.language.lower() == tag_of(name).lower())
    return exactly or tuple(track for track in tracks if is_in(track.language, name))


def wrong_tracks(asked: Iterable[Asked], facts: MediaFacts, asset: str) -> Iterator[Problem]:
    """What is wrong with the tracks that a request names of its master."""
    taken: defaultdict[str, dict[int, str]] = defaultdict(dict)
    for each in asked:
        tracks: Sequence[NamedTrack] = facts.sounds if each.kind == "sound" else facts.subtitles
        if each.name == "all":
            if each.kind == "sound" and len(tracks) > MOST_TRACKS:
                what = f"{public_name(asset)} has {len(tracks)} sound tracks, more than {MOST_TRACKS}"
                yield Problem(each.place, what, "list those that are wanted")
            continue
        found = meant(each.name, tracks)
        if len(found) != 1:
            yield _not_one(each, found, tracks, asset)
        elif isinstance(found[0], SubtitleFacts) and not found[0].is_text:
            what = f"{_listed(found, tracks)} of {public_name(asset)} is pictures of letters, which are not read here"
            yield Problem(each.place, what, f"take one that is text, or a file as `asset`; {_there_are(tracks, each)}")
        elif before := taken[each.among].get(found[0].index):
            yield Problem(each.place, f"is {_listed(found, tracks)}, as {before} is", "leave one of them out")
        else:
            taken[each.among][found[0].index] = each.place


def _not_one(each: Asked, found: Sequence[NamedTrack], tracks: Sequence[NamedTrack], asset: str) -> Problem:
    name, kind = public_name(asset), KINDS[each.kind]
    if found:
        what = f"{len(found)} {kind} of {name} are in {each.name}: {_listed(found, tracks)}"
        return Problem(each.place, what, "name one by its number")
    said = f"no number {each.name}" if isinstance(each.name, int) else f"none in {each.name!r}"
    return Problem(each.place, f"{name} has {said} among its {kind}", _there_are(tracks, each))


def _there_are(tracks: Sequence[NamedTrack], each: Asked) -> str:
    return f"there are {_listed(tracks, tracks)}" if tracks else f"it has no {KINDS[each.kind]}"


def _listed(some: Sequence[NamedTrack], tracks: Sequence[NamedTrack]) -> str:
    """`1 (en, "Commentary"), 2 (de)`."""
    words = []
    for track in some[:MOST_LISTED]:
        is_drawn = isinstance(track, SubtitleFacts) and not track.is_text
        about = (track.language, f'"{track.title}"' if track.title else "", track.codec if is_drawn else "")
        words.append(f"{tracks.index(track) + 1} ({', '.join(filter(None, about))})")
    return ", ".join(words) + (" and others" if len(some) > MOST_LISTED else "")


def numbered(tracks: Sequence[ATrack]) -> list[tuple[str, ATrack]]:
    """Each track as people are told of it: `2 (en, "Commentary")`."""
    return [(_listed([track], tracks), track) for track in tracks]


def heard_track(sound: AudioOutput, master: Master) -> AudioFacts | None:
    """The track of a master that a file of sound by itself has."""
    return master.facts.audio if sound.track is None else meant(sound.track, master.facts.sounds)[0]


def default_first(facts: MediaFacts) -> tuple[AudioFacts, ...]:
    """All sound tracks, the one that a player would sound first."""
    return ((facts.audio,) if facts.audio else ()) + facts.other_audio


def planned_tracks(
    names: Sequence[TrackName] | Literal["all"] | None, master: Master | None
) -> tuple[PlannedTrack, ...]:
    """The sound tracks of a video; none where it is not made of one master. A name that means none gives none: what is wrong
    with names is said by `wrong_tracks`."""
    if master is None or master.facts.audio is None:
        return ()
    facts = master.facts
    if names is None:
        chosen: tuple[AudioFacts, ...] = (master.facts.audio,)
    elif names == "all":
        chosen = default_first(facts)
    else:
        chosen = tuple(track for name in names for track in meant(name, facts.sounds)[:1])
    return tuple(
        PlannedTrack(stream=stream_of(track, facts), language=track.language, title=track.title) for track in chosen
    )


def stream_of(track: AudioFacts, facts: MediaFacts) -> int | None:
    """How clips name it: null for the one that a player would sound."""
    return None if facts.audio and track.index == facts.audio.index else track.index


def sounding(timeline: Timeline, stream: int | None) -> Timeline:
    """A timeline of one master with another of its sound tracks; null: as it is."""
    if stream is None:
        return timeline
    tracks = (
        track
        if isinstance(track, PictureTrack)
        else track.model_copy(
            update={"clips": tuple(clip.model_copy(update={"stream": stream}) for clip in track.clips)}
        )
        for track in timeline.tracks
    )
    return timeline.model_copy(update={"tracks": tuple(tracks)})


def label_of(name: str | None, track: NamedTrack | None, language: str, kind: str) -> str:
    """As players list a track: its name, its title, or the language's tag. Of a language that nobody knows the tag, `und`,
    tells viewers nothing: such a track is listed by its kind."""
    title = track.title.replace('"', "'")[:MOST_LABEL].strip() if track else ""
    return name or title or (UNNAMED[kind] if tag_of(language) == UNKNOWN else language)
