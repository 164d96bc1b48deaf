"""Playlists of HTTP Live Streaming (RFC 8216; attributes of its second edition where named). Pure: from contents to text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil

from reel.package.contents import Contents, Picture, Sound, Subtitles, file_of
from reel.package.segments import average, peak
from reel.time import round_half_up

VERSION = 7
"""Of the protocol: fragmented MP4 with `EXT-X-MAP` needs 6 (section 7), and 7 is what Apple's tools write for it."""
MICRO = 1_000_000
RANGES = {16: "PQ", 18: "HLG"}
"""Transfer functions (ITU-T H.273) that are no SDR."""


@dataclass(frozen=True)
class Resource:
    """What a line of a playlist asks a server for: a file, or bytes of one."""

    uri: str
    offset: int = 0
    size: int | None = None
    """Null: the whole file."""

    @property
    def range(self) -> str:
        """As attributes and tags have it."""
        return f"{self.size}@{self.offset}"


@dataclass(frozen=True)
class Part:
    """A media segment: what to fetch, and the seconds at which it begins and ends."""

    resource: Resource
    start: Fraction
    end: Fraction


def head_range(each: Picture | Sound) -> Resource:
    """What a player needs before any segment of a track, in the track's file."""
    return Resource(file_of(each), 0, each.track.head_size)


def segment_ranges(each: Picture | Sound) -> list[Part]:
    """The segments of a track, in its file."""
    return [Part(Resource(file_of(each), one.offset, one.size), one.start, one.end) for one in each.parts]


def head_file(each: Picture | Sound) -> Resource:
    """The same head as a file of its own."""
    return Resource(f"{each.name}/head.mp4")


def segment_files(each: Picture | Sound) -> list[Part]:
    """The same segments, each in a file of its own."""
    return [Part(Resource(f"{each.name}/{number}.m4s"), one.start, one.end) for number, one in enumerate(each.parts)]


def key_frames_name(picture: Picture) -> str:
    """Of the playlist of a rung's key frames."""
    return f"{picture.name}-key-frames.m3u8"


def target_duration(contents: Contents) -> int:
    """Whole seconds that no segment of pictures or sound exceeds when rounded; one for all, as 6.2.4 asks."""
    return max(_target(part.end - part.start for part in each.parts) for each in contents.tracks)


def _target(durations: Iterable[Fraction]) -> int:
    return max(1, *(round_half_up(duration) for duration in durations))


def media_playlist(head: Resource, parts: Sequence[Part], target: int, keys: Sequence[str] = ()) -> str:
    """The playlist of a track. `keys`: tags that say how its segments are encrypted; the head comes before them, and so is
    clear."""
    return _playlist([_map(head), *keys], parts, target)


def whole_segment_key(uri: str) -> str:
    """The tag of segments that are encrypted as a whole (AES-128), by the key that lies there. No IV is stated: it is the
    segment's number."""
    return f'#EXT-X-KEY:METHOD=AES-128,URI="{uri}"'


def key_frame_playlist(picture: Picture, keys: Sequence[str] = ()) -> str:
    """The playlist of every key frame of a rung, for scrubbing (4.3.3.6): each is shown until the next one is.

    What is fetched ends with the frame, in the midst of `mdat`. `keys`: as of `media_playlist`.
    """
    file = file_of(picture)
    parts = [
        Part(Resource(file, one.offset, one.first_sample_end), one.start, one.end) for one in picture.track.fragments
    ]
    longest = _target(part.end - part.start for part in parts)
    return _playlist(["#EXT-X-I-FRAMES-ONLY", _map(head_range(picture)), *keys], parts, longest)


def subtitles_playlist(subtitles: Subtitles, end: Fraction) -> str:
    """One text file for the whole programme: segments of subtitles may last as long as they like (6.2.4)."""
    parts = [Part(Resource(f"{subtitles.name}.vtt"), Fraction(0), end)]
    return _playlist([], parts, _target([end]))


def _playlist(tags: Sequence[str], parts: Sequence[Part], target: int) -> str:
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSION}",
        f"#EXT-X-TARGETDURATION:{target}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        *tags,
    ]
    for part, duration in zip(parts, _durations(parts), strict=True):
        lines.append(f"#EXTINF:{duration},")
        if part.resource.size is not None:
            lines.append(f"#EXT-X-BYTERANGE:{part.resource.range}")
        lines.append(part.resource.uri)
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])


def _map(head: Resource) -> str:
    byte_range = "" if head.size is None else f',BYTERANGE="{head.range}"'
    return f'#EXT-X-MAP:URI="{head.uri}"{byte_range}'


def _durations(parts: Sequence[Part]) -> list[str]:
    """Seconds with six decimals, each rounded so that the sum of any number of them is right to half a microsecond."""
    edges = [round_half_up(time * MICRO) for time in (parts[0].start, *(part.end for part in parts))]
    return [f"{(end - start) // MICRO}.{(end - start) % MICRO:06}" for start, end in pairwise(edges)]


def master_playlist(contents: Contents, *, key_frames: bool = True) -> str:
    """The playlist that players are given. `key_frames`: there are playlists of them."""
    groups = list(dict.fromkeys(sound.group for sound in contents.sounds))
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{VERSION}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    lines += [_sound(sound) for sound in contents.sounds]
    lines += [_subtitles(subtitles) for subtitles in contents.subtitles]
    for group in groups or [""]:
        for picture in contents.pictures:
            lines += [f"#EXT-X-STREAM-INF:{_variant(contents, picture, group)}", f"{picture.name}.m3u8"]
    if key_frames:
        lines += [f"#EXT-X-I-FRAME-STREAM-INF:{_key_frames(picture)}" for picture in contents.pictures]
    return "\n".join([*lines, ""])


def _sound(sound: Sound) -> str:
    return (
        f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="{sound.group}",NAME="{sound.label}",LANGUAGE="{sound.language}",'
        f'DEFAULT={_yes(sound.default)},AUTOSELECT=YES,CHANNELS="{sound.facts.channels}",URI="{sound.name}.m3u8"'
    )


def _subtitles(text: Subtitles) -> str:
    return (
        f'#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subtitles",NAME="{text.label}",LANGUAGE="{text.language}",'
        f'DEFAULT={_yes(text.default)},AUTOSELECT=YES,FORCED={_yes(text.forced)},URI="{text.name}.m3u8"'
    )


def _yes(value: bool) -> str:
    return "YES" if value else "NO"


def _variant(contents: Contents, picture: Picture, group: str) -> str:
    """A rung with the sounds of one codec. Bit rates are those of the most demanding choice of renditions (4.3.4.2)."""
    sounds = [sound for sound in contents.sounds if sound.group == group]
    texts = max((text.size * 8 / contents.end for text in contents.subtitles), default=Fraction(0))
    most = peak(picture.parts) + max((peak(sound.parts) for sound in sounds), default=Fraction(0)) + texts
    mean = average(picture.parts) + max((average(sound.parts) for sound in sounds), default=Fraction(0)) + texts
    codecs = ",".join(dict.fromkeys([picture.track.codec, *(sound.track.codec for sound in sounds)]))
    attributes = [
        *_rates(most, mean),
        f'CODECS="{codecs}"',
        *_shown(picture),
        f"FRAME-RATE={float(picture.facts.rate):.3f}",
        *([f'AUDIO="{group}"'] if group else []),
        *(['SUBTITLES="subtitles"'] if contents.subtitles else []),
        "CLOSED-CAPTIONS=NONE",
    ]
    return ",".join(attributes)


def _key_frames(picture: Picture) -> str:
    fragments = picture.track.fragments
    most = max(one.first_sample_end * 8 / (one.end - one.start) for one in fragments)
    mean = sum(one.first_sample_end for one in fragments) * 8 / picture.track.end
    codec = f'CODECS="{picture.track.codec}"'
    return ",".join([*_rates(most, mean), codec, *_shown(picture), f'URI="{key_frames_name(picture)}"'])


def _rates(most: Fraction, mean: Fraction) -> list[str]:
    return [f"BANDWIDTH={ceil(most)}", f"AVERAGE-BANDWIDTH={ceil(mean)}"]


def _shown(picture: Picture) -> list[str]:
    """Size, as it is shown, and range of a picture (`VIDEO-RANGE`: second edition, 4.4.6.2)."""
    facts = picture.facts
    width = round_half_up(facts.width * facts.pixel_aspect)
    return [f"RESOLUTION={width}x{facts.height}", f"VIDEO-RANGE={RANGES.get(facts.colour.transfer, 'SDR')}"]
