"""Manifests say what the tracks are; parsers of others read in them what was meant."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import accumulate

import m3u8
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpegdash.parser import MPEGDASHParser

from reel.errors import InvalidRequest
from reel.package import dash, hls
from reel.package.codecs import Colour
from reel.package.contents import Contents, Picture, Sound, Subtitles
from reel.package.entries import PictureFacts, SoundFacts
from reel.package.faults import check_contents
from reel.package.segments import peak
from tests.package.tracks import PICTURE, SOUND, track

RATES = st.sampled_from([Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(60)])


@st.composite
def packages(draw: st.DrawFn) -> Contents:
    """Rungs of one timeline, with sounds in up to two codecs, and texts."""
    rate = draw(RATES)
    groups = [count / rate for count in draw(st.lists(st.integers(10, 120), min_size=1, max_size=30))]
    sizes = st.lists(st.integers(100, 10**6), min_size=len(groups), max_size=len(groups))
    facts = [replace(PICTURE, width=16 * height // 9, height=height, rate=rate) for height in (360, 540, 720)]
    pictures = tuple(
        Picture(f"p{each.height}", track(groups, draw(sizes), each)) for each in facts[: draw(st.integers(1, 3))]
    )
    sounds = [
        Sound(
            f"s{number}",
            track(groups, draw(sizes), SOUND, codec),
            f"e{letter}",
            f"Sound {letter}",
            default=letter == "a",
        )
        for number, (codec, letter) in enumerate([("mp4a.40.2", "a"), ("mp4a.40.2", "b"), ("opus", "a")])
    ]
    texts = [Subtitles(f"t{each}", draw(st.integers(1, 10**5)), "de-AT", f"T{each}") for each in range(2)]
    heard, read = draw(st.integers(0, len(sounds))), draw(st.integers(0, len(texts)))
    contents = Contents(pictures, tuple(sounds[:heard]), tuple(texts[:read]))
    check_contents(contents)
    return contents.cut()


@given(packages())
def test_durations_add_up_and_ranges_are_the_file(contents: Contents) -> None:
    target = hls.target_duration(contents)
    for each in contents.tracks:
        playlist = m3u8.loads(hls.media_playlist(hls.head_range(each), hls.segment_ranges(each), target))
        ends = list(accumulate(round(segment.duration * 1_000_000) for segment in playlist.segments))
        assert all(
            abs(end - part.end * 1_000_000) <= Fraction(1, 2) for end, part in zip(ends, each.parts, strict=True)
        )
        assert all(round(segment.duration) <= playlist.target_duration == target for segment in playlist.segments)
        place = each.track.fragments[0].offset
        for segment in playlist.segments:
            size, offset = map(int, segment.byterange.split("@"))
            assert offset == place
            place += size
        assert place == each.track.size
        assert playlist.segment_map[0].byterange == f"{each.track.head_size}@0"
        assert playlist.is_endlist
        assert playlist.playlist_type == "vod"


@given(packages())
def test_segments_of_all_tracks_begin_together(contents: Contents) -> None:
    assert len({tuple(part.start for part in each.parts) for each in contents.tracks}) == 1


def test_a_short_programme_has_two_segments() -> None:
    """In one alone hls.js would change rungs too late, fetch it again, and tell of an error."""
    groups = [Fraction(2)] * 4
    contents = Contents((Picture("p", track(groups, [100] * 4)),)).cut()
    assert [float(part.start) for part in contents.pictures[0].parts] == [0, 4]


@given(packages())
def test_key_frame_playlists_list_every_key_frame(contents: Contents) -> None:
    for picture in contents.pictures:
        playlist = m3u8.loads(hls.key_frame_playlist(picture))
        assert playlist.is_i_frames_only
        found = [tuple(map(int, segment.byterange.split("@"))) for segment in playlist.segments]
        assert found == [(one.first_sample_end, one.offset) for one in picture.track.fragments]


@given(packages())
def test_bandwidth_is_what_the_most_demanding_choice_takes(contents: Contents) -> None:
    master = m3u8.loads(hls.master_playlist(contents))
    groups = {sound.group for sound in contents.sounds}
    assert len(master.playlists) == max(1, len(groups)) * len(contents.pictures)
    pictures = {f"{picture.name}.m3u8": picture for picture in contents.pictures}
    for variant in master.playlists:
        picture = pictures[variant.uri]
        choices = [sound for sound in contents.sounds if sound.group == variant.stream_info.audio]
        for number, part in enumerate(picture.parts):
            heard = max((sound.parts[number].bits_per_second for sound in choices), default=Fraction(0))
            assert part.bits_per_second + heard <= variant.stream_info.bandwidth
        texts = max((text.size * 8 / contents.end for text in contents.subtitles), default=0)
        most = peak(picture.parts) + max((peak(sound.parts) for sound in choices), default=0) + texts
        assert most <= variant.stream_info.bandwidth < most + 1
        assert variant.stream_info.average_bandwidth <= variant.stream_info.bandwidth
        assert variant.stream_info.closed_captions == "NONE"
        assert abs(variant.stream_info.frame_rate - float(picture.facts.rate)) < 0.001
        assert variant.stream_info.resolution == (picture.facts.width, picture.facts.height)
        assert picture.track.codec in variant.stream_info.codecs.split(",")
        assert all(sound.track.codec in variant.stream_info.codecs.split(",") for sound in choices)
    assert master.is_independent_segments
    assert [each.uri for each in master.iframe_playlists] == [
        f"{name.name}-key-frames.m3u8" for name in contents.pictures
    ]
    said = [(each.type, each.language, each.name, each.default, each.autoselect) for each in master.media]
    words = [("AUDIO", each.language, each.label, yes(each.default), "YES") for each in contents.sounds]
    assert said == words + [("SUBTITLES", each.language, each.label, "NO", "YES") for each in contents.subtitles]


def yes(value: bool) -> str:
    return "YES" if value else "NO"


@given(packages())
def test_dash_says_the_same(contents: Contents) -> None:
    mpd = MPEGDASHParser.parse(dash.manifest(contents))
    (period,) = mpd.periods
    assert mpd.media_presentation_duration.startswith("PT")
    assert abs(Fraction(mpd.media_presentation_duration[2:-1]) - contents.end) <= Fraction(1, 2_000_000)
    tracks = {each.name: each for each in contents.tracks}
    found = {one.id: (sets, one) for sets in period.adaptation_sets for one in sets.representations}
    assert list(found) == [each.name for each in (*contents.tracks, *contents.subtitles)]
    for name, each in tracks.items():
        sets, one = found[name]
        assert (one.codecs, one.base_urls[0].base_url_value) == (each.track.codec, f"{name}.mp4")
        assert one.bandwidth >= peak(each.parts)
        head, index = each.track.head_size, each.track.index_size
        assert one.segment_bases[0].index_range == f"{head}-{head + index - 1}"
        assert one.segment_bases[0].initializations[0].range == f"0-{head - 1}"
        if isinstance(each, Picture):
            assert (one.width, one.height, one.sar) == (each.facts.width, each.facts.height, "1:1")
            assert Fraction(one.frame_rate) == each.facts.rate
        else:
            assert (sets.lang, one.audio_sampling_rate) == (each.language, str(each.facts.sample_rate))
    for text in contents.subtitles:
        sets, one = found[text.name]
        assert (sets.lang, sets.mime_type, one.base_urls[0].base_url_value) == ("de-AT", "text/vtt", f"{text.name}.vtt")


TWO_SECONDS = track([Fraction(2)], [1000])
TALK = Sound("en", track([Fraction(2)], [100], SOUND, "mp4a.40.2"), "en", "English", default=True)
RUNG = Picture("p", TWO_SECONDS)


def test_pictures_of_odd_pixels_and_colours_are_described() -> None:
    hdr = PictureFacts(720, 576, Fraction(16, 11), Fraction(25), Colour(9, 16, 9))
    contents = Contents((Picture("p", track([Fraction(2)], [1000], hdr, "hvc1.2.4.L90.B0")),)).cut()
    assert "RESOLUTION=1047x576,VIDEO-RANGE=PQ" in hls.master_playlist(contents)
    manifest = dash.manifest(contents)
    assert 'par="20:11"' in manifest
    assert 'sar="16:11"' in manifest
    assert 'EssentialProperty schemeIdUri="urn:mpeg:mpegB:cicp:TransferCharacteristics" value="16"' in manifest


def test_rungs_of_another_codec_are_no_alternatives_to_switch_to() -> None:
    other = Picture("q", track([Fraction(2)], [900], PICTURE, "av01.0.05M.08"))
    (period,) = MPEGDASHParser.parse(dash.manifest(Contents((RUNG, other, replace(RUNG, name="r"))).cut())).periods
    assert [[one.id for one in sets.representations] for sets in period.adaptation_sets] == [["p", "r"], ["q"]]


def test_words_of_users_stay_words() -> None:
    talk = replace(TALK, label="<b>&'` Ελληνικά, 日本語")
    contents = Contents((RUNG,), (talk,)).cut()
    assert m3u8.loads(hls.master_playlist(contents)).media[0].name == talk.label
    (period,) = MPEGDASHParser.parse(dash.manifest(contents)).periods
    assert "&lt;b&gt;&amp;'` Ελληνικά, 日本語</Label>" in dash.manifest(contents)
    assert period.adaptation_sets[1].lang == "en"


FAULTS = {
    "nothing": (Contents(()), "pictures: there is none"),
    "path": (Contents((replace(RUNG, name="../p"),)), "pictures[0].name: '../p' cannot name a file"),
    "reserved": (Contents((replace(RUNG, name="master"),)), "pictures[0].name: 'master' cannot name a file"),
    "twice": (Contents((RUNG, RUNG)), "pictures[1].name: 'p' is the name of 2 members"),
    "language": (
        Contents((RUNG,), (replace(TALK, language="english please"),)),
        "sounds[0].language: 'english please' is no",
    ),
    "quote": (Contents((RUNG,), (replace(TALK, label='say "hi"'),)), "sounds[0].label: is empty, or holds a quote"),
    "line": (
        Contents((RUNG,), (replace(TALK, label="a\nb"),)),
        "sounds[0].label: is empty, or holds a quote or a control",
    ),
    "label": (
        Contents((RUNG,), (TALK, replace(TALK, name="b", default=False))),
        "sounds[1].label: 'English' is there twice",
    ),
    "defaults": (
        Contents((RUNG,), (TALK, replace(TALK, name="b", label="B"))),
        "sounds[1].default: is not the only default",
    ),
    "sound as picture": (Contents((replace(RUNG, track=TALK.track),)), "pictures[0]: holds sound"),
    "picture as sound": (Contents((RUNG,), (replace(TALK, track=TWO_SECONDS),)), "sounds[0]: holds a picture"),
    "other groups": (
        Contents((RUNG, Picture("q", track([Fraction(1), Fraction(1)], [9, 9])))),
        "pictures[1]: differs from 'p' at 1.000 s, where one has a key frame, or ends",
    ),
    "other end": (
        Contents((RUNG, Picture("q", track([Fraction(3)], [9])))),
        "pictures[1]: differs from 'p' at 2.000 s",
    ),
    "short sound": (
        Contents((RUNG,), (replace(TALK, track=track([Fraction(1)], [9], SOUND, "opus")),)),
        "sounds[0]: ends at 1.000 s, and the picture at 2.000 s",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_makes_no_package_is_named_before_anything_is_written(name: str) -> None:
    contents, said = FAULTS[name]
    with pytest.raises(InvalidRequest) as caught:
        check_contents(contents)
    assert said in str(caught.value)


def test_channels_are_said() -> None:
    surround = replace(TALK, track=track([Fraction(2)], [100], SoundFacts(48_000, 8), "mp4a.40.2"))
    contents = Contents((RUNG,), (surround,)).cut()
    assert 'CHANNELS="8"' in hls.master_playlist(contents)
    assert 'ChannelConfiguration" value="12"' in dash.manifest(contents)
