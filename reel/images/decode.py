"""Still pictures decoded by Pillow, upright and in sRGB. Runs in a child.

Pillow and not FFmpeg, because it turns colours by the profile within the file (every photo of a telephone has one), reads
CMYK, puts the tiles of a HEIC photo together, and lets a JPEG be decoded small.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from math import ceil
from typing import Any, BinaryIO

from PIL import (  # a plugin's import makes its format known
    BmpImagePlugin,  # noqa: F401
    GifImagePlugin,  # noqa: F401
    Image,
    ImageChops,
    ImageCms,
    ImageMath,
    Jpeg2KImagePlugin,  # noqa: F401
    PcxImagePlugin,  # noqa: F401
    PngImagePlugin,
    PpmImagePlugin,  # noqa: F401
    QoiImagePlugin,  # noqa: F401
    SgiImagePlugin,  # noqa: F401
    TiffImagePlugin,  # noqa: F401
    UnidentifiedImageError,
    WebPImagePlugin,  # noqa: F401
)
from PIL.JpegImagePlugin import JpegImageFile

from reel.confinement.refusal import Reason, Refusal, first_bytes, too_large
from reel.images.orientation import Box, stored_box, turned
from reel.images.png import read_as_stated

Image.MAX_IMAGE_PIXELS = None  # Our own bound is checked below, before anything is decoded.
# Pillow refuses a PNG for what is written beside its picture, where that is longer than 1 MiB, or 64 MiB in all.
PngImagePlugin.MAX_TEXT_CHUNK = 16 << 20
PngImagePlugin.MAX_TEXT_MEMORY = 256 << 20

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "JPEG2000", "PPM", "PCX", "SGI", "QOI")
FORMATS_OF_BOXES = ("AVIF", "HEIF")
UNIDENTIFIED: Reason = ("is a picture of a kind that is not accepted, or damaged", "convert it to JPEG or PNG")
UNKNOWN = ("unsupported", "not implemented")
"""What Pillow and its decoders say, in whatever letters, of a picture that is whole and of a kind that they do not read."""
ORIENTATION = 0x0112
BITS_PER_SAMPLE = 0x0102
PHOTOMETRIC = 0x0106
TURNED_BY_LOADING = ("TIFF", "HEIF")
"""Formats that Pillow brings upright itself while it loads them."""

TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What brings a stored picture upright, by EXIF's orientation (Pillow turns counter-clockwise)."""

SCALED_AS = {
    "1": "L",
    "L": "L",
    "I;16": "I;16",
    "I;16B": "I;16",
    "P": "RGB",
    "RGB": "RGB",
    "RGBX": "RGB",
    "YCbCr": "RGB",
    "CMYK": "CMYK",
    "LA": "RGBA",
    "La": "RGBA",
    "PA": "RGBA",
    "RGBA": "RGBA",
    "RGBa": "RGBA",
}
"""Pillow's modes that are accepted, and in which each is scaled; where there is alpha, it is RGBA."""

GREY = ("1", "L", "LA", "La", "I;16", "I;16B")
"""Pillow's modes of pictures without colours."""

COLOURS = {"L": "L", "I;16": "L", "RGB": "RGB", "RGBA": "RGB", "CMYK": "CMYK"}
"""The modes that pictures are scaled in, without their alpha."""

RESAMPLING_MARGIN = 2
"""A JPEG is decoded at a half, quarter or eighth only where that leaves so many times the pixels that are wanted, per
side: then the crude filter of that shortcut is no longer seen behind Lanczos'."""


@dataclass(frozen=True)
class ImageInfo:
    """What the facts need to know of a picture."""

    width: int
    """Upright."""
    height: int
    kind: str
    """Pillow's name of the format."""
    pictures: int
    orientation: int
    """EXIF's, 1 to 8; 1 where the decoder brings the picture upright itself."""
    alpha: bool


def image_info(file: BinaryIO, max_pixels: int, *, decode: bool = True) -> ImageInfo:
    """What a picture is. To see whether it is whole, it is decoded to its end, a JPEG small. Raises `Refusal`."""
    with _opened(file, max_pixels) as image:
        size = image.size
        if decode:
            _load(image, (1, 1))
        if image.format in TURNED_BY_LOADING:
            size = image.size
        orientation = _orientation(image)
        width, height = turned(size, orientation)
        pictures = int(getattr(image, "n_frames", 1))
        return ImageInfo(width, height, str(image.format), pictures, orientation, image.has_transparency_data)


def decode_boxes(file: BinaryIO, max_pixels: int, parts: list[tuple[Box, tuple[int, int]]]) -> tuple[list[bytes], bool]:
    """Parts of the first picture, each scaled to a size: upright RGBA pixels with straight alpha; and whether they were
    brought to sRGB by a profile.

    The largest part comes first: it decides how large a JPEG is decoded. Raises `Refusal`.
    """
    with _opened(file, max_pixels) as image:
        extent = _load(image, _least(*parts[0], _orientation(image)))
        orientation = _orientation(image)
        pixels = _scalable(image)
        profile, mode = image.info.get("icc_profile"), COLOURS[pixels.mode]
        # Grey with alpha is scaled as RGBA; its profile is one of grey all the same.
        to_srgb = (_transform(profile, "L") if image.mode in GREY else None) or _transform(profile, mode)
        taken = []
        for box, size in parts:
            scaled = _scaled(pixels, extent, stored_box(box, orientation), turned(size, orientation))
            upright = scaled.transpose(TRANSPOSE[orientation]) if orientation > 1 else scaled
            taken.append(_rgba(upright, to_srgb).tobytes())
        return taken, to_srgb is not None


@contextmanager
def _opened(file: BinaryIO, max_pixels: int) -> Iterator[Image.Image]:
    """The picture's header. What Pillow stumbles over, here and while it is loaded, is a `Refusal`."""
    formats = _formats(file)
    file.seek(0)
    try:
        with Image.open(file, formats=formats) as image:
            if image.width * image.height > max_pixels:
                raise Refusal(*too_large(image.width, image.height, max_pixels))
            if kind := _misread(image) if image.mode in SCALED_AS else image.mode:
                raise Refusal(f"has pixels of a kind that is not accepted ({kind})", "export it as 8-bit RGB")
            if image.format == "PNG":
                file_at = file.tell()
                read_as_stated(image.info, image.mode, file)
                file.seek(file_at)  # Pillow reads on from there
            yield image
    except (Refusal, MemoryError):
        raise
    except UnidentifiedImageError:
        raise Refusal(*UNIDENTIFIED) from None
    except Exception as error:  # noqa: BLE001 - Pillow's parsers raise whatever damaged bytes make them trip over
        said = " ".join(str(error).split())
        if any(word in said.lower() for word in UNKNOWN):
            what = f"is a picture of a kind that is not accepted ({said})"
            raise Refusal(what, "convert it to JPEG or PNG") from None
        raise Refusal(f"is a picture that cannot be decoded: {said}", "the file is damaged; upload it again") from None


def _misread(image: Image.Image) -> str:
    """What deep grey of a TIFF is, where Pillow takes it for other than it is; else nothing.

    Twelve bits come as numbers to 4095 among those to 65535, so nearly black; what is white at 0 comes as its negative.
    """
    if image.format != "TIFF" or not image.mode.startswith("I;16"):
        return ""
    tags: Any = image.getexif()
    bits, white_at_0 = tags.get(BITS_PER_SAMPLE, 16), tags.get(PHOTOMETRIC, 1) == 0
    deep = bits[0] if isinstance(bits, tuple) else bits
    return f"grey of {deep} bits" if deep != 16 else "grey of 16 bits that is white at 0" if white_at_0 else ""


def _formats(file: BinaryIO) -> tuple[str, ...]:
    """The formats that a file may be of, made known to Pillow. The readers of AVIF and HEIC take as long to import as a JPEG
    takes to read."""
    if first_bytes(file)[4:8] != b"ftyp":
        return FORMATS
    from PIL import AvifImagePlugin  # noqa: F401
    from pillow_heif import register_heif_opener

    register_heif_opener()
    return FORMATS_OF_BOXES


def _load(image: Image.Image, least: tuple[int, int]) -> tuple[float, float]:
    """Decode; a JPEG at the smallest scale that leaves the size `least`.

    Returns how many pixels show the picture: that shortcut rounds sizes up, and its last pixels may be partly empty.
    """
    small: Any = image.draft(None, least) if isinstance(image, JpegImageFile) else None
    image.load()
    return small[1][2:] if small else image.size


def _least(box: Box, size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """The least size of the stored picture that is to be cut and scaled."""
    left, top, right, bottom = box
    across, down = size[0] / (right - left), size[1] / (bottom - top)
    return turned((ceil(across * RESAMPLING_MARGIN), ceil(down * RESAMPLING_MARGIN)), orientation)


def _orientation(image: Image.Image) -> int:
    """EXIF's; 1 where it has none. What is written beside a picture does not spoil it: of EXIF that is damaged counts what lies
    in front of that, which Pillow gives when it is asked a second time."""
    for _ in range(2):
        with suppress(Exception):  # Pillow's parsers raise whatever damaged bytes make them trip over
            orientation = image.getexif().get(ORIENTATION, 1)
            return orientation if orientation in TRANSPOSE else 1
    return 1


def _scalable(image: Image.Image) -> Image.Image:
    """The picture in a mode that can be scaled without loss: grey, RGB or CMYK, with alpha where any of it shows."""
    if not image.has_transparency_data:
        mode = SCALED_AS[image.mode]
        if image.mode == "I;16B":
            return image.convert("I").convert(mode)  # at once, Pillow cuts off all that is above 255
        return image if image.mode == mode else image.convert(mode)
    image = _with_clear_level(image) if image.mode == "I;16" else image.convert("RGBA")
    return image.convert("RGB") if image.getchannel("A").getextrema() == (255, 255) else image


def _with_clear_level(image: Image.Image) -> Image.Image:
    """Grey of 16 bits, of which one level is transparent; Pillow's own conversion cuts off instead of scaling."""
    clear = image.info["transparency"]
    alpha = image.convert("I").point([0 if level == clear else 255 for level in range(65536)], "L")
    grey = _eight_bits(image)
    return Image.merge("RGBA", (grey, grey, grey, alpha))


def _scaled(image: Image.Image, extent: tuple[float, float], box: Box, size: tuple[int, int]) -> Image.Image:
    """A part of the stored picture, which covers `extent` pixels."""
    across, down = extent
    left, top, right, bottom = box
    pixels = (left * across, top * down, min(right * across, image.width), min(bottom * down, image.height))
    if image.mode != "RGBA":
        return image.resize(size, Image.Resampling.LANCZOS, pixels)

    def as_floats(plane: Image.Image) -> Image.Image:
        return plane.convert("F").resize(size, Image.Resampling.LANCZOS, pixels)

    # Colours weigh as much as they show, so nothing of what is transparent is mixed in; and neither they nor the weights
    # are cut to 0..255 before the one is divided by the other, so edges get no halo.
    *colours, alpha = image.split()
    weight = as_floats(alpha)
    shares = [ImageMath.lambda_eval(_share, c=as_floats(ImageChops.multiply(c, alpha)), w=weight) for c in colours]
    return Image.merge("RGBA", [*shares, ImageMath.lambda_eval(_rounded, x=weight)])


def _share(args: dict[str, Any]) -> Any:
    return args["convert"](args["c"] * 255 / args["max"](args["w"], 0.5) + 0.5, "L")


def _rounded(args: dict[str, Any]) -> Any:
    return args["convert"](args["x"] + 0.5, "L")


def _transform(profile: bytes | None, mode: str) -> ImageCms.ImageCmsTransform | None:
    """What turns colours of a mode to sRGB. A profile that is damaged or belongs to other pixels is passed over, as browsers
    do."""
    if not profile:
        return None
    try:
        return ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            # What browsers and picture editors do by default: colours as they are, black as black.
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


def _rgba(image: Image.Image, to_srgb: ImageCms.ImageCmsTransform | None) -> Image.Image:
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    colours = _eight_bits(image) if image.mode == "I;16" else image.convert(COLOURS[image.mode])
    if to_srgb:
        colours = ImageCms.applyTransform(colours.convert(to_srgb.input_mode), to_srgb) or colours
    result = colours.convert("RGB").convert("RGBA")
    if alpha:
        result.putalpha(alpha)
    return result


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 bits as 8; Pillow's own conversion cuts off instead of scaling."""
    return image.convert("I").point([round(level / 257) for level in range(65536)], "L")
