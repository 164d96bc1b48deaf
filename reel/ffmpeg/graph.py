"""The one module that uses ffmpeg-python: it builds graphs of filters and turns them into arguments, and runs nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import ffmpeg

from reel.plan.operations.base import PictureSource, StreamSource
from reel.settings import settings

Node: TypeAlias = Any
"""A stream or filter output of ffmpeg-python, which has no types of its own."""


def open_source(source: StreamSource, path: str, *, kind: Literal["v", "a", "s"], **options: Any) -> Node:
    """One stream of an untrusted file, opened with the reader and the decoder that its facts name, and no others."""
    if isinstance(source, PictureSource) and source.alpha and source.codec in DECODERS_OF_ALPHA:
        options["vcodec"] = DECODERS_OF_ALPHA[source.codec]
    if kind == "v":
        # What a container would have cut off (Matroska's PixelCrop, QuickTime's clean aperture) is shown: PyAV, which reads
        # facts and what proofs compare, hands on none of it, nor do copied packets.
        options["apply_cropping"] = "codec"
        # Turned as facts say, by whoever opens it: FFmpeg would turn by other angles than quarters, too.
        options["noautorotate"] = None
    opened = ffmpeg.input(
        f"file:{path}",
        # Whitelists: a playlist inside a media file could name other files; `file` alone does not stop that.
        protocol_whitelist="file",
        format_whitelist=source.demuxer,
        codec_whitelist=decoders_of(source.codec),
        # A picture of a terapixel, or a file of a million streams, is an attack.
        max_pixels=settings().max_pixels,
        max_streams=settings().max_streams,
        **options,
    )
    # An explicit map: FFmpeg's own choice may be a cover picture.
    return opened[str(source.stream)]


def decoders_of(codec: str) -> str:
    """Names of the decoders that FFmpeg may choose for a codec; the list goes by decoder, not by codec."""
    return ",".join((codec, *OTHER_DECODERS.get(codec, ())))


OTHER_DECODERS = {
    "adpcm_g722": ("g722",),
    "adpcm_g726": ("g726",),
    "adpcm_g726le": ("g726le",),
    "amr_nb": ("amrnb", "libopencore_amrnb"),
    "amr_wb": ("amrwb", "libopencore_amrwb"),
    "ass": ("ssa",),
    "atrac3p": ("atrac3plus",),
    "atrac3pal": ("atrac3plusal",),
    "av1": ("libdav1d", "libaom-av1"),
    "avc": ("on2avc",),
    "avs2": ("libdavs2",),
    "avs3": ("libuavs3d",),
    "cmv": ("eacmv",),
    "cscd": ("camstudio",),
    "dts": ("dca",),
    "flv1": ("flv",),
    "idcin": ("idcinvideo",),
    "iff_ilbm": ("iff",),
    "jpegxl": ("libjxl",),
    "jpegxl_anim": ("libjxl_anim",),
    "mad": ("eamad",),
    "mp1": ("mp1float",),
    "mp2": ("mp2float",),
    "mp3": ("mp3float",),
    "mp3adu": ("mp3adufloat",),
    "mp3on4": ("mp3on4float",),
    "mp4als": ("als",),
    "msmpeg4v3": ("msmpeg4",),
    "musepack7": ("mpc7",),
    "musepack8": ("mpc8",),
    "opus": ("libopus",),
    "ra_144": ("real_144",),
    "ra_288": ("real_288",),
    "roq": ("roqvideo",),
    "smackaudio": ("smackaud",),
    "smackvideo": ("smackvid",),
    "subrip": ("srt",),
    "tgq": ("eatgq",),
    "tgv": ("eatgv",),
    "tqi": ("eatqi",),
    "tscc": ("camtasia",),
    "ulti": ("ultimotion",),
    "vixl": ("xl",),
    "vorbis": ("libvorbis",),
    "vp8": ("libvpx",),
    "vp9": ("libvpx-vp9",),
    "westwood_snd1": ("ws_snd1",),
    "ws_vqa": ("vqavideo",),
}
"""Decoders whose name is not their codec's (from `ffmpeg -codecs`): all of pictures and sound but drawings that are described
(SVG), and those of subtitles that are text."""


DECODERS_OF_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""Alpha of these codecs is a stream of its own beside the picture. FFmpeg's own decoders, which it prefers, drop it."""


def compile_command(stream: Node, output: str, *, format: str = "mp4", **options: Any) -> list[str]:
    """Arguments, after the executable, that write `stream` to one file, to `pipe:N` or to nowhere (`-`), and nothing else."""
    return compile_outputs({output: (stream, {"format": format} | options)})


def compile_outputs(streams: Mapping[str, tuple[Node, Mapping[str, Any]]]) -> list[str]:
    """The same for several streams, each to an output of its own with options of its own, its `format` among them."""
    outputs = [_output(stream, output, **options) for output, (stream, options) in streams.items()]
    node = ffmpeg.merge_outputs(*outputs) if len(outputs) > 1 else outputs[0]
    # copyts: times stay as the file has them, exactly; the facts and the in points count on the same clock.
    return list(ffmpeg.compile(node.global_args("-copyts"))[1:])


def _output(stream: Node, output: str, **options: Any) -> Node:
    return ffmpeg.output(
        stream,
        output if output.startswith(("pipe:", "-")) else f"file:{output}",
        # Tags of the source (GPS, names, cameras) are private, and chapters do not fit a cut.
        map_metadata=-1,
        map_chapters=-1,
        # No versions or times in the file: the same step gives the same bytes.
        fflags="+bitexact",
        **options,
    )
