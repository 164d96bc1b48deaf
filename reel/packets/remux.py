"""Copying a joined video and its soundtracks into a file that names each sound track, and has chapters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import OutputContainer

from reel.codecs import AUDIO_CODECS, AudioCodecName
from reel.codecs.container import Container
from reel.languages import UNKNOWN, three_letters
from reel.packets.check_joined import PacketTrack, expect_picture, expect_sound
from reel.packets.expecting import expect, opened
from reel.packets.join import Packet, PacketsDigest, into, mux_in_order, parameters_of, sound_packets
from reel.packets.lock import LOOP_LOCK
from reel.packets.naming import title_of
from reel.packets.undecoded import open_undecoded
from reel.packets.writing import add_stream_like, open_container
from reel.time import SAMPLE_RATE, round_half_up

CHAPTER_TICK = Fraction(1, SAMPLE_RATE)
"""The clock of our movies: QuickTime's track of chapters counts in it."""

MOST_TITLE_BYTES = 255
"""Of a chapter in MP4 and QuickTime."""

OTHER_CODES: dict[str, str] = {"fre": "fra"}
"""Where QuickTime's table of languages (FFmpeg's `mov_mdhd_language_map`) has not the bibliographic code."""


@dataclass(frozen=True)
class SoundTrack:
    """A soundtrack of ours, and what it is called."""

    path: Path
    language: str
    """A tag of RFC 5646."""
    title: str


@dataclass(frozen=True)
class Part:
    """A chapter, in seconds."""

    start: Fraction
    end: Fraction
    title: str


@dataclass(frozen=True)
class Remuxed:
    """What was written, to be compared with what can be read back: SHA-256 of the payloads of all packets of each track."""

    picture_sha256: str
    sounds_sha256: list[str]
    parameters: tuple[str, str]
    """As `Joined` has them."""


def remux(
    video: Path,
    sounds: Sequence[SoundTrack],
    chapters: Sequence[Part],
    output: Path,
    rate: Fraction,
    container: Container,
) -> Remuxed:
    """Write `output`, index first, with the pictures of a joined video and these sounds, the first one the default. Errors:
    those of PyAV."""
    picture, heard = PacketsDigest(), [PacketsDigest() for _ in sounds]
    with LOOP_LOCK, ExitStack() as stack:
        target = stack.enter_context(open_container(output, rate, container, in_front=True))
        joined = stack.enter_context(open_undecoded(video))
        # Decoded at its beginning: MP4 states what the pixels of VP9 are, and no packet of it does.
        with av.open(str(video)) as model:
            shown = _video_of(target, model.streams.video[0])
        tracks, clocks = [into(shown, picture.read(_timed(joined)))], {shown.index: _tick(joined.streams.video[0])}
        for number, (sound, digest) in enumerate(zip(sounds, heard, strict=True)):
            source = stack.enter_context(open_undecoded(sound.path))
            track = source.streams.audio[0]
            audio = add_stream_like(target, track)
            _name(audio, sound, container, default=number == 0)
            packets = sound_packets(source, track, noted=container == "webm")
            tracks.insert(number, into(audio, digest.read(packets)))
            clocks[audio.index] = _tick(track)
        if written := _as_written(chapters, container):
            target.set_chapters([_chapter(number, part) for number, part in enumerate(written, start=1)])
        mux_in_order(target, tracks, clocks)
        parameters = parameters_of(shown)
    return Remuxed(picture.hexdigest, [each.hexdigest for each in heard], parameters)


def _video_of(target: OutputContainer, like: av.VideoStream) -> Any:
    """A stream of pictures as another file of that container has it."""
    video = add_stream_like(target, like)
    if target.format.name != "webm":
        video.codec_context.codec_tag = like.codec_context.codec_tag
    if "alpha_mode" in like.metadata:
        # What says in WebM that there is an alpha plane beside the picture.
        video.metadata["alpha_mode"] = like.metadata["alpha_mode"]
    video.time_base = like.time_base
    video.disposition = av.stream.Disposition.default
    return video


def _timed(joined: Any) -> Iterator[Packet]:
    return (packet for packet in joined.demux(video=0) if packet.dts is not None)


def _tick(stream: Any) -> Fraction:
    return Fraction(stream.time_base)


def _name(stream: Any, sound: SoundTrack, container: Container, *, default: bool) -> None:
    stream.metadata["language"] = written_language(sound.language, container)
    if sound.title:
        stream.metadata["title"] = sound.title
    stream.disposition = av.stream.Disposition.default if default else av.stream.Disposition(0)


def written_language(tag: str, container: Container) -> str:
    """How a container has a language: MP4 by ISO 639-2/T, Matroska and QuickTime by 639-2/B."""
    code = three_letters(tag, bibliographic=container != "mp4")
    return OTHER_CODES.get(code, code) if container == "mov" else code


def _as_written(chapters: Sequence[Part], container: Container) -> list[Part]:
    """The chapters as a container has them. Those of MP4 and QuickTime are a track, of which readers take the first sample to
    begin at 0: where no chapter does, one without a name goes in front. Nero's list beside it has a byte for the length of a
    title, which FFmpeg would cut within a letter."""
    if container == "webm" or not chapters:
        return [*chapters]
    named = [Part(each.start, each.end, _within_bytes(each.title, MOST_TITLE_BYTES)) for each in chapters]
    return named if named[0].start == 0 else [Part(Fraction(0), named[0].start, ""), *named]


def _within_bytes(text: str, most: int) -> str:
    """As many whole letters as so many bytes of UTF-8 hold."""
    return text.encode()[:most].decode(errors="ignore").rstrip()


def _chapter(number: int, part: Part) -> Any:
    return {
        "id": number,
        "start": _ticks(part.start),
        "end": _ticks(part.end),
        "time_base": CHAPTER_TICK,
        "metadata": {"title": part.title},
    }


def check_remuxed(
    path: Path,
    written: Remuxed,
    sounds: Sequence[SoundTrack],
    chapters: Sequence[Part],
    rate: Fraction,
    frames: int,
    samples: int,
    audio: AudioCodecName | None,
    container: Container,
    place: str,
) -> None:
    """Read a file back, packet by packet. Raises `Internal` unless it holds exactly the tracks that were written, at the right
    times, under their names, and the chapters."""
    with LOOP_LOCK, opened(path, place, open_undecoded) as source:
        media = [stream for stream in source.streams if stream.type in ("video", "audio")]
        expect(place, "streams", [stream.type for stream in media], ["video", *("audio" for _ in sounds)])
        expect(place, "codec parameters", parameters_of(source.streams.video[0]), written.parameters)
        _expect_names(place, media[1:], sounds, container)
        _expect_chapters(place, source, _as_written(chapters, container))
        tracks = {stream.index: PacketTrack(place, stream) for stream in media}
        for packet in source.demux(*media):
            if packet.dts is not None:
                tracks[packet.stream_index].read(packet)
    picture, *heard = tracks.values()
    expect_picture(picture, rate, frames, written.picture_sha256)
    for track, sha256 in zip(heard, written.sounds_sha256, strict=True):
        assert audio, "where there are sounds, they have a codec"
        expect_sound(track, AUDIO_CODECS[audio], samples, sha256)


def _ticks(seconds: Fraction) -> int:
    return round_half_up(seconds / CHAPTER_TICK)


def _expect_names(place: str, streams: Sequence[Any], sounds: Sequence[SoundTrack], container: Container) -> None:
    default = av.stream.Disposition.default
    for number, (stream, sound) in enumerate(zip(streams, sounds, strict=True), start=1):
        asked = written_language(sound.language, container)
        found = stream.metadata.get("language", UNKNOWN)
        # QuickTime has no code for some.
        if not (container == "mov" and found == UNKNOWN):
            expect(place, f"language of sound {number}", found, asked)
        expect(place, f"title of sound {number}", title_of(stream.metadata), sound.title)
        expect(place, f"default of sound {number}", bool(stream.disposition & default), number == 1)


def _expect_chapters(place: str, source: Any, chapters: Sequence[Part]) -> None:
    found = [
        (round_half_up(chapter["start"] * chapter["time_base"] * 1000), title_of(chapter["metadata"]))
        for chapter in source.chapters()
    ]
    asked = [(round_half_up(_ticks(part.start) * CHAPTER_TICK * 1000), part.title) for part in chapters]
    expect(place, "chapters", found, asked)
