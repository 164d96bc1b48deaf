"""What Pillow, which decodes still pictures for composing, adds to the facts of FFmpeg's libraries. Runs in the child."""

from __future__ import annotations

from typing import Any, BinaryIO

from reel.confinement.refusal import NO_DECODER, Refusal, first_bytes
from reel.images.orientation import UPRIGHT

IMAGE_BRANDS = {"avif", "avis", "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "mif3", "msf1"}
READERS = {
    "HEIF": ("mov,mp4,m4a,3gp,3g2,mj2", "hevc"),
    "AVIF": ("mov,mp4,m4a,3gp,3g2,mj2", "av1"),
    "WEBP": ("webp_pipe", "webp"),
    "PNG": ("png_pipe", "png"),
    "BMP": ("bmp_pipe", "bmp"),
    "TIFF": ("tiff_pipe", "tiff"),
    "JPEG": ("jpeg_pipe", "mjpeg"),
    "MPO": ("jpeg_pipe", "mjpeg"),
}
"""FFmpeg's names of demuxer and codec, for the kinds that its libraries do not read in full: tiled photos, animations, damaged
profiles, masks of colours, many of TIFF's ways to pack. Pillow says of these when one is cut off. Of a JPEG it takes grey for
what lacks: it is asked of those alone that are of a kind without decoder (CMYK with coarse chroma, arithmetic coding)."""
BEGINNINGS = (b"\x89PNG", b"BM", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""Of PNG, BMP, TIFF and BigTIFF."""
JPEG = b"\xff\xd8\xff"
"""Begin of one: of its first marker, and the next one's first byte."""


def amend(facts: dict[str, Any], file: BinaryIO, max_pixels: int) -> None:
    """See that the picture can be decoded for composing; set right what FFmpeg's libraries read past. Raises `Refusal`."""
    from reel.images.decode import image_info  # the other files do not pay for its import

    video = facts["video"]
    # FFmpeg's libraries decode a WebP to its end or not at all; Pillow needs twelve bytes per pixel for the same.
    seen = image_info(file, max_pixels, decode=video["codec"] != "webp")
    video["alpha"] = seen.alpha
    if seen.kind == "WEBP":
        video["rotation"], video["mirrored"] = UPRIGHT.get(seen.orientation, (0, False))
    displayed = (
        (video["height"], video["width"]) if video["rotation"] in (90, 270) else (video["width"], video["height"])
    )
    if displayed != (seen.width, seen.height):
        video |= {"width": seen.width, "height": seen.height, "rotation": 0, "mirrored": False}


def is_clear(file: BinaryIO, max_pixels: int) -> bool:
    """Whether the first picture of an animation is transparent in parts, as it is where a still picture is asked for; FFmpeg's
    libraries have the alpha of an AVIF as a stream by itself."""
    from reel.images.decode import image_info

    try:
        return image_info(file, max_pixels, decode=False).alpha
    except Refusal:
        return False


def still_facts(file: BinaryIO, max_pixels: int, refusal: Refusal) -> dict[str, Any]:
    """The facts of a picture that FFmpeg's libraries refuse, of Pillow alone; where it is none, their refusal is raised."""
    is_jpeg = first_bytes(file).startswith(JPEG) and NO_DECODER in refusal.args[0]
    if not (is_jpeg or _is_known(file)):
        raise refusal
    from reel.images.decode import UNIDENTIFIED, image_info

    try:
        seen = image_info(file, max_pixels)
    except Refusal as other:
        # Of what Pillow does not know either, FFmpeg's libraries say more.
        is_unknown = other.args == UNIDENTIFIED and first_bytes(file).startswith(BEGINNINGS)
        raise (refusal if is_unknown else other) from None
    demuxer, codec = READERS[seen.kind]
    width, height = seen.width, seen.height
    animated = f"an animation of {seen.pictures} pictures, of which only the first can be shown"
    return {
        "demuxer": demuxer,
        "still": True,
        "warnings": [animated] if seen.pictures > 1 and seen.kind in ("WEBP", "PNG") else [],
        "video": {
            "index": 0, "codec": codec, "width": width, "height": height, "alpha": seen.alpha,
            "rate": "25", "frames": 1, "start": "0", "duration": "1/25", "keyframes": [], "tick": "1",
        },
    }  # fmt: skip


def _is_known(file: BinaryIO) -> bool:
    """Whether a file begins like one of the `READERS`' kinds."""
    begin = first_bytes(file)[:12]
    is_image = begin[4:8] == b"ftyp" and begin[8:].decode("latin-1") in IMAGE_BRANDS
    return is_image or (begin[:4] == b"RIFF" and begin[8:] == b"WEBP") or begin.startswith(BEGINNINGS)
