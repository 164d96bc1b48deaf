"""From whatever colours a stream has to those of an output: BT.709, SDR. Pure: filters on a graph.

Most streams differ in matrix and range alone, which the scaler converts on its way. The others go through linear light in
floating point. The filter for that asks what everything is, and has no answer to what a stream leaves open: so all of it is
said, on both sides, each time.
"""

from __future__ import annotations

from reel.ffmpeg.graph import Node
from reel.media import Colour
from reel.plan.operations.base import PictureSource

SCALED = ("bt709", "smpte170m", "bt470bg", "fcc", "smpte240m")
"""Matrices that the scaler knows. It takes others for one of these without a word."""

MATRICES = ("bt2020nc", "bt2020c", "ycgco", "ictcp", "chroma-derived-nc", "chroma-derived-c")
"""Those that `zscale` knows besides."""

WIDE = {"bt2020": "bt2020", "smpte432": "smpte432", "smpte431": "smpte432", "smpte428": "smpte428"}
"""Primaries far from those of BT.709, and as what they are converted: SMPTE RP 431 without its greenish white, as greys
are to stay grey. The others differ from BT.709 less than two displays do, and are taken for it, as players do."""

CURVES = {
    "smpte2084": "smpte2084",
    "arib-std-b67": "arib-std-b67",
    "linear": "linear",
    "log100": "log100",
    "log316": "log316",
}
"""Transfer functions that are converted. Any other is that of some SDR display, and is taken for BT.709's, as players do."""

REFERENCE_WHITE = 203
"""cd/m2 of HDR's reference white (ITU-R BT.2408), which becomes the white of SDR."""


def needs_light(colour: Colour) -> bool:
    """Whether a picture has to go through linear light."""
    return colour.matrix in MATRICES or colour.primaries in WIDE or colour.transfer in CURVES


def matrix_of(source: PictureSource) -> str:
    """The matrix of the stream, else the one that broadcast custom gives its size (as VLC and mpv guess)."""
    width, height = source.display_size
    guess = "bt709" if min(width, height) > 576 or max(width, height) >= 1280 else "smpte170m"
    return source.colour.matrix if source.colour.matrix in (*SCALED, *MATRICES) else guess


def without_tags(video: Node, source: PictureSource) -> Node:
    """The same pixels for the scaler, which refuses frames with odd tags even where it converts nothing. What they mean is said
    where they are converted."""
    plain = {"color_primaries": "bt709", "color_trc": "bt709"}
    return video.filter("setparams", **plain, **({"colorspace": "bt709"} if needs_light(source.colour) else {}))


def to_sdr(video: Node, source: PictureSource) -> Node:
    """Wide gamut, HDR and odd codings to BT.709 SDR; other pictures pass. Alpha stays."""
    colour = source.colour
    if not needs_light(colour):
        return video
    matrix, primaries, transfer = _meant(source)
    video = video.filter(
        "zscale",
        matrixin=matrix,
        primariesin=primaries,
        transferin=transfer,
        rangein="full" if colour.full_range else "limited",
        matrix="gbr",
        primaries="bt709",
        transfer="linear",
        range="full",
        npl=REFERENCE_WHITE,
    ).filter("format", "gbrapf32le" if source.alpha else "gbrpf32le")
    if transfer in ("smpte2084", "arib-std-b67"):
        # Mobius leaves what is below reference white nearly as it is, and rolls off only the highlights. No desaturation.
        video = video.filter("tonemap", tonemap="mobius", param=0.3, desat=0, peak=5)
    return video.filter(
        "zscale",
        matrixin="gbr",
        primariesin="bt709",
        transferin="linear",
        rangein="full",
        matrix="bt709",
        primaries="bt709",
        transfer="bt709",
        range="limited",
        dither="error_diffusion",
    )


def _meant(source: PictureSource) -> tuple[str, str, str]:
    """Matrix, primaries and transfer function of a stream as `zscale` names them: what it says, where that makes sense
    together, and the custom of ITU-R BT.2100 where it is silent."""
    colour = source.colour
    matrix, transfer = matrix_of(source), CURVES.get(colour.transfer, "bt709")
    if matrix == "ictcp" and not colour.hdr:
        transfer = "smpte2084"  # it is defined for PQ and HLG alone
    hdr = transfer in ("smpte2084", "arib-std-b67")
    if matrix in ("bt2020c", "chroma-derived-c") and transfer != "bt709":
        matrix = "bt2020nc"  # of constant luminance is SDR alone; HDR that says so is mislabelled
    if hdr and not colour.matrix:
        matrix = "bt2020nc"
    wide = hdr or matrix.startswith("bt2020")
    primaries = WIDE.get(colour.primaries, "bt2020" if wide and not colour.primaries else "bt709")
    if matrix == "ictcp":
        primaries = "bt2020"  # the only ones that it is defined for
    if matrix.startswith("chroma-derived") and primaries == "smpte428":
        matrix = "bt709"  # no luma follows from X, Y and Z
    return matrix, primaries, transfer
