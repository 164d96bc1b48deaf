"""From a file to the fields of `MediaFacts`, as plain JSON values. Runs in the child."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Any, BinaryIO

import av

from reel.confinement.refusal import Reason, Refusal, first_bytes, too_large
from reel.images.facts import JPEG, amend, is_clear, still_facts
from reel.packets import refuse
from reel.packets.missing import missing
from reel.packets.naming import named_facts
from reel.packets.picture import picture
from reel.packets.scan import Subtitles, Track, is_cover, subtitles_of, tracks_of, walk
from reel.packets.streams import Reopen, audio_facts, head_warning, is_image_file, video_facts
from reel.packets.timing import MOST_FALSE, set_right

# Told apart by content alone. Never image2 (it opens other files by pattern), concat, hls or other lists of files.
DEMUXERS = (
    "mov,matroska,avi,flv,asf,mpegts,mpeg,mxf,gxf,nut,ogg,ivf,dv,rm,wtv,yuv4mpegpipe,h264,hevc,vvc,m4v,mpegvideo,vc1,obu,"
    "av1,mjpeg,wav,w64,mp3,aac,loas,flac,ac3,eac3,dts,dtshd,truehd,amr,aiff,au,caf,tta,ape,wv,mpc,mpc8,tak,dsf,qcp,"
    "gif,apng,jpegxl_anim,jpeg_pipe,jpegxl_pipe,jpegls_pipe,j2k_pipe,png_pipe,webp_pipe,bmp_pipe,tiff_pipe,qoi_pipe,"
    "psd_pipe,exr_pipe,dpx_pipe,hdr_pipe,pam_pipe,pbm_pipe,pgm_pipe,ppm_pipe,pcx_pipe,sgi_pipe,sunrast_pipe"
)
OUT_OF_MEMORY = 12
COVER = "attached picture"
REMUX = "give a file with only the streams that are needed"
TORN = "the picture is damaged: what cannot be decoded of it is grey, or not what it was"
UNCLEAR = (
    "is transparent as a still picture alone, and not where it moves: give it as APNG, or as WebM in VP9 with alpha"
)
AV1 = ("av1", "libdav1d")
CAPTIONS = "closed captions (CEA-608 or 708) lie in its pictures: what is encoded has none; give them as subtitles"
UNKNOWN_MATRICES = ("smpte2085", "ipt-c2")
"""Nothing here turns these into red, green and blue."""


def file_facts(file: BinaryIO, url: str, limits: dict[str, int]) -> dict[str, Any]:
    """The facts of one file, which `file` and `url` both name. Raises `Refusal`."""
    size = file.seek(0, 2)
    if size == 0:
        raise Refusal("is empty (0 bytes)", "the upload may have failed; upload again")
    if reason := refuse.by_boxes(file):
        raise Refusal(*reason)
    try:
        facts = _by_ffmpeg(file, url, limits)
    except Refusal as refusal:
        facts = still_facts(file, limits["max_pixels"], refusal)
    return {"bytes": size, **facts}


def _by_ffmpeg(file: BinaryIO, url: str, limits: dict[str, int]) -> dict[str, Any]:
    """The facts as FFmpeg's libraries tell them."""
    with _open(file, url, limits) as container:
        _check_sizes(container, limits)
        if any("enc_key_id" in stream.metadata for stream in container.streams):  # of Matroska; of MP4 its boxes say so
            raise Refusal(*refuse.ENCRYPTED)
        tracks = tracks_of(container, limits["max_pixels"])
        subtitles = subtitles_of(container)
        fault = walk(container, [*tracks, *subtitles])
        audio = _chosen(container, tracks, "audio")
        covers = {track.stream.index for track in tracks if audio and is_cover(track, audio)}
        video = _chosen(container, [track for track in tracks if track.stream.index not in covers], "video")
        if not video and not audio:
            raise Refusal(*_nothing_decodable(file, container, tracks, limits["max_pixels"]))
        facts: dict[str, Any] = {"demuxer": container.format.name, "warnings": [fault] if fault else []}
        chosen = {track.stream.index for track in (video, audio) if track}
        others = [track for track in tracks if track.decodable and track.stream.type == "audio" and track is not audio]
        facts["other_streams"] = _others(container, tracks, chosen, covers)
        reopen = lambda: _open(file, url, limits)  # noqa: E731
        if video:
            _refuse_colours(video)
            _refuse_joined(video, container)
            facts["video"] = video_facts(video, container, reopen, limits, facts["warnings"])
            single = facts["video"]["frames"] == 1
            facts["still"], facts["animation"] = (is_image_file(container) and each for each in (single, not single))
        if audio:
            facts["audio"] = audio_facts(audio, container, facts["warnings"])
            facts["other_audio"] = [audio_facts(track, container, []) for track in others]
        facts["warnings"] += _left_out(container, tracks, {"video": video, "audio": audio}, covers)
        facts["warnings"] += missing([track for track in (video, audio) if track], [*tracks, *subtitles], container)
        facts |= named_facts(container, facts["warnings"])
        if video:
            _note_beyond(facts, subtitles)
            facts["warnings"] += [CAPTIONS] if video.captioned else []
        if video and facts.get("animation") and video.codec in AV1 and is_clear(file, limits["max_pixels"]):
            facts["video"]["alpha"] = True
            facts["warnings"].append(UNCLEAR)
        if video and facts.get("still"):
            amend(facts, file, limits["max_pixels"])
            # Pillow shows it, and has decoded all of it, whatever FFmpeg's libraries lack for it (APNG of 16 bits, say).
            facts["warnings"] = [told for told in facts["warnings"] if told != head_warning(video)]
            if facts["video"]["codec"] == "mjpeg" and not _is_whole(reopen, limits):
                facts["warnings"].append(TORN)
        return facts


def _is_whole(reopen: Reopen, limits: dict[str, int]) -> bool:
    """Whether a JPEG is decoded without a complaint: Pillow takes grey for what lacks behind a place that is damaged."""
    with reopen() as container:
        stream = container.streams.video[0]
        stream.codec_context.options = {"err_detect": "explode", "max_pixels": str(limits["max_pixels"])}
        try:
            return next(container.decode(stream), None) is not None
        except av.FFmpegError:
            return False


def _note_beyond(facts: dict[str, Any], subtitles: list[Subtitles]) -> None:
    """Say of subtitles how many lie behind the picture's end, or go on behind it."""
    start, duration, rate = (Fraction(facts["video"][name]) for name in ("start", "duration", "rate"))
    by_index = {each.stream.index: each for each in subtitles}
    for track in facts["subtitles"]:
        if text := by_index.get(track["index"]):
            track["late"], track["cut"] = text.beyond(start + duration, 1 / rate)


def _refuse_colours(video: Track) -> None:
    matrix = picture(video.first, video.codec)["colour"]["matrix"]
    if matrix in UNKNOWN_MATRICES:
        what = f"has a picture whose colours are coded in a way that is not known here ({matrix})"
        raise Refusal(what, "convert it to BT.709")


def _refuse_joined(video: Track, container: Any) -> None:
    """A picture whose clock starts again on the way has two frames for one moment, and none that is right."""
    begins_again = _turned_back(video) if video.turned_back is not None else _wrapped_back(video, container)
    if begins_again is None or video.begin is None:
        return
    seconds = float((begins_again - video.begin) * video.stream.time_base)
    what = f"is several recordings in one, whose time stamps begin again after {seconds:.2f} s"
    raise Refusal(what, "give each by itself, or join them with a program that writes new time stamps")


def _turned_back(video: Track) -> int | None:
    """The time at which it begins again, where that is not a few time stamps that are false."""
    return video.turned_back if set_right(video.times) is None else None


MOST_PAUSE = 1 << 32
"""Ticks: half of what the clock of MPEG-TS, of 33 bits, can tell. FFmpeg takes a step back for the clock's turn from its end to
0, and what was a minute earlier is shown 26.5 hours later."""


def _wrapped_back(video: Track, container: Any) -> int | None:
    """Likewise of MPEG-TS whose clock goes back; a few frames at the end may be false."""
    times = sorted(video.times)[:-MOST_FALSE] if container.format.name == "mpegts" else []
    return next((time for time, later in pairwise(times) if later - time > MOST_PAUSE), None)


def _open(file: BinaryIO, url: str, limits: dict[str, int]) -> Any:
    options = {
        "format_whitelist": DEMUXERS,
        "protocol_whitelist": "file",
        # One more than allowed, to see it: some demuxers leave out what is over the limit without a word.
        "max_streams": str(limits["max_streams"] + 1),
        "max_pixels": str(limits["max_pixels"]),
    }
    head = first_bytes(file)
    try:
        try:
            return av.open(url, options=options, metadata_errors="replace")
        except av.InvalidDataError:
            if not head.startswith(JPEG):
                raise
            # What lies behind its end (a gain map, a camera's own data) keeps FFmpeg from telling that it is a JPEG.
            return av.open(url, format="jpeg_pipe", options=options, metadata_errors="replace")
    except av.FFmpegError as error:
        if error.errno == OUT_OF_MEMORY:
            raise Refusal(f"has more than {limits['max_streams']} streams, or needs too much memory", REMUX) from None
        raise Refusal(*refuse.by_beginning(head)) from None


def _check_sizes(container: Any, limits: dict[str, int]) -> None:
    if len(container.streams) > limits["max_streams"]:
        raise Refusal(f"has more than {limits['max_streams']} streams", REMUX)
    for stream in container.streams.video:
        context = stream.codec_context
        if context and context.width * context.height > limits["max_pixels"]:
            raise Refusal(*too_large(context.width, context.height, limits["max_pixels"]))


def _chosen(container: Any, tracks: list[Track], kind: str) -> Track | None:
    """The stream that a player takes: of those that decode, the first flagged as default, else the first.

    An AVIF sequence also holds its first picture on its own, flagged alike; the sequence is what is meant.
    """
    usable = [track for track in tracks if track.stream.type == kind and track.decodable]
    default = [track for track in usable if track.stream.disposition & av.stream.Disposition.default] or usable
    if container.metadata.get("major_brand") == "avis":
        default.sort(key=lambda track: -track.packets)
    return default[0] if default else None


def _others(container: Any, tracks: list[Track], chosen: set[int], covers: set[int]) -> list[str]:
    """Words for every stream that is not used."""
    undecodable = {track.stream.index for track in tracks if not track.decodable}
    words = []
    for stream in container.streams:
        if stream.index in chosen:
            continue
        context = stream.codec_context
        kind = stream.type or "unknown"
        if _is_attached(stream) or stream.index in covers:
            kind = COVER
        codec = context.codec.canonical_name if context else ""
        no_decoder = kind in ("video", "audio") and not context
        lost = " (cannot be decoded)" if no_decoder or stream.index in undecodable else ""
        words.append(f"{kind} {codec}".strip() + lost)
    return words


def _is_attached(stream: Any) -> bool:
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _left_out(container: Any, tracks: list[Track], chosen: dict[str, Track | None], covers: set[int]) -> Iterator[str]:
    """Words for a picture or a sound that is there, and is not seen or heard as nothing here decodes it."""
    other = covers | {track.stream.index for track in tracks if not track.packets}
    other |= {stream.index for stream in container.streams if _is_attached(stream)}
    for kind, word in (("video", "picture"), ("audio", "sound")):
        passed_over = {stream.index for stream in container.streams if stream.type == kind} - other
        if chosen[kind] is None and passed_over:
            yield f"its {word} cannot be decoded here, and is left out"


def _nothing_decodable(file: BinaryIO, container: Any, tracks: list[Track], max_pixels: int) -> Reason:
    """Why a file that opens gives neither picture nor sound."""
    if reason := refuse.by_picture_size(first_bytes(file), max_pixels):
        return reason
    media = [stream for stream in container.streams if stream.type in ("video", "audio")]
    if any(stream.codec_context is None for stream in media) and not tracks:
        names = refuse.sample_entries(file) or (container.format.name,)
        remedy = "convert it to JPEG or PNG" if is_image_file(container) else "convert it to H.264 and AAC"
        return (f"is coded in a way that cannot be decoded here ({', '.join(names)})", remedy)
    if not tracks:
        kinds = sorted({stream.type or "unknown" for stream in container.streams})
        return (f"has neither picture nor sound, only {', '.join(kinds) or 'nothing'}", "")
    filled = [track for track in tracks if track.packets]
    if not filled:
        media_types = {track.stream.type for track in tracks}
        both = "neither picture nor sound"
        what = both if len(media_types) > 1 else "no picture at all" if "video" in media_types else "no sound at all"
        codecs = " and ".join(dict.fromkeys(track.codec for track in tracks))
        return (f"holds {what} ({codecs} without data)", "the recording may have been cut off at once")
    track = next((track for track in filled if track.stream.type == "video"), filled[0])
    what = "picture" if track.stream.type == "video" else "sound"
    context = track.stream.codec_context
    if what == "picture" and not context.width * context.height:
        if is_image_file(container):  # decoded at once: a damaged end takes away the size that the head states
            what = (
                f"is a picture ({track.codec}) that is damaged, of a kind that is not accepted, or of over {max_pixels}"
            )
            return (f"{what} pixels", "convert it to JPEG or PNG, or upload it again")
        return (f"has a picture ({track.codec}) without a size or of over {max_pixels} pixels", "it may be damaged")
    fault = f": {track.head_fault}" if track.head_fault else ""
    return (f"holds {what} ({track.codec}) that cannot be decoded{fault}", "the file is damaged; upload it again")
