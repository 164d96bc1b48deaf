"""Codecs: each is one small file that gives one frozen value. A new one is that file and its entry here.

    VIDEO_CODECS["hevc"].containers     what it may go in, the usual one first
    AUDIO_CODECS["opus"].priming        samples that it puts in front

They say all there is to know of a codec; who encodes, joins and checks asks them, and compares no names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from reel.codecs.aac import AAC
from reel.codecs.audio import AudioCodec
from reel.codecs.av1 import AV1
from reel.codecs.container import Container
from reel.codecs.ffv1 import FFV1
from reel.codecs.flac import FLAC
from reel.codecs.h264 import H264
from reel.codecs.h264_nvenc import H264_NVENC
from reel.codecs.h264_qsv import H264_QSV
from reel.codecs.h264_vaapi import H264_VAAPI
from reel.codecs.hevc import HEVC
from reel.codecs.mp3 import MP3
from reel.codecs.opus import OPUS
from reel.codecs.pcm import PCM
from reel.codecs.prores import PRORES
from reel.codecs.video import VideoCodec
from reel.codecs.vp9 import VP9

VideoCodecName = Literal["h264", "hevc", "av1", "vp9", "prores", "ffv1", "h264_nvenc", "h264_qsv", "h264_vaapi"]
AudioCodecName = Literal["aac", "opus", "mp3", "flac", "pcm"]

VIDEO_CODECS: Mapping[VideoCodecName, VideoCodec] = {
    "h264": H264,
    "hevc": HEVC,
    "av1": AV1,
    "vp9": VP9,
    "prores": PRORES,
    "ffv1": FFV1,
    "h264_nvenc": H264_NVENC,
    "h264_qsv": H264_QSV,
    "h264_vaapi": H264_VAAPI,
}
AUDIO_CODECS: Mapping[AudioCodecName, AudioCodec] = {"aac": AAC, "opus": OPUS, "mp3": MP3, "flac": FLAC, "pcm": PCM}

VIDEO_CODECS_BY_STREAM: Mapping[str, VideoCodec] = {
    codec.stream: codec for codec in VIDEO_CODECS.values() if codec.software is None
}
"""By FFmpeg's name of their streams, whatever encoded them."""


def container_for(
    video: VideoCodecName,
    audio: AudioCodecName | None = None,
    *,
    alpha: bool = False,
    wanted: Container | None = None,
) -> Container:
    """The container that a video of these codecs goes into: the one that is `wanted`, or the first of the picture's that takes
    the sound as well.

    Raises `ValueError` where there is none.
    """
    fitting = VIDEO_CODECS[video].containers_with(alpha=alpha)
    if wanted and wanted not in fitting:
        raise ValueError(
            f"{wanted} does not hold {video}{' with alpha' if alpha else ''}, which goes into {' or '.join(fitting)}"
        )
    for container in (wanted,) if wanted else fitting:
        if audio is None or container in AUDIO_CODECS[audio].containers:
            return container
    if wanted:
        takes = sorted(name for name, codec in AUDIO_CODECS.items() if wanted in codec.containers)
        raise ValueError(f"{wanted} does not hold {audio}, but {', '.join(takes)}")
    takes = sorted(name for name, codec in AUDIO_CODECS.items() if set(fitting) & set(codec.containers))
    raise ValueError(f"no container holds both {video} and {audio}; with {video} goes {', '.join(takes)}")
