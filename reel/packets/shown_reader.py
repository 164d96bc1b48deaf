"""Decodes single frames of an untrusted file in a confined child.

The order is what `reel.packets.shown` asks for. What goes out is, for each frame, a line of JSON and then its planes. Frames
are told apart by their time stamps alone, read in the order of showing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, BinaryIO

import av
from av.filter import Graph

from reel.confinement.files import url_of
from reel.packets.sampling import packets_of

WITH_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""Decoders that keep the transparency of codecs whose usual decoder loses it."""


def answer(order: dict[str, Any], files: Sequence[int], out: BinaryIO) -> None:
    """The last frame before each moment, else the first; each frame once, with how many moments it is shown at."""
    moments = [Fraction(moment) for moment in order["moments"]]
    shown: Any = None
    number = 0
    for time, frame in _timed(order, url_of(files[0])):
        first = number
        while shown is not None and number < len(moments) and moments[number] <= time:
            number += 1
        if number > first:
            _write(shown, number - first, out)
        if number == len(moments):
            return
        shown = frame
    if shown is not None:
        _write(shown, len(moments) - number, out)


def _timed(order: dict[str, Any], url: str) -> Iterator[tuple[Fraction, Any]]:
    """Frames from the order's key frame on, with their times on the file's clock: on the grid of an even rate."""
    start, rate = Fraction(order["start"]), Fraction(order["rate"])
    for number, (time, frame) in enumerate(_decoded(order, url)):
        if time is None or order["counted"]:  # without time stamps, or with wrong ones, and read from its begin
            yield start + number / rate, frame
        elif order["variable"]:
            yield time, frame
        else:
            yield start + ((time - start) * rate + Fraction(1, 2)).__floor__() / rate, frame


def _decoded(order: dict[str, Any], url: str) -> Iterator[tuple[Fraction | None, Any]]:
    options = {
        "format_whitelist": order["demuxer"],
        "protocol_whitelist": "file",
        "max_pixels": str(order["max_pixels"]),
        "max_streams": str(order["max_streams"]),
    }
    with av.open(url, options=options, metadata_errors="replace") as container:
        stream = container.streams[order["stream"]]
        decoder: Any = stream.codec_context
        if order["alpha"] and order["codec"] in WITH_ALPHA:
            decoder = av.CodecContext.create(WITH_ALPHA[order["codec"]], "r")
            decoder.extradata = stream.codec_context.extradata
        if order["seek"] is not None:
            container.seek(int(Fraction(order["seek"]) / stream.time_base), stream=stream)
        frames = _frames(decoder, packets_of(container, stream))
        for frame in _progressive(frames) if order["interlaced"] else frames:
            base = frame.time_base or stream.time_base
            yield None if frame.pts is None else frame.pts * Fraction(base), frame


def _frames(decoder: Any, packets: Any) -> Iterator[Any]:
    for packet in packets:
        try:
            yield from decoder.decode(packet if packet.size else None)
        except (av.FFmpegError, ValueError):
            continue  # damage in the middle: what follows is shown all the same


def _progressive(frames: Iterator[Any]) -> Iterator[Any]:
    """Frames that are flagged as interlaced, with the missing lines of each made up from its neighbours."""
    graph: Any = None
    for frame in frames:
        if graph is None:
            graph = Graph()
            first = graph.add_buffer(
                width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base
            )
            # `scale` keeps the size of the first frame: `bwdif` fails at frames of another.
            filters = ("scale", ""), ("bwdif", "mode=send_frame:deint=interlaced"), ("buffersink", "")
            graph.link_nodes(first, *(graph.add(*each) for each in filters)).configure()
        graph.push(frame)
        yield from _pulled(graph)
    if graph is not None:
        graph.push(None)
        yield from _pulled(graph)


def _pulled(graph: Any) -> Iterator[Any]:
    while True:
        try:
            yield graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return


def _write(frame: Any, moments: int, out: BinaryIO) -> None:
    frame = _in_planes(frame)
    format_ = frame.format
    head = {
        "moments": moments,
        "bits": format_.components[0].bits,
        "rgb": format_.is_rgb,
        "planes": [[plane.width, plane.height] for plane in frame.planes],
    }
    out.write(json.dumps(head).encode() + b"\n")
    for plane in frame.planes:
        row = plane.width * (1 if format_.components[0].bits == 8 else 2) * (4 if format_.is_rgb else 1)
        data = memoryview(plane)
        for line in range(plane.height):
            out.write(data[line * plane.line_size : line * plane.line_size + row])


def _in_planes(frame: Any) -> Any:
    """The frame as planes of Y, Cb, Cr (and alpha), or as RGBA; numbers of more than 8 bits as little-endian words."""
    format_ = frame.format
    components = format_.components
    bits = max(component.bits for component in components)
    chroma = [component for component in components if component.is_chroma]
    if format_.is_rgb or format_.has_palette or not chroma:
        wanted = "rgba" if bits <= 8 else "rgba64le"
    else:
        across, down = (-(-getattr(frame, side) // getattr(chroma[0], side)) for side in ("width", "height"))
        sampling = {(1, 1): "444", (2, 1): "422", (2, 2): "420", (1, 2): "440", (4, 1): "411", (4, 4): "410"}
        alpha = "a" if any(component.is_alpha for component in components) else ""
        wanted = f"yuv{alpha}{sampling[across, down]}p" + (f"{bits}le" if bits > 8 else "")
    if format_.name in (wanted, wanted.replace("yuv", "yuvj")):
        return frame
    # Only the order of numbers changes: range in is range out, and the matrix is not touched.
    same = {"src_color_range": frame.color_range, "dst_color_range": frame.color_range}
    return frame.reformat(format=wanted, **({} if "rgb" in wanted else same))
