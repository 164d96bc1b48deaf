"""Colours as people write them in CSS, and the one form in which we keep them: `#rrggbb`, or `#rrggbbaa` where they let
something through. Equal colours are equal texts, so that they give equal keys."""

from __future__ import annotations

import difflib
import math
import re
from colorsys import hls_to_rgb

EXAMPLES = "`#d4af37`, `#fff`, `white` or `rgb(255, 128, 0)`"

_NAMED = """
    aliceblue f0f8ff antiquewhite faebd7 aqua 00ffff aquamarine 7fffd4 azure f0ffff beige f5f5dc bisque ffe4c4 black
    000000 blanchedalmond ffebcd blue 0000ff blueviolet 8a2be2 brown a52a2a burlywood deb887 cadetblue 5f9ea0 chartreuse
    7fff00 chocolate d2691e coral ff7f50 cornflowerblue 6495ed cornsilk fff8dc crimson dc143c cyan 00ffff darkblue 00008b
    darkcyan 008b8b darkgoldenrod b8860b darkgray a9a9a9 darkgreen 006400 darkgrey a9a9a9 darkkhaki bdb76b darkmagenta
    8b008b darkolivegreen 556b2f darkorange ff8c00 darkorchid 9932cc darkred 8b0000 darksalmon e9967a darkseagreen 8fbc8f
    darkslateblue 483d8b darkslategray 2f4f4f darkslategrey 2f4f4f darkturquoise 00ced1 darkviolet 9400d3 deeppink ff1493
    deepskyblue 00bfff dimgray 696969 dimgrey 696969 dodgerblue 1e90ff firebrick b22222 floralwhite fffaf0 forestgreen
    228b22 fuchsia ff00ff gainsboro dcdcdc ghostwhite f8f8ff gold ffd700 goldenrod daa520 gray 808080 green 008000
    greenyellow adff2f grey 808080 honeydew f0fff0 hotpink ff69b4 indianred cd5c5c indigo 4b0082 ivory fffff0 khaki f0e68c
    lavender e6e6fa lavenderblush fff0f5 lawngreen 7cfc00 lemonchiffon fffacd lightblue add8e6 lightcoral f08080 lightcyan
    e0ffff lightgoldenrodyellow fafad2 lightgray d3d3d3 lightgreen 90ee90 lightgrey d3d3d3 lightpink ffb6c1 lightsalmon
    ffa07a lightseagreen 20b2aa lightskyblue 87cefa lightslategray 778899 lightslategrey 778899 lightsteelblue b0c4de
    lightyellow ffffe0 lime 00ff00 limegreen 32cd32 linen faf0e6 magenta ff00ff maroon 800000 mediumaquamarine 66cdaa
    mediumblue 0000cd mediumorchid ba55d3 mediumpurple 9370db mediumseagreen 3cb371 mediumslateblue 7b68ee
    mediumspringgreen 00fa9a mediumturquoise 48d1cc mediumvioletred c71585 midnightblue 191970 mintcream f5fffa mistyrose
    ffe4e1 moccasin ffe4b5 navajowhite ffdead navy 000080 oldlace fdf5e6 olive 808000 olivedrab 6b8e23 orange ffa500
    orangered ff4500 orchid da70d6 palegoldenrod eee8aa palegreen 98fb98 paleturquoise afeeee palevioletred db7093
    papayawhip ffefd5 peachpuff ffdab9 peru cd853f pink ffc0cb plum dda0dd powderblue b0e0e6 purple 800080 rebeccapurple
    663399 red ff0000 rosybrown bc8f8f royalblue 4169e1 saddlebrown 8b4513 salmon fa8072 sandybrown f4a460 seagreen 2e8b57
    seashell fff5ee sienna a0522d silver c0c0c0 skyblue 87ceeb slateblue 6a5acd slategray 708090 slategrey 708090 snow
    fffafa springgreen 00ff7f steelblue 4682b4 tan d2b48c teal 008080 thistle d8bfd8 tomato ff6347 turquoise 40e0d0 violet
    ee82ee wheat f5deb3 white ffffff whitesmoke f5f5f5 yellow ffff00 yellowgreen 9acd32
"""
NAMES = dict(zip(_NAMED.split()[::2], _NAMED.split()[1::2], strict=True)) | {"transparent": "00000000"}
"""The names of CSS Color 4, with their digits."""

_DIGITS = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{4}|[0-9a-f]{6}|[0-9a-f]{8})")
_FUNCTION = re.compile(r"(rgb|hsl)a?\(([^()]*)\)")
_NUMBER = re.compile(r"([+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+))(%|deg|grad|rad|turn)?")
_PER_TURN = {"": 360, "deg": 360, "grad": 400, "rad": 2 * math.pi, "turn": 1}
"""How much of each unit of CSS is once around the colour circle."""


def colour_of(text: str) -> str:
    """A colour in our form, of a CSS colour: a name, `#rgb`, `#rgba`, `#rrggbb`, `#rrggbbaa`, `rgb()`, `rgba()`, `hsl()`.

    Raises `ValueError`, in words, for any other text.
    """
    digits = _digits_of(text)
    if digits is None:
        raise ValueError(_refusal(text))
    return f"#{digits.removesuffix('ff')}" if len(digits) == 8 else f"#{digits}"


def colour_fault(text: str) -> str:
    """What is wrong with a text as a CSS colour, after it: empty where it is one."""
    return "" if _digits_of(text) else _fault_of(text)


def _digits_of(text: str) -> str | None:
    # CSS's white space may be anything between the parts; longer texts are no colours, whatever is in them.
    plain = text.strip().lower() if len(text) <= 200 else ""
    return NAMES.get(plain) or _written(plain) or _computed(plain)


def opaque_colour_of(text: str) -> str:
    """`#rrggbb` of a CSS colour that lets nothing through. Raises `ValueError` for any other text."""
    colour = colour_of(text)
    if len(colour) != len("#rrggbb"):
        raise ValueError(
            f"{text!r} lets something through, and must not: give a colour without alpha, such as {colour[:7]}"
        )
    return colour


def _refusal(text: str) -> str:
    return f"{text if len(text) <= 80 else text[:80] + '...'!r} {_fault_of(text)}"


def _fault_of(text: str) -> str:
    """What to say of a text that is no colour, after it: with what was probably meant, or what is wrong with its digits."""
    return f"is not a colour; {_hint(text.strip().lower()) if len(text) <= 40 else f'write it as {EXAMPLES}'}"


def _hint(text: str) -> str:
    digits = text.removeprefix("0x")
    if not text.startswith("#") and _DIGITS.fullmatch(f"#{digits}"):
        return f"did you mean `#{digits}`?"
    if near := difflib.get_close_matches(text, NAMES, n=1, cutoff=0.75):
        return f"did you mean `{near[0]}`?"
    if text.startswith("#"):
        if strange := next((each for each in text[1:] if each not in "0123456789abcdef"), ""):
            return f"{strange!r} is no hexadecimal digit: after the # come 3, 4, 6 or 8 of 0 to 9 and a to f"
        return f"after the # come 3, 4, 6 or 8 hexadecimal digits, and here are {len(text) - 1}"
    return f"write it as {EXAMPLES}"


def _written(text: str) -> str | None:
    found = _DIGITS.fullmatch(text)
    if not found:
        return None
    return "".join(2 * digit for digit in found[1]) if len(found[1]) < 6 else found[1]


def _computed(text: str) -> str | None:
    """`rgb(255, 128, 0)`, `rgb(100% 50% 0% / 0.5)`, `hsl(30, 100%, 50%)`."""
    found = _FUNCTION.fullmatch(text)
    parts = re.split(r"[,/ ]+", found[2].strip()) if found else []
    numbers = [_NUMBER.fullmatch(part) for part in parts]
    if not found or len(numbers) not in (3, 4) or not all(numbers):
        return None
    values = [(float(number[1]), number[2] or "") for number in numbers if number]
    colour = _rgb(values[:3]) if found[1] == "rgb" else _hsl(values[:3])
    alpha = [_share(*values[3], whole=1)] if len(values) == 4 else []
    if colour is None or None in alpha:
        return None
    return "".join(f"{_byte(share):02x}" for share in (*colour, *alpha) if share is not None)


def _share(value: float, unit: str, whole: float) -> float | None:
    if unit not in ("", "%"):
        return None
    return min(1.0, max(0.0, value / (100 if unit == "%" else whole)))


def _byte(share: float) -> int:
    return int(share * 255 + 0.5)


def _rgb(values: list[tuple[float, str]]) -> tuple[float, ...] | None:
    shares = [_share(value, unit, whole=255) for value, unit in values]
    return None if None in shares else tuple(share for share in shares if share is not None)


def _hsl(values: list[tuple[float, str]]) -> tuple[float, ...] | None:
    (hue, of_hue), *others = values
    shares = [_share(value, unit, whole=100) for value, unit in others]
    if of_hue not in _PER_TURN or None in shares:
        return None
    saturation, lightness = (share for share in shares if share is not None)
    return hls_to_rgb(hue / _PER_TURN[of_hue] % 1, lightness, saturation)
