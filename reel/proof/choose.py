"""Which frames of a segment are looked at, and which stretches of a soundtrack are listened to: those that cost little first.

A frame of a source costs what lies between it and the key frame before it. So frames just after key frames come first: until
each clip is seen once and both sides of each transition are, then as many more as a share of the segment's own work pays for.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from reel.curves import value_at
from reel.media import MediaFacts
from reel.plan.operations.proofs import FRAME_SECONDS, MOST_FRAMES, MOST_WINDOWS, PROOF_SECONDS, SHARE
from reel.proof.seen import Seen, all_seen, moment_of
from reel.time import SAMPLE_RATE, sample_at
from reel.timeline import Content, SoundClip, SoundTrack, Timeline, VideoContent

OPEN_SECONDS = 0.01
"""Of opening a source; measured."""
DECODE_SECONDS_PER_MEGAPIXEL = 0.0045
SPACING_SECONDS = Fraction(1, 2)
"""About how far apart the frames are that are chosen from, besides those after key frames."""
CLEAR = 0.25
"""Opacity and scale from which on a clip counts as seen."""

WINDOW = SAMPLE_RATE // 4
"""Samples of a stretch that is listened to."""


@dataclass(frozen=True)
class Costs:
    """What looking at a frame of a segment takes."""

    timeline: Timeline
    assets: Mapping[str, MediaFacts]

    def at(self, frame: int) -> float:
        """Seconds for one frame by itself."""
        return FRAME_SECONDS + sum(self._reading(seen, frame) for seen in _there(self.timeline, frame))

    def _reading(self, seen: Seen, frame: int) -> float:
        content = seen.clip.content
        if not isinstance(content, VideoContent):
            return 0.0
        facts = self.assets[content.asset]
        video = facts.video
        assert video
        moment = moment_of(seen.clip, frame, self.timeline.canvas.rate, facts.zero).seconds
        place = bisect.bisect_right(video.keyframes, moment) - 1
        begin = video.keyframes[place] if place >= 0 else video.start
        frames = max(0.0, float((moment - begin) * video.rate)) + 2
        return OPEN_SECONDS + frames * video.width * video.height / 1e6 * DECODE_SECONDS_PER_MEGAPIXEL


def chosen_frames(timeline: Timeline, assets: Mapping[str, MediaFacts], seconds: float) -> tuple[int, ...]:
    """The frames of a segment's timeline to look at, for about a share of its expected `seconds`; at least one."""
    costs = Costs(timeline, assets)
    prices = {frame: costs.at(frame) for frame in _candidates(timeline, assets)}
    cheapest = sorted(prices, key=lambda frame: (prices[frame], frame))
    chosen: list[int] = []
    for group in _groups(timeline, assets, cheapest):
        if group and not group & set(chosen):
            chosen.append(next(frame for frame in cheapest if frame in group))
    left = seconds * SHARE - PROOF_SECONDS - sum(prices[frame] for frame in chosen)
    while len(chosen) < min(MOST_FRAMES, len(prices)):
        frame = max((each for each in cheapest if each not in chosen), key=lambda each: _worth(each, chosen, prices))
        left -= prices[frame]
        if left < 0 and chosen:
            break
        chosen.append(frame)
    return tuple(sorted(chosen))


def _worth(frame: int, chosen: list[int], prices: Mapping[int, float]) -> float:
    """How far a frame is from those that are chosen, for its price."""
    distance = min((abs(frame - other) for other in chosen), default=1000)
    return min(distance, 60) / prices[frame]


def _there(timeline: Timeline, frame: int) -> Iterator[Seen]:
    return (seen for seen in all_seen(timeline) if seen.clip.start <= frame < seen.clip.end)


def _candidates(timeline: Timeline, assets: Mapping[str, MediaFacts]) -> set[int]:
    """Frames to choose from."""
    step = max(1, round(SPACING_SECONDS * timeline.canvas.rate))
    found = {0, timeline.frames // 2, timeline.frames - 1, *range(step // 2, timeline.frames, step)}
    for seen in all_seen(timeline):
        clip = seen.clip
        begin, end = max(0, clip.start), min(timeline.frames, clip.end)
        found |= {begin, begin + (end - begin) // 3, begin + (end - begin) // 2, end - 1}
        if clip.transition:
            into = clip.start + clip.transition.frames
            found |= {clip.start - 1, clip.start + clip.transition.frames // 3, into - 1, into, into + 1}
        found |= set(_after_keyframes(seen, timeline, assets))
    return {frame for frame in found if 0 <= frame < timeline.frames}


def _after_keyframes(seen: Seen, timeline: Timeline, assets: Mapping[str, MediaFacts]) -> Iterator[int]:
    """The first frames of a segment that show a video from one of its key frames on."""
    clip, rate = seen.clip, timeline.canvas.rate
    if not isinstance(clip.content, VideoContent):
        return
    facts = assets[clip.content.asset]
    assert facts.video
    begin = clip.start
    for stretch in clip.content.stretches:
        if stretch.speed > 0:
            since = facts.zero + stretch.media_in
            until = since + stretch.frames / rate * stretch.speed
            place = bisect.bisect_left(facts.video.keyframes, since)
            for key in facts.video.keyframes[place : place + MOST_FRAMES]:
                if key >= until:
                    break
                # One frame later, so that no rounding takes it back before its key frame.
                yield begin + int((key - since) / stretch.speed * rate) + 1
        begin += stretch.frames


def _groups(timeline: Timeline, assets: Mapping[str, MediaFacts], frames: list[int]) -> Iterator[set[int]]:
    """Sets of frames of which one each has to be looked at."""
    for seen in all_seen(timeline):
        clip = seen.clip
        there = {frame for frame in frames if clip.start <= frame < clip.end}
        clear = {frame for frame in there if _is_clear(seen, frame)}
        into = clip.start + clip.transition.frames if clip.transition else clip.start
        yield {frame for frame in clear if frame >= into} or clear or there
        if _is_counted_off(clip.content, assets):
            begin, end = max(0, clip.start), min(timeline.frames, clip.end)
            yield {frame for frame in clear if frame >= end - (end - begin) // 4}
        if clip.transition:
            third = max(1, clip.transition.frames // 3)
            yield {frame for frame in frames if clip.start - 2 <= frame < clip.start + third}
            yield {frame for frame in frames if into - third <= frame <= into + 2}
    if not timeline.tracks:
        yield set(frames)


def _is_counted_off(content: Content, assets: Mapping[str, MediaFacts]) -> bool:
    """Whether frames of a video are found by going through all before them. Where that goes wrong, by a rate that is another
    than was thought, the first ones are right, which cost least, and the last ones most wrong."""
    video = assets[content.asset].video if isinstance(content, VideoContent) else None
    return video is not None and not video.keyframes


def _is_clear(seen: Seen, frame: int) -> bool:
    age = frame - seen.clip.start
    return value_at(seen.clip.opacity, age) >= CLEAR and value_at(seen.clip.scale, age) >= CLEAR


def chosen_samples(timeline: Timeline, every: bool) -> tuple[int, ...]:
    """The samples at which stretches of a soundtrack begin that are listened to: near the begin, the middle and the end of
    each sound, as far as there are not too many; or all."""
    rate = timeline.canvas.rate
    last = sample_at(timeline.frames, rate) - WINDOW
    if every:
        return tuple(range(0, max(1, last), WINDOW))
    clips = [clip for track in timeline.tracks if isinstance(track, SoundTrack) for clip in track.clips]
    places = (1, 2, 3) if len(clips) * 3 <= MOST_WINDOWS else (2,)
    kept = clips[:: max(1, -(-len(clips) * len(places) // MOST_WINDOWS))]
    found = {min(max(0, _at(clip, place, rate)), max(0, last)) for clip in kept for place in places}
    return tuple(sorted(found))


def _at(clip: SoundClip, place: int, rate: Fraction) -> int:
    begin, end = sample_at(clip.start, rate), sample_at(clip.end, rate)
    return begin + (end - begin) * place // 4 - WINDOW // 2
