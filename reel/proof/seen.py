"""What a timeline shows, frame by frame, by its definition alone: nothing here knows how it is planned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from reel.curves import Curve
from reel.media import MediaFacts
from reel.rectangles import Rectangle, common
from reel.timeline import Area, ClipId, ColourContent, ImageContent, PictureClip, Timeline, VideoContent

FILLING = frozenset({"cover", "fill", "contain-blur"})
"""Fits that leave nothing of an area free."""


@dataclass(frozen=True)
class Seen:
    """A clip to see, and where it is in the timeline."""

    id: ClipId
    clip: PictureClip

    @property
    def track(self) -> int:
        return self.id[0]


@dataclass(frozen=True)
class Moment:
    """A moment of an asset that a clip shows, and how fast it goes on from there."""

    seconds: Fraction
    """On the file's own clock."""
    speed: Fraction


def all_seen(timeline: Timeline) -> tuple[Seen, ...]:
    """All clips to see, bottom to top; those of a track in their order."""
    return tuple(
        Seen((number, place), clip)
        for number, track in enumerate(timeline.tracks)
        if track.kind == "picture"
        for place, clip in sorted(enumerate(track.clips), key=lambda each: each[1].start)
    )


def seen_between(timeline: Timeline, first: int, end: int) -> tuple[Seen, ...]:
    """The clips that are seen in some of the frames `[first, end)`, bottom to top."""
    return tuple(each for each in all_seen(timeline) if each.clip.start < end and each.clip.end > first)


def changes(timeline: Timeline, first: int, end: int) -> Iterator[tuple[int, int]]:
    """The frames `[first, end)` in stretches in which no clip, transition or turn of a loop begins or ends."""
    moments = {first, end}
    for each in seen_between(timeline, first, end):
        clip = each.clip
        moments |= {clip.start, clip.end, clip.start + (clip.transition.frames if clip.transition else 0)}
        moments |= set(_turns(clip))
    yield from pairwise(sorted(moment for moment in moments if first <= moment <= end))


def _turns(clip: PictureClip) -> Iterator[int]:
    if isinstance(clip.content, VideoContent):
        begin = clip.start
        for stretch in clip.content.stretches:
            yield begin
            begin += stretch.frames


def moment_of(clip: PictureClip, frame: int, rate: Fraction, zero: Fraction) -> Moment:
    """What a clip of video shows at a frame of the timeline. `zero` is what the file's clock says where the clip's does 0."""
    assert isinstance(clip.content, VideoContent)
    begin = clip.start
    for stretch in clip.content.stretches:
        if frame < begin + stretch.frames:
            return Moment(zero + stretch.media_in + (frame - begin) / rate * stretch.speed, stretch.speed)
        begin += stretch.frames
    raise ValueError(f"{clip.place}: its stretches end before its frame {frame - clip.start}")


def before_on_track(timeline: Timeline, seen: Seen) -> Seen | None:
    """The clip that this one takes over from by its transition; null where there is none."""
    clip = seen.clip
    if clip.transition is None or clip.transition.frames <= 0:
        return None
    # By their order, not by their begins: a clip that is no longer than the transition begins with the one that follows it.
    on_track = [each for each in all_seen(timeline) if each.track == seen.track]
    there = [each for each in on_track[: on_track.index(seen)] if each.clip.end > clip.start]
    return there[-1] if there else None


def stays_at(curve: Curve, value: float) -> bool:
    """Whether a curve has this value at all times."""
    return all(key.value == value for key in curve)


def never_leaves_its_area(clip: PictureClip) -> bool:
    """Whether nothing of a clip is ever seen outside of its area."""
    at_home = stays_at(clip.x, 0) and stays_at(clip.y, 0) and stays_at(clip.scale, 1) and stays_at(clip.rotation, 0)
    return clip.clipped or at_home


def fills_its_area(clip: PictureClip, assets: Mapping[str, MediaFacts]) -> bool:
    """Whether nothing of what lies below a clip's area can be seen through it at any time."""
    upright = stays_at(clip.x, 0) and stays_at(clip.y, 0) and stays_at(clip.rotation, 0) and stays_at(clip.opacity, 1)
    grows = clip.clipped and all(key.value >= 1 and key.easing == "linear" for key in clip.scale)
    return upright and (grows or stays_at(clip.scale, 1)) and _is_solid(clip, assets)


def _is_solid(clip: PictureClip, assets: Mapping[str, MediaFacts]) -> bool:
    match clip.content:
        case ColourContent(colour=colour):
            return len(colour) == len("#rrggbb") or colour.lower().endswith("ff")
        case ImageContent(asset=asset) | VideoContent(asset=asset):
            video = assets[asset].video
            return clip.framing.fit in FILLING and video is not None and not video.alpha
        case _:
            return False


def is_hidden(timeline: Timeline, hidden: Seen, first: int, end: int, assets: Mapping[str, MediaFacts]) -> bool:
    """Whether nothing is seen of a clip, or of what it makes of another by a transition, in any of the frames `[first, end)`,
    in which it is there."""
    clips = [hidden.clip, *(each.clip for each in turning_with(timeline, hidden, first, end))]
    canvas = Area(x=0, y=0, width=timeline.canvas.width, height=timeline.canvas.height)
    reach = hidden.clip.area if stay_in_one_area(*clips) else canvas
    return is_covered(timeline, hidden.track, reach, first, end, assets)


def turning_with(timeline: Timeline, seen: Seen, first: int, end: int) -> Iterator[Seen]:
    """The clips from which a clip takes over by a transition in some of the frames `[first, end)`, or that do from it."""
    for each in seen_between(timeline, first, end):
        if each.track == seen.track and is_entering(timeline, each, first):
            before = before_on_track(timeline, each)
            if before and seen.id in (each.id, before.id):
                yield before if each.id == seen.id else each


def is_entering(timeline: Timeline, seen: Seen, first: int) -> bool:
    """Whether a clip still takes over from another by a transition, from the frame `first` on."""
    transition = seen.clip.transition
    under_way = transition is not None and seen.clip.start + transition.frames > first
    return under_way and before_on_track(timeline, seen) is not None


def stay_in_one_area(*clips: PictureClip) -> bool:
    """Whether clips have the same area and never leave it, so that a transition between them takes place in there."""
    return all(map(never_leaves_its_area, clips)) and len({clip.area for clip in clips}) == 1


def is_covered(
    timeline: Timeline, track: int, area: Area, first: int, end: int, assets: Mapping[str, MediaFacts]
) -> bool:
    """Whether clips above a track hide what the canvas shows of an area in all of the frames `[first, end)`."""
    shown = common(area.rectangle, (0, 0, *timeline.canvas.size))
    return shown is None or all(
        _is_covered_now(seen_between(timeline, since, until), track, shown, assets)
        for since, until in changes(timeline, first, end)
    )


def _is_covered_now(there: tuple[Seen, ...], track: int, area: Rectangle, assets: Mapping[str, MediaFacts]) -> bool:
    """Whether a track above hides an area: by one clip, or by two of which one takes over from the other."""
    above: dict[int, list[PictureClip]] = {}
    for each in there:
        if each.track > track:
            above.setdefault(each.track, []).append(each.clip)
    return any(
        all(common(clip.area.rectangle, area) == area and fills_its_area(clip, assets) for clip in clips)
        for clips in above.values()
    )


def is_blurred(seen: Seen) -> bool:
    return isinstance(seen.clip.content, VideoContent | ImageContent) and seen.clip.framing.fit == "contain-blur"


def unblurred(timeline: Timeline) -> Timeline:
    """The same with nothing where a blurred background is."""
    tracks = (
        track.model_copy(update={"clips": tuple(map(_contained, track.clips))}) if track.kind == "picture" else track
        for track in timeline.tracks
    )
    return timeline.model_copy(update={"tracks": tuple(tracks)})


def _contained(clip: PictureClip) -> PictureClip:
    if clip.framing.fit != "contain-blur":
        return clip
    return clip.model_copy(update={"framing": clip.framing.model_copy(update={"fit": "contain"})})
