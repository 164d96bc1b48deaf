"""From clips to layers, over random timelines: in each frame each clip that is seen is one layer in its place, none else is.

What is seen is found here by a plain walk over the timeline, frame by frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from reel.plan.cuts import Segment, segments_of, within
from reel.plan.keyed import Keyed
from reel.plan.layers import PlanContext, layers_of
from reel.plan.operations.layers import ColourPart, Layer
from reel.presets import Canvas
from reel.timeline import Area, ClipId, ColourContent, PictureClip, PictureTrack, SoundTrack, Timeline, Transition
from tests.tools import TOOLS

CANVAS = Canvas(width=64, height=36, rate=Fraction(10))
WHOLE = Area(x=0, y=0, width=64, height=36)
AREAS = (WHOLE, WHOLE, Area(x=0, y=0, width=20, height=20))
KNOWN = PlanContext(keyed=Keyed(tools=TOOLS), assets={}, names={}, fonts=(), canvas=CANVAS)


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    """Clips of a colour each, opaque or not, that come and go on several tracks; some lie wholly in a transition."""
    tracks: list[PictureTrack | SoundTrack] = []
    for track in range(draw(st.integers(1, 5))):
        if draw(st.integers(0, 4)) == 0:
            tracks.append(SoundTrack(clips=()))
        tracks.append(PictureTrack(clips=tuple(draw(clips_of_a_track(track)))))
    frames = max(clip.end for track in tracks for clip in track.clips)
    return Timeline(name="random", canvas=CANVAS, frames=frames, tracks=tuple(tracks))


@st.composite
def clips_of_a_track(draw: st.DrawFn, track: int) -> list[PictureClip]:
    clips: list[PictureClip] = []
    end = overlap = 0
    for number in range(draw(st.integers(1, 6))):
        room = clips[-1].frames - overlap if clips else 0
        gap = draw(st.sampled_from([0, 0, 3, 15]))
        overlap = 0 if gap or not room else draw(st.integers(0, min(room, 25)))
        frames = draw(st.integers(1, 40)) + overlap
        clips.append(
            PictureClip(
                content=ColourContent(colour=f"#{track:02x}{number:02x}00" + draw(st.sampled_from(["", "", "80"]))),
                start=end + gap - overlap,
                frames=frames,
                area=draw(st.sampled_from(AREAS)),
                transition=Transition(frames=overlap) if overlap else None,
            )
        )
        end = clips[-1].end
    return clips


def colour_of(clip: PictureClip) -> str:
    assert isinstance(clip.content, ColourContent)
    return clip.content.colour


def is_changing(clip: PictureClip, frame: int) -> bool:
    return clip.transition is not None and frame < clip.start + clip.transition.frames


def shown_in(timeline: Timeline, frame: int) -> list[tuple[ClipId, PictureClip]]:
    """All clips that are there in a frame, bottom to top."""
    return [(place, clip) for place, clip in timeline.seen.items() if clip.start <= frame < clip.end]


def visible_in(timeline: Timeline, frame: int) -> set[str]:
    """The colours of those that nothing opaque hides as a whole."""
    visible: set[str] = set()
    tracks = [place[0] for place, _ in shown_in(timeline, frame)]
    for (track, _), clip in shown_in(timeline, frame):
        if clip.area == WHOLE and len(colour_of(clip)) == 7 and tracks.count(track) == 1:
            visible = set()
        visible.add(colour_of(clip))
    return visible


def layers_in(segment: Segment) -> Iterator[tuple[int, list[Layer], list[Layer]]]:
    """Each frame of a segment, the layers that are there in it, and all layers."""
    layers = [*layers_of(segment, KNOWN)]
    for frame in range(segment.frames):
        yield segment.first + frame, [layer for layer in layers if layer.first <= frame < layer.end], layers


def part(layer: Layer) -> str:
    assert isinstance(layer.part, ColourPart)
    return layer.part.colour


def assert_right(segment: Segment, timeline: Timeline) -> None:
    for frame, here, layers in layers_in(segment):
        found, there = [part(layer) for layer in here], dict(shown_in(timeline, frame))
        everything = [colour_of(clip) for clip in there.values()]
        assert found == [colour for colour in everything if colour in found], (frame, found, everything)
        assert visible_in(timeline, frame) <= set(found), (frame, found, everything)
        clips = {colour_of(clip): (place, clip) for place, clip in there.items()}
        for layer in here:
            (track, number), clip = clips[part(layer)]
            entrance, since = layer.entrance, frame - segment.first - layer.first
            entering = entrance is not None and since < entrance.left
            before = there.get((track, number - 1))
            assert entering == (is_changing(clip, frame) and before is not None and colour_of(before) in found)
            if entrance and entering and before:
                assert part(layers[entrance.after]) == colour_of(before)
                assert entrance.age + since == frame - clip.start


@given(timeline=timelines(), share=st.booleans())
@settings(max_examples=200, deadline=None)
def test_every_clip_that_is_seen_is_one_layer_in_its_place(timeline: Timeline, share: bool) -> None:
    segments = list(segments_of(timeline, {}, share=share))
    assert [frame for segment in segments for frame in range(segment.first, segment.end)] == list(
        range(timeline.frames)
    )
    for segment in segments:
        assert_right(segment, timeline)


@given(timeline=timelines(), share=st.floats(0, 1), length=st.integers(1, 12))
@settings(max_examples=100, deadline=None)
def test_so_it_is_in_any_part_of_a_timeline(timeline: Timeline, share: float, length: int) -> None:
    first = min(int(share * timeline.frames), timeline.frames - 1)
    for segment in within(segments_of(timeline, {}, share=True), first, first + length):
        assert_right(segment, timeline)


@given(timeline=timelines())
@settings(max_examples=60, deadline=None)
def test_layers_know_nothing_of_tracks_that_show_nothing(timeline: Timeline) -> None:
    """Whatever lies beside them, a segment's layers and so its key are the same."""
    lower = Timeline(
        name="lower", canvas=CANVAS, frames=timeline.frames, tracks=(PictureTrack(clips=()), *timeline.tracks)
    )
    one, other = (
        [layers_of(segment, KNOWN) for segment in segments_of(each, {}, share=True)] for each in (timeline, lower)
    )
    assert one == other
