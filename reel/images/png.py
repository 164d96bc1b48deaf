"""What a PNG says of its pixels that Pillow passes over: its colours (`gAMA`, `cHRM`), and what is transparent at other depths
than 8 bits. Sources: PNG, third edition (W3C), 11.3.2 and 4.3; ICC.1:2022; Lindbloom, RGB working spaces.

Pure Python: who reads pictures imports no numpy.
"""

from __future__ import annotations

import struct
from typing import Any, BinaryIO

SIGNATURE_BYTES = 8
DEPTH_AT = 24
"""Where the bits of a sample stand."""

Row = tuple[float, float, float]
Matrix = tuple[Row, Row, Row]

GAMMA = 1 / 2.2
"""What PNGs in sRGB state, for readers that know no better; their curve is that of sRGB all the same."""
GAMMA_WITHIN = 0.05
"""What differs by less, as a share, is taken for it."""
SRGB = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
"""Chromaticities x and y of white, red, green and blue."""
CHROMATICITY_WITHIN = 0.01
D50: Row = (0.9642, 1.0, 0.8249)
"""The white of profiles (ICC.1, 7.2.16)."""
BRADFORD: Matrix = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
"""From XYZ to the cones' response, in which whites are adapted (ICC.1, annex E)."""


def read_as_stated(info: dict[Any, Any], mode: str, file: BinaryIO) -> None:
    """Put right what Pillow has noted of a PNG that it opened with this mode: `transparency`, in the levels that it loads; and
    `icc_profile`, by what goes first: `cICP` (which FFmpeg's libraries read), a profile, `sRGB`, then `gAMA` and `cHRM`."""
    depth, chunks = _head(file)
    clear = info.get("transparency")
    if mode == "L" and clear is not None:
        info["transparency"] = clear * 255 // ((1 << depth) - 1)
    elif mode == "RGB" and clear is not None and depth == 16:
        info["transparency"] = tuple(level >> 8 for level in clear)
    if b"cICP" in chunks:
        info["icc_profile"] = None
    elif not info.get("icc_profile") and "srgb" not in info:
        info["icc_profile"] = _profile(
            info.get("gamma"), info.get("chromaticity"), grey=mode in {"1", "L", "I;16", "LA"}
        )


def _head(file: BinaryIO) -> tuple[int, set[bytes]]:
    """Bits of a sample, and the names of the chunks in front of the pixels."""
    file.seek(DEPTH_AT)
    depth, names = file.read(1)[0], set[bytes]()
    file.seek(SIGNATURE_BYTES)
    while len(begin := file.read(8)) == 8 and begin[4:] != b"IDAT":
        names.add(begin[4:])
        file.seek(int.from_bytes(begin[:4], "big") + len("CRC4"), 1)
    return depth, names


def _profile(gamma: float | None, chromaticities: tuple[float, ...] | None, *, grey: bool) -> bytes | None:
    """What `gAMA` and `cHRM` say as a profile, where what is not said is as in sRGB. None where both are, or are no use."""
    colours = SRGB if grey or not chromaticities else chromaticities
    has_power = bool(gamma) and abs(gamma / GAMMA - 1) > GAMMA_WITHIN  # type: ignore[operator] # not None
    if _near(colours, SRGB, CHROMATICITY_WITHIN) and not has_power:
        return None
    # Curves by their functions (ICC.1, 10.18): a power, or that of sRGB.
    function, numbers = (0, (1 / gamma,)) if gamma else (3, (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045))
    try:
        curve = b"para\0\0\0\0" + struct.pack(">Hxx", function) + _fixed(*numbers)
        if grey:
            return _icc(b"GRAY", {b"wtpt": _xyz(D50), b"kTRC": curve})
        columns = _turned(_in_d50(colours))
        primaries = {name: _xyz(column) for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)}
        curves = dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
        return _icc(b"RGB ", {b"wtpt": _xyz(D50), **primaries, **curves})
    except (ZeroDivisionError, struct.error):  # primaries on one line, a power that no profile holds
        return None


def _near(some: tuple[float, ...], others: tuple[float, ...], within: float) -> bool:
    return all(abs(one - other) <= within for one, other in zip(some, others, strict=True))


def _in_d50(chromaticities: tuple[float, ...]) -> Matrix:
    """From linear R, G and B to XYZ, with white adapted to that of profiles."""
    white, red, green, blue = ((x / y, 1.0, (1 - x - y) / y) for x, y in zip(*[iter(chromaticities)] * 2, strict=True))
    directions = _turned((red, green, blue))
    amounts = _times(_inverse(directions), white)
    colours: Matrix = tuple(  # type: ignore[assignment] # three
        tuple(part * amount for part, amount in zip(row, amounts, strict=True)) for row in directions
    )
    cones = [there / here for here, there in zip(_times(BRADFORD, white), _times(BRADFORD, D50), strict=True)]
    adapted: Matrix = tuple(  # type: ignore[assignment] # three
        tuple(part * cone for part in row) for row, cone in zip(_product(BRADFORD, colours), cones, strict=True)
    )
    return _product(_inverse(BRADFORD), adapted)


def _turned(matrix: Matrix) -> Matrix:
    return tuple(zip(*matrix, strict=True))  # type: ignore[return-value] # three of three


def _times(matrix: Matrix, column: Row) -> Row:
    return tuple(sum(a * b for a, b in zip(row, column, strict=True)) for row in matrix)  # type: ignore[return-value]


def _product(left: Matrix, right: Matrix) -> Matrix:
    first, second, third = (_times(left, column) for column in _turned(right))
    return _turned((first, second, third))


def _inverse(matrix: Matrix) -> Matrix:
    """By Cramer's rule. Raises `ZeroDivisionError` where there is none."""
    (a, b, c), (d, e, f), (g, h, i) = matrix
    whole = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    return (
        ((e * i - f * h) / whole, (c * h - b * i) / whole, (b * f - c * e) / whole),
        ((f * g - d * i) / whole, (a * i - c * g) / whole, (c * d - a * f) / whole),
        ((d * h - e * g) / whole, (b * g - a * h) / whole, (a * e - b * d) / whole),
    )


def _fixed(*numbers: float) -> bytes:
    return struct.pack(f">{len(numbers)}i", *(round(number * 65536) for number in numbers))


def _xyz(colour: Row) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(*colour)


def _icc(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    """A profile of a display, of version 4."""
    table, data, begin = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        table += name + struct.pack(">II", begin + len(data), len(content))
        data += content + bytes(-len(content) % 4)
    header = struct.pack(">I4xI4s4s4s12x4s", begin + len(data), 0x04400000, b"mntr", space, b"XYZ ", b"acsp")
    return (header.ljust(68, b"\0") + _fixed(*D50)).ljust(128, b"\0") + table + data
