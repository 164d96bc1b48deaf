"""The facts of one chosen stream, as plain JSON values; odd things are appended to `warnings`."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import islice, pairwise
from operator import sub
from statistics import median
from typing import Any

import av

from reel.images.facts import IMAGE_BRANDS
from reel.packets.naming import named
from reel.packets.picture import picture
from reel.packets.scan import Track, decoded_times
from reel.packets.timing import Timing, by_index, set_right, thinned, timing
from reel.stamps import STAMPLESS, heard_at

SEEKABLE = ("mov", "matroska")
"""Demuxers whose key frames can be found again by time; the others guess by bytes."""
MOST_KEYFRAMES = 20_000
OF_FIELDS = ("h264", "hevc")
"""Codecs whose fields may have packets of their own."""
REORDERED = (*OF_FIELDS, "mpeg4", "mpeg1video", "mpeg2video", "vc1", "wmv3")
"""Codecs that show frames in another order than they are decoded in."""
Reopen = Callable[[], Any]


def is_image_file(container: Any) -> bool:
    """Whether the format is one of images, which may hold several."""
    name = container.format.name
    image = name.endswith("_pipe") or name in ("gif", "apng", "jpegxl_anim")
    return image or container.metadata.get("major_brand") in IMAGE_BRANDS


def video_facts(
    track: Track, container: Any, reopen: Reopen, limits: dict[str, int], warnings: list[str]
) -> dict[str, Any]:
    """The fields of `VideoFacts`; key frames as ticks, to be multiplied by `tick`."""
    when, keyframes = _shown(track, container, reopen, limits, warnings)
    _warn(track, warnings)
    return {
        "index": track.stream.index,
        "codec": track.codec,
        **_picture(track, container),
        "sample_aspect": str(_sample_aspect(track.stream)),
        "interlaced": any(frame.interlaced for frame in track.head),
        "frames": when.frames,
        "start": str(when.start),
        "duration": str(when.duration),
        "rate": str(when.rate),
        "variable": when.variable,
        "counted": when.counted,
        "keyframes": list(keyframes),
        "tick": str(track.stream.time_base),
    }


def audio_facts(track: Track, container: Any, warnings: list[str]) -> dict[str, Any]:
    """The fields of `AudioFacts`. The start is the first decoded sample's, behind the encoder's priming."""
    frame, tick = track.first, track.stream.time_base
    first = track.times[0] * tick if track.times else Fraction(0)
    start = frame.pts * tick if frame.pts is not None else first
    decoded = Fraction(sum(each.samples for each in track.head), frame.sample_rate)
    turns_back = track.begins_again and container.format.name not in STAMPLESS
    if turns_back:
        warnings.append(f"audio {track.codec}: time stamps go back on the way; the sound goes on where they are false")
        begin, end = _heard(track)
        start += (begin - track.times[0]) * tick
        ends = end * tick - start
    else:
        ends = track.lasting * tick if track.begins_again else track.end_of_sound() - start
    duration = decoded if track.head_is_all else ends
    _warn(track, warnings)
    return {
        **named(track.stream),
        "sample_rate": frame.sample_rate,
        "channels": frame.layout.nb_channels,
        "layout": _layout(frame.layout),
        "start": str(start),
        "duration": str(max(duration, Fraction(0))),
        "turns_back": turns_back,
    }


def _heard(track: Track) -> tuple[int, int]:
    """When a sound begins and ends whose time stamps turn back, in ticks. Of its packets only the mean length is known."""
    each = track.lasting // len(track.times) or max(1, int(median(map(sub, track.times[1:], track.times))))
    heard = heard_at(track.times, [each] * len(track.times), round(1 / track.stream.time_base))
    return heard[0], heard[-1] + each


def _picture(track: Track, container: Any) -> dict[str, Any]:
    fields = picture(track.first, track.codec)
    # VP8 and VP9 carry alpha beside the frame, where only libvpx looks.
    fields["alpha"] |= track.stream.metadata.get("alpha_mode") == "1"
    return fields


def _shown(
    track: Track, container: Any, reopen: Reopen, limits: dict[str, int], warnings: list[str]
) -> tuple[Timing, Sequence[int]]:
    """When frames are shown, and at which times decoding can begin."""
    stream, hints = track.stream, _claimed_rates(track.stream)
    if (track.packets == 1 and is_image_file(container)) or container.format.name.endswith("_pipe"):
        return by_index(1, ()), ()
    times: Sequence[int] = sorted(track.times)
    if (when := _counted(track, container.format.name, times, hints)) is not None:
        return when, ()
    if (when := _set_right(track, hints, warnings)) is not None:
        return when, ()
    head_times = [frame.pts for frame in track.head]
    if track.head_is_all and (rising := _rising(head_times)):
        times = rising
    elif track.timeless or not _packets_are_frames(times, head_times):
        with reopen() as again:
            presented, decoded = decoded_times(again, stream.index, limits["max_pixels"])
        # Like FFmpeg's best effort: where presentation times are missing or jump, decoding times serve.
        rising = _rising(presented) or _rising(_continued(decoded))
        if not rising:
            warnings.append("time stamps are missing; the frames are taken to follow each other evenly")
            return by_index(max(len(presented), len(track.head)), _told_rates(stream)), ()
        times = rising
        warnings.append("frames and packets differ; the frames were counted by decoding")
    else:
        begin = head_times[0]
        assert begin is not None, "packets are frames"
        times = times[bisect_left(times, begin) :]
    when = timing(times, track.last[1] if times[-1] == track.last[0] else 0, stream.time_base, hints)
    keyframes = sorted(set(track.keyframes) & set(times))
    return when, _trusted(keyframes, track, container.format.name, reopen)


def _set_right(track: Track, hints: Sequence[Fraction], warnings: list[str]) -> Timing | None:
    """Of an even picture of which a few time stamps are false, when frames are shown: they are counted, as a decoder that was
    told a false one trusts none of those behind it. Null of others."""
    times = None if track.timeless else set_right(track.times)
    when = timing(times, 0, track.stream.time_base, hints) if times else None
    if times is None or when is None or when.variable:
        return None
    track.times, track.last = array("q", times), (times[-1], 0)
    warnings.append(
        f"video {track.codec}: some time stamps are false; the frames are taken to follow each other evenly"
    )
    return replace(when, counted=True)


def _counted(track: Track, demuxer: str, times: Sequence[int], hints: Sequence[Fraction]) -> Timing | None:
    """When frames are shown that are counted: the first one when the first packet is decoded; null where none are."""
    if track.begin is None or track.timeless or not (_is_guessed(track, demuxer) or _tells_decoding(track, times)):
        return None
    tick = track.stream.time_base
    when = timing(times, 0, tick, hints)
    return None if when.variable else replace(when, start=track.begin * tick, counted=True)


def _is_guessed(track: Track, demuxer: str) -> bool:
    """Whether FFmpeg guesses when frames are shown.

    AVI says in which order frames are decoded, one in each frame's time, and not when they are shown. Of codecs whose frames
    are shown in another order, FFmpeg guesses times late by some frames: by how many, its versions do not agree.
    """
    if demuxer != "avi" or track.codec not in REORDERED:
        return False
    return track.codec not in OF_FIELDS or not any(frame.interlaced for frame in track.head)


def _tells_decoding(track: Track, times: Sequence[int]) -> bool:
    """Whether packets say when they are decoded alone, one for each frame, though frames are shown in another order: so does
    MXF whose index has no offsets."""
    head = [frame.pts for frame in track.head if frame.pts is not None]
    if track.retimed or len(head) < len(track.head) or _rising(head):
        return False
    # Of those that are decoded until then a few wait to be shown; where each field has its own packet, half are never seen.
    decoded = bisect_right(times, max(head)) - bisect_left(times, min(head))
    return set(head) <= set(times) and decoded - len(head) < len(head) / 2


def _claimed_rates(stream: Any) -> tuple[Fraction, ...]:
    return _possible(stream.average_rate, stream.guessed_rate, stream.base_rate)


def _told_rates(stream: Any) -> tuple[Fraction, ...]:
    """The same of a stream without time stamps, first what the coded picture itself says: of one without a container FFmpeg's
    mean is 25, whatever is in it."""
    return _possible(stream.guessed_rate, stream.average_rate, stream.base_rate)


def _possible(*rates: Fraction | None) -> tuple[Fraction, ...]:
    return tuple(rate for rate in rates if rate and 1 <= rate <= 1000)


def _packets_are_frames(times: Sequence[int], shown: Sequence[int | None]) -> bool:
    """Whether the packets of the beginning and the frames decoded from them match one to one.

    They do not where each field has its own packet, where packets are lost, and where the decoder knows better times.
    Packets before the first frame are no matter: a decoder shows nothing of them.
    """
    begin = shown[0]
    return begin is not None and list(islice((time for time in times if time >= begin), len(shown))) == shown


def _continued(times: list[int | None]) -> list[int | None]:
    """The times with those at the end filled in evenly: frames that a decoder holds back to the last have none."""
    known = [time for time in times if time is not None]
    if len(known) < 2 or None in times[: len(known)]:
        return times
    step = known[-1] - known[-2]
    return [*known, *(known[-1] + step * (index + 1) for index in range(len(times) - len(known)))]


def _rising(times: Sequence[int | None]) -> list[int]:
    """The times, where all are known and each is later than the one before; else nothing."""
    known = [time for time in times if time is not None]
    complete = len(known) == len(times) and all(before < after for before, after in pairwise(known))
    return known if complete else []


def _trusted(keyframes: Sequence[int], track: Track, demuxer: str, reopen: Reopen) -> Sequence[int]:
    """The key frames, where a seek finds them again; else none."""
    if not keyframes or not demuxer.startswith(SEEKABLE):
        return ()
    called_key = set(keyframes)
    if any(frame.pts in called_key and not frame.is_key for frame in track.head):
        return ()
    return thinned(keyframes, MOST_KEYFRAMES) if _found_again(keyframes, track.stream.index, reopen) else ()


def _found_again(keyframes: Sequence[int], index: int, reopen: Reopen) -> bool:
    """Whether seeking to a key frame arrives there: tried in the middle and at the end, in a file opened afresh."""
    with reopen() as container:
        stream = container.streams[index]
        for time in {keyframes[len(keyframes) // 2], keyframes[-1]}:
            try:
                container.seek(time, stream=stream)
                packet = next(container.demux(stream))
            except (av.FFmpegError, StopIteration):
                return False
            if packet.pts != time:
                return False
    return True


def _layout(layout: Any) -> str:
    """FFmpeg's name; what it takes for granted where a file counts its channels without naming them; else nothing."""
    unnamed = layout.name.endswith("channels")
    return {1: "mono", 2: "stereo"}.get(layout.nb_channels, "") if unnamed else str(layout.name)


def _sample_aspect(stream: Any) -> Fraction:
    return stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio or Fraction(1)


def head_warning(track: Track) -> str:
    """What is told of a track whose beginning FFmpeg's libraries cannot decode."""
    return f"{track.stream.type} {track.codec}: the beginning cannot be decoded in full ({track.head_fault})"


def _warn(track: Track, warnings: list[str]) -> None:
    what = f"{track.stream.type} {track.codec}"
    if track.damaged:
        warnings.append(f"{what}: {track.damaged} of {track.packets} packets are damaged")
    if track.head_fault:
        warnings.append(head_warning(track))
    if track.resized:
        warnings.append(f"{what}: the format changes on the way; the facts are those of the beginning")
