"""What a segment shows, as a timeline of its own: the part of the proof that is the same wherever the segment is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from reel.curves import Curve, Key, constant, value_at
from reel.media import MediaFacts
from reel.proof.seen import Seen, is_entering, is_hidden, never_leaves_its_area, seen_between, turning_with
from reel.timeline import DrawnContent, MediaRange, PictureClip, PictureTrack, Timeline, VideoContent

CURVES = ("x", "y", "scale", "rotation", "opacity")


def slice_of(timeline: Timeline, first: int, end: int, assets: Mapping[str, MediaFacts]) -> Timeline:
    """The frames `[first, end)` of what a timeline shows, counted from 0, without what is hidden there all the time.

    What is the same to see is the same text, wherever on whatever timeline it lies, but for names and `place`.
    """
    there = seen_between(timeline, first, end)
    begins = {seen.track: first for seen in there}
    for seen in there:
        if is_entering(timeline, seen, first):
            # What it takes over from has to begin before it still: the order of a track is that of begins.
            begins[seen.track] = min(begins[seen.track], seen.clip.start - 1)
    tracks: dict[int, list[PictureClip]] = {}
    for seen in there:
        since, until = max(first, seen.clip.start), min(end, seen.clip.end)
        if not is_hidden(timeline, seen, since, until, assets):
            cut = _cut(timeline, seen, begins[seen.track], (first, end))
            tracks.setdefault(seen.track, []).append(_moved(cut, -first))
    return timeline.model_copy(
        update={
            "frames": end - first,
            "tracks": tuple(PictureTrack(clips=tuple(tracks[number])) for number in sorted(tracks)),
        }
    )


def nameless(timeline: Timeline) -> Timeline:
    """The same to see, without what only people care for."""
    tracks = (
        track.model_copy(update={"clips": tuple(clip.model_copy(update={"place": ""}) for clip in track.clips)})
        for track in timeline.tracks
    )
    return timeline.model_copy(update={"name": "", "tracks": tuple(tracks)})


def _moved(clip: PictureClip, frames: int) -> PictureClip:
    return clip.model_copy(update={"start": clip.start + frames})


def _cut(timeline: Timeline, seen: Seen, begin: int, shown: tuple[int, int]) -> PictureClip:
    """The part of a clip from `begin` on that is there in the frames `shown`. One whose age matters otherwise than for its
    curves keeps its own begin."""
    clip, (first, end) = seen.clip, shown
    entering = is_entering(timeline, seen, first)
    whole = entering or isinstance(clip.content, DrawnContent)
    since, until = (clip.start if whole else max(begin, clip.start)), min(end, clip.end)
    age, frames = since - clip.start, until - since
    content = clip.content
    if isinstance(content, VideoContent):
        content = content.model_copy(
            update={"stretches": tuple(_stretches(content, age, frames, timeline.canvas.rate))}
        )
    seen_age = max(0, first - since)
    cut = clip.model_copy(
        update={
            "content": content,
            "start": since,
            "frames": frames,
            "transition": clip.transition if entering else None,
            **{name: _since(getattr(clip, name), age, seen_age, frames) for name in CURVES},
        }
    )
    if never_leaves_its_area(cut) and not never_leaves_its_area(clip) and any(turning_with(timeline, seen, first, end)):
        # A transition of a clip that leaves its area at some time, however late, has the whole canvas.
        return _leaving(cut)
    return cut


def _leaving(clip: PictureClip) -> PictureClip:
    """A clip that lies still, and leaves its area right after it has ended."""
    return clip.model_copy(update={"x": (Key(frame=0, value=0, easing="hold"), Key(frame=clip.frames, value=1))})


def _stretches(content: VideoContent, age: int, frames: int, rate: Fraction) -> Iterator[MediaRange]:
    begin = 0
    for stretch in content.stretches:
        since, until = max(age, begin), min(age + frames, begin + stretch.frames)
        if since < until:
            media_in = stretch.media_in + (since - begin) / rate * stretch.speed
            yield stretch.model_copy(update={"media_in": media_in, "frames": until - since})
        begin += stretch.frames


def _since(curve: Curve, age: int, seen: int, frames: int) -> Curve:
    """A curve of a clip that is cut at an age: the keys that matter from its frame `seen` on."""
    first, last = age + seen, age + frames - 1
    since = max((number for number, key in enumerate(curve) if key.frame <= first), default=0)
    until = min((number for number, key in enumerate(curve) if key.frame >= last), default=len(curve) - 1)
    kept = curve[since : until + 1]
    if len({key.value for key in kept}) == 1 or first >= last:
        return constant(value_at(curve, first))
    return tuple(key.model_copy(update={"frame": key.frame - age}) for key in kept)
